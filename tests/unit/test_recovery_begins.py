"""Which recovery begins for an incident, when, and how often."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.action import ActionState
from agent.domain.alert import Severity
from agent.domain.audit import AuditKind
from agent.domain.decision import Autonomy
from agent.domain.incident import IncidentStatus
from agent.domain.recovery import Freeze, RecoveryState
from agent.domain.timeline import TimelineKind
from agent.lifecycle import changes
from agent.policy.autonomy import AutonomyPolicy
from tests.support import readings
from tests.support.recoveries import INCIDENT, Bench, alert, caused, recovery
from tests.support.recovery_runs import LEAK, ONE, TWO, one_bench, use
from tests.support.store import NOON


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with one_bench(tmp_path) as found:
        yield found


async def freeze(bench: Bench) -> None:
    now = bench.clock.now()
    async with bench.store.write() as tx:
        await tx.brakes.freeze(
            Freeze(id="f1", since=now, until=now + timedelta(hours=2), by="ada", reason="sale")
        )


async def reopened(bench: Bench, after: float) -> None:
    """Let the incident end, and come back after a time."""
    async with bench.store.write() as tx:
        await changes.resolve(tx, bench.book.current, INCIDENT, by="alerts", at=bench.clock.now())
    await bench.pass_time(after)
    async with bench.store.write() as tx:
        await changes.reopen(tx, bench.book.current, INCIDENT, by="alerts", at=bench.clock.now())
    await bench.diagnose(caused())
    await bench.turn()


async def test_a_cause_begins_its_recovery_and_the_action_is_proposed_with_its_origin(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    run = await bench.run()
    (request,) = bench.desk.proposed
    assert ("restart_workload", {"name": "payment"}) == (request.name, request.params)
    assert f"recovery:{run.id}#restart" == request.origin
    assert ("ev_1",) == request.evidence_ids
    assert {"restart": "acting"} == await bench.told()


async def test_an_action_that_helped_ends_the_recovery(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await bench.settle(IncidentStatus.MITIGATED, firing=True)
    await bench.finish(ActionState.SUCCEEDED, "recovered in 41 s")

    assert {"restart": "done recovered in 41 s"} == await bench.told()
    assert (RecoveryState.SUCCEEDED, "recovered") == await bench.over()


async def test_every_move_is_audited_and_the_beginning_and_end_stand_in_the_timeline(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await bench.settle(IncidentStatus.MITIGATED, firing=True)
    await bench.finish(ActionState.SUCCEEDED)

    async with bench.store.read() as tx:
        audit = [event.kind for event in await tx.audit.of_incident(INCIDENT)]
        timeline = [event.kind for event in await tx.timeline.of(INCIDENT)]
    assert [AuditKind.RECOVERY_STARTED, AuditKind.RECOVERY_STEP, AuditKind.RECOVERY_STEP] == audit[:3]
    assert AuditKind.RECOVERY_ENDED is audit[-1]
    assert [TimelineKind.RECOVERY_STARTED, TimelineKind.RECOVERY_ENDED] == timeline


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (None, "no cause"),
        (caused(confidence=0.55), "not sure enough"),
        (caused("memory.oom"), "another cause"),
    ],
)
async def test_a_weak_or_other_cause_begins_nothing(bench: Bench, cause: object, why: str) -> None:
    await bench.open(alert(since=NOON), cause=cause)  # type: ignore[arg-type]  # a parameter of three kinds
    await bench.turn()

    assert [] == await bench.runs(), why


@pytest.mark.parametrize("status", [IncidentStatus.RESOLVED, IncidentStatus.CLOSED, IncidentStatus.MITIGATED])
async def test_an_incident_that_needs_no_help_gets_none(bench: Bench, status: IncidentStatus) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.settle(status, firing=True)
    await bench.turn()

    assert [] == await bench.runs()


async def test_another_alert_after_the_harm_was_held_off_needs_help_again(bench: Bench) -> None:
    use(bench, ONE, TWO)
    await bench.open(alert("ServiceDown", since=NOON), cause=caused())
    await bench.turn()
    async with bench.store.write() as tx:
        await changes.mitigate(
            tx, bench.book.current, INCIDENT, by="action:A-1", at=bench.clock.now(), why="better"
        )
    await bench.finish(ActionState.SUCCEEDED)
    async with bench.store.write() as tx:
        await tx.alerts.upsert([alert(since=bench.clock.now())])
    await bench.diagnose(None)
    await bench.turn()

    assert [("trouble", RecoveryState.SUCCEEDED), ("two", RecoveryState.RUNNING)] == [
        (run.recovery, run.state) for run in await bench.runs()
    ]


async def test_where_autonomy_is_off_nothing_begins(bench: Bench) -> None:
    bench.book.current = replace(bench.book.current, autonomy=AutonomyPolicy(default=Autonomy.OFF))
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert [] == await bench.runs()


async def test_the_most_specific_recovery_wins_whatever_its_name(bench: Bench) -> None:
    use(bench, TWO, ONE)
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert "trouble" == (await bench.run()).recovery


async def test_the_same_recovery_never_runs_twice_and_never_two_at_once(bench: Bench) -> None:
    use(bench, ONE, TWO)
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await bench.diagnose(caused())
    await bench.turn()
    assert ["trouble"] == [run.recovery for run in await bench.runs()]

    await bench.finish(ActionState.FAILED, "no better")
    await bench.diagnose(caused())
    await bench.turn()
    assert ["trouble", "two"] == [run.recovery for run in await bench.runs()]


async def test_each_opening_of_an_incident_has_its_recovery_once(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await bench.finish(ActionState.FAILED, "no better")
    await reopened(bench, 600)
    await bench.finish(ActionState.FAILED, "no better")
    await bench.diagnose(caused())
    await bench.turn()

    assert [("trouble", 1), ("trouble", 2)] == [(run.recovery, run.opening) for run in await bench.runs()]


async def test_an_end_of_a_moment_is_no_new_opening(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await bench.finish(ActionState.FAILED, "no better")
    await reopened(bench, 20)

    assert 1 == len(await bench.runs())


async def test_after_a_persons_no_only_a_cause_begins_another_recovery(bench: Bench) -> None:
    use(bench, ONE, TWO)
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await bench.finish(ActionState.REJECTED)
    await bench.diagnose(caused())
    await bench.pass_time(60)
    symptoms = [run.recovery for run in await bench.runs()]
    use(bench, ONE, TWO, LEAK)
    await bench.diagnose(caused("memory.oom"))
    await bench.turn()

    assert ["trouble"] == symptoms, "its alert still fires, and people have said no"
    assert ["trouble", "leak"] == [run.recovery for run in await bench.runs()]


async def test_while_changes_are_frozen_nothing_begins(bench: Bench) -> None:
    await freeze(bench)
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert [] == await bench.runs()


async def test_what_only_shows_symptoms_waits_for_the_first_looks_of_the_diagnosis(bench: Bench) -> None:
    use(bench, TWO, ONE)
    await bench.open(alert(since=NOON), age=timedelta())
    await bench.pass_time(19)
    assert [] == await bench.runs()

    await bench.pass_time(2)
    assert ["two"] == [run.recovery for run in await bench.runs()]


async def test_a_signal_has_to_hold_for_its_time(bench: Bench) -> None:
    use(
        bench,
        recovery(
            """
trigger: [{signal: {name: server_error_ratio, over: 0.1, for: 5m}}]
steps: [{id: restart, action: restart_workload, params: {name: payment}}]
"""
        ),
    )

    def answer(_: object) -> object:
        return readings.signal(bench.clock.now(), "server_error_ratio", 0.01, 0.4, NOON)

    bench.reads.on("metrics_collector.signal", answer)  # type: ignore[arg-type]  # a reading of the moment
    await bench.open(alert(since=NOON))
    await bench.pass_time(120)
    assert [] == await bench.runs()

    await bench.pass_time(500)
    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]


async def test_an_alert_of_lower_severity_does_not_fit_a_trigger_that_names_one(bench: Bench) -> None:
    use(
        bench,
        recovery(
            """
trigger: [{alerts: ["High*"], severity: [critical], tier: [critical], environment: [demo], priority: [P1]}]
steps: [{id: restart, action: restart_workload, params: {name: payment}}]
"""
        ),
    )
    await bench.open(alert(since=NOON, severity=Severity.MEDIUM))
    await bench.turn()
    assert [] == await bench.runs()

    async with bench.store.write() as tx:
        await tx.alerts.upsert([alert("HighLatency", since=NOON)])
    await bench.diagnose(None)
    await bench.turn()
    assert 1 == len(await bench.runs())
