"""Counting people's words: each guard in code, each refusal with its sentence and audited, each delivery once."""

from dataclasses import dataclass

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.domain.decision import Approval, ApprovalState, Vote
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.errors import BackendError, Conflict, Misconfigured
from agent.execution.guards import (
    Ballot,
    Standing,
    ballot_refusal,
    fulfilled,
    person_or_why,
    standing,
    standing_refusal,
    state_refusal,
)
from agent.execution.kit import Kit
from agent.execution.looks import Stale, look_again, unchanged
from agent.execution.proposals import TRIES, restate
from agent.execution.report import move, plain_reason, record
from agent.execution.work import advance
from agent.ports.recovery import Principal, VoteResult
from agent.ports.store import Tx


@dataclass(frozen=True, slots=True)
class Cast:
    """One person's word on its way to be counted."""

    action_id: str
    by: Principal
    approve: bool
    key: str
    reason: str


async def vote(kit: Kit, cast: Cast) -> VoteResult:
    """Count a word if every guard lets it; looks again when something moved while it was looked at."""
    for _ in range(TRIES):
        try:
            result = await _once(kit, cast)
        except Conflict:
            # Somebody voted or cancelled at the same moment: judge by what is stored now.
            continue
        if result is not None:
            return result
    return await _refuse(kit, cast, None, kit.say("guarded-busy"))


async def _once(kit: Kit, cast: Cast) -> VoteResult | None:
    async with kit.store.read() as tx:
        action = await tx.actions.get(cast.action_id)
        approval = await tx.approvals.get(action.approval_id) if action and action.approval_id else None
        switch = await tx.brakes.switch()
    if action is None:
        return await _refuse(kit, cast, None, kit.say("guarded-no-such-action"))
    why = person_or_why(kit, cast.by) or state_refusal(kit, action, approval, kit.now())
    if why is not None or approval is None:
        return await _refuse(kit, cast, action, why or kit.say("vote-forged"))
    ballot = Ballot(action, approval, switch)
    why = ballot_refusal(kit, ballot, cast.by, approve=cast.approve)
    if why is not None:
        return await _refuse(kit, cast, action, why)
    held = await standing(kit, cast.by.user, approval.requirements)
    why = standing_refusal(kit, approval, cast.by, held, approve=cast.approve)
    if why is not None:
        return await _refuse(kit, cast, action, why)
    return await (_approve if cast.approve else _reject)(kit, cast, ballot, held)


async def _approve(kit: Kit, cast: Cast, ballot: Ballot, held: Standing) -> VoteResult | None:
    try:
        seen = await look_again(kit, ballot.action)
    except (BackendError, Misconfigured) as error:
        why = kit.say("vote-cannot-check", why=error.user_message)
        return await _refuse(kit, cast, ballot.action, why)
    if isinstance(seen, Stale):
        return await _outdated(kit, cast, ballot.action, seen)
    async with kit.store.write() as tx:
        if not await unchanged(kit, tx, seen):
            return None
        # Looking took its time: expiry and the stop switch are asked again, and refused on the next round.
        late = state_refusal(kit, ballot.action, ballot.approval, kit.now()) is not None
        if late or not await _still(tx, ballot) or (await tx.brakes.switch()).stopped:
            return None
        return await _count(kit, tx, cast, ballot, held)


async def _outdated(kit: Kit, cast: Cast, action: Action, stale: Stale) -> VoteResult | None:
    async with kit.store.write() as tx:
        if stale.seen is not None and not await unchanged(kit, tx, stale.seen):
            return None
        if not await tx.seen.first_time(_seen(cast), kit.now()):
            return await _repeated(kit, tx, cast, stale.detail)
        new = await restate(kit, tx, action, stale.outcome, stale.detail, stale.seen)
        sentence = kit.say("vote-outdated", handle=action.handle, why=stale.detail)
        if new is not None:
            sentence += " " + kit.say("vote-new-card", handle=new.handle)
        await _audit_refusal(kit, tx, cast, action, sentence)
        return VoteResult(accepted=False, sentence=sentence, action=new or await tx.actions.get(action.id))


async def _reject(kit: Kit, cast: Cast, ballot: Ballot, held: Standing) -> VoteResult | None:
    async with kit.store.write() as tx:
        if not await _still(tx, ballot):
            return None
        return await _count(kit, tx, cast, ballot, held)


async def _still(tx: Tx, ballot: Ballot) -> bool:
    """Say whether action and approval are those that were looked at."""
    action = await tx.actions.get(ballot.action.id)
    approval = await tx.approvals.get(ballot.approval.id)
    return action == ballot.action and approval == ballot.approval


async def _count(kit: Kit, tx: Tx, cast: Cast, ballot: Ballot, held: Standing) -> VoteResult:
    """Add the word to the approval; the last one that is needed queues the action in the same transaction."""
    now = kit.now()
    if not await tx.seen.first_time(_seen(cast), now):
        return await _repeated(kit, tx, cast, kit.say("vote-repeated"))
    word = Vote(
        by=cast.by.user,
        choice="approve" if cast.approve else "reject",
        at=now,
        groups=tuple(sorted(held.groups)),
        reason=plain_reason(kit, cast.reason),
    )
    approval = ballot.approval.model_copy(update={"votes": (*ballot.approval.votes, word)})
    data: dict[str, Json] = {"choice": word.choice, "groups": list(word.groups), "reason": word.reason}
    await record(kit, tx, ballot.action, AuditKind.VOTED, by=cast.by.user, data=data)
    if not cast.approve:
        return await _rejected(kit, tx, cast, ballot.action, approval)
    if fulfilled(approval):
        return await _granted(kit, tx, cast, ballot.action, approval)
    await tx.approvals.save(approval)
    moved = await move(kit, tx, ballot.action, {}, None, TimelineKind.ACTION_VOTED, by=cast.by.user)
    return VoteResult(accepted=True, sentence=kit.say("vote-counted", handle=moved.handle), action=moved)


async def _granted(kit: Kit, tx: Tx, cast: Cast, action: Action, approval: Approval) -> VoteResult:
    await tx.approvals.save(approval.model_copy(update={"state": ApprovalState.GRANTED}))
    times = action.times.model_copy(update={"approved_at": kit.now()})
    change = {"state": ActionState.QUEUED, "times": times}
    moved = await move(kit, tx, action, change, AuditKind.GRANTED, TimelineKind.ACTION_VOTED, by=cast.by.user)
    await kit.jobs.enqueue(tx, advance(moved))
    return VoteResult(accepted=True, sentence=kit.say("vote-granted", handle=moved.handle), action=moved)


async def _rejected(kit: Kit, tx: Tx, cast: Cast, action: Action, approval: Approval) -> VoteResult:
    await tx.approvals.save(approval.model_copy(update={"state": ApprovalState.REJECTED}))
    change = {"state": ActionState.REJECTED, "outcome": "rejected", "detail": approval.votes[-1].reason}
    moved = await move(kit, tx, action, change, AuditKind.REFUSED, TimelineKind.ACTION_VOTED, by=cast.by.user)
    return VoteResult(accepted=True, sentence=kit.say("vote-rejected", handle=moved.handle), action=moved)


async def _refuse(kit: Kit, cast: Cast, action: Action | None, sentence: str) -> VoteResult:
    async with kit.store.write() as tx:
        if not await tx.seen.first_time(_seen(cast), kit.now()):
            return await _repeated(kit, tx, cast, sentence)
        await _audit_refusal(kit, tx, cast, action, sentence)
    return VoteResult(accepted=False, sentence=sentence, action=action)


async def _audit_refusal(kit: Kit, tx: Tx, cast: Cast, action: Action | None, sentence: str) -> None:
    asked: dict[str, Json] = {"choice": "approve" if cast.approve else "reject", "why": sentence}
    if action is not None:
        await record(kit, tx, action, AuditKind.VOTE_REFUSED, by=cast.by.user, data=asked)
    else:
        asked["asked_for"] = cast.action_id[:64]
        await tx.audit.append(AuditKind.VOTE_REFUSED, cast.by.user, kit.now(), kit.redactor.value(asked))


async def _repeated(kit: Kit, tx: Tx, cast: Cast, sentence: str) -> VoteResult:
    """Answer a repeated delivery as its first one was answered; it changes nothing."""
    action = await tx.actions.get(cast.action_id)
    approval = await tx.approvals.get(action.approval_id) if action and action.approval_id else None
    counted = approval is not None and any(one.by == cast.by.user for one in approval.votes)
    return VoteResult(
        accepted=counted, sentence=kit.say("vote-repeated") if counted else sentence, action=action
    )


def _seen(cast: Cast) -> str:
    return f"vote:{cast.key}"
