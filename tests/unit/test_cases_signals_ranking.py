"""The ranking of causes over traces, logs and metrics of small made-up incidents."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.diagnosis.cases.model import Case, LogLine, MetricSeries, SpanRecord, Target
from agent.diagnosis.cases.signals import rank_signals
from tests.support.incident_case import ENTITIES, INCIDENT, NORMAL, Shop, measured, traced


def _first(case: Case) -> str:
    return rank_signals(case).suspects[0].entity


@pytest.mark.parametrize("name", ["stock", "mail", "search", "orders"])
def test_an_entity_that_works_slowly_is_blamed_and_not_its_callers(name: str) -> None:
    verdict = rank_signals(traced(Shop(slow={name: 0.5})))
    assert name == verdict.suspects[0].entity
    assert "own work" in verdict.suspects[0].reasons[0]
    assert verdict.confidence > 0.9


@pytest.mark.parametrize("name", ["stock", "mail", "orders"])
def test_a_slow_way_is_laid_to_the_end_that_all_slow_ways_share(name: str) -> None:
    assert name == _first(traced(Shop(far={name: 1.0})))


@pytest.mark.parametrize("name", ["stock", "mail", "search", "orders"])
def test_an_entity_that_logs_something_else_is_blamed(name: str) -> None:
    verdict = rank_signals(traced(Shop(instead={name: ("INFO", "gave up half way")})))
    assert name == verdict.suspects[0].entity
    assert "half way" in verdict.suspects[0].reasons[0] or "no longer" in verdict.suspects[0].reasons[0]


def test_what_a_caller_does_after_a_failure_below_is_no_cause() -> None:
    changed = {"stock": ("ERROR", "no such shelf"), "orders": ("ERROR", "stock gave nothing")}
    verdict = rank_signals(traced(Shop(instead=changed)))
    assert "stock" == verdict.suspects[0].entity
    assert verdict.suspects[0].score > 2 * verdict.suspects[1].score
    assert any(line.startswith("orders: ") for line in verdict.ruled_out)


def test_logs_without_spans_suffice() -> None:
    changed = {"stock": ("ERROR", "no such shelf"), "orders": ("ERROR", "stock gave nothing")}
    case = replace(traced(Shop(instead=changed)), spans=())
    assert "stock" == _first(case)
    unlinked = [replace(line, trace_id="", span_id="") for line in case.logs]
    assert "stock" == _first(replace(case, logs=unlinked))


def test_lines_that_name_no_span_find_the_visit_that_was_under_way() -> None:
    changed = {"stock": ("ERROR", "no such shelf"), "orders": ("ERROR", "stock gave nothing")}
    case = traced(Shop(instead=changed))
    unlinked = replace(case, logs=[replace(line, trace_id="", span_id="") for line in case.logs])
    linked, found = rank_signals(case).suspects[0], rank_signals(unlinked).suspects[0]
    assert "stock" == linked.entity == found.entity
    assert linked.score == pytest.approx(found.score, abs=0.05)


def test_errors_that_existed_before_are_no_cause() -> None:
    case = traced(Shop(slow={"mail": 0.5}))
    noisy = [replace(x, level="ERROR") if x.entity == "search" else x for x in case.logs]
    assert "mail" == _first(replace(case, logs=noisy))
    healthy = replace(traced(Shop()), logs=noisy)
    assert rank_signals(healthy).inconclusive


def test_an_error_that_ends_is_no_cause() -> None:
    case = traced(Shop())
    before = [
        replace(x, level="ERROR", message="half an answer")
        if x.entity == "search" and x.at < NORMAL[1] and "answered" in x.message
        else x
        for x in case.logs
    ]
    assert rank_signals(replace(case, logs=before)).inconclusive


@pytest.mark.parametrize("seed", range(5))
def test_a_healthy_system_gives_no_answer(seed: int) -> None:
    verdict = rank_signals(traced(Shop(seed=seed)))
    assert verdict.inconclusive
    assert verdict.confidence < 0.5
    assert rank_signals(measured({}, seed=seed)).inconclusive


def test_the_deepest_slow_entity_explains_those_above_it() -> None:
    slow = {(name, "latency.Average"): 0.3 for name in ("web", "orders", "stock")}
    verdict = rank_signals(measured(slow))
    assert "stock" == verdict.suspects[0].entity
    assert not verdict.inconclusive


def test_slowness_that_does_not_make_up_the_caller_s_leaves_the_caller_to_blame() -> None:
    slow = {
        ("web", "latency.Average"): 0.5,
        ("orders", "latency.Average"): 0.5,
        ("mail", "latency.Average"): 0.05,
    }
    assert "orders" == _first(measured(slow))


def test_a_busy_bystander_is_not_blamed() -> None:
    worse = {
        ("mail", "cpu_percent"): 70.0,
        ("search", "latency.Average"): 0.3,
        ("web", "latency.Average"): 0.2,
    }
    assert "search" == _first(measured(worse))


def test_a_level_that_drifted_before_the_target_moved_is_no_cause() -> None:
    case = measured({("web", "latency.Average"): 0.3, ("search", "latency.Average"): 0.3})
    drifted = [
        replace(one, values=one.values + (one.at > 29640) * 0.5)
        if (one.entity, one.metric) == ("mail", "latency.Average")
        else one
        for one in case.metrics
    ]
    assert "search" == _first(replace(case, metrics=drifted))


def test_neither_names_nor_their_order_nor_the_clock_matter() -> None:
    case = traced(Shop(instead={"orders": ("WARN", "took the short way")}, far={"mail": 0.2}))
    names = {name: f"x{9 - index}" for index, name in enumerate(ENTITIES)}
    moved = Case(
        tuple(names[e] for e in reversed(ENTITIES)),
        None,
        *[(a - 1e6, b - 1e6) for a, b in (NORMAL, INCIDENT)],
        topology=tuple((names[a], names[b]) for a, b in reversed(case.topology)),
        spans=[replace(s, entity=names[s.entity], start=s.start - 1e6) for s in reversed(case.spans)],
        logs=[
            replace(x, entity=names[x.entity], at=x.at - 1e6)
            for x in sorted(case.logs, key=lambda x: x.message)
        ],
    )
    expected = [(names[s.entity], round(s.score, 3)) for s in rank_signals(case).suspects if s.score > 0.01]
    assert expected == [(s.entity, round(s.score, 3)) for s in rank_signals(moved).suspects if s.score > 0.01]


def test_without_windows_the_target_s_time_divides_the_record() -> None:
    case = replace(traced(Shop(slow={"stock": 0.5})), normal=None, incident=None)
    assert "stock" == _first(replace(case, target=Target("web", "latency", INCIDENT[0])))


def test_nothing_recorded_is_no_answer() -> None:
    assert rank_signals(Case(ENTITIES)).inconclusive
    verdict = rank_signals(Case(ENTITIES, None, NORMAL, INCIDENT))
    assert verdict.inconclusive
    assert len(ENTITIES) == len(verdict.suspects)


_NAME = st.sampled_from(["a", "b", "c", ""])
_TIME = st.floats(-1000, 2000, allow_nan=False)
_SPAN = st.builds(
    SpanRecord, _NAME, st.sampled_from("12345"), st.sampled_from("12345"), _NAME, st.text(max_size=5), _TIME,
    st.floats(0, 1e4), st.sampled_from(["", "ok", "500", "ERROR"]),
)  # fmt: skip
_LINE = st.builds(LogLine, _TIME, _NAME, st.text(max_size=30), st.sampled_from(["", "ERROR"]), _NAME, _NAME)


@st.composite
def _series(draw: st.DrawFn) -> MetricSeries:
    import numpy as np

    values = draw(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=32), max_size=30))
    at = np.linspace(-500, 1500, len(values))
    name = draw(st.sampled_from(["latency", "errors", "availability", "cpu", "requests", "x"]))
    return MetricSeries(
        draw(_NAME), name, at, np.asarray(values, dtype=float), draw(st.sampled_from(["", "percent"]))
    )


@settings(max_examples=80, deadline=None)
@given(
    st.lists(_SPAN, max_size=15),
    st.lists(_LINE, max_size=15),
    st.lists(_series(), max_size=6),
    st.lists(st.tuples(_NAME, _NAME), max_size=6),
    st.sampled_from([None, Target("a", "latency"), Target("a", "latency", 100.0)]),
    st.booleans(),
)
def test_any_record_is_ranked_with_scores_from_nought_to_one(
    spans: list[SpanRecord],
    logs: list[LogLine],
    metrics: list[MetricSeries],
    topology: list[tuple[str, str]],
    target: Target | None,
    windows: bool,
) -> None:
    normal, incident = ((-500.0, 0.0), (1.0, 900.0)) if windows else (None, None)
    case = Case(
        ("a", "b", "c"),
        target,
        normal,
        incident,
        None,
        tuple(topology),
        metrics=metrics,
        logs=logs,
        spans=spans,
    )
    verdict = rank_signals(case)
    assert all(0 <= suspect.score <= 1 for suspect in verdict.suspects)
    assert 0 <= verdict.confidence <= 1
