"""What happens in the very moment between a look and the transaction that relies on it counts too."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.action import ActionState
from agent.domain.decision import ApprovalState, Verdict
from tests.support.guarded import TWO, Guarded, guarded_at, person
from tests.support.store import store_at


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as one:
        yield one


async def meddle(guarded: Guarded, what: str, action_id: str) -> None:
    """Do something to an action while another process looks at it."""
    other = guarded.another_desk()
    if what == "stop":
        await other.stop(person("cyd"), reason="a strange smell", key="m")
    elif what == "freeze":
        until = guarded.clock.now() + timedelta(hours=1)
        await other.freeze(person("cyd"), until=until, reason="release", key="m")
    elif what == "cancel":
        await other.cancel(action_id, person("cyd"), key="m")
    elif what == "reject":
        await other.vote(action_id, person("cyd"), approve=False, key="m")
    elif what == "policy":
        guarded.rules.requirements = (TWO,)
        guarded.book.rewrite()
    elif what == "expire":
        guarded.clock.advance(2000)


@pytest.mark.parametrize(
    ("what", "state"),
    [
        ("stop", ActionState.WAITING),
        ("freeze", ActionState.STALE),
        ("cancel", ActionState.CANCELLED),
        ("reject", ActionState.REJECTED),
        ("policy", ActionState.STALE),
        ("expire", ActionState.WAITING),
    ],
)
async def test_while_a_vote_is_checked(guarded: Guarded, what: str, state: ActionState) -> None:
    action = await guarded.propose()
    guarded.facts.meanwhile = lambda: meddle(guarded, what, action.id)

    result = await guarded.approve(action)

    assert not result.accepted, result.sentence
    assert state is (await guarded.get(action)).state
    assert ApprovalState.GRANTED is not (await guarded.approval(action)).state
    await guarded.run(10)
    assert 0 == guarded.world.effects.total()


@pytest.mark.parametrize(
    ("what", "state"),
    [
        ("stop", ActionState.CANCELLED),
        ("freeze", ActionState.STALE),
        ("cancel", ActionState.CANCELLED),
        ("policy", ActionState.STALE),
        ("expire", ActionState.EXPIRED),
    ],
)
async def test_while_the_last_look_is_taken(guarded: Guarded, what: str, state: ActionState) -> None:
    action = await guarded.propose()
    await guarded.approve(action)
    guarded.facts.meanwhile = lambda: meddle(guarded, what, action.id)

    await guarded.run(60)

    assert state is (await guarded.get(action)).state
    assert 0 == guarded.world.effects.total()


@pytest.mark.parametrize("what", ["freeze", "policy"])
async def test_while_a_wish_is_judged(guarded: Guarded, what: str) -> None:
    guarded.facts.meanwhile = lambda: meddle(guarded, what, "")

    action = await guarded.propose()

    assert 2 == action.decision.requirements[0].count
    assert 1 == len(await guarded.all())


async def test_the_stop_switch_before_a_second_attempt(guarded: Guarded) -> None:
    guarded.world.trouble = ["before"]
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.step()
    guarded.facts.meanwhile = lambda: meddle(guarded, "stop", action.id)

    await guarded.run(60)

    assert (ActionState.FAILED, "withheld") == await guarded.state(action)
    assert 0 == guarded.world.effects.total()


async def test_a_freeze_before_a_second_attempt(guarded: Guarded) -> None:
    guarded.world.trouble = ["before"]
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.step()
    await meddle(guarded, "freeze", action.id)

    await guarded.run(60)

    assert (ActionState.FAILED, "withheld") == await guarded.state(action)
    assert 0 == guarded.world.effects.total()


async def test_a_lease_lost_while_looking_is_not_used(guarded: Guarded) -> None:
    guarded.world.trouble = ["before"]
    guarded.world.fenced = False
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.step()
    taken: list[bool] = []

    async def take() -> None:
        guarded.clock.advance(60)
        until = guarded.clock.now() + timedelta(seconds=15)
        async with guarded.store.write() as tx:
            key = f"apply:-:{action.digest}:{action.id}"
            taken.append(await tx.ledger.take_over(key, "another", guarded.clock.now(), until) is not None)

    guarded.facts.meanwhile = take
    guarded.clock.advance(6)
    await guarded.step()

    assert [True] == taken
    assert 0 == guarded.world.effects.total()
    await guarded.run(60)
    assert {action.id: 1} == dict(guarded.world.effects)


async def test_two_stores_on_one_file_share_one_effect(guarded: Guarded, tmp_path: Path) -> None:
    """The other replica has connections of its own, so that only the database stands between the two."""
    guarded.rules.verdict = Verdict.ASK
    action = await guarded.propose()
    await guarded.approve(action)
    job = guarded.queue.take()
    assert job is not None
    async with store_at(tmp_path) as second:
        other = guarded.another_desk(second)
        for desk in (guarded.desk, other, guarded.desk, other):
            await desk.handlers()[job.kind](dict(job.payload))
        await guarded.run(60)

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert {action.id: 1} == dict(guarded.world.effects)
