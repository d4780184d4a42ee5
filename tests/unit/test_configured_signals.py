"""A team's own metrics for named signals: used by the reads, checked as PromQL, refused with line and fix."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.app.signals import check_signals, compiled, configure_signals
from agent.brain.toolbelt import Toolbelt
from agent.domain.evidence import ReadRequest
from agent.domain.results import Series, SeriesResult
from agent.errors import Misconfigured
from agent.policy.documents import parse_document
from agent.policy.signals import SignalPolicy
from tests.support.alerts import SHIPPED
from tests.support.deploying import Dots
from tests.support.store import NOON, StillClock
from tools.connections import Connections
from tools.connectors.memory import MemoryMetrics, MemoryWorld

CSAT = """
signals:
- signal: customer_satisfaction
  promql: avg by (service) (csat_score{<sel>})
  per: service
  worse: lower
  threshold: 4.0
- {signal: cost, promql: sum(cloud_cost_usd_per_hour), threshold: 12.5}
"""


def policy(text: str = CSAT) -> SignalPolicy:
    return parse_document(text, SignalPolicy, name="signals.yaml")


def test_a_configured_signal_keeps_its_name_and_is_measured_as_the_team_says() -> None:
    made = compiled(policy())
    csat, cost = made["customer_satisfaction"], made["cost"]

    assert (csat.title, csat.unit, csat.threshold, csat.higher_is_worse) == (
        "customer satisfaction",
        "score",
        4.0,
        False,
    )
    assert csat.recipes[0].promql == "avg by (service) (csat_score{<sel>})"
    assert csat.crossed(3.9)
    assert (cost.unit, cost.threshold, cost.recipes[0].scope) == ("USD/h", 12.5, "all")


@pytest.mark.parametrize(
    ("words", "threshold"),
    [
        ("promql: sum(x)", 1_000_000),
        ("promql: sum(x), threshold: none", None),
        ("promql: sum(x), unit: count", None),
        ("promql: sum(x), unit: count, threshold: 7.0", 7.0),
    ],
)
def test_the_known_limit_holds_only_in_the_known_unit(words: str, threshold: float | None) -> None:
    made = compiled(policy(f"signals:\n- {{signal: ai_tokens, {words}}}\n"))
    assert made["ai_tokens"].threshold == threshold


async def test_the_reads_measure_it_that_way_and_follow_a_changed_file() -> None:
    clock = StillClock()
    world = MemoryWorld()
    asked = 'avg by (service) (csat_score{service="checkout"})'
    points = tuple((NOON.timestamp() - 60.0 * back, 3.5) for back in range(90, -1, -1))
    world.answers[asked] = (Series(labels={"service": "checkout"}, points=points),)
    belt = Toolbelt(Connections(metrics=MemoryMetrics(world)), clock, painter=Dots())
    current = SimpleNamespace(digest="1", signals=policy())
    ground: Any = SimpleNamespace(book=SimpleNamespace(current=current), toolbelt=belt)
    configure_signals(ground)
    request = ReadRequest(
        tool="metrics_collector.signal", params={"signal": "customer_satisfaction", "service": "checkout"}
    )

    seen = await belt.run(request)
    assert seen.reading.query == asked
    assert isinstance(seen.reading.result, SeriesResult)
    assert seen.reading.result.threshold == 4.0
    assert "beyond the threshold" in seen.reading.summary

    current.digest, current.signals = "2", SignalPolicy()
    assert (await belt.run(request)).reading.query != asked


def test_the_shipped_file_configures_nothing_and_is_sound() -> None:
    shipped = policy((SHIPPED / "signals.yaml").read_text("utf-8"))
    assert shipped.signals == ()


@pytest.mark.parametrize(
    ("was", "wrong", "said"),
    [
        (
            "signal: cost",
            "signal: costs",
            r"signals\.yaml:8: signals\.1\.signal: there is no signal costs; did you",
        ),
        (
            "sum(cloud_cost_usd_per_hour)",
            "sum(cloud",
            r"signals\.yaml:8: signals\.1\.promql: .*at the end of the query",
        ),
        (
            "csat_score{<sel>})",
            "csat_score{<sel>}",
            r"signals\.yaml:4: signals\.0\.promql: This is not PromQL",
        ),
        (
            "csat_score{<sel>}",
            "csat_score[<window>]{<sel>}",
            r"signals\.yaml:4: signals\.0\.promql: This is not PromQL",
        ),
    ],
)
def test_what_only_the_tools_can_judge_is_named_with_file_and_line(
    tmp_path: Path, was: str, wrong: str, said: str
) -> None:
    (tmp_path / "signals.yaml").write_text(CSAT.replace(was, wrong))
    (found,) = check_signals(policy(CSAT.replace(was, wrong)), tmp_path)
    with pytest.raises(Misconfigured, match=said):
        raise Misconfigured(found)


@pytest.mark.parametrize(
    ("was", "wrong", "said"),
    [
        ("  per: service\n", "", r":4: signals\.0\.promql: <sel> is of no use without per: service"),
        ("{<sel>}", "", r":4: signals\.0\.promql: per: service needs <sel>"),
        ("worse: lower", "worse: sideways", r":6: signals\.0\.worse"),
        ("threshold: 4.0", "threshold: some", r":7: signals\.0\.threshold"),
        ("signal: cost", "signal: customer_satisfaction", r"signals\.1\.signal: .* stands here twice"),
        ("threshold: 12.5", "unit: bananas", r"signals\.1\.unit"),
        ("threshold: 12.5", "color: red", r"signals\.1\.color"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(was: str, wrong: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        policy(CSAT.replace(was, wrong))


@given(st.text(max_size=60))
def test_any_query_is_accepted_or_refused_in_words(query: str) -> None:
    one = {"signal": "cost", "promql": query or "x"}
    made = SignalPolicy.model_validate({"signals": [one]}, strict=False) if "<sel>" not in query else None
    if made is not None:
        assert all("signals.0.promql" in said for said in check_signals(made, SHIPPED))
