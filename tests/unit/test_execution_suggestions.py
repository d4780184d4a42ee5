"""A suggestion never runs: not by a vote, a job, a retry or a rise of the level; and what waits becomes one in time."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.domain.action import ActionRequest, ActionState
from agent.domain.decision import Autonomy, Verdict
from agent.domain.noun import Json
from agent.errors import BadInput, Conflict, NotPermitted
from agent.execution.catalogue_type import Catalogue
from agent.execution.desk import RecoveryDesk
from agent.execution.work import ACTION_ADVANCE, ACTION_EXPIRE, ACTION_UNDO
from agent.policy.autonomy import AutonomyPolicy
from agent.policy.evaluate import decide
from tests.support.guarded import Guarded, Shelf, guarded_at, person
from tests.support.rules import policies, rule
from tests.support.writes import Resize, Smash

RESIZING = rule("resizing asks", when={"action": ["resize"]})


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as one:
        yield one


def at_level(level: Autonomy) -> Shelf:
    """Return real rules under which resizing needs a vote, in an environment of this level."""
    found = replace(policies(RESIZING), autonomy=AutonomyPolicy(default=level))
    return Shelf(replace(found, digest=f"{level.value:-<64}"))


def by_the_rules(guarded: Guarded, level: Autonomy) -> None:
    """Let the real rules decide, at a level that stands in the file."""
    guarded.book = at_level(level)
    guarded.desk = guarded.another_desk(decide=decide)


def rehearsing(guarded: Guarded) -> RecoveryDesk:
    """Return the desk of a process that was started without an account that writes."""
    kinds = (Resize, Smash)
    enabled = {kind.name: kind(guarded.world) for kind in kinds}
    return guarded.another_desk(catalogue=Catalogue(kinds, enabled, rehearsed=True))


async def untouched(guarded: Guarded) -> bool:
    await guarded.run(900)
    return guarded.world.effects.total() == 0


@pytest.mark.parametrize("approve", [True, False])
async def test_a_suggestion_takes_no_votes(guarded: Guarded, approve: bool) -> None:
    by_the_rules(guarded, Autonomy.SUGGEST)
    action = await guarded.propose()
    result = await guarded.vote(action, "ada", approve=approve)

    assert ActionState.SUGGESTED is action.state
    assert (None, ("sre-oncall",)) == (action.approval_id, action.decision.requirements[0].groups)
    assert (False, True) == (result.accepted, "only a suggestion" in result.sentence)
    assert await untouched(guarded)
    assert ActionState.SUGGESTED is (await guarded.get(action)).state


@pytest.mark.parametrize("kind", [ACTION_ADVANCE, ACTION_EXPIRE, ACTION_UNDO])
async def test_no_job_moves_a_suggestion(guarded: Guarded, kind: str) -> None:
    by_the_rules(guarded, Autonomy.SUGGEST)
    action = await guarded.propose()
    payload: dict[str, Json] = {"action_id": action.id}
    await guarded.desk.handlers()[kind](payload)
    await guarded.desk.take_up()

    assert await untouched(guarded)
    assert ActionState.SUGGESTED is (await guarded.get(action)).state


async def test_a_suggestion_can_be_neither_undone_nor_settled(guarded: Guarded) -> None:
    by_the_rules(guarded, Autonomy.SUGGEST)
    action = await guarded.propose()
    with pytest.raises((BadInput, Conflict, NotPermitted)):
        await guarded.desk.undo(action.id, person("ada"), key="u")
    with pytest.raises((BadInput, Conflict, NotPermitted)):
        await guarded.desk.settle(action.id, person("ada"), happened=False, key="s")
    assert await untouched(guarded)


async def test_a_changed_suggestion_is_a_suggestion(guarded: Guarded) -> None:
    by_the_rules(guarded, Autonomy.SUGGEST)
    action = await guarded.propose()
    changed = await guarded.desk.change(action.id, {"name": "web", "size": 7}, person("ada"), key="c")
    assert ActionState.SUGGESTED is changed.state
    assert await untouched(guarded)


async def test_what_a_rule_permits_is_only_suggested_as_well(guarded: Guarded) -> None:
    guarded.rules.verdict, guarded.rules.autonomy = Verdict.PERMIT, Autonomy.SUGGEST
    action = await guarded.propose()
    assert ActionState.SUGGESTED is action.state
    assert await untouched(guarded)


async def test_a_level_lowered_before_the_vote_turns_it_into_a_suggestion(guarded: Guarded) -> None:
    by_the_rules(guarded, Autonomy.APPROVE)
    action = await guarded.propose()
    guarded.book.current = at_level(Autonomy.SUGGEST).current
    result = await guarded.approve(action)

    assert (ActionState.WAITING, False) == (action.state, result.accepted)
    assert "judges this differently now" in result.sentence
    assert result.action is not None
    assert (ActionState.SUGGESTED, action.id) == (result.action.state, result.action.request.replaces)
    assert await untouched(guarded)


async def test_a_level_lowered_in_the_queue_turns_it_into_a_suggestion(guarded: Guarded) -> None:
    by_the_rules(guarded, Autonomy.APPROVE)
    action = await guarded.propose()
    assert (await guarded.approve(action)).accepted
    guarded.book.current = at_level(Autonomy.SUGGEST).current

    assert await untouched(guarded)
    states = [one.state for one in await guarded.all()]
    assert [ActionState.STALE, ActionState.SUGGESTED] == states


async def test_a_level_lowered_in_the_midst_keeps_it_from_being_begun_again(guarded: Guarded) -> None:
    by_the_rules(guarded, Autonomy.APPROVE)
    guarded.world.trouble = ["before"]
    action = await guarded.propose()
    assert (await guarded.approve(action)).accepted
    assert await guarded.step()
    guarded.book.current = at_level(Autonomy.SUGGEST).current

    assert await untouched(guarded)
    assert ActionState.FAILED is (await guarded.get(action)).state


async def test_without_an_account_that_writes_the_level_never_rises_above_suggestions(
    guarded: Guarded,
) -> None:
    guarded.book = at_level(Autonomy.AUTO)
    guarded.desk = rehearsing(guarded)
    action = await guarded.propose()

    assert ActionState.SUGGESTED is action.state
    assert Autonomy.SUGGEST is guarded.rules.seen[-1].autonomy
    assert "the server was not asked to try it" in action.plan.warnings[0]
    assert await untouched(guarded)


async def test_without_an_account_that_writes_off_stays_off(guarded: Guarded) -> None:
    guarded.book = at_level(Autonomy.OFF)
    guarded.rules.autonomy = Autonomy.OFF
    guarded.desk = rehearsing(guarded)
    with pytest.raises(BadInput, match="switched off"):
        await guarded.propose()
    assert Autonomy.OFF is guarded.rules.seen[-1].autonomy


async def test_what_was_approved_does_not_run_after_a_restart_without_the_account(guarded: Guarded) -> None:
    action = await guarded.propose()
    assert (await guarded.approve(action)).accepted
    guarded.desk = rehearsing(guarded)

    assert await untouched(guarded)
    assert ActionState.STALE is (await guarded.get(action)).state
    assert ActionState.SUGGESTED is (await guarded.all())[-1].state


async def test_a_preview_says_only_then_that_the_server_did_not_try_it(guarded: Guarded) -> None:
    request = ActionRequest(name="resize", params={"name": "web", "size": 5}, by="ada")
    assert () == (await guarded.desk.propose(request)).plan.warnings


async def test_a_suggestion_does_not_stand_in_the_way_once_people_may_approve(guarded: Guarded) -> None:
    """What nobody can run is no twin of what people may agree to."""
    guarded.rules.autonomy = Autonomy.SUGGEST
    suggested = await guarded.propose()
    again = await guarded.propose()
    guarded.rules.autonomy = Autonomy.APPROVE
    action = await guarded.propose()

    assert suggested.id == again.id
    assert (ActionState.SUGGESTED, ActionState.WAITING) == (suggested.state, action.state)
