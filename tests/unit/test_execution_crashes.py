"""A process may die anywhere: an approved action takes effect once, or a person is asked; no approval is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from agent.domain.action import Action, ActionState
from agent.domain.decision import ApprovalState, Autonomy, Verdict
from agent.errors import NotPermitted
from agent.execution.catalogue_type import Catalogue
from agent.execution.kit import Pace
from agent.ports.actions import LedgerState
from tests.support.backends import eventually
from tests.support.guarded import FragileStore, Guarded, guarded_at, person
from tests.support.writes import Crash, Resize, Smash
from tools.base import Check, CheckState

T = TypeVar("T")


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as one:
        yield one


async def survive(guarded: Guarded, do: Callable[[], Awaitable[T]]) -> T:
    """Do something as Slack and the queue do: again after each crash, by another process."""
    for _ in range(5):
        try:
            return await do()
        except Crash:
            await guarded.restart()
    raise AssertionError("it died too often")


async def live(guarded: Guarded, *, incident_id: str | None = None) -> Action:
    """Propose, approve with a delivery that is repeated, and run to the end."""
    action = await survive(guarded, lambda: guarded.propose(incident_id=incident_id))
    await survive(guarded, lambda: guarded.vote(action, "ada", approve=True, key="the-click"))
    await survive(guarded, lambda: guarded.run(400))
    return action


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("judgement", ["better", "worse"])
async def test_death_at_every_commit(tmp_path: Path, when: str, judgement: str) -> None:
    died = 0
    for commit in range(1, 40):
        async with guarded_at(tmp_path, f"{commit}.db") as guarded:
            guarded.judge.coming = [judgement]
            incident = await guarded.incident()
            fragile = FragileStore(guarded.store, commit, when)
            guarded.desk = guarded.another_desk(fragile)
            action = await live(guarded, incident_id=incident.id)

            end = ActionState.SUCCEEDED if judgement == "better" else ActionState.UNDONE
            assert end is (await guarded.get(action)).state, f"died {when} commit {commit}"
            assert {1} == set(guarded.world.effects.values()), f"died {when} commit {commit}"
            assert (5 if judgement == "better" else 3) == guarded.world.sizes["web"]
            assert 1 == len(await guarded.all())
            if not fragile.died:
                break
            died += 1
    assert died >= 7, "too few commits died for this to prove anything"


@pytest.mark.parametrize("point", ["before", "after", "happened"])
async def test_death_around_the_effect(guarded: Guarded, point: str) -> None:
    guarded.world.crash_at = ["after", point] if point == "happened" else [point]
    action = await live(guarded)

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert {action.id: 1} == dict(guarded.world.effects)
    kinds = [entry.kind.value for entry in await guarded.audit()]
    assert ("reconciled" in kinds) == (point != "before")


@pytest.mark.parametrize("point", ["undo-before", "undo-after"])
async def test_death_around_the_undo(guarded: Guarded, point: str) -> None:
    incident = await guarded.incident()
    guarded.judge.coming = ["worse"]
    guarded.world.crash_at = [point]
    action = await live(guarded, incident_id=incident.id)

    assert (ActionState.UNDONE, "undone-worse") == await guarded.state(action)
    assert {action.id: 1, f"undo:{action.id}": 1} == dict(guarded.world.effects)


@pytest.mark.parametrize("point", ["before", "after"])
async def test_when_the_world_cannot_tell_a_person_is_asked(guarded: Guarded, point: str) -> None:
    guarded.world.blind = True
    guarded.world.crash_at = [point]
    action = await live(guarded)

    assert (ActionState.UNKNOWN, "unknown") == await guarded.state(action)
    assert guarded.world.effects.total() <= 1


@pytest.mark.parametrize(("happened", "state"), [(True, ActionState.SUCCEEDED), (False, ActionState.FAILED)])
async def test_a_person_settles_what_nobody_could_tell(
    guarded: Guarded, happened: bool, state: ActionState
) -> None:
    guarded.world.blind = True
    guarded.world.crash_at = ["after"]
    action = await live(guarded)

    await guarded.desk.settle(action.id, person("bob"), happened=happened, key="s1")
    await guarded.desk.settle(action.id, person("bob"), happened=not happened, key="s1")
    await guarded.run()

    assert state is (await guarded.get(action)).state
    assert 1 == guarded.world.effects.total()
    with pytest.raises(NotPermitted):
        await guarded.desk.settle(action.id, person("bob"), happened=True, key="s2")
    async with guarded.store.read() as tx:
        entry = await tx.ledger.get(f"apply:-:{action.digest}:{action.id}")
    assert entry is not None
    assert (LedgerState.DONE if happened else LedgerState.FAILED) is entry.state
    told = [(one.actor, one.data["happened"]) for one in await guarded.audit("settled")]
    assert [("bob", happened)] == told


async def test_what_a_person_says_has_happened_is_taken_back_in_time_too(guarded: Guarded) -> None:
    """A change that was agreed to for half an hour must not stay because its answer was lost."""
    guarded.rules.undo_after = 1800
    guarded.world.blind = True
    guarded.world.crash_at = ["after"]
    action = await live(guarded)
    guarded.world.blind = False
    await guarded.desk.settle(action.id, person("bob"), happened=True, key="s1")
    await guarded.run(60)
    settled = await guarded.state(action)
    await guarded.run(2000)

    assert (ActionState.SUCCEEDED, "done") == settled
    assert (ActionState.UNDONE, "undone-timer") == await guarded.state(action)
    assert 3 == guarded.world.sizes["web"]


NOTHING = Catalogue((Resize, Smash), {})


async def test_an_action_whose_backend_was_taken_away_is_put_before_a_person(guarded: Guarded) -> None:
    """A restart without its account, or with other parameters, must not leave it running and its target held for ever."""
    guarded.world.crash_at = ["after"]
    action = await guarded.propose()
    await guarded.approve(action)
    with pytest.raises(Crash):
        await guarded.step()
    await guarded.restart(catalogue=NOTHING)
    await guarded.run(300)
    early = await guarded.get(action)
    await guarded.run(700)

    assert ActionState.RUNNING is early.state
    assert "not configured" in early.detail
    assert (ActionState.UNKNOWN, "unknown") == await guarded.state(action)
    await guarded.desk.settle(action.id, person("bob"), happened=False, key="s")
    assert (ActionState.FAILED, "not-happened") == await guarded.state(action)
    async with guarded.store.read() as tx:
        entry = await tx.ledger.get(f"apply:-:{action.digest}:{action.id}")
    assert entry is not None
    assert LedgerState.FAILED is entry.state


async def test_an_action_whose_backend_comes_back_goes_on(guarded: Guarded) -> None:
    guarded.world.crash_at = ["after"]
    action = await guarded.propose()
    await guarded.approve(action)
    with pytest.raises(Crash):
        await guarded.step()
    await guarded.restart(catalogue=NOTHING)
    await guarded.run(300)
    await guarded.restart()
    await guarded.run(60)

    assert ActionState.SUCCEEDED is (await guarded.get(action)).state
    assert 1 == guarded.world.effects.total()


@pytest.mark.parametrize("judgement", ["better", "worse"])
async def test_an_account_taken_away_while_it_is_verified(guarded: Guarded, judgement: str) -> None:
    incident = await guarded.incident()
    guarded.judge.coming = ["same", judgement]
    action = await guarded.propose(incident_id=incident.id)
    await guarded.approve(action)
    await guarded.run(3)
    assert ActionState.VERIFYING is (await guarded.get(action)).state
    await guarded.restart(catalogue=NOTHING)
    await guarded.run(1500)

    ends = {"better": (ActionState.SUCCEEDED, "recovered"), "worse": (ActionState.FAILED, "undo-failed")}
    assert ends[judgement] == await guarded.state(action)
    assert "not configured" in (await guarded.get(action)).detail or judgement == "better"


async def test_an_undo_in_doubt_is_settled_too(guarded: Guarded) -> None:
    incident = await guarded.incident()
    guarded.judge.coming = ["worse"]
    guarded.world.blind = True
    guarded.world.crash_at = ["undo-after"]
    action = await live(guarded, incident_id=incident.id)
    assert (ActionState.UNKNOWN, "undo-unknown") == await guarded.state(action)

    await guarded.desk.settle(action.id, person("bob"), happened=True, key="s1")

    assert ActionState.UNDONE is (await guarded.get(action)).state


async def test_an_answer_that_got_lost_is_no_reason_to_do_it_again(guarded: Guarded) -> None:
    guarded.world.trouble = ["after"]
    action = await live(guarded)

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert {action.id: 1} == dict(guarded.world.effects)


async def test_what_provably_did_not_happen_is_tried_again_with_the_same_key(guarded: Guarded) -> None:
    guarded.world.trouble = ["before", "before", "happened"]
    action = await live(guarded)

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert {action.id: 1} == dict(guarded.world.effects)


async def test_attempts_are_bounded(guarded: Guarded) -> None:
    guarded.world.trouble = ["before"] * 50
    action = await live(guarded)

    assert (ActionState.FAILED, "not-applied") == await guarded.state(action)
    assert 46 == len(guarded.world.trouble)
    assert 0 == guarded.world.effects.total()


async def test_a_refusal_is_not_tried_again(guarded: Guarded) -> None:
    guarded.world.trouble = ["before!", "before!"]
    action = await live(guarded)

    assert (ActionState.FAILED, "not-applied") == await guarded.state(action)
    assert "said no" in (await guarded.get(action)).detail
    assert ["before!"] == guarded.world.trouble


async def test_a_refusal_after_the_effect_is_found_out(guarded: Guarded) -> None:
    guarded.world.trouble = ["after!"]
    action = await live(guarded)

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert 1 == guarded.world.effects.total()


async def test_a_backend_that_hangs_is_left_and_asked(guarded: Guarded) -> None:
    guarded.world.hang = asyncio.Event()
    guarded.desk = guarded.another_desk(pace=Pace(apply=0.02))
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.step()
    assert ActionState.RUNNING is (await guarded.get(action)).state
    guarded.world.hang = None
    await guarded.run()

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert 1 == guarded.world.effects.total()


async def test_a_target_that_moves_at_the_last_moment_is_shown_anew(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.approve(action)
    # Between the last look and the effect: the backend itself notices.
    guarded.world.moves_before_effect = True
    await guarded.run(10)

    assert (ActionState.STALE, "target-changed") == await guarded.state(action)
    new = (await guarded.all())[-1]
    assert (action.id, ActionState.WAITING) == (new.request.replaces, new.state)
    assert 0 == guarded.world.effects.total()


async def test_two_processes_never_both_begin(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.approve(action)
    other = guarded.another_desk()

    job = guarded.queue.take()
    assert job is not None
    await asyncio.gather(
        guarded.desk.handlers()[job.kind](dict(job.payload)), other.handlers()[job.kind](dict(job.payload))
    )
    await guarded.run()

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert {action.id: 1} == dict(guarded.world.effects)


async def test_a_living_process_is_not_overtaken(guarded: Guarded) -> None:
    guarded.world.hang = asyncio.Event()
    action = await guarded.propose()
    await guarded.approve(action)
    job = guarded.queue.take()
    assert job is not None
    first = asyncio.create_task(guarded.desk.handlers()[job.kind](dict(job.payload)))
    while (await guarded.get(action)).state is not ActionState.RUNNING:
        await asyncio.sleep(0.005)

    other = guarded.another_desk()
    for desk in (other, guarded.desk):
        await desk.handlers()[job.kind](dict(job.payload))
    assert 0 == guarded.world.effects.total()
    guarded.world.hang.set()
    await first
    await guarded.run()

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert {action.id: 1} == dict(guarded.world.effects)


async def test_the_lease_is_kept_while_it_works(guarded: Guarded) -> None:
    guarded.world.hang = asyncio.Event()
    guarded.desk = guarded.another_desk(pace=Pace(lease=0.03))
    action = await guarded.propose()
    await guarded.approve(action)
    job = guarded.queue.take()
    assert job is not None
    work = asyncio.create_task(guarded.desk.handlers()[job.kind](dict(job.payload)))
    key = f"apply:-:{action.digest}:{action.id}"
    while (await guarded.get(action)).state is not ActionState.RUNNING:
        await asyncio.sleep(0.005)
    async with guarded.store.read() as tx:
        before = await tx.ledger.get(key)
    assert before is not None
    guarded.clock.advance(1)

    async def kept() -> bool:
        async with guarded.store.read() as tx:
            after = await tx.ledger.get(key)
        return after is not None and after.lease_until > before.lease_until

    await eventually(kept, every=0.01)
    guarded.world.hang.set()
    await work


async def test_whoever_lost_the_lease_records_nothing(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.approve(action)
    key = f"apply:-:{action.digest}:{action.id}"
    seized: list[bool] = []

    async def seize() -> None:
        async with guarded.store.write() as tx:
            until = guarded.clock.now()
            guarded.clock.advance(60)
            seized.append(await tx.ledger.take_over(key, "other", guarded.clock.now(), until) is not None)

    guarded.world.hang = asyncio.Event()
    job = guarded.queue.take()
    assert job is not None
    work = asyncio.create_task(guarded.desk.handlers()[job.kind](dict(job.payload)))
    while (await guarded.get(action)).state is not ActionState.RUNNING:
        await asyncio.sleep(0.005)
    await seize()
    guarded.world.hang.set()
    await work

    assert [True] == seized
    assert (await guarded.get(action)).times.applied_at is None
    await guarded.run()
    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert 1 == guarded.world.effects.total()
    assert 1 == len(await guarded.audit("reconciled"))


async def test_two_actions_on_one_target_wait_for_each_other(guarded: Guarded) -> None:
    guarded.rules.verdict, guarded.rules.autonomy = Verdict.PERMIT, Autonomy.AUTO
    guarded.world.blind = True
    guarded.world.crash_at = ["after"]
    first = await guarded.propose(size=5)
    await survive(guarded, lambda: guarded.run(60))
    assert ActionState.UNKNOWN is (await guarded.get(first)).state
    guarded.world.blind = False
    second = await guarded.propose(size=7)
    await guarded.run(60)
    waiting = await guarded.get(second)
    assert ActionState.QUEUED is waiting.state
    assert "has hold of" in waiting.detail

    await guarded.desk.settle(first.id, person("bob"), happened=True, key="s")
    await guarded.run(60)

    assert ActionState.SUCCEEDED is (await guarded.get(second)).state
    assert 7 == guarded.world.sizes["web"]


async def test_a_double_click_counts_once(guarded: Guarded) -> None:
    action = await guarded.propose()

    results = await asyncio.gather(
        *(guarded.vote(action, "ada", approve=True, key="same-delivery") for _ in range(4))
    )
    await guarded.run()

    assert all(result.accepted for result in results), [result.sentence for result in results]
    assert 1 == len((await guarded.approval(action)).votes)
    assert 1 == guarded.world.effects.total()


async def test_votes_at_the_same_moment_are_all_counted(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.rules.requirements = (guarded.rules.requirements[0].model_copy(update={"count": 3}),)
    wide = await guarded.propose(size=9)

    await asyncio.gather(*(guarded.approve(wide, who) for who in ("ada", "bob", "cyd")))

    assert ApprovalState.GRANTED is (await guarded.approval(wide)).state
    assert ActionState.WAITING is (await guarded.get(action)).state


async def test_a_slow_arrival_survives_a_restart(guarded: Guarded) -> None:
    guarded.world.checks = [Check(state=CheckState.PENDING, progress=(1, 3))] * 3
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.step()
    await guarded.step()
    guarded.desk = guarded.another_desk()
    await guarded.run()

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
    assert 1 == guarded.world.effects.total()
