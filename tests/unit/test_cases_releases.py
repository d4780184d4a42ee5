"""The release to blame among several: right in many made worlds, and deaf to names, order and the time of day."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.diagnosis.cases.model import Case, CaseChange, MetricSeries, Pod
from agent.diagnosis.cases.releases import LEAST_SCORE, blame_release
from agent.diagnosis.cases.releases_kinds import kind_by_values, kind_of
from agent.diagnosis.cases.releases_signals import Key, tabulate
from tests.support.releases import FAMILIES, Habit, release_case, renamed

QUICK = ("plain", "both edges", "caller edges", "only at, no versions", "versions differ")


def blamed(case: Case) -> list[str | None]:
    """Return the releases from the most to the least suspicious."""
    return [suspect.change_id for suspect in blame_release(case).suspects]


def test_the_right_release_comes_first_in_nine_of_ten_worlds_of_every_kind() -> None:
    wrong = []
    for number, (name, habit) in enumerate(FAMILIES.items()):
        for seed in range(2):
            case, truth = release_case(500 + 10 * number + seed, replace(habit, shop=False))
            if blamed(case)[0] != truth.change_id:
                wrong.append((name, seed, truth.kind))
    assert len(wrong) <= 3, wrong


@pytest.mark.parametrize("name", QUICK)
def test_names_and_order_of_what_was_recorded_change_nothing(name: str) -> None:
    case, _ = release_case(41, FAMILIES[name])
    known = [*case.entities, *case.pods, *(change.id for change in case.changes)]
    # Names in the opposite order of the alphabet, so that any sorting by name would show.
    names = dict(zip(sorted(known), [f"x{n:04d}" for n in range(len(known), 0, -1)], strict=True))
    other = renamed(case, names)
    other = replace(
        other,
        metrics=list(reversed(other.metrics)),
        changes=tuple(reversed(other.changes)),
        entities=tuple(reversed(other.entities)),
        pods=dict(reversed(list(other.pods.items()))),
        logs=list(reversed(other.logs)),
    )
    expected = [(names[str(s.change_id)], round(s.score, 3)) for s in blame_release(case).suspects]
    actual = [(s.change_id, round(s.score, 3)) for s in blame_release(other).suspects]
    assert expected == actual


def test_the_hour_of_the_recording_changes_nothing() -> None:
    case, _ = release_case(43, Habit(windows=False, target=0.0, logs=0.0))
    later = replace(
        case,
        metrics=[replace(m, at=m.at + 7 * 86_400 + 3_600) for m in case.metrics],
        changes=tuple(
            replace(
                c,
                at=c.at + 7 * 86_400 + 3_600,
                steps=tuple(replace(s, done_at=s.done_at + 7 * 86_400 + 3_600) for s in c.steps),
            )
            for c in case.changes
        ),
    )
    assert blamed(case) == blamed(later)


def test_scores_are_distinct_and_between_nought_and_one() -> None:
    for seed in range(60, 64):
        case, _ = release_case(seed)
        scores = [suspect.score for suspect in blame_release(case).suspects]
        assert len(case.changes) == len(set(scores))
        assert all(0 < score < 1 for score in scores)


def test_without_a_faulty_release_scores_stay_below_those_with_one() -> None:
    quiet = [blame_release(release_case(seed, Habit(faulty=False))[0]) for seed in range(70, 77)]
    loud = [blame_release(release_case(seed, Habit())[0]) for seed in range(70, 77)]
    assert (
        np.median([v.suspects[0].score for v in quiet]) < np.median([v.suspects[0].score for v in loud]) / 2
    )
    assert sum(v.inconclusive for v in quiet) > sum(v.inconclusive for v in loud)


def test_nothing_measured_is_inconclusive_and_still_ranks_every_release_the_youngest_first() -> None:
    changes = (CaseChange("a", 100.0, "cart"), CaseChange("b", 200.0, "shop"))
    verdict = blame_release(Case(entities=("cart", "shop"), changes=changes))
    assert verdict.inconclusive
    assert ["b", "a"] == [suspect.change_id for suspect in verdict.suspects]
    assert verdict.suspects[0].score > verdict.suspects[1].score


def test_the_reason_names_the_metric_with_both_values() -> None:
    verdict = blame_release(two_releases(slow="cart"))
    assert "one" == verdict.suspects[0].change_id
    assert (
        "the new pods of cart have latency at 90 against 10 (pods that stayed)"
        in verdict.suspects[0].reasons[0]
    )
    assert not verdict.inconclusive


def test_a_release_after_the_trouble_began_is_less_to_blame_than_the_same_one_before() -> None:
    case = two_releases(slow="shop")
    late = replace(case, incident=(case.changes[1].at - 200, case.changes[1].at + 600))
    before, after = blame_release(case).suspects[0], blame_release(late).suspects[0]
    assert before.score > after.score > LEAST_SCORE / 2
    assert "it began after the trouble had" in after.reasons


def test_a_caller_whose_pods_all_suffer_alike_is_not_to_blame() -> None:
    case = two_releases(slow="cart")
    shop = [m for m in case.metrics if m.entity.startswith("shop")]
    begin = case.changes[0].at
    suffering = [replace(m, values=np.where(m.at >= begin, m.values + 80, m.values)) for m in shop]
    others = [m for m in case.metrics if not m.entity.startswith("shop")]
    assert "one" == blamed(replace(case, metrics=[*others, *suffering]))[0]


def test_what_callers_measure_counts_when_the_pods_themselves_measure_nothing() -> None:
    case = two_releases(slow="cart")
    at = case.metrics[0].at
    seen = [
        MetricSeries("gate-1", "latency", at, np.where(at >= 600, 90.0, 10.0) + np.sin(at), edge="gate>cart"),
        MetricSeries("gate-1", "latency", at, 10.0 + np.sin(at), edge="gate>shop"),
    ]
    pods = {**case.pods, "gate-1": Pod("gate")}
    assert "one" == blamed(replace(case, metrics=seen, pods=pods))[0]


def test_a_call_measured_by_its_caller_counts_for_the_pod_that_was_called() -> None:
    at = np.arange(3.0)
    case = Case(
        entities=("gate", "cart"),
        pods={"gate-1": Pod("gate"), "cart-1": Pod("cart")},
        metrics=[MetricSeries("gate-1", "latency", at, at + 1, edge="gate-1>cart-1")],
    )
    table = tabulate(case)
    assert table is not None
    assert [2.0, 3.0] == table.rows["cart"][Key("latency", "in", "gate")]["cart-1"][1:].tolist()
    assert {("gate", "cart")} == table.calls()


def test_failures_are_counted_beside_requests() -> None:
    at = np.arange(3.0)
    case = Case(
        entities=("cart",),
        pods={"cart-1": Pod("cart")},
        metrics=[
            MetricSeries("cart-1", "errors_5xx", at, np.array([1.0, 2.0, 0.0])),
            MetricSeries("cart-1", "requests", at, np.array([10.0, 10.0, 0.0])),
        ],
    )
    table = tabulate(case)
    assert table is not None
    shares = table.rows["cart"][Key("errors_5xx", "", "")]["cart-1"]
    assert [0.1, 0.2] == shares[:2].tolist()
    assert np.isnan(shares[2])


@pytest.mark.parametrize(
    ("metric", "kind"),
    [
        ("request_success_rate", "success"),
        ("availability.Average", "success"),
        ("http_5xx", "failure"),
        ("RpcErrCount", "failure"),
        ("latency.p99", "latency"),
        ("PodServerLatencyP90(s)", "latency"),
        ("rtt(ms)", "latency"),
        ("CpuUsageRate(%)", "resource"),
        ("container_cpu_usage_seconds", "resource"),
        ("MemoryUsage(Mi)", "resource"),
        ("PodWorkload(Ops)", "load"),
        ("http_requests_total", "load"),
        ("f17", "unknown"),
    ],
)
def test_a_metric_is_known_by_the_words_in_its_name(metric: str, kind: str) -> None:
    assert kind == kind_of(metric)


def test_shares_are_known_by_their_values_where_names_say_nothing() -> None:
    assert "success" == kind_by_values(np.array([100.0, 99.0, 100.0, 55.0]))
    assert "failure" == kind_by_values(np.array([0.0, 0.0, 0.4, 0.0]))
    assert "unknown" == kind_by_values(np.array([12.0, 900.0]))
    assert "unknown" == kind_by_values(np.zeros(0))


@given(st.text(max_size=60), st.text(max_size=8))
def test_any_name_is_of_some_kind(metric: str, unit: str) -> None:
    assert kind_of(metric, unit) in {"failure", "success", "latency", "resource", "load", "unknown"}


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e9),
            st.one_of(st.just(float("nan")), st.just(float("inf")), st.floats(-1e12, 1e12)),
            st.sampled_from(["a-1", "a-2", "b-1", "c"]),
            st.sampled_from(["", "a>b", "b-1>a-1", ">", "a"]),
        ),
        max_size=12,
    )
)
def test_whatever_was_measured_every_release_is_ranked_once(
    rows: list[tuple[float, float, str, str]],
) -> None:
    metrics = [
        MetricSeries(entity, "m", np.array([at]), np.array([value]), edge=edge)
        for at, value, entity, edge in rows
    ]
    changes = (CaseChange("one", 10.0, "a"), CaseChange("two", 20.0, "b"))
    case = Case(entities=("a", "b"), changes=changes, metrics=metrics, pods={"a-2": Pod("a", "v2")})
    assert ["one", "two"] == sorted(str(name) for name in blamed(case))


def two_releases(slow: str) -> Case:
    """Two services with three pods each and one new pod since their release, which is slow in one of them."""
    at = np.arange(0.0, 1800.0, 30.0)
    metrics = []
    pods = {}
    changes = []
    for number, (name, service) in enumerate((("one", "cart"), ("two", "shop"))):
        begin = 600.0 + 300.0 * number
        for pod in range(4):
            lives = at >= begin if pod == 3 else at >= 0
            value = 90.0 if pod == 3 and service == slow else 10.0
            wobble = 0.2 * np.sin(at / (40.0 + pod))
            pods[f"{service}-{pod}"] = Pod(service, "v2" if pod == 3 else "v1")
            metrics.append(MetricSeries(f"{service}-{pod}", "latency", at[lives], (value + wobble)[lives]))
        changes.append(CaseChange(name, begin, service))
    return Case(entities=("cart", "shop"), pods=pods, changes=tuple(changes), metrics=metrics)
