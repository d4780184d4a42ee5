"""The check that the night's alerts are handled: every incident since the last look, and which has no answer."""

from datetime import datetime, timedelta

from agent.domain.checklist import ItemState, Said
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.operations.checks.engine import CheckKit, Outcome
from agent.operations.checks.words import open_title
from agent.policy.check_params import AlertsHandled

_MOST = 10
_MOST_READ = 1_000
_LONGEST = timedelta(days=8)


class AlertsCheck:
    """Incidents that began since another checklist (such as last evening's) was due, and those still open."""

    name = "alerts_handled"

    async def run(self, kit: CheckKit, params: AlertsHandled) -> Outcome:
        """Look at the store's incidents; an open one that nobody has taken needs somebody."""
        since, now = _since(kit, params), kit.clock.now()
        async with kit.store.read() as tx:
            recent = [one for one in await tx.incidents.recent(_MOST_READ) if _began(one) >= since]
            older = [one for one in await tx.incidents.open() if _began(one) < since]
        found = [*sorted(older, key=_began), *sorted(recent, key=_began)]
        args: dict[str, Json] = {"since": {"at": since.isoformat()}}
        if not found:
            return Outcome(ItemState.OK, "check-alerts-none", args)
        unanswered = [one for one in found if one.status.open and one.acknowledged_by is None]
        handled = [one for one in found if one not in unanswered]
        lines = tuple(_line(one, now) for one in (*unanswered, *handled)[:_MOST])
        if unanswered:
            counts: dict[str, Json] = {"count": len(unanswered), "total": len(found)}
            service = next((one.service for one in unanswered if not one.category), "")
            return Outcome(
                ItemState.ATTENTION, "check-alerts-unanswered", args | counts, lines, service=service
            )
        return Outcome(ItemState.OK, "check-alerts-handled", args | {"count": len(found)}, lines)


def _since(kit: CheckKit, params: AlertsHandled) -> datetime:
    other = next((one for one in kit.policies.checks if one.name == params.since), None)
    last = other.times.last(kit.due_at - _LONGEST, kit.due_at) if other is not None else None
    return last or kit.since


def _began(incident: Incident) -> datetime:
    return incident.times.reopened_at or incident.times.opened_at


def _line(incident: Incident, now: datetime) -> Said:
    args: dict[str, Json] = {
        "name": incident.name,
        "priority": incident.priority.value,
        "title": open_title(incident),
    }
    ended = incident.times.resolved_at or incident.times.closed_at
    if not incident.status.open:
        lasted = ((ended or now) - incident.times.started_at).total_seconds()
        return Said(message="check-incident-over", args=args | {"lasted": {"seconds": lasted}})
    if incident.acknowledged_by is not None:
        return Said(message="check-incident-held", args=args | {"who": {"person": incident.acknowledged_by}})
    age = (now - _began(incident)).total_seconds()
    return Said(message="check-incident-unanswered", args=args | {"age": {"seconds": age}})
