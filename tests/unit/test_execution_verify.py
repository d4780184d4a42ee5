"""Taking back what had just helped is harm too: an action is blamed only for what surely came after it."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.action import Action, ActionState
from agent.execution.kit import Pace
from tests.support.guarded import Guarded, guarded_at

POLL = Pace().poll
LONG = Pace().verify


@pytest_asyncio.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as made:
        yield made


async def verified(guarded: Guarded, *judgements: str) -> tuple[Action, timedelta]:
    """Let an action run while the judge says these things; return it and how long it was verified."""
    incident = await guarded.incident()
    guarded.judge.coming = list(judgements)
    action = await guarded.propose(incident_id=incident.id)
    await guarded.approve(action)
    began: datetime | None = None
    for _ in range(1000):
        action = await guarded.get(action)
        if action.state is ActionState.VERIFYING and began is None:
            began = guarded.clock.now()
        if began is not None and action.state is not ActionState.VERIFYING:
            took = guarded.clock.now() - began
            await guarded.run()
            return await guarded.get(action), took
        if not await guarded.step():
            guarded.clock.advance(0.5)
    raise AssertionError("it was never verified")


@pytest.mark.parametrize("bad", [1, 2])
async def test_a_bad_look_or_two_are_chance(guarded: Guarded, bad: int) -> None:
    action, _ = await verified(guarded, *["worse"] * bad, "better")

    assert (ActionState.SUCCEEDED, "recovered") == (action.state, action.outcome)


async def test_bad_looks_with_better_ones_between_them_are_no_proof(guarded: Guarded) -> None:
    action, _ = await verified(guarded, "worse", "worse", "same", "worse", "worse", "better")

    assert (ActionState.SUCCEEDED, "recovered") == (action.state, action.outcome)


async def test_three_bad_looks_are_enough_where_nothing_looks_back(guarded: Guarded) -> None:
    action, took = await verified(guarded, "worse")

    assert (ActionState.UNDONE, "undone-worse") == (action.state, action.outcome)
    assert timedelta(seconds=2 * POLL) <= took < timedelta(seconds=LONG)


async def test_a_cure_that_shows_late_is_not_taken_back(guarded: Guarded) -> None:
    guarded.judge.settles = 72.0
    action, _ = await verified(guarded, *["worse"] * 30, "same", "better")

    assert (ActionState.SUCCEEDED, "recovered") == (action.state, action.outcome)


async def test_what_is_still_bad_when_it_has_settled_is_taken_back(guarded: Guarded) -> None:
    guarded.judge.settles = 72.0
    action, took = await verified(guarded, "worse")

    assert (ActionState.UNDONE, "undone-worse") == (action.state, action.outcome)
    assert timedelta(seconds=72) <= took < timedelta(seconds=72 + 2 * POLL)


async def test_harm_that_grows_after_the_effect_is_taken_back_at_once(guarded: Guarded) -> None:
    guarded.judge.settles, guarded.judge.rises_over = 600.0, 20.0
    action, took = await verified(guarded, "worse")

    assert (ActionState.UNDONE, "undone-worse") == (action.state, action.outcome)
    assert timedelta(seconds=20 + 4 * POLL) <= took < timedelta(seconds=20 + 8 * POLL)


async def test_a_rise_that_began_before_the_effect_proves_nothing(guarded: Guarded) -> None:
    guarded.judge.settles, guarded.judge.rises_over = 600.0, 20.0
    action, took = await verified(guarded, *["worse"] * 12, "better")

    assert (ActionState.SUCCEEDED, "recovered") == (action.state, action.outcome)
    assert took > timedelta(seconds=20)


async def test_what_is_now_good_and_now_bad_ends_unproved(guarded: Guarded) -> None:
    action, took = await verified(guarded, *["better", "worse"] * 100)

    assert (ActionState.UNDONE, "undone-no-better") == (action.state, action.outcome)
    assert timedelta(seconds=LONG) <= took < timedelta(seconds=LONG + 6 * POLL)
