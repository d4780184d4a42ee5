"""Processes that die around a proposal and runners that meet: each action is proposed once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.action import ActionState
from agent.domain.incident import IncidentStatus
from agent.domain.recovery import RecoveryState
from tests.support.recoveries import Bench, alert, caused
from tests.support.recovery_runs import one_bench
from tests.support.store import NOON


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with one_bench(tmp_path) as found:
        yield found


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
