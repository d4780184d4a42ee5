"""What holds everything back: freezes that people declare, and the stop switch."""

import hashlib
from datetime import datetime, timedelta

from agent.domain.action import ActionState
from agent.domain.audit import AuditKind
from agent.domain.decision import ApprovalState
from agent.domain.noun import Json
from agent.domain.recovery import Freeze, StopSwitch
from agent.domain.timeline import TimelineKind
from agent.errors import BadInput
from agent.execution.guards import demand_person
from agent.execution.kit import Kit
from agent.execution.report import close_approval, move, plain_reason, show
from agent.ports.recovery import Principal
from agent.ports.store import Tx

_LONGEST_FREEZE = timedelta(days=14)
_LONGEST_REASON = 300


async def freeze(kit: Kit, by: Principal, until: datetime, reason: str, key: str) -> Freeze:
    """Declare a freeze for the bot's environment, at most 14 days; a repeat of the delivery returns the first one."""
    demand_person(kit, by)
    now = kit.now()
    if not now < until <= now + _LONGEST_FREEZE:
        raise BadInput(kit.say("freeze-until"), field="until")
    declared = Freeze(
        id=hashlib.sha256(f"freeze:{key}".encode()).hexdigest()[:32],
        environment=kit.environment,
        since=now,
        until=until,
        by=by.user,
        reason=_reason(kit, reason),
    )
    async with kit.store.write() as tx:
        if not await tx.seen.first_time(f"freeze:{key}", now):
            held = {one.id: one for one in await tx.brakes.freezes(now)}
            return held.get(declared.id, declared)
        await tx.brakes.freeze(declared)
        data: dict[str, Json] = {"until": until.isoformat(), "reason": declared.reason}
        await _audit(kit, tx, AuditKind.FROZEN, by, data)
        await _redraw(kit, tx)
    return declared


async def thaw(kit: Kit, by: Principal, key: str) -> tuple[Freeze, ...]:
    """Lift every freeze that people declared for this environment; return them."""
    demand_person(kit, by)
    async with kit.store.write() as tx:
        if not await tx.seen.first_time(f"thaw:{key}", kit.now()):
            return ()
        held = [one for one in await tx.brakes.freezes(kit.now()) if one.environment in ("", kit.environment)]
        lifted = [one.model_copy(update={"lifted_at": kit.now(), "lifted_by": by.user}) for one in held]
        for one in lifted:
            await tx.brakes.freeze(one)
        if lifted:
            await _audit(kit, tx, AuditKind.THAWED, by, {"freezes": [one.id for one in lifted]})
            await _redraw(kit, tx)
    return tuple(lifted)


async def stop(kit: Kit, by: Principal, reason: str, key: str) -> StopSwitch:
    """Throw the stop switch and call off what is queued; what has begun is followed up but never begun again."""
    demand_person(kit, by)
    why = _reason(kit, reason)
    async with kit.store.write() as tx:
        current = await tx.brakes.switch()
        if not await tx.seen.first_time(f"stop:{key}", kit.now()):
            return current
        switch = StopSwitch(stopped=True, by=by.user, reason=why, at=kit.now())
        await tx.brakes.throw(switch)
        await _audit(kit, tx, AuditKind.STOPPED, by, {"reason": why})
        for action in await tx.actions.in_states((ActionState.QUEUED,), 1000):
            await close_approval(tx, action, ApprovalState.VOID)
            change = {
                "state": ActionState.CANCELLED,
                "outcome": "stopped",
                "detail": kit.say("guarded-stopped"),
            }
            await move(kit, tx, action, change, AuditKind.CANCELLED, TimelineKind.ACTION_ENDED, by=by.user)
        await _redraw(kit, tx)
    return switch


async def resume(kit: Kit, by: Principal, key: str) -> StopSwitch:
    """Release the stop switch; what was called off stays so."""
    demand_person(kit, by)
    async with kit.store.write() as tx:
        current = await tx.brakes.switch()
        if not await tx.seen.first_time(f"resume:{key}", kit.now()) or not current.stopped:
            return current
        released = StopSwitch(stopped=False, by=by.user, at=kit.now())
        await tx.brakes.throw(released)
        await _audit(kit, tx, AuditKind.RESUMED, by, {})
        await _redraw(kit, tx)
    return released


def _reason(kit: Kit, reason: str) -> str:
    # It is stored, shown on every card and part of every decision, so it goes through the same sieve as they do.
    words = plain_reason(kit, reason)[:_LONGEST_REASON]
    if not words:
        raise BadInput(kit.say("brake-needs-reason"), field="reason")
    return words


async def _audit(kit: Kit, tx: Tx, kind: AuditKind, by: Principal, data: dict[str, Json]) -> None:
    entry = kit.redactor.value({"environment": kit.environment, **data})
    await tx.audit.append(kind, by.user, kit.now(), entry)


async def _redraw(kit: Kit, tx: Tx) -> None:
    """Show the cards anew on which somebody could still click."""
    for action in await tx.actions.in_states((ActionState.SUGGESTED, ActionState.WAITING)):
        await show(kit, tx, action)
