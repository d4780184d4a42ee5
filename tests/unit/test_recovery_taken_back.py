"""What a recovery takes back when things are normal again, and when it must not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from agent.domain.action import ActionState
from agent.domain.incident import IncidentStatus
from agent.domain.recovery import RecoveryState
from agent.errors import Conflict
from tests.support.recoveries import Bench, alert, recovery
from tests.support.recovery_runs import TWO, one_bench, use
from tests.support.store import NOON


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with one_bench(tmp_path) as found:
        yield found


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
