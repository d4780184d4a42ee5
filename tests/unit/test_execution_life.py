"""One action from wish to end: every move that it can make, on a real store."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.action import ActionState
from agent.domain.decision import ApprovalState, Autonomy, Limit, Verdict
from agent.errors import BadInput, NotFound, NotPermitted, Unavailable
from tests.support.guarded import DBA, SRE, TWO, Guarded, guarded_at, person
from tools.base import Check, CheckState


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as one:
        yield one


async def test_an_approved_action_runs_once_and_is_verified(guarded: Guarded) -> None:
    incident = await guarded.incident()
    action = await guarded.propose(incident_id=incident.id)
    assert (ActionState.WAITING, "A-1") == (action.state, action.handle)

    result = await guarded.approve(action)
    assert result.accepted, result.sentence
    await guarded.run()

    assert (ActionState.SUCCEEDED, "recovered") == await guarded.state(action)
    assert {action.id: 1} == dict(guarded.world.effects)
    assert "mitigated" == await guarded.status(incident)
    kinds = [entry.kind.value for entry in await guarded.audit()]
    assert ["requested", "decided", "voted", "granted", "started", "applied", "verified"] == kinds
    assert ApprovalState.USED is (await guarded.approval(action)).state


async def test_the_timeline_and_the_card_follow(guarded: Guarded) -> None:
    incident = await guarded.incident()
    action = await guarded.propose(incident_id=incident.id)
    await guarded.approve(action)
    await guarded.run()

    async with guarded.store.read() as tx:
        kinds = [event.kind.value for event in await tx.timeline.of(incident.id)]
        slot = await tx.outbox.get(f"card:{incident.id}")
    wanted = [
        "opened",
        "action_proposed",
        "action_voted",
        "action_started",
        "action_applied",
        "action_ended",
        "mitigated",
    ]
    assert wanted == kinds
    assert slot is not None
    assert slot.wanted >= len(wanted)


@pytest.mark.parametrize(
    ("verdict", "autonomy", "state"),
    [
        (Verdict.FORBID, Autonomy.AUTO, ActionState.FORBIDDEN),
        (Verdict.ASK, Autonomy.SUGGEST, ActionState.SUGGESTED),
        (Verdict.PERMIT, Autonomy.SUGGEST, ActionState.SUGGESTED),
        (Verdict.ASK, Autonomy.APPROVE, ActionState.WAITING),
        (Verdict.PERMIT, Autonomy.APPROVE, ActionState.FORBIDDEN),
        (Verdict.ASK, Autonomy.AUTO, ActionState.WAITING),
        (Verdict.PERMIT, Autonomy.AUTO, ActionState.QUEUED),
    ],
)
async def test_where_an_action_begins(
    guarded: Guarded, verdict: Verdict, autonomy: Autonomy, state: ActionState
) -> None:
    guarded.rules.verdict, guarded.rules.autonomy = verdict, autonomy

    action = await guarded.propose()
    await guarded.run(10)

    assert state is action.state
    assert (1 if state is ActionState.QUEUED else 0) == guarded.world.effects.total()


async def test_switched_off_means_that_nothing_is_proposed(guarded: Guarded) -> None:
    guarded.rules.autonomy = Autonomy.OFF

    with pytest.raises(BadInput, match="switched off"):
        await guarded.propose()

    assert [] == await guarded.all()


async def test_the_same_wish_twice_is_one_action(guarded: Guarded) -> None:
    first, second = await guarded.propose(), await guarded.propose()

    assert first.id == second.id
    assert 1 == len(await guarded.all())


async def test_two_people_must_agree(guarded: Guarded) -> None:
    guarded.rules.requirements = (TWO,)
    action = await guarded.propose()

    first = await guarded.approve(action, "ada")
    assert (True, ActionState.WAITING) == (first.accepted, (await guarded.get(action)).state)
    second = await guarded.approve(action, "bob")

    assert second.accepted
    assert ActionState.QUEUED is (await guarded.get(action)).state


async def test_each_requirement_needs_its_own_people(guarded: Guarded) -> None:
    guarded.rules.requirements = (SRE, DBA)
    action = await guarded.propose()

    assert (await guarded.approve(action, "bob")).accepted
    again = await guarded.approve(action, "cyd")
    assert not again.accepted
    assert "dba" in again.sentence
    assert (await guarded.approve(action, "dan")).accepted
    await guarded.run()

    assert 1 == guarded.world.effects.total()


async def test_one_rejection_ends_it(guarded: Guarded) -> None:
    action = await guarded.propose()

    result = await guarded.vote(action, "bob", approve=False)
    await guarded.run()

    assert result.accepted
    assert (ActionState.REJECTED, "rejected") == await guarded.state(action)
    assert ApprovalState.REJECTED is (await guarded.approval(action)).state
    assert 0 == guarded.world.effects.total()


async def test_silence_is_a_no(guarded: Guarded) -> None:
    action = await guarded.propose()

    await guarded.run(1000)

    assert (ActionState.EXPIRED, "expired") == await guarded.state(action)
    assert ApprovalState.EXPIRED is (await guarded.approval(action)).state


async def test_progress_is_shown_until_it_has_arrived(guarded: Guarded) -> None:
    guarded.world.checks = [
        Check(state=CheckState.PENDING, detail="1 of 3", progress=(1, 3)),
        Check(state=CheckState.PENDING, detail="2 of 3", progress=(2, 3)),
    ]
    action = await guarded.propose()
    await guarded.approve(action)

    seen = []
    for _ in range(8):
        await guarded.step()
        seen.append((await guarded.get(action)).progress)
        guarded.clock.advance(1)

    assert [(1, 3), (2, 3)] == [one for one in dict.fromkeys(seen) if one]
    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)


@pytest.mark.parametrize(
    ("judgements", "outcome"),
    [
        (["same"], "undone-no-better"),
        (["worse"], "undone-worse"),
        (["unverifiable"], "undone-unverifiable"),
        (["better", "worse"], "undone-worse"),
        (["better", "same"], "undone-no-better"),
    ],
)
async def test_what_does_no_good_is_taken_back(guarded: Guarded, judgements: list[str], outcome: str) -> None:
    incident = await guarded.incident()
    guarded.judge.coming = judgements
    action = await guarded.propose(incident_id=incident.id)
    await guarded.approve(action)
    await guarded.run()

    assert (ActionState.UNDONE, outcome) == await guarded.state(action)
    assert 3 == guarded.world.sizes["web"]
    assert {action.id: 1, f"undo:{action.id}": 1} == dict(guarded.world.effects)
    assert "triage" == await guarded.status(incident)


async def test_a_judge_who_cannot_see_has_verified_nothing(guarded: Guarded) -> None:
    incident = await guarded.incident()
    guarded.judge.error = Unavailable("no metrics", backend="prometheus")
    action = await guarded.propose(incident_id=incident.id)
    await guarded.approve(action)
    await guarded.run()

    assert (ActionState.UNDONE, "undone-unverifiable") == await guarded.state(action)


async def test_what_cannot_be_taken_back_fails(guarded: Guarded) -> None:
    incident = await guarded.incident()
    guarded.judge.coming = ["worse"]
    action = await guarded.propose(incident_id=incident.id, name="smash")
    await guarded.approve(action)
    await guarded.run()

    assert (ActionState.FAILED, "worse") == await guarded.state(action)
    assert 1 == guarded.world.effects.total()


@pytest.mark.parametrize("state", [CheckState.FAILED, CheckState.PENDING])
async def test_what_does_not_arrive_is_taken_back(guarded: Guarded, state: CheckState) -> None:
    guarded.world.checks = [Check(state=state, detail="stuck")] * 40
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.run()

    outcome = "undone-failed" if state is CheckState.FAILED else "undone-timed-out"
    assert (ActionState.UNDONE, outcome) == await guarded.state(action)


async def test_a_time_limit_takes_it_back_after_a_restart(guarded: Guarded) -> None:
    guarded.rules.undo_after = 1800
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.run(60)
    done = await guarded.get(action)
    assert done.times.applied_at is not None
    assert done.times.applied_at + timedelta(minutes=30) == done.times.undo_at

    await guarded.restart()
    await guarded.run(2000)

    assert (ActionState.UNDONE, "undone-timer") == await guarded.state(action)
    assert 3 == guarded.world.sizes["web"]


async def test_an_undo_that_somebody_else_made_impossible_says_so(guarded: Guarded) -> None:
    guarded.rules.undo_after = 1800
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.run(60)
    guarded.world.sizes["web"] = 9
    await guarded.run(2000)

    assert (ActionState.FAILED, "undo-conflict") == await guarded.state(action)
    assert 9 == guarded.world.sizes["web"]


async def test_a_person_undoes_with_an_approval_of_its_own(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.run(60)

    undo = await guarded.desk.undo(action.id, person("bob"), key="u1")
    again = await guarded.desk.undo(action.id, person("bob"), key="u2")
    assert (undo.id, ActionState.WAITING) == (again.id, undo.state)
    assert [("5", "3")] == [(change.before, change.after) for change in undo.plan.changes]
    assert 5 == guarded.world.sizes["web"]
    await guarded.approve(undo, "ada")
    await guarded.run(60)

    assert (ActionState.SUCCEEDED, "undone") == await guarded.state(undo)
    assert (ActionState.UNDONE, "undone-by-person") == await guarded.state(action)
    assert 3 == guarded.world.sizes["web"]
    assert "undo" == guarded.rules.seen[-1].origin


async def test_what_was_undone_is_not_undone_again(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.approve(action)
    await guarded.run(60)
    undo = await guarded.desk.undo(action.id, person("bob"), key="u1")
    await guarded.approve(undo, "ada")
    await guarded.run(60)

    with pytest.raises(NotPermitted, match="already"):
        await guarded.desk.undo(action.id, person("bob"), key="u3")
    with pytest.raises(BadInput, match="no way back"):
        await guarded.desk.undo(undo.id, person("bob"), key="u4")


async def test_cancelling_before_and_during(guarded: Guarded) -> None:
    incident = await guarded.incident()
    waiting = await guarded.propose(incident_id=incident.id)
    await guarded.desk.cancel(waiting.id, person("bob"), key="c1")
    assert (ActionState.CANCELLED, "cancelled") == await guarded.state(waiting)
    assert ApprovalState.VOID is (await guarded.approval(waiting)).state

    guarded.judge.coming = ["same"]
    verifying = await guarded.propose(incident_id=incident.id)
    await guarded.approve(verifying)
    await guarded.run(5)
    assert ActionState.VERIFYING is (await guarded.get(verifying)).state
    await guarded.desk.cancel(verifying.id, person("bob"), key="c2")
    await guarded.run()

    assert (ActionState.SUCCEEDED, "unverified-cancelled") == await guarded.state(verifying)
    assert 5 == guarded.world.sizes["web"]


async def test_changed_parameters_are_another_action(guarded: Guarded) -> None:
    action = await guarded.propose()

    new = await guarded.desk.change(action.id, {"name": "web", "size": 4}, person("ada"), key="x")
    repeat = await guarded.desk.change(action.id, {"name": "web", "size": 4}, person("ada"), key="x")

    assert (ActionState.CANCELLED, "changed") == await guarded.state(action)
    assert (new.id, action.id, "ada") == (repeat.id, new.request.replaces, new.request.by)
    assert not (await guarded.approve(action, "bob")).accepted
    assert not (await guarded.approve(new, "ada")).accepted
    assert (await guarded.approve(new, "bob")).accepted
    await guarded.run()
    assert 4 == guarded.world.sizes["web"]


async def test_changing_nothing_is_refused(guarded: Guarded) -> None:
    action = await guarded.propose()

    with pytest.raises(BadInput, match="already"):
        await guarded.desk.change(action.id, {"name": "web", "size": 5}, person("ada"), key="x")


async def test_a_limit_is_counted_when_it_begins(guarded: Guarded) -> None:
    guarded.rules.verdict, guarded.rules.autonomy = Verdict.PERMIT, Autonomy.AUTO
    guarded.rules.limits = (Limit(rule="once an hour", scope="hour", most=1),)
    first = await guarded.propose(size=5)
    await guarded.run(60)
    second = await guarded.propose(size=6)
    await guarded.run(60)

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(first)
    assert (ActionState.FAILED, "limit") == await guarded.state(second)
    assert "once an hour" in (await guarded.get(second)).detail
    assert 5 == guarded.world.sizes["web"]


async def test_the_end_of_a_step_wakes_its_recovery(guarded: Guarded) -> None:
    action = await guarded.propose(origin="recovery:RUN-1#2")
    await guarded.vote(action, "ada", approve=False)

    woken = [job.payload for job in guarded.queue.waiting if job.kind == "recovery.advance"]
    assert [{"run_id": "RUN-1"}] == woken


async def test_an_unknown_object_is_not_proposed(guarded: Guarded) -> None:
    with pytest.raises(NotFound):
        await guarded.propose(target="nowhere")

    assert [] == await guarded.all()


async def test_explaining_judges_anew(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.rules.verdict = Verdict.FORBID

    tree = await guarded.desk.explain(action.id)

    assert "because the test says so" in tree
    assert ActionState.WAITING is (await guarded.get(action)).state


async def test_pending_lists_what_waits(guarded: Guarded) -> None:
    first, second = await guarded.propose(size=5), await guarded.propose(size=6)

    assert [first.id, second.id] == [action.id for action, _ in await guarded.desk.pending()]


async def test_lost_jobs_are_taken_up_again(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.approve(action)
    guarded.queue.waiting.clear()

    assert 1 == await guarded.desk.take_up()
    await guarded.run()

    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)
