"""Whether an action helped is told by the alerts' own expressions, now and when it began."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.action import Action, ActionState, Plan, Target
from agent.domain.alert import AlertRecord, AlertStatus, Severity
from agent.domain.evidence import EvidenceStatus, Reading, ReadRequest
from agent.domain.recovery import RecoveryRun, StepRun
from agent.domain.results import TableResult
from agent.execution.judge import ExpressionJudge, Standing, clearly_worse
from agent.execution.needs import Judgement
from tests.support import readings
from tests.support.alerts import shipped_policies
from tests.support.deeds import sample_action
from tests.support.reads import ScriptedReads
from tests.support.recoveries import INCIDENT, Book, alert, recovery
from tests.support.store import NOON, StillClock, store_at
from tests.support.views import sample_incident, sample_view

EXPRESSION = "metrics_collector.expression"
BEGAN = NOON - timedelta(seconds=60)
STEPS = recovery(
    """
trigger: [{alerts: [HighErrorRate]}]
steps:
- {id: room, action: scale_workload, proof: check}
- {id: cure, action: restart_workload}
"""
)


class Court:
    """A judge with scripted expressions."""

    def __init__(self, store: object) -> None:
        self.reads = ScriptedReads(NOON)
        policies = replace(shipped_policies(), recoveries=(STEPS,))
        self.judge = ExpressionJudge(store, self.reads, Book(policies), StillClock())  # type: ignore[arg-type]  # opened by a fixture

    def holds(
        self, value: float, *, before: float, rule: str = "HighErrorRate", earlier: float = 9.0
    ) -> None:
        """Let an expression hold with a value now, another one when the action began, and one a moment ago."""

        def answer(request: ReadRequest) -> Reading:
            at = request.params.get("at")
            asked = datetime.fromisoformat(at) if isinstance(at, str) else NOON
            shown = value if at is None else before if asked == BEGAN else min(earlier, value)
            return standing(shown > 0.05, shown)

        self.reads.on(EXPRESSION, answer, rule=rule)

    async def says(self, *alerts: AlertRecord, action: Action | None = None) -> Judgement:
        view = sample_view(sample_incident(), alerts=alerts)
        return await self.judge.judge(action or done(), view)


def standing(holds: bool, value: float | None = None) -> Reading:
    rows = [("holds", "yes" if holds else "no")]
    if value is not None:
        rows += [("value", repr(value)), ("threshold", "0.05"), ("beyond", repr(value - 0.05))]
    rows.append(("looks back", "300 s"))
    result = TableResult(columns=("what", "how"), rows=tuple(rows))
    return Reading(status=EvidenceStatus.SUCCESS, query="q", summary="s", result=result)


def done(origin: str = "person", undo_of: str | None = None) -> Action:
    target = Target(kind="Deployment", namespace="shop", name="payment")
    made = sample_action(
        ActionState.VERIFYING,
        origin=origin,
        plan=Plan(target=target, reversible=True),
        at=BEGAN,
        undo_of=undo_of,
    )
    return made.model_copy(update={"times": made.times.model_copy(update={"started_at": BEGAN})})


@pytest_asyncio.fixture
async def court(tmp_path: Path) -> AsyncIterator[Court]:
    async with store_at(tmp_path) as store:
        run = RecoveryRun(
            id="run_1",
            recovery="trouble",
            incident_id=INCIDENT,
            policy_digest="p",
            steps=(StepRun(name="room"), StepRun(name="cure")),
            started_at=BEGAN,
        )
        async with store.write() as tx:
            await tx.recoveries.create(run)
        yield Court(store)


def own(name: str = "HighErrorRate", service: str = "payment", **more: object) -> AlertRecord:
    return alert(name, service, **({"since": BEGAN - timedelta(minutes=1)} | more))  # type: ignore[arg-type]  # chosen by name


def over(record: AlertRecord) -> AlertRecord:
    ended = {"status": AlertStatus.RESOLVED, "ends_at": NOON}
    return record.model_copy(update={"alert": record.alert.model_copy(update=ended)})


async def test_an_expression_that_no_longer_holds_is_better(court: Court) -> None:
    court.holds(0.01, before=0.4)
    said = await court.says(own())

    assert ("better", "HighErrorRate no longer holds.") == (said.verdict, said.sentence)


async def test_when_nothing_fires_any_more_it_is_better(court: Court) -> None:
    assert "better" == (await court.says(over(own()))).verdict
    assert [] == court.reads.asked


async def test_where_no_alert_ever_fired_the_effect_is_the_proof(court: Court) -> None:
    assert (await court.says()).by_check


async def test_an_expression_that_holds_as_before_is_the_same_and_tells_its_number(court: Court) -> None:
    court.holds(0.4, before=0.41)
    said = await court.says(own())

    assert "same" == said.verdict
    assert "HighErrorRate still holds (0.4, the limit is 0.05)." == said.sentence
    assert {"value": 0.4, "threshold": 0.05, "before": 0.41} == said.values["HighErrorRate"]


async def test_it_gives_a_cure_the_time_that_the_expression_looks_back(court: Court) -> None:
    court.holds(0.4, before=0.41)

    assert 360 == (await court.says(own())).settles_seconds


async def test_what_is_clearly_farther_beyond_is_worse(court: Court) -> None:
    court.holds(0.6, before=0.2, earlier=0.55)
    said = await court.says(own())

    assert "worse" == said.verdict
    assert "0.6 instead of 0.2 (the limit is 0.05)" in said.sentence


async def test_what_is_worse_is_sure_only_when_the_time_before_the_action_speaks_no_more(
    court: Court,
) -> None:
    court.holds(0.6, before=0.2, earlier=0.59)
    level = await court.says(own())
    court.holds(0.6, before=0.2, earlier=0.3)
    rising = await court.says(own())

    assert (360, 0) == (level.settles_seconds, level.rises_over_seconds)
    assert (360, 20) == (rising.settles_seconds, rising.rises_over_seconds)


async def test_what_is_on_its_way_back_is_not_worse_yet(court: Court) -> None:
    def answer(request: ReadRequest) -> Reading:
        at = request.params.get("at")
        value = 0.6 if at is None else 0.2 if at == BEGAN.isoformat() else 0.9
        return standing(True, value)

    court.reads.on(EXPRESSION, answer)

    assert "same" == (await court.says(own())).verdict


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [(0.35, 0.25, False), (0.36, 0.25, True), (0.06, 0.051, False), (0.07, 0.051, True), (1.0, 0.6, True)],
)
def test_the_threshold_of_worse(now: float, then: float, expected: bool) -> None:
    def at(value: float) -> Standing:
        return Standing(True, value, 0.05, value - 0.05)

    assert expected is clearly_worse(at(now), at(then))


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_did_not_grow_is_never_worse(value: float, less: float) -> None:
    smaller = min(value, less)
    now, then = Standing(True, smaller, 0.05, smaller - 0.05), Standing(True, value, 0.05, value - 0.05)

    assert not clearly_worse(now, then)


async def test_only_the_alerts_of_the_services_target_are_asked(court: Court) -> None:
    court.holds(0.01, before=0.4)
    court.reads.on(EXPRESSION, standing(True, 0.9), rule="HighLatency")

    assert "better" == (await court.says(own(), own("HighLatency", "checkout"))).verdict
    assert {"HighErrorRate"} == {request.params["rule"] for request in court.reads.asked}


async def test_once_its_own_alerts_are_over_those_of_others_do_not_count(court: Court) -> None:
    court.reads.on(EXPRESSION, standing(True, 0.9), rule="HighLatency")

    assert "better" == (await court.says(over(own()), own("HighLatency", "checkout"))).verdict


async def test_with_no_alert_of_its_own_every_alert_counts(court: Court) -> None:
    court.reads.on(EXPRESSION, standing(True, 0.9), rule="HighLatency")

    assert "same" == (await court.says(own("HighLatency", "checkout"))).verdict


async def test_one_alert_that_still_holds_is_enough_to_be_the_same(court: Court) -> None:
    court.holds(0.01, before=0.4)
    court.reads.on(EXPRESSION, standing(True, 0.9), rule="HighLatency")

    assert "same" == (await court.says(own(), own("HighLatency"))).verdict


async def test_a_critical_alert_that_is_new_since_the_action_is_worse(court: Court) -> None:
    court.holds(0.01, before=0.4)
    court.holds(1.0, before=0.0, rule="ServiceDown")
    fresh = own("ServiceDown", since=NOON - timedelta(seconds=10))
    said = await court.says(own(), fresh)

    assert ("worse", "ServiceDown fires for payment only since the action began.") == (
        said.verdict,
        said.sentence,
    )
    assert 360 == said.settles_seconds


@pytest.mark.parametrize("severity", [Severity.MEDIUM, Severity.LOW])
async def test_a_new_alert_that_is_not_critical_is_not_worse(court: Court, severity: Severity) -> None:
    court.holds(1.0, before=0.0, rule="Slow", earlier=0.9)
    court.reads.on(EXPRESSION, standing(True), rule="Slow")

    said = await court.says(own("Slow", since=NOON - timedelta(seconds=10), severity=severity))
    assert "same" == said.verdict


async def test_an_alert_that_only_waited_for_its_turn_is_no_new_trouble(court: Court) -> None:
    court.holds(0.4, before=0.4, rule="ServiceDown")

    said = await court.says(own("ServiceDown", since=NOON - timedelta(seconds=10)))
    assert "same" == said.verdict


async def test_a_backend_that_does_not_answer_proves_nothing(court: Court) -> None:
    court.reads.down["prometheus"] = "Prometheus did not answer"
    said = await court.says(own())

    assert "unverifiable" == said.verdict
    assert "Prometheus did not answer" in said.sentence


async def test_a_service_that_vanished_from_the_metrics_is_not_well_by_that(court: Court) -> None:
    court.reads.on(EXPRESSION, standing(False))
    said = await court.says(own())

    assert ("same", "HighErrorRate measures nothing any more, which proves nothing.") == (
        said.verdict,
        said.sentence,
    )


async def test_a_pod_that_is_gone_has_taken_its_alert_along(court: Court) -> None:
    court.reads.on(EXPRESSION, standing(False))

    assert "better" == (await court.says(own(pod="payment-1"))).verdict


async def test_without_a_rule_a_signal_stands_in(court: Court) -> None:
    reading = readings.signal(NOON, "server_error_ratio", 0.01, 0.01)
    assert reading.result is not None
    limited = reading.model_copy(update={"result": reading.result.model_copy(update={"threshold": 0.05})})
    court.reads.on("metrics_collector.signal", limited)

    assert "better" == (await court.says(own())).verdict


async def test_without_rule_and_signal_nobody_can_tell(court: Court) -> None:
    assert "unverifiable" == (await court.says(own("SomethingOdd"))).verdict


async def test_an_expression_from_the_alerts_own_address_is_sent_along(court: Court) -> None:
    record = own()
    url = "http://prometheus/graph?g0.expr=up+%3D%3D+0&g0.tab=1"
    held = record.model_copy(update={"alert": record.alert.model_copy(update={"generator_url": url})})
    await court.says(held)

    assert "up == 0" == court.reads.asked_for(EXPRESSION)[0].params["expression"]


@pytest.mark.parametrize(
    ("origin", "undo_of", "expected"),
    [
        ("recovery:run_1#room", None, True),
        ("recovery:run_1#cure", None, False),
        ("recovery:run_1#cure@25", None, True),
        ("recovery:gone#room", None, False),
        ("undo:act_3", "act_3", True),
        ("person", None, False),
    ],
)
async def test_what_ends_nothing_by_itself_is_proved_by_its_own_effect(
    court: Court, origin: str, undo_of: str | None, expected: bool
) -> None:
    court.holds(0.4, before=0.4)
    said = await court.says(own(), action=done(origin, undo_of))

    assert ("same", expected) == (said.verdict, said.by_check)


async def test_a_step_that_only_makes_room_is_still_taken_back_when_it_made_things_worse(
    court: Court,
) -> None:
    court.holds(0.9, before=0.2, earlier=0.8)
    said = await court.says(own(), action=done("recovery:run_1#room"))

    assert ("worse", False) == (said.verdict, said.by_check)
