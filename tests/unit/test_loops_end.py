"""Loops that were told to end do end, whatever rings, breaks or is cancelled once more at the same moment."""

import asyncio
from typing import Any

import pytest

from agent.errors import Unavailable
from agent.jobs.leases import _to_its_end
from agent.lifecycle.clock import LifeClock
from agent.store.turns import _while_held
from agent.transport import courier
from agent.transport.courier import Courier

NOTHING: Any = None


async def steps(count: int) -> None:
    """Let everybody take a few steps."""
    for _ in range(count):
        await asyncio.sleep(0)


async def ends(task: asyncio.Task[Any]) -> bool:
    """Say whether a task that was cancelled ends; it is left behind ended in any case."""
    done, _ = await asyncio.wait({task}, timeout=10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return bool(done)


async def idle(*_: Any) -> int:
    return 0


async def a_long_nap(*_: Any) -> float:
    return 3600.0


@pytest.mark.parametrize("late", range(6))
async def test_the_clock_of_lives_ends_also_when_its_bell_rings_just_then(
    monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    monkeypatch.setattr(LifeClock, "turn", idle)
    clock = LifeClock(NOTHING, NOTHING, NOTHING)
    running = asyncio.create_task(clock.run())
    await steps(5)
    clock.wake()
    await steps(late)
    running.cancel()

    assert await ends(running)


@pytest.mark.parametrize("late", range(6))
async def test_the_courier_ends_also_when_its_bell_rings_just_then(
    monkeypatch: pytest.MonkeyPatch, late: int
) -> None:
    monkeypatch.setattr(Courier, "__post_init__", lambda _: None)
    monkeypatch.setattr(Courier, "_look", a_long_nap)
    monkeypatch.setattr(courier, "_SHORTEST_NAP", 0)
    carrying = Courier(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
    running = asyncio.create_task(carrying.run())
    await steps(5)
    carrying.wake()
    await steps(late)
    running.cancel()

    assert await ends(running)


class Lost:
    """A connection that breaks at the second look."""

    looks = 0

    async def execute(self, _: object) -> None:
        self.looks += 1
        if self.looks > 1:
            raise Unavailable("The database is gone.", backend="database")


async def tidied(over: list[str]) -> None:
    """Work that needs a moment to end."""
    try:
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0.05)
        over.append("tidied")


async def test_a_turn_that_is_lost_ends_when_it_is_cancelled_while_its_work_still_tidies_up() -> None:
    over: list[str] = []
    lost: Any = Lost()
    turn = asyncio.create_task(_while_held(lost, lambda: tidied(over), 0.01))
    while lost.looks < 2:
        await asyncio.sleep(0)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn

    assert ["tidied"] == over, "whoever comes next works alone"


async def test_what_must_be_done_at_the_end_is_done_however_often_it_is_cancelled() -> None:
    over: list[str] = []
    last = asyncio.create_task(_slowly(over))
    waiting = asyncio.create_task(_to_its_end(last))
    for _ in range(3):
        await steps(2)
        waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert ["handed back"] == over


async def _slowly(over: list[str]) -> None:
    await asyncio.sleep(0.05)
    over.append("handed back")
