"""Ways around an approval, each by name: refused, audited, with a sentence that says what to do, and nothing done."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.action import Action, ActionState
from agent.domain.decision import ApprovalState, Autonomy, Limit, Verdict
from agent.errors import BadInput, Conflict, Misconfigured, NotFound, NotPermitted, OpsError, Unavailable
from agent.execution.catalogue_type import Catalogue
from agent.lifecycle import changes
from agent.ports.recovery import VoteResult
from tests.support.guarded import SRE, TWO, FragileStore, Guarded, guarded_at, person
from tests.support.writes import Crash, Resize, Smash


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as one:
        yield one


async def refused(guarded: Guarded, result: VoteResult, words: str) -> None:
    """Assert that a vote was turned away with a sentence and an audit entry, and that nothing comes of it."""
    assert not result.accepted
    assert words in result.sentence
    assert result.sentence.rstrip()[-1] in ".!)"
    audited = [str(entry.data["why"]) for entry in await guarded.audit("vote_refused")]
    assert result.sentence in audited
    await guarded.run(60)
    assert 0 == guarded.world.effects.total()


async def not_run(guarded: Guarded, action: Action, state: ActionState, words: str) -> None:
    """Assert that an approved action did not run after all, and that it says why."""
    await guarded.run(60)
    now = await guarded.get(action)
    assert state is now.state
    assert words in now.detail
    assert 0 == guarded.world.effects.total()


async def approved(guarded: Guarded) -> Action:
    action = await guarded.propose()
    assert (await guarded.approve(action)).accepted
    return action


async def test_an_expired_request(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.clock.advance(901)
    await refused(guarded, await guarded.approve(action), "expired")


async def test_the_button_of_a_stale_card(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.world.touch("web")
    await guarded.approve(action, "bob")
    await refused(guarded, await guarded.approve(action), "out of date")


async def test_a_used_approval_replayed(guarded: Guarded) -> None:
    action = await approved(guarded)
    await guarded.run()
    result = await guarded.approve(action, "bob")
    await guarded.run()

    assert not result.accepted
    assert "was done already" in result.sentence
    assert 1 == guarded.world.effects.total()


async def test_a_delivery_replayed(guarded: Guarded) -> None:
    guarded.rules.requirements = (TWO,)
    action = await guarded.propose()
    for _ in range(3):
        await guarded.vote(action, "ada", approve=True, key="one-delivery")

    assert 1 == len((await guarded.approval(action)).votes)
    await not_run(guarded, action, ActionState.WAITING, "")


@pytest.mark.parametrize("value", ["", "A-1", "0" * 32, "../../etc", "' OR 1=1 --", "x" * 5000, "\x00"])
async def test_a_forged_button_value(guarded: Guarded, value: str) -> None:
    await guarded.propose()
    await refused(guarded, await guarded.vote(value, "ada", approve=True), "no such action")


async def test_an_approval_of_something_else(guarded: Guarded) -> None:
    action = await guarded.propose()
    approval = await guarded.approval(action)
    async with guarded.store.write() as tx:
        await tx.approvals.save(approval.model_copy(update={"action_digest": "0" * 64}))
    await refused(guarded, await guarded.approve(action), "does not fit")


async def test_an_action_exchanged_after_its_approval(guarded: Guarded) -> None:
    action = await approved(guarded)
    other = await guarded.propose(size=99)
    changed = {"request": other.request, "plan": other.plan, "digest": other.digest}
    async with guarded.store.write() as tx:
        await tx.actions.save((await guarded.get(action)).model_copy(update=changed))
    await not_run(guarded, action, ActionState.STALE, "agreement")


async def test_an_approval_put_back_after_its_use(guarded: Guarded) -> None:
    action = await approved(guarded)
    await guarded.run()
    done = await guarded.get(action)
    async with guarded.store.write() as tx:
        await tx.actions.save(done.model_copy(update={"state": ActionState.QUEUED}))
    await guarded.desk.take_up()
    await guarded.run()

    assert 1 == guarded.world.effects.total()
    assert ActionState.STALE is (await guarded.get(action)).state


async def test_a_person_of_a_foreign_workspace(guarded: Guarded) -> None:
    action = await guarded.propose()
    result = await guarded.vote(action, person("ada", team="T-OTHER"), approve=True)
    await refused(guarded, result, "another workspace")


async def test_a_person_without_a_workspace(guarded: Guarded) -> None:
    action = await guarded.propose()
    await refused(guarded, await guarded.vote(action, person("ada", team=""), approve=True), "workspace")


async def test_a_person_of_the_wrong_group(guarded: Guarded) -> None:
    action = await guarded.propose()
    await refused(guarded, await guarded.approve(action, "dan"), "sre-oncall")


async def test_a_rejection_by_an_outsider(guarded: Guarded) -> None:
    action = await guarded.propose()
    await refused(guarded, await guarded.vote(action, "dan", approve=False), "sre-oncall")
    assert ActionState.WAITING is (await guarded.get(action)).state


async def test_approving_ones_own_request(guarded: Guarded) -> None:
    action = await guarded.propose(by="ada")
    await refused(guarded, await guarded.approve(action, "ada"), "asked for this yourself")


async def test_approving_ones_own_change_of_a_request(guarded: Guarded) -> None:
    action = await guarded.propose(by="bob")
    new = await guarded.desk.change(action.id, {"name": "web", "size": 4}, person("ada"), key="c")
    await refused(guarded, await guarded.approve(new, "ada"), "asked for this yourself")


async def test_the_second_vote_of_the_same_person(guarded: Guarded) -> None:
    guarded.rules.requirements = (TWO,)
    action = await guarded.propose()
    await guarded.approve(action, "ada")
    await refused(guarded, await guarded.approve(action, "ada"), "counts once")


async def test_a_group_with_nobody_in_it(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.people.groups["sre-oncall"] = set()
    await refused(guarded, await guarded.approve(action), "Nobody is in sre-oncall")


async def test_a_group_emptied_after_the_vote(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.people.groups["sre-oncall"] = set()
    await not_run(guarded, action, ActionState.STALE, "no longer in a group")


async def test_a_voter_who_left_the_group(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.people.groups["sre-oncall"].remove("ada")
    await not_run(guarded, action, ActionState.STALE, "no longer in a group")
    assert ActionState.WAITING is (await guarded.all())[-1].state


async def test_a_freeze_before_the_vote(guarded: Guarded) -> None:
    action = await guarded.propose()
    until = guarded.clock.now() + timedelta(hours=2)
    await guarded.desk.freeze(person("bob"), until=until, reason="release", key="f")
    await refused(guarded, await guarded.approve(action), "judges this differently now")
    new = (await guarded.all())[-1]
    assert 2 == new.decision.requirements[0].count


async def test_a_freeze_between_approval_and_run(guarded: Guarded) -> None:
    action = await approved(guarded)
    until = guarded.clock.now() + timedelta(hours=2)
    await guarded.desk.freeze(person("bob"), until=until, reason="release", key="f")
    await not_run(guarded, action, ActionState.STALE, "judges this differently now")


async def test_the_stop_switch_before_the_vote(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.desk.stop(person("bob"), reason="strange things", key="s")
    await refused(guarded, await guarded.approve(action), "strange things")


async def test_the_stop_switch_between_approval_and_run(guarded: Guarded) -> None:
    action = await approved(guarded)
    await guarded.desk.stop(person("bob"), reason="strange things", key="s")
    await guarded.desk.resume(person("bob"), key="r")
    await not_run(guarded, action, ActionState.CANCELLED, "stop switch")


async def test_the_stop_switch_thrown_in_the_store_alone(guarded: Guarded) -> None:
    action = await approved(guarded)
    async with guarded.store.write() as tx:
        switch = await tx.brakes.switch()
        await tx.brakes.throw(switch.model_copy(update={"stopped": True}))
    await not_run(guarded, action, ActionState.CANCELLED, "stop switch")


async def test_the_stop_switch_while_it_is_tried_again(guarded: Guarded) -> None:
    guarded.world.trouble = ["before"]
    action = await approved(guarded)
    await guarded.step()
    assert ActionState.RUNNING is (await guarded.get(action)).state
    await guarded.desk.stop(person("bob"), reason="strange things", key="s")
    await not_run(guarded, action, ActionState.FAILED, "stop switch")


async def test_the_stop_switch_stops_an_automatic_action(guarded: Guarded) -> None:
    guarded.rules.verdict, guarded.rules.autonomy = Verdict.PERMIT, Autonomy.AUTO
    await guarded.desk.stop(person("bob"), reason="strange things", key="s")
    action = await guarded.propose()
    await not_run(guarded, action, ActionState.CANCELLED, "")
    assert "stopped" == action.outcome


async def test_the_stop_switch_stops_an_automatic_undo(guarded: Guarded) -> None:
    incident = await guarded.incident()
    guarded.judge.coming = ["same"]
    action = await guarded.propose(incident_id=incident.id)
    await guarded.approve(action)
    await guarded.run(20)
    await guarded.desk.stop(person("bob"), reason="strange things", key="s")
    await guarded.run()

    assert (ActionState.FAILED, "undo-stopped") == await guarded.state(action)
    assert {action.id: 1} == dict(guarded.world.effects)
    await guarded.desk.resume(person("bob"), key="r")
    undo = await guarded.desk.undo(action.id, person("bob"), key="u")
    await guarded.approve(undo, "ada")
    await guarded.run()
    assert (ActionState.UNDONE, 3) == ((await guarded.get(action)).state, guarded.world.sizes["web"])


async def test_a_policy_made_stricter_before_the_vote(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.book.rewrite()
    guarded.rules.requirements = (TWO,)
    await refused(guarded, await guarded.approve(action), "judges this differently now")


async def test_a_policy_that_forbids_it_before_the_run(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.book.rewrite()
    guarded.rules.verdict = Verdict.FORBID
    await not_run(guarded, action, ActionState.STALE, "judges this differently now")
    assert ActionState.FORBIDDEN is (await guarded.all())[-1].state


async def test_autonomy_lowered_before_the_run(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.rules.autonomy = Autonomy.SUGGEST
    await not_run(guarded, action, ActionState.STALE, "judges this differently now")


async def test_a_policy_that_asks_less_does_not_make_an_old_approval_do(guarded: Guarded) -> None:
    guarded.rules.requirements = (TWO,)
    action = await guarded.propose()
    await guarded.approve(action, "ada")
    guarded.rules.requirements = (SRE,)
    await refused(guarded, await guarded.approve(action, "bob"), "judges this differently now")


async def test_a_target_changed_before_the_vote(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.world.sizes["web"] = 4
    guarded.world.touch("web")
    result = await guarded.approve(action)
    await refused(guarded, result, "target has changed")
    assert result.action is not None
    assert (action.id, "4") == (result.action.request.replaces, result.action.plan.changes[0].before)


async def test_a_target_changed_between_approval_and_run(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.world.touch("web")
    await not_run(guarded, action, ActionState.STALE, "target has changed")


async def test_an_approval_does_not_pass_on_to_the_action_that_replaces_it(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.world.touch("web")
    await guarded.run(60)
    new = (await guarded.all())[-1]

    assert action.id == new.request.replaces
    assert () == (await guarded.approval(new)).votes
    assert ActionState.WAITING is new.state


async def test_a_wish_that_goes_on_from_a_state_that_somebody_has_changed(guarded: Guarded) -> None:
    """A recovery that returns traffic step by step must not overrule who moved it by hand in between."""
    with pytest.raises(Conflict, match="Somebody has changed the target"):
        await guarded.propose(expects={"size": 2})
    assert [] == await guarded.all()
    action = await guarded.propose(expects={"size": 3})
    await guarded.approve(action)
    guarded.world.sizes["web"] = 7
    await not_run(guarded, action, ActionState.STALE, "Somebody has changed the target")
    assert 1 == len(await guarded.all())


async def test_a_target_deleted_meanwhile(guarded: Guarded) -> None:
    action = await guarded.propose()
    del guarded.world.sizes["web"]
    await refused(guarded, await guarded.approve(action), "There is no web")
    assert (ActionState.STALE, "target-gone") == await guarded.state(action)


async def resolved(guarded: Guarded, incident_id: str) -> None:
    async with guarded.store.write() as tx:
        await changes.resolve(tx, guarded.book.current, incident_id, by="bob", at=guarded.clock.now())


async def test_an_incident_that_ended_before_the_vote(guarded: Guarded) -> None:
    incident = await guarded.incident()
    action = await guarded.propose(incident_id=incident.id)
    await resolved(guarded, incident.id)
    await refused(guarded, await guarded.approve(action), "incident has ended")
    assert (ActionState.STALE, "incident-over") == await guarded.state(action)


async def test_an_incident_that_ended_between_approval_and_run(guarded: Guarded) -> None:
    incident = await guarded.incident()
    action = await guarded.propose(incident_id=incident.id)
    await guarded.approve(action)
    await resolved(guarded, incident.id)
    await guarded.run(60)
    assert (ActionState.STALE, "incident-over") == await guarded.state(action)
    assert 0 == guarded.world.effects.total()


async def test_tidying_up_after_an_incident_is_no_bypass(guarded: Guarded) -> None:
    incident = await guarded.incident()
    await resolved(guarded, incident.id)
    guarded.clock.advance(1)
    action = await guarded.propose(incident_id=incident.id)
    await guarded.approve(action)
    await guarded.run()
    assert ActionState.SUCCEEDED is (await guarded.get(action)).state
    assert "resolved" == await guarded.status(incident)


async def test_an_error_while_evaluating_the_proposal(guarded: Guarded) -> None:
    guarded.rules.error = ValueError("broken rule")
    action = await guarded.propose()
    assert ActionState.FORBIDDEN is action.state
    assert "could not be evaluated" in action.decision.reasons[0]
    await refused(guarded, await guarded.approve(action), "forbidden")


async def test_an_error_while_evaluating_the_vote(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.rules.error = KeyError("tier")
    await refused(guarded, await guarded.approve(action), "could not be evaluated")


async def test_an_error_while_evaluating_the_run(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.rules.error = TypeError("broken")
    await not_run(guarded, action, ActionState.STALE, "could not be evaluated")


async def test_a_fact_that_cannot_be_gathered(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.facts.error = Unavailable("the metrics do not answer", backend="prometheus")
    await refused(guarded, await guarded.approve(action), "cannot check")
    assert ActionState.WAITING is (await guarded.get(action)).state


async def test_a_world_that_cannot_be_seen_at_vote_time(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.world.trouble = ["plan"]
    await refused(guarded, await guarded.approve(action), "cannot check")


async def test_a_world_that_cannot_be_seen_before_the_run(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.world.trouble = ["plan"] * 1000
    await guarded.run(2000)
    assert (ActionState.EXPIRED, "expired") == await guarded.state(action)
    assert 0 == guarded.world.effects.total()


async def test_facts_that_claim_something_else(guarded: Guarded) -> None:
    action = await guarded.propose(by="ada")
    facts = guarded.rules.seen[-1]
    assert ("resize", "demo", "ada", "person") == (
        facts.action,
        facts.environment,
        facts.requester,
        facts.origin,
    )
    assert action.plan.target == facts.target
    assert {"replicas_before": 3, "replicas_after": 5} == facts.plan


@pytest.mark.parametrize("name", ["resise", "kubectl", "", "shell", "__class__", "resize; rm -rf /"])
async def test_an_unknown_action(guarded: Guarded, name: str) -> None:
    with pytest.raises(BadInput, match="There is no action") as caught:
        await guarded.propose(name=name)
    assert ("resize" in caught.value.user_message) == name.startswith(("resi",))
    assert [] == await guarded.all()


async def test_an_action_without_a_configured_backend(guarded: Guarded) -> None:
    guarded.desk = guarded.another_desk()
    catalogue = Catalogue((Resize, Smash), {"resize": Resize(guarded.world)})
    with pytest.raises(Misconfigured, match="not configured for writes"):
        catalogue.write("smash")
    assert [True, False] == [kind.enabled for kind in catalogue.kinds()]


async def test_a_parameter_that_was_never_observed(guarded: Guarded) -> None:
    with pytest.raises(NotFound, match="There is no payroll"):
        await guarded.propose(target="payroll")
    assert [] == await guarded.all()


@pytest.mark.parametrize("size", [-1, 0, 101, 10**12, "5; drop", None, 2.5])
async def test_a_size_out_of_bounds(guarded: Guarded, size: Any) -> None:
    with pytest.raises(BadInput) as caught:
        await guarded.propose(size=size)
    assert "params.size" == caught.value.field
    assert [] == await guarded.all()


@pytest.mark.parametrize(
    "target", ["../web", "web/../../x", "*", "web*", "web,db", "", "WEB", "web\n", "w" * 64, "web;ls", "웹"]
)
async def test_a_name_with_a_path_or_wildcard(guarded: Guarded, target: str) -> None:
    with pytest.raises(BadInput) as caught:
        await guarded.propose(target=target)
    assert "params.name" == caught.value.field
    assert [] == await guarded.all()


async def test_a_parameter_that_does_not_exist(guarded: Guarded) -> None:
    action = await guarded.propose()
    wish: dict[str, Any] = {"name": "web", "size": 4, "force": True}
    with pytest.raises(BadInput, match="force"):
        await guarded.desk.change(action.id, wish, person("ada"), key="x")
    assert ActionState.WAITING is (await guarded.get(action)).state


@pytest.mark.parametrize("who", ["gone", "unknown", "U0NOBODY000", "ADA", "ada "])
async def test_a_deactivated_or_unknown_person(guarded: Guarded, who: str) -> None:
    """Slack takes whoever is deactivated out of every group; whoever was never in one is nobody either."""
    action = await guarded.propose()
    await refused(guarded, await guarded.approve(action, who), "Only people of sre-oncall")


async def test_a_voter_deactivated_before_the_run(guarded: Guarded) -> None:
    guarded.rules.requirements = (TWO,)
    action = await guarded.propose()
    await guarded.approve(action, "ada")
    await guarded.approve(action, "bob")
    for members in guarded.people.groups.values():
        members.discard("bob")
    await not_run(guarded, action, ActionState.STALE, "no longer in a group")


async def test_one_person_in_two_groups_is_still_one_person(guarded: Guarded) -> None:
    guarded.rules.requirements = (TWO.model_copy(update={"groups": ("sre-oncall", "dba")}),)
    action = await guarded.propose()
    first = await guarded.approve(action, "ada")
    assert first.accepted
    await refused(guarded, await guarded.approve(action, "ada"), "counts once")
    assert ActionState.WAITING is (await guarded.get(action)).state


async def test_a_vote_after_the_run_has_begun(guarded: Guarded) -> None:
    guarded.world.trouble = ["before"]
    action = await approved(guarded)
    await guarded.step()
    assert ActionState.RUNNING is (await guarded.get(action)).state
    result = await guarded.approve(action, "bob")
    assert not result.accepted
    assert "running" in result.sentence
    await guarded.run(60)
    assert 1 == guarded.world.effects.total()


async def test_an_undo_by_a_stranger(guarded: Guarded) -> None:
    """Anybody of ours may ask for one, which is a wish like any other; from elsewhere not even that."""
    action = await approved(guarded)
    await guarded.run()
    with pytest.raises(NotPermitted, match="another workspace"):
        await guarded.desk.undo(action.id, person("eve", team="T-OTHER"), key="e")
    undo = await guarded.desk.undo(action.id, person("dan"), key="u")
    result = await guarded.approve(undo, "dan")
    await guarded.run(60)

    assert not result.accepted
    assert "sre-oncall" in result.sentence
    assert (ActionState.WAITING, 5) == ((await guarded.get(undo)).state, guarded.world.sizes["web"])


async def test_the_stop_switch_holds_an_approved_undo_too(guarded: Guarded) -> None:
    action = await approved(guarded)
    await guarded.run()
    undo = await guarded.desk.undo(action.id, person("ada"), key="u")
    assert (await guarded.approve(undo, "bob")).accepted
    await guarded.desk.stop(person("cyd"), reason="strange things", key="s")
    await guarded.run(60)

    assert (ActionState.CANCELLED, "stopped") == await guarded.state(undo)
    assert (ActionState.SUCCEEDED, 5) == ((await guarded.get(action)).state, guarded.world.sizes["web"])


async def test_a_freeze_holds_a_changed_wish_too(guarded: Guarded) -> None:
    action = await guarded.propose()
    until = guarded.clock.now() + timedelta(hours=2)
    await guarded.desk.freeze(person("bob"), until=until, reason="release", key="f")
    new = await guarded.desk.change(action.id, {"name": "web", "size": 4}, person("bob"), key="c")
    assert 2 == new.decision.requirements[0].count
    assert (await guarded.approve(new, "ada")).accepted
    await not_run(guarded, new, ActionState.WAITING, "")


EMPTY = Catalogue((Resize, Smash), {})


async def test_an_action_switched_off_before_the_vote(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.desk = guarded.another_desk(catalogue=EMPTY)
    await refused(guarded, await guarded.approve(action), "not configured for writes")
    assert ActionState.WAITING is (await guarded.get(action)).state


async def test_an_action_switched_off_between_approval_and_run(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.desk = guarded.another_desk(catalogue=EMPTY)
    await guarded.run(2000)
    assert (ActionState.EXPIRED, "expired") == await guarded.state(action)
    assert 0 == guarded.world.effects.total()


async def test_an_action_that_an_upgrade_has_taken_out_of_the_catalogue(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.desk = guarded.another_desk(catalogue=Catalogue((Smash,), {"smash": Smash(guarded.world)}))
    await not_run(guarded, action, ActionState.STALE, "There is no action")


@pytest.mark.parametrize("queued", [False, True])
async def test_a_change_by_a_stranger(guarded: Guarded, queued: bool) -> None:
    """Whoever may not agree must not be able to take away what others have agreed to."""
    action = await guarded.propose()
    if queued:
        assert (await guarded.approve(action)).accepted
    for who in (person("dan"), person("eve", team="T-OTHER")):
        with pytest.raises(NotPermitted, match=r"sre-oncall|another workspace"):
            await guarded.desk.change(action.id, {"name": "web", "size": 4}, who, key=who.user)
    assert 1 == len(await guarded.all())
    assert (ActionState.QUEUED if queued else ActionState.WAITING) is (await guarded.get(action)).state


async def test_a_change_while_nobody_can_tell_who_is_who(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.people.broken = {"sre-oncall"}
    with pytest.raises(NotPermitted, match="cannot read who is in"):
        await guarded.desk.change(action.id, {"name": "web", "size": 4}, person("ada"), key="c")
    assert ActionState.WAITING is (await guarded.get(action)).state


async def test_whoever_asked_may_change_their_own_wish_and_still_not_approve_it(guarded: Guarded) -> None:
    action = await guarded.propose(by="dan")
    new = await guarded.desk.change(action.id, {"name": "web", "size": 4}, person("dan"), key="c")
    await refused(guarded, await guarded.approve(new, "dan"), "sre-oncall")


async def test_a_bot_as_approver(guarded: Guarded) -> None:
    guarded.people.groups["sre-oncall"].add("helper-app")
    action = await guarded.propose()
    result = await guarded.vote(action, person("helper-app", bot=True), approve=True)
    await refused(guarded, result, "Only people")


@pytest.mark.parametrize("name", ["ops-monitor", ""])
async def test_the_bot_itself_as_approver(guarded: Guarded, name: str) -> None:
    guarded.people.groups["sre-oncall"].add(name)
    action = await guarded.propose(by="ada")
    await refused(guarded, await guarded.vote(action, person(name), approve=True), "Only people")


async def test_slack_down_at_vote_time(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.people.broken = {"sre-oncall"}
    await refused(guarded, await guarded.approve(action), "cannot read who is in")
    assert ActionState.WAITING is (await guarded.get(action)).state


async def test_slack_down_between_approval_and_run(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.people.broken = {"sre-oncall"}
    await not_run(guarded, action, ActionState.QUEUED, "cannot read who is in")
    guarded.people.broken = set()
    await guarded.run(60)
    assert (ActionState.SUCCEEDED, "done") == await guarded.state(action)


async def test_slack_down_until_the_approval_expires(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.people.broken = {"sre-oncall"}
    await guarded.run(2000)
    assert (ActionState.EXPIRED, "expired") == await guarded.state(action)
    assert 0 == guarded.world.effects.total()


async def test_an_approval_that_outlived_its_time_in_the_queue(guarded: Guarded) -> None:
    action = await approved(guarded)
    guarded.clock.advance(5000)
    await not_run(guarded, action, ActionState.EXPIRED, "Its time was over")


async def test_approving_what_was_rejected(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.vote(action, "bob", approve=False)
    await refused(guarded, await guarded.approve(action), "was rejected")


async def test_approving_what_was_called_off(guarded: Guarded) -> None:
    action = await guarded.propose()
    await guarded.desk.cancel(action.id, person("bob"), key="c")
    await refused(guarded, await guarded.approve(action), "called off")


async def test_approving_a_mere_suggestion(guarded: Guarded) -> None:
    guarded.rules.autonomy = Autonomy.SUGGEST
    action = await guarded.propose()
    await refused(guarded, await guarded.approve(action), "only a suggestion")


async def test_a_policy_that_asks_nobody(guarded: Guarded) -> None:
    guarded.rules.requirements = ()
    action = await guarded.propose()
    assert ActionState.FORBIDDEN is action.state
    await refused(guarded, await guarded.approve(action), "forbidden")


async def test_a_permit_where_people_must_approve(guarded: Guarded) -> None:
    guarded.rules.verdict = Verdict.PERMIT
    action = await guarded.propose()
    await guarded.run(60)
    assert ActionState.FORBIDDEN is action.state
    assert 0 == guarded.world.effects.total()


async def test_an_undo_smuggled_in_as_a_proposal(guarded: Guarded) -> None:
    action = await approved(guarded)
    await guarded.run()
    ways: tuple[dict[str, Any], ...] = ({"undo_of": action.id}, {"origin": f"undo:{action.id}"})
    for more in ways:
        with pytest.raises(BadInput, match="/ops undo"):
            await guarded.propose(**more)


@pytest.mark.parametrize("when", ["waiting", "rejected"])
async def test_undoing_what_was_never_done(guarded: Guarded, when: str) -> None:
    action = await guarded.propose()
    if when == "rejected":
        await guarded.vote(action, "bob", approve=False)
    with pytest.raises(NotPermitted, match="did not change anything"):
        await guarded.desk.undo(action.id, person("ada"), key="u")


async def test_an_approval_of_the_action_is_none_of_its_undo(guarded: Guarded) -> None:
    action = await approved(guarded)
    await guarded.run()
    undo = await guarded.desk.undo(action.id, person("ada"), key="u")
    result = await guarded.approve(undo, "ada")
    await guarded.run(60)

    assert not result.accepted
    assert 5 == guarded.world.sizes["web"]


async def test_two_actions_at_once_share_one_limit(guarded: Guarded) -> None:
    guarded.rules.verdict, guarded.rules.autonomy = Verdict.PERMIT, Autonomy.AUTO
    guarded.rules.limits = (Limit(rule="once an hour", scope="hour", most=1),)
    guarded.world.sizes["db"], guarded.world.versions["db"] = 1, 1
    await guarded.propose(size=5)
    await guarded.propose(size=5, target="db")
    jobs = [guarded.queue.take(), guarded.queue.take()]
    desks = (guarded.desk, guarded.another_desk())
    await asyncio.gather(
        *(
            desk.handlers()[job.kind](dict(job.payload))
            for desk, job in zip(desks, jobs, strict=True)
            if job is not None
        )
    )
    await guarded.run(60)

    assert 1 == guarded.world.effects.total()


@pytest.mark.parametrize("who", [person("eve", team="T-OTHER"), person("app", bot=True)])
async def test_brakes_and_doubts_are_for_our_own_people(guarded: Guarded, who: Any) -> None:
    until = guarded.clock.now() + timedelta(hours=1)
    action = await guarded.propose()
    desk = guarded.desk
    for attempt in (
        desk.freeze(who, until=until, reason="x", key="1"),
        desk.thaw(who, key="2"),
        desk.stop(who, reason="x", key="3"),
        desk.resume(who, key="4"),
        desk.settle(action.id, who, happened=False, key="5"),
    ):
        with pytest.raises(NotPermitted):
            await attempt
    assert [] == await guarded.audit("stopped")


async def test_a_doubt_settled_while_it_runs(guarded: Guarded) -> None:
    guarded.world.trouble = ["before"]
    action = await approved(guarded)
    await guarded.step()
    with pytest.raises(NotPermitted, match="not in doubt"):
        await guarded.desk.settle(action.id, person("bob"), happened=False, key="s")
    with pytest.raises(NotPermitted, match="running"):
        await guarded.desk.cancel(action.id, person("bob"), key="c")


async def test_an_incident_that_does_not_exist(guarded: Guarded) -> None:
    with pytest.raises(NotFound, match="incident"):
        await guarded.propose(incident_id="nope")


@pytest.mark.parametrize("call", ["undo", "cancel", "settle", "change", "explain"])
async def test_an_id_that_does_not_exist(guarded: Guarded, call: str) -> None:
    more: dict[str, Any] = {} if call == "explain" else {"by": person("ada"), "key": "k"}
    more |= {"happened": True} if call == "settle" else {}
    more |= {"params": {}} if call == "change" else {}
    with pytest.raises(OpsError, match="no such action"):
        await getattr(guarded.desk, call)("nope", **more)


async def test_secrets_do_not_reach_the_audit_chain(guarded: Guarded) -> None:
    action = await guarded.propose(reason="because password=hunter2hunter2 leaked")
    await guarded.vote(action, "ada", approve=False)
    assert "hunter2" not in (await guarded.get(action)).model_dump_json()
    written = " ".join(entry.model_dump_json() for entry in await guarded.audit())
    assert action.handle in written
    assert "hunter2" not in written


async def test_secrets_in_the_reason_of_a_brake_are_not_shown_on_cards(guarded: Guarded) -> None:
    reason = "because password=hunter2hunter2 leaked"
    until = guarded.clock.now() + timedelta(hours=1)
    freeze = await guarded.desk.freeze(person("bob"), until=until, reason=reason, key="f")
    switch = await guarded.desk.stop(person("bob"), reason=reason, key="s")
    action = await guarded.propose()

    stored = freeze.model_dump_json() + switch.model_dump_json() + action.model_dump_json()
    assert "hunter2" not in stored
    assert "leaked" in stored


async def test_a_vote_that_dies_before_its_commit_is_not_half_counted(guarded: Guarded) -> None:
    action = await guarded.propose()
    guarded.desk = guarded.another_desk(FragileStore(guarded.store, 1, "before"))
    with pytest.raises(Crash):
        await guarded.approve(action, key="k")
    approval = await guarded.approval(action)
    assert (ApprovalState.OPEN, ()) == (approval.state, approval.votes)
