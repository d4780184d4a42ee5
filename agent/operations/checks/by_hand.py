"""A checklist that somebody runs beside its schedule: today's own message again, or a new one where today has none."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.domain.checklist import Checklist, ChecklistState
from agent.operations.checks.beginning import KNOWN, CheckDesk, begin
from agent.operations.checks.deeds import again, meant
from agent.policy.checks_schedule import ChecklistPolicy
from agent.ports.store import Tx


@dataclass(frozen=True, slots=True)
class ByHand:
    """Which occurrence somebody's wish came to, and whether it was there before."""

    checklist: Checklist
    there: bool


async def run_by_hand(desk: CheckDesk, tx: Tx, policy: ChecklistPolicy, *, by: str) -> ByHand | None:
    """Look at today's occurrence again, or begin one where today has none; one that runs just goes on.

    None when one began at this very moment and is over already.
    """
    now = desk.clock.now()
    today = await _of_today(tx, policy, now)
    if today is None:
        begun = await begin(desk, tx, policy, now, asked_by=by)
        return ByHand(begun, there=False) if begun is not None else None
    looks = any(one.check and meant(one, None) for one in today.items)
    if today.state is ChecklistState.RUNNING or not looks:
        return ByHand(today, there=True)
    return ByHand(await again(desk, tx, today.id, None, by=by), there=True)


async def _of_today(tx: Tx, policy: ChecklistPolicy, now: datetime) -> Checklist | None:
    """Return the newest occurrence of this day on the policy's own clock, unless its items are no longer the policy's."""
    zone = ZoneInfo(policy.zone)
    known = await tx.checklists.of_subject(policy.name, KNOWN)
    last = next((one for one in known if one.state is not ChecklistState.MISSED), None)
    if last is None or last.state is ChecklistState.LEFT:
        return None
    if last.due_at.astimezone(zone).date() != now.astimezone(zone).date():
        return None
    wanted = [(one.id, one.check or "") for one in policy.items]
    return last if [(one.id, one.check) for one in last.items] == wanted else None
