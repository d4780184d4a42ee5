"""Who may vote on what and when: every refusal is a sentence that says what to do instead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agent.domain.action import Action, ActionState
from agent.domain.decision import Approval, ApprovalState, Requirement, missing_votes
from agent.domain.recovery import StopSwitch
from agent.errors import NotPermitted, OpsError
from agent.execution.kit import BOT, Kit
from agent.ports.recovery import Principal


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a vote is about, as it is stored now."""

    action: Action
    approval: Approval
    switch: StopSwitch


@dataclass(frozen=True, slots=True)
class Standing:
    """Which of the asked groups a person is in; `unreadable` could not be asked, `empty` have no members."""

    groups: frozenset[str]
    unreadable: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


def person_or_why(kit: Kit, by: Principal) -> str | None:
    """Return why somebody is nobody whose word counts here, or None."""
    if by.bot or not by.user or by.user == BOT:
        return kit.say("vote-bot")
    if kit.team is not None and by.team != kit.team:
        return kit.say("vote-foreign")
    return None


def demand_person(kit: Kit, by: Principal) -> None:
    """Raise NotPermitted unless a person of our own workspace asks."""
    why = person_or_why(kit, by)
    if why is not None:
        raise NotPermitted(why)


def demand_ours(kit: Kit, by: Principal) -> None:
    """Raise NotPermitted when a person of another workspace asks; the bot itself may."""
    if not by.bot:
        demand_person(kit, by)


def state_refusal(kit: Kit, action: Action, approval: Approval | None, now: datetime) -> str | None:
    """Return why an action takes no votes any more (or yet), or None."""
    if action.outcome == "incident-over":
        return kit.say("guarded-incident-over")
    if action.state is not ActionState.WAITING or approval is None:
        return kit.say("vote-state", handle=action.handle, state=action.state.value)
    if approval.expires_at <= now or approval.state is ApprovalState.EXPIRED:
        return kit.say("vote-state", handle=action.handle, state="expired")
    if approval.state is not ApprovalState.OPEN:
        return kit.say("vote-state", handle=action.handle, state=approval.state.value)
    return None if belongs(approval, action) else kit.say("vote-forged")


def belongs(approval: Approval, action: Action) -> bool:
    """Say whether an approval is about exactly this action on exactly this state of its target."""
    bound = (approval.action_id, approval.action_digest, approval.target_version)
    return bound == (action.id, action.digest, action.plan.target.version)


def ballot_refusal(kit: Kit, ballot: Ballot, by: Principal, *, approve: bool) -> str | None:
    """Return why a vote cannot count before anybody's groups are looked at, or None."""
    if any(vote.by == by.user for vote in ballot.approval.votes):
        return kit.say("vote-twice")
    if approve and ballot.switch.stopped:
        return kit.say("vote-stopped", by=ballot.switch.by, reason=ballot.switch.reason)
    return None


async def standing(kit: Kit, user: str, requirements: Iterable[Requirement]) -> Standing:
    """Ask live which of the required groups a person is in; a group that cannot be read has nobody in it."""
    mine, unreadable, empty = set(), [], []
    for group in sorted({group for requirement in requirements for group in requirement.groups}):
        try:
            members = await kit.groups.members(group)
        except OpsError:
            unreadable.append(group)
            continue
        if not members:
            empty.append(group)
        elif user in members:
            mine.add(group)
    return Standing(frozenset(mine), tuple(unreadable), tuple(empty))


def standing_refusal(
    kit: Kit, approval: Approval, by: Principal, held: Standing, *, approve: bool
) -> str | None:
    """Return why a person's word is not among those that are asked for, or None."""
    asked = [one for one in approval.requirements if held.groups & set(one.groups)]
    if not asked:
        return _outside(kit, approval, held)
    if not approve:
        return None
    own = by.user == approval.requester
    helps = [one for one in asked if not (own and one.not_requester)]
    if not helps:
        return kit.say("vote-own")
    if all(missing_votes(one, approval.requester, approval.votes) == 0 for one in helps):
        still = [one for one in approval.requirements if _missing(approval, one)]
        return kit.say("vote-not-missing", groups=names(kit, still))
    return None


async def demand_say(kit: Kit, action: Action, by: Principal) -> None:
    """Raise NotPermitted unless somebody asked for an action or is in a group that must agree to it."""
    if by.user == action.request.by:
        return
    held = await standing(kit, by.user, action.decision.requirements)
    if held.unreadable and not held.groups:
        raise NotPermitted(kit.say("vote-group-unreadable", groups=", ".join(held.unreadable)))
    if not held.groups:
        groups = names(kit, action.decision.requirements)
        raise NotPermitted(kit.say("change-not-yours", handle=action.handle, groups=groups or "–"))


def fulfilled(approval: Approval) -> bool:
    """Say whether everybody who must agree has; nobody to ask is never a yes."""
    return bool(approval.requirements) and not any(_missing(approval, one) for one in approval.requirements)


async def voters_hold(kit: Kit, approval: Approval) -> bool | None:
    """Say whether those who agreed are still in the groups they agreed for; None when that cannot be read now."""
    unreadable = False
    votes = []
    for vote in approval.agreed:
        held = await standing(kit, vote.by, approval.requirements)
        unreadable = unreadable or bool(held.unreadable)
        votes.append(vote.model_copy(update={"groups": tuple(sorted(held.groups & set(vote.groups)))}))
    if fulfilled(approval.model_copy(update={"votes": tuple(votes)})):
        return True
    return None if unreadable else False


def names(kit: Kit, requirements: Iterable[Requirement]) -> str:
    """Return the groups of some requirements as people read them."""
    return ", ".join(dict.fromkeys(group for one in requirements for group in one.groups))


def _missing(approval: Approval, requirement: Requirement) -> int:
    return missing_votes(requirement, approval.requester, approval.votes)


def _outside(kit: Kit, approval: Approval, held: Standing) -> str:
    groups = names(kit, approval.requirements)
    if held.unreadable:
        return kit.say("vote-group-unreadable", groups=", ".join(held.unreadable))
    if held.empty and len(held.empty) == len({g for one in approval.requirements for g in one.groups}):
        return kit.say("vote-group-empty", groups=", ".join(held.empty))
    return kit.say("vote-not-in-group", groups=groups)
