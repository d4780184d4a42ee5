"""What stops a recovery, holds it for a while, or has another one take its place."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from agent.domain.action import ActionRequest, ActionState
from agent.domain.incident import IncidentStatus
from agent.domain.recovery import Freeze, RecoveryState, StopSwitch
from tests.support.recoveries import INCIDENT, Bench, alert, caused
from tests.support.recovery_runs import ONE, TWO, one_bench, use
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


async def test_a_recovery_that_left_the_policies_stops(bench: Bench) -> None:
    await bench.open(alert(since=NOON), cause=caused())
    await bench.turn()
    use(bench)
    await bench.pass_time(16)

    assert RecoveryState.STOPPED is (await bench.run()).state
