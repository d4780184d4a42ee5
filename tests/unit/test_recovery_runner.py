"""Recoveries run step by step on a real store: which one begins, what each step does, when they stop and are taken back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.action import ActionRequest, ActionState
from agent.domain.alert import Severity
from agent.domain.audit import AuditKind
from agent.domain.decision import Autonomy
from agent.domain.incident import IncidentStatus
from agent.domain.recovery import Freeze, RecoveryState, StopSwitch
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput, Conflict, Unavailable
from agent.lifecycle import changes
from agent.policy.autonomy import AutonomyPolicy
from agent.policy.load import Policies
from agent.policy.recoveries import RecoveryPolicy
from tests.support import readings
from tests.support.alerts import shipped_policies
from tests.support.recoveries import INCIDENT, Bench, alert, caused, recovery
from tests.support.store import NOON, StillClock, store_at

SHIPPED = shipped_policies()
POD = "payment-7c9b4f6d8-x2x4z"
ONE = recovery(
    """
trigger: [{cause: [change.bad-deployment]}]
steps:
- id: restart
  action: restart_workload
  params: {name: payment}
"""
)
TWO = recovery(
    """
trigger: [{alerts: [HighErrorRate]}]
steps:
- id: restart
  action: restart_workload
  params: {name: payment}
- id: grow
  action: scale_workload
  params: {name: payment, replicas: 6}
- id: tell
  notify: channel
  to: [sre-oncall]
  always: true
roll_back: {after: 30m, every: 2m}
hand_over: {to: [sre-oncall], text: {en: Please take over., ko: 부탁}}
""",
    "two",
)


LEAK = recovery("trigger: [{cause: [memory.oom]}]\nsteps: [{id: tell, notify: channel, to: [dba]}]\n", "leak")


def with_(*recoveries: RecoveryPolicy) -> Policies:
    return replace(SHIPPED, recoveries=recoveries)


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with store_at(tmp_path) as store:
        yield Bench(store, with_(ONE), StillClock())


def use(bench: Bench, *recoveries: RecoveryPolicy) -> Bench:
    bench.book.current = with_(*recoveries)
    return bench


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


async def reopened(bench: Bench, after: float) -> None:
    """Let the incident end, and come back after a time."""
    async with bench.store.write() as tx:
        await changes.resolve(tx, bench.book.current, INCIDENT, by="alerts", at=bench.clock.now())
    await bench.pass_time(after)
    async with bench.store.write() as tx:
        await changes.reopen(tx, bench.book.current, INCIDENT, by="alerts", at=bench.clock.now())
    await bench.diagnose(caused())
    await bench.turn()


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


async def test_steps_are_done_in_order_one_action_at_a_time(bench: Bench) -> None:
    use(bench, TWO)
    await bench.open(alert(since=NOON))
    await bench.turn()
    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]

    await bench.finish(ActionState.FAILED, "it changed nothing")
    assert ["restart_workload", "scale_workload"] == [r.name for r in bench.desk.proposed]
    await bench.finish(ActionState.UNDONE)

    assert (await bench.told())["restart"] == "failed A-1 did not work. it changed nothing"
    assert (await bench.told())["grow"].startswith("failed A-2 was undone.")
    assert (await bench.told())["tell"] == "done"
    assert (
        RecoveryState.FAILED,
        "all of its steps are over and the trouble is still there",
    ) == await bench.over()
    assert any("Please take over." in words and "to be paged" in words for words in await bench.said())


async def test_nothing_is_proposed_beside_an_action_that_waits_for_votes(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    own = await bench.desk.put(ActionRequest(name="delete_pod", by="ada", incident_id=INCIDENT))
    bench.clock.advance(5)
    await bench.turn()
    assert [] == bench.desk.proposed

    await bench.desk.end(own, ActionState.REJECTED)
    await bench.pass_time(16)
    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]


async def test_what_recovered_early_leaves_out_the_rest_but_people_are_still_told(bench: Bench) -> None:
    use(bench, TWO)
    await bench.open(alert(since=NOON))
    await bench.turn()
    await bench.settle(IncidentStatus.MITIGATED)
    await bench.finish(ActionState.SUCCEEDED)

    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]
    assert {"restart": "done", "grow": "pending", "tell": "done"} == await bench.told()


async def test_a_frozen_incident_is_left_alone_and_a_freeze_stops_what_has_not_begun(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await freeze(bench)
    await bench.pass_time(32)

    assert ["act_1"] == bench.desk.cancelled
    assert (RecoveryState.STOPPED, "stopped, because changes are frozen") == await bench.over()


async def test_while_changes_are_frozen_nothing_begins(bench: Bench) -> None:
    await freeze(bench)
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert [] == await bench.runs()


async def freeze(bench: Bench) -> None:
    now = bench.clock.now()
    async with bench.store.write() as tx:
        await tx.brakes.freeze(
            Freeze(id="f1", since=now, until=now + timedelta(hours=2), by="ada", reason="sale")
        )


async def test_a_person_who_acts_takes_over(bench: Bench) -> None:
    use(bench, TWO)
    await bench.open(alert(since=NOON))
    await bench.turn()
    own = ActionRequest(name="delete_pod", by="ada", incident_id=INCIDENT)
    await bench.desk.put(own, ActionState.SUCCEEDED)
    await bench.pass_time(32)

    assert ["act_1"] == bench.desk.cancelled
    assert RecoveryState.STOPPED is (await bench.over())[0]
    assert not any("Please take over" in words for words in await bench.said())


async def test_a_better_founded_recovery_takes_the_place_of_one_that_only_saw_symptoms(bench: Bench) -> None:
    use(bench, TWO, ONE)
    await bench.open(alert(since=NOON))
    await bench.turn()
    assert ["two"] == [run.recovery for run in await bench.runs()]

    await bench.diagnose(caused())
    await bench.pass_time(32)

    first, second = await bench.runs()
    assert ("two", RecoveryState.STOPPED) == (first.recovery, first.state)
    assert "another cause" in first.why
    assert ("trouble", RecoveryState.RUNNING) == (second.recovery, second.state)


async def test_what_only_shows_symptoms_waits_for_the_first_looks_of_the_diagnosis(bench: Bench) -> None:
    use(bench, TWO, ONE)
    await bench.open(alert(since=NOON), age=timedelta())
    await bench.pass_time(19)
    assert [] == await bench.runs()

    await bench.pass_time(2)
    assert ["two"] == [run.recovery for run in await bench.runs()]


async def test_what_proves_itself_for_another_cause_is_not_waited_for(bench: Bench) -> None:
    use(bench, TWO, ONE)
    bench.desk.state = ActionState.VERIFYING
    await bench.open(alert(since=NOON))
    await bench.turn()
    await bench.diagnose(caused())
    await bench.pass_time(32)

    assert ["act_1"] == bench.desk.cancelled
    assert ["two", "trouble"] == [run.recovery for run in await bench.runs()]


async def test_a_recovery_never_takes_back_its_own_change(bench: Bench) -> None:
    use(bench, TWO, ONE)
    await bench.open(alert(since=NOON))
    await bench.turn()
    (action,) = await bench.actions()
    began = action.times.model_copy(update={"started_at": bench.clock.now()})
    async with bench.store.write() as tx:
        await tx.actions.save(action.model_copy(update={"times": began, "state": ActionState.RUNNING}))
    bench.clock.advance(20)
    await bench.diagnose(caused(at=(NOON + timedelta(seconds=15)).isoformat()))
    await bench.turn()

    assert ["two"] == [run.recovery for run in await bench.runs()]
    assert RecoveryState.RUNNING is (await bench.run()).state


async def test_an_action_that_runs_is_never_left_alone_by_a_stop(bench: Bench) -> None:
    bench.desk.state = ActionState.RUNNING
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await freeze(bench)
    await bench.pass_time(40)
    assert ([], RecoveryState.RUNNING) == (bench.desk.cancelled, (await bench.run()).state)

    await bench.finish(ActionState.SUCCEEDED)
    assert RecoveryState.STOPPED is (await bench.run()).state


async def test_while_the_stop_switch_is_thrown_nothing_is_proposed_and_then_it_goes_on(bench: Bench) -> None:
    async with bench.store.write() as tx:
        await tx.brakes.throw(StopSwitch(stopped=True, by="ada", at=bench.clock.now()))
    await bench.open(alert(since=NOON), cause=caused())
    await bench.pass_time(60)
    assert [] == await bench.runs()

    async with bench.store.write() as tx:
        await tx.brakes.throw(StopSwitch(stopped=False))
    await bench.pass_time(16)
    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]


async def test_a_switch_thrown_in_between_holds_the_next_step(bench: Bench) -> None:
    use(bench, TWO)
    await bench.open(alert(since=NOON))
    await bench.turn()
    async with bench.store.write() as tx:
        await tx.brakes.throw(StopSwitch(stopped=True, by="ada", at=bench.clock.now()))
    await bench.finish(ActionState.FAILED)
    await bench.pass_time(60)

    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]


@pytest.mark.parametrize(
    ("trouble", "state", "why"),
    [
        (BadInput("An autoscaler owns it."), "skipped", "An autoscaler owns it."),
        (Conflict("It has changed."), "skipped", "It has changed."),
    ],
)
async def test_a_step_that_the_world_does_not_allow_is_left_out(
    bench: Bench, trouble: Exception, state: str, why: str
) -> None:
    bench.desk.trouble["restart_workload"] = [trouble]
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert {"restart": f"{state} {why}"} == await bench.told()
    assert (RecoveryState.STOPPED, "nothing of it could be done here") == await bench.over()


PATIENT = recovery(
    """
trigger: [{cause: [change.bad-deployment]}]
steps:
- id: restart
  action: restart_workload
  params: {name: payment}
  wait: 1m
- id: grow
  action: scale_workload
  params: {name: payment, replicas: 6}
""",
    "patient",
)


async def test_a_step_with_nothing_to_do_yet_is_looked_at_again_for_its_time(bench: Bench) -> None:
    use(bench, PATIENT)
    bench.desk.trouble["restart_workload"] = [Conflict("No query runs so long.")] * 2
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    told = await bench.told()
    await bench.pass_time(40)

    assert {"restart": "pending not yet: No query runs so long.", "grow": "pending"} == told
    assert ["restart_workload"] * 3 == [r.name for r in bench.desk.proposed]
    assert "acting" == (await bench.told())["restart"].partition(" ")[0]


async def test_a_step_that_never_has_anything_to_do_is_left_out_after_its_time(bench: Bench) -> None:
    use(bench, PATIENT)
    bench.desk.trouble["restart_workload"] = [Conflict("No query runs so long.")] * 99
    await bench.open(alert(since=NOON), cause=caused())
    await bench.pass_time(59)
    waiting = await bench.told()
    await bench.pass_time(17)

    assert waiting["restart"].startswith("pending")
    assert "skipped No query runs so long." == (await bench.told())["restart"]
    assert "scale_workload" == bench.desk.proposed[-1].name
    async with bench.store.read() as tx:
        audit = [e for e in await tx.audit.of_incident(INCIDENT) if e.data.get("step") == "restart"]
    told = [e.data["step_state"] for e in audit if e.data["step_state"] in ("pending", "skipped")]
    assert ["pending", "skipped"] == told, "that it waits is on record once"


async def test_waiting_ends_with_the_trouble(bench: Bench) -> None:
    use(bench, PATIENT)
    bench.desk.trouble["restart_workload"] = [Conflict("No query runs so long.")] * 99
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    await bench.settle(IncidentStatus.MITIGATED)
    await bench.pass_time(16)

    assert (RecoveryState.SUCCEEDED, "recovered") == await bench.over()


async def test_a_backend_that_is_away_for_a_moment_is_asked_again(bench: Bench) -> None:
    bench.desk.trouble["restart_workload"] = [Unavailable("away", backend="kubernetes")] * 2
    await bench.open(alert(since=NOON), cause=caused())
    await bench.pass_time(15)

    assert {"restart": "acting"} == await bench.told()
    assert 3 == len(bench.desk.proposed)


async def test_a_backend_that_stays_away_fails_the_step(bench: Bench) -> None:
    bench.desk.trouble["restart_workload"] = [Unavailable("away", backend="kubernetes")] * 9
    await bench.open(alert(since=NOON), cause=caused())
    await bench.pass_time(60)

    assert {"restart": "failed away"} == await bench.told()


async def test_a_failed_step_that_must_not_fail_ends_the_recovery(bench: Bench) -> None:
    strict = TWO.model_copy(
        update={"steps": (TWO.steps[0].model_copy(update={"on_failure": "stop"}), *TWO.steps[1:])}
    )
    use(bench, strict)
    await bench.open(alert(since=NOON))
    await bench.turn()
    await bench.finish(ActionState.REJECTED)

    assert ["restart_workload"] == [r.name for r in bench.desk.proposed]
    assert RecoveryState.FAILED is (await bench.run()).state
    assert "was rejected" in (await bench.told())["restart"]


async def test_where_actions_are_only_suggested_every_step_is_shown(bench: Bench) -> None:
    bench.desk.state = ActionState.SUGGESTED
    use(bench, TWO)
    await bench.open(alert(since=NOON))
    await bench.pass_time(40)

    assert ["restart_workload", "scale_workload"] == [r.name for r in bench.desk.proposed]
    assert all("Only suggested" in why for name, why in (await bench.told()).items() if name != "tell")


async def test_a_reference_behind_which_nothing_was_seen_leaves_the_step_out_with_the_reason(
    bench: Bench,
) -> None:
    use(
        bench,
        recovery(
            """
trigger: [{cause: [change.*]}]
steps:
- id: restart
  action: restart_workload
  params: {namespace: $service.namespace, name: $service.workload}
"""
        ),
    )
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert [] == bench.desk.proposed
    said = "skipped Left out: $service.namespace is not known, because no pods of payment were seen."
    assert {"restart": said} == await bench.told()


async def test_a_read_is_kept_as_evidence_and_cited_by_later_actions(bench: Bench) -> None:
    use(
        bench,
        recovery(
            """
trigger: [{cause: [change.*]}]
steps:
- id: restart
  action: restart_workload
  params: {name: payment}
- id: samples
  read: log_analyzer.patterns
  params: {service: $service.name, level: error}
  at_once: true
"""
        ),
    )
    bench.reads.on("log_analyzer.patterns", readings.patterns(readings.pattern("payment", "boom")))
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()

    assert [{"service": "payment", "level": "error"}] == [r.params for r in bench.reads.asked]
    async with bench.store.read() as tx:
        kept = [evidence.id for evidence in await tx.evidence.of_incident(INCIDENT)]
    assert kept == list(bench.desk.proposed[0].evidence_ids[1:])
    assert (await bench.told())["samples"] == "done found"


async def test_conditions_choose_the_steps(bench: Bench) -> None:
    use(
        bench,
        recovery(
            """
trigger: [{cause: [change.*]}]
steps:
- id: small
  action: scale_workload
  params: {name: payment, replicas: {of: $service.replicas, times: 2, at_most: 3}}
  unless: {replicas_over: 4}
- id: big
  action: delete_pod
  params: {name: $service.unready_pod}
  when: {replicas_over: 4}
- id: cause
  action: restart_workload
  when: {cause: [memory.*]}
"""
        ),
    )
    ready = (readings.pod(POD, "payment"), readings.pod("payment-7c9b4f6d8-aaaaa", "payment"))
    bench.reads.on("incident_responder.pods", readings.pods(*ready))
    bench.desk.state = ActionState.SUGGESTED
    await bench.open(alert(since=NOON), cause=caused())
    await bench.pass_time(40)

    assert [("scale_workload", 3)] == [(r.name, r.params["replicas"]) for r in bench.desk.proposed]
    assert (await bench.told())["big"] == "skipped Not needed here."


async def test_people_are_told_as_text_and_nothing_else(bench: Bench) -> None:
    use(bench, TWO)
    await bench.open(alert(service="<!here> & co", since=NOON), service="<!here> & co")
    await bench.turn()
    await bench.finish(ActionState.FAILED)
    await bench.finish(ActionState.FAILED)

    told = (await bench.said())[0]
    assert "&lt;!here&gt; &amp; co" in told
    assert "<" not in told


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


@pytest.mark.parametrize("when", ["before the proposal", "after the proposal"])
async def test_a_process_that_dies_around_a_proposal_proposes_once(bench: Bench, when: str) -> None:
    class Died(BaseException):
        pass

    def die(_: object) -> None:
        raise Died

    if when == "before the proposal":
        bench.desk.trouble["restart_workload"] = [Died()]  # type: ignore[list-item]  # what no handler catches
    else:
        bench.desk.after_store = die
    await bench.open(alert(since=NOON), cause=caused())
    with pytest.raises(Died):
        await bench.turn()
    bench.desk.after_store = None
    bench.runner = bench.new_runner()
    run = await bench.run()
    bench.clock.advance(61)
    await bench.handle("recovery.advance", {"run_id": run.id})
    await bench.pass_time(20)

    assert 1 == len(await bench.actions())
    assert {"restart": "acting"} == await bench.told()


async def test_two_runners_at_the_same_moment_propose_once(bench: Bench) -> None:
    other = bench.new_runner()

    async def at_the_same_time() -> None:
        await other.advance({"run_id": (await bench.run()).id})

    bench.desk.during = at_the_same_time
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    bench.desk.during = None
    await bench.pass_time(120)

    assert 1 == len(await bench.actions())
    assert {"restart": "acting"} == await bench.told()


async def test_an_action_that_was_replaced_is_followed_to_its_successor(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    (old,) = await bench.actions()
    await bench.desk.end(old, ActionState.STALE)
    await bench.pass_time(16)
    assert {"restart": "acting"} == await bench.told()

    await bench.desk.put(old.request.model_copy(update={"replaces": old.id}))
    await bench.pass_time(16)
    assert "act_2" == (await bench.run()).steps[0].action_id
    await bench.settle(IncidentStatus.MITIGATED, firing=True)
    await bench.finish(ActionState.SUCCEEDED)
    assert RecoveryState.SUCCEEDED is (await bench.run()).state


async def test_a_recovery_that_left_the_policies_stops(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    use(bench)
    await bench.pass_time(16)

    assert RecoveryState.STOPPED is (await bench.run()).state


# Taking back.


async def grown(bench: Bench) -> None:
    """Let both actions of TWO succeed, the second one with the recovery."""
    use(bench, TWO)
    await bench.open(alert(since=NOON))
    await bench.turn()
    await bench.finish(ActionState.SUCCEEDED)
    await bench.settle(IncidentStatus.MITIGATED)
    await bench.finish(ActionState.SUCCEEDED)


async def test_after_half_an_hour_of_calm_the_actions_are_taken_back_in_reverse(bench: Bench) -> None:
    await grown(bench)
    assert RecoveryState.ROLLING_BACK is (await bench.run()).state
    await bench.pass_time(29 * 60)
    assert [] == bench.desk.undone

    await bench.pass_time(2 * 60)
    assert ["act_2"] == bench.desk.undone
    await bench.finish(ActionState.SUCCEEDED)
    await bench.pass_time(5 * 60)
    assert ["act_2", "act_1"] == bench.desk.undone
    await bench.finish(ActionState.SUCCEEDED)
    await bench.pass_time(5 * 60)

    state, why = await bench.over()
    assert RecoveryState.SUCCEEDED is state
    assert "what was changed for a time has been taken back" in why
    assert any("has been taken back" in words for words in await bench.said())


async def test_the_timer_survives_a_new_process_and_is_shortened_where_time_runs_faster(
    bench: Bench,
) -> None:
    bench.time_scale = 0.05
    bench.runner = bench.new_runner()
    await grown(bench)
    bench.runner = bench.new_runner()
    await bench.pass_time(92)

    assert ["act_2"] == bench.desk.undone


async def test_while_it_is_not_normal_nothing_is_taken_back(bench: Bench) -> None:
    await grown(bench)
    async with bench.store.write() as tx:
        await tx.alerts.upsert([alert(since=bench.clock.now())])
    await bench.pass_time(60 * 60)
    assert [] == bench.desk.undone

    await bench.settle(IncidentStatus.ACTIVE)
    await bench.pass_time(11 * 60)
    assert ["act_2"] == bench.desk.undone


async def test_what_never_becomes_normal_is_kept_and_people_are_told(bench: Bench) -> None:
    await grown(bench)
    async with bench.store.write() as tx:
        await tx.alerts.upsert([alert(since=bench.clock.now())])
    for _ in range(27):
        await bench.pass_time(3600)

    assert [] == bench.desk.undone
    assert "stays as it is" in (await bench.over())[1]


async def test_a_crash_between_asking_and_noting_asks_for_one_undo(bench: Bench) -> None:
    await grown(bench)
    await bench.pass_time(29 * 60)
    original = (await bench.actions())[1]
    undo = original.request.model_copy(update={"origin": f"undo:{original.id}", "undo_of": original.id})
    await bench.desk.put(undo)
    await bench.pass_time(2 * 60)

    assert [] == bench.desk.undone
    assert 3 == len(await bench.actions())


async def test_what_cannot_be_taken_back_is_told_and_the_rest_goes_on(bench: Bench) -> None:
    await grown(bench)
    bench.desk.trouble["undo"] = [Conflict("Somebody scaled it since.")]
    await bench.pass_time(34 * 60)
    assert ["act_1"] == bench.desk.undone
    await bench.finish(ActionState.SUCCEEDED)
    await bench.pass_time(5 * 60)

    assert "not everything that was changed could be taken back" in (await bench.over())[1]


async def test_after_resolution_means_after_resolution(bench: Bench) -> None:
    back = TWO.roll_back.model_copy(update={"once": "resolved", "after": 60}) if TWO.roll_back else None
    use(bench, TWO.model_copy(update={"roll_back": back}))
    await bench.open(alert(since=NOON))
    await bench.turn()
    await bench.settle(IncidentStatus.MITIGATED)
    await bench.finish(ActionState.SUCCEEDED)
    await bench.pass_time(3600)
    assert [] == bench.desk.undone

    await bench.settle(IncidentStatus.RESOLVED)
    await bench.pass_time(120)
    assert ["act_1"] == bench.desk.undone


async def test_traffic_returns_by_shares_and_each_waits_for_calm(bench: Bench) -> None:
    shift = recovery(
        """
trigger: [{alerts: [HighErrorRate]}]
steps:
- {id: away, action: shift_traffic, params: {route: payment, weights: {payment: 0, payment-standby: 100}}}
roll_back: {after: 10m, every: 2m, gradually: {away: [25, 50, 100]}}
"""
    )
    use(bench, shift)
    bench.desk.plans["shift_traffic"] = {"before": {"weights": [{"payment": 100, "payment-standby": 0}]}}
    await bench.open(alert(since=NOON))
    await bench.turn()
    await bench.settle(IncidentStatus.MITIGATED)
    await bench.finish(ActionState.SUCCEEDED)
    await bench.pass_time(11 * 60)
    for _ in range(3):
        await bench.finish(ActionState.SUCCEEDED)
        await bench.pass_time(3 * 60)

    weights = [request.params["weights"] for request in bench.desk.proposed[1:]]
    assert [
        {"payment": 25, "payment-standby": 75},
        {"payment": 50, "payment-standby": 50},
        {"payment": 100, "payment-standby": 0},
    ] == weights
    # Each goes on from the one before: whoever changed the route meanwhile is not overruled.
    assert [
        {"weights": [{"payment": 0, "payment-standby": 100}]},
        {"weights": [{"payment": 25, "payment-standby": 75}]},
        {"weights": [{"payment": 50, "payment-standby": 50}]},
    ] == [request.expects for request in bench.desk.proposed[1:]]
    assert RecoveryState.SUCCEEDED is (await bench.run()).state


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
