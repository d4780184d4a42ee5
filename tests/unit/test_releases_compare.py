"""Before beside after: what counts as worse, what chance explains, and what the hour explains."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.deployment import Contrast, DeploymentState
from agent.domain.results import Series, SeriesResult
from agent.operations.releases_compare import (
    ERRORS,
    TRAFFIC,
    Course,
    Split,
    contrast,
    course_of,
    excused,
    requests,
    verdict,
)
from agent.policy.deployments import SignalRule

SPLIT = Split(since=0, began=600, settled=700, until=1300)
RULE = SignalRule(worse_by=0.01, share=0.5, needs_traffic=True)
SLOW = SignalRule(worse_by=0.1, share=0.5)


def course(
    signal: str, before: float, after: float, *, ripple: float = 0.0, unit: str = "ratio", cut: Split = SPLIT
) -> Course:
    points = tuple(
        (float(at), (before if at < 600 else after) + (ripple if (at // 15) % 2 else -ripple))
        for at in range(0, 1301, 15)
    )
    result = SeriesResult(unit=unit, series=(Series(labels={"service": "checkout"}, points=points),))
    return course_of(signal, "checkout", result, cut, f"ev_{signal}")


def test_errors_are_weighed_by_the_requests_behind_them() -> None:
    seen = contrast(
        RULE, course(ERRORS, 0.002, 0.05), course(TRAFFIC, 20, 20, unit="1/s"), least_requests=100
    )

    assert seen.worse is True
    assert (pytest.approx(0.002), pytest.approx(0.05)) == (seen.before, seen.after)
    assert ("ev_server_error_ratio", "ev_request_rate") == seen.evidence_ids


@pytest.mark.parametrize(("after", "worse"), [(0.5, True), (0.01, None)])
def test_few_requests_show_that_much_fails_and_never_that_all_is_well(
    after: float, worse: bool | None
) -> None:
    traffic = course(TRAFFIC, 0.1, 0.1, unit="1/s")
    seen = contrast(RULE, course(ERRORS, 0.0, after), traffic, least_requests=100)
    slow = contrast(RULE, course("latency_p95", 0.1, 5.0, unit="seconds"), traffic, least_requests=100)

    assert worse is seen.worse
    assert (None, "too_little_traffic") == (slow.worse, slow.because)


@pytest.mark.parametrize(
    ("before", "after", "rate", "worse"),
    [
        (0.002, 0.004, 20, False),  # twice as many, and still nothing that anybody feels
        (0.002, 0.02, 20, True),
        (0.10, 0.14, 20, False),  # not half as much again
        (0.0, 0.02, 0.3, False),  # four failures are an accident
        (0.2, 0.01, 20, False),
    ],
)
def test_worse_is_more_than_a_little_and_more_than_chance(
    before: float, after: float, rate: float, worse: bool
) -> None:
    traffic = course(TRAFFIC, rate, rate, unit="1/s")
    seen = contrast(RULE, course(ERRORS, before, after), traffic, least_requests=100)

    assert worse is seen.worse


@pytest.mark.parametrize(("rate", "worse"), [(0.25, True), (0.05, False)])
def test_chance_is_less_likely_the_more_requests_there_were(rate: float, worse: bool) -> None:
    traffic = course(TRAFFIC, rate, rate, unit="1/s")
    seen = contrast(RULE, course(ERRORS, 0.3, 0.6), traffic, least_requests=10)

    assert worse is seen.worse


def test_the_usual_ripple_explains_a_slow_minute() -> None:
    calm = contrast(SLOW, course("latency_p95", 0.2, 0.4, unit="seconds"), None, least_requests=1)
    wild = contrast(
        SLOW, course("latency_p95", 0.2, 0.4, ripple=0.15, unit="seconds"), None, least_requests=1
    )

    assert (True, False) == (calm.worse, wild.worse)


def test_a_signal_that_should_be_high_is_worse_when_it_falls() -> None:
    rule = SignalRule(worse_by=0.01)
    fallen = contrast(rule, course("availability", 0.999, 0.9), None, least_requests=1)
    risen = contrast(rule, course("availability", 0.9, 0.999), None, least_requests=1)

    assert (True, False) == (fallen.worse, risen.worse)


def test_nothing_before_or_after_is_no_verdict() -> None:
    new = contrast(SLOW, Course("latency_p95", "seconds", (), ((1.0, 2.0),) * 5, "e"), None, least_requests=1)
    gone = contrast(
        SLOW, Course("latency_p95", "seconds", ((1.0, 2.0),) * 5, (), "e"), None, least_requests=1
    )

    assert [(None, "no_before"), (None, "no_data")] == [(one.worse, one.because) for one in (new, gone)]


def test_pods_come_and_go_with_a_release_and_their_restarts_are_summed() -> None:
    old = Series(labels={"pod": "checkout-1-a"}, points=tuple((float(t), 0.0) for t in range(0, 600, 15)))
    new = [
        Series(
            labels={"pod": f"checkout-2-{name}"}, points=tuple((float(t), 2.0) for t in range(700, 1300, 15))
        )
        for name in "ab"
    ]
    other = Series(labels={"pod": "payment-1-a"}, points=tuple((float(t), 90.0) for t in range(0, 1300, 15)))
    result = SeriesResult(unit="count", series=(old, *new, other))
    cut = course_of("restarts", "checkout", result, SPLIT, "ev")

    seen = contrast(SignalRule(worse_by=3), cut, None, least_requests=1)

    assert (0.0, 4.0, True) == (seen.before, seen.after, seen.worse)


def test_an_hour_that_is_always_so_excuses_the_release() -> None:
    rule = SLOW
    bad = contrast(rule, course("latency_p95", 0.2, 0.9, unit="seconds"), None, least_requests=1)
    same = excused(rule, bad, course("latency_p95", 0.2, 0.85, unit="seconds"), None)
    other = excused(rule, bad, course("latency_p95", 0.2, 0.2, unit="seconds"), None)

    assert (False, "usual") == (same.worse, same.because)
    assert other == bad
    assert bad == excused(rule, bad, None, None)


def one(signal: str, worse: bool | None, because: str = "") -> Contrast:
    return Contrast(signal=signal, unit="ratio", worse=worse, because=because)


@pytest.mark.parametrize(
    ("contrasts", "expected"),
    [
        ([one(ERRORS, False), one("restarts", True)], (DeploymentState.REGRESSION, "")),
        ([one(ERRORS, False), one("latency_p95", None, "no_data")], (DeploymentState.ALL_CLEAR, "")),
        (
            [one(ERRORS, None, "too_little_traffic"), one("restarts", False)],
            (DeploymentState.INCONCLUSIVE, "too_little_traffic"),
        ),
        ([one("restarts", False)], (DeploymentState.INCONCLUSIVE, "no_data")),
        ([], (DeploymentState.INCONCLUSIVE, "no_data")),
    ],
)
def test_only_what_users_feel_can_be_clear(
    contrasts: list[Contrast], expected: tuple[DeploymentState, str]
) -> None:
    assert expected == verdict(contrasts)


numbers = st.floats(allow_nan=True, allow_infinity=True)


@given(
    st.lists(st.tuples(numbers, numbers), max_size=40),
    st.sampled_from([ERRORS, "latency_p95", "up", "restarts"]),
)
@settings(max_examples=80)
def test_no_series_breaks_a_comparison(points: list[tuple[float, float]], signal: str) -> None:
    result = SeriesResult(unit="ratio", series=(Series(points=tuple(points)), Series(points=tuple(points))))
    cut = course_of(signal, "checkout", result, SPLIT, "ev")
    seen = contrast(RULE, cut, cut, least_requests=1)

    assert seen.worse in (True, False, None)
    assert all(math.isfinite(at) for at, _ in cut.after)
    assert requests(()) == 0.0


def test_without_any_reading_of_the_traffic_nothing_is_called_well() -> None:
    well = contrast(RULE, course(ERRORS, 0.0, 0.0), None, least_requests=100)
    bad = contrast(RULE, course(ERRORS, 0.002, 0.2), None, least_requests=100)

    assert (None, "no_data") == (well.worse, well.because)
    assert DeploymentState.INCONCLUSIVE is verdict([well])[0]
    assert bad.worse is True
