"""One incident as a whole, gathered in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.alert import AlertRecord
from agent.domain.view import MOST_ALERTS, IncidentView
from agent.lifecycle.memory import similar_incidents
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.store import Tx

# More than one investigation reads; an incident that lives for days has thousands.
_EVIDENCE = 200


async def load_view(tx: Tx, incident_id: str, policies: Policies, now: datetime) -> IncidentView | None:
    """Return everything a renderer may show of an incident, or None when there is no such incident."""
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        return None
    diagnosis = await tx.evidence.diagnosis(incident_id)
    alerts = await tx.alerts.of_incident(incident_id, most=MOST_ALERTS)
    more, firing = await _left_out(tx, incident_id, alerts)
    actions = await tx.actions.of_incident(incident_id)
    approvals = [await tx.approvals.get(action.approval_id) for action in actions if action.approval_id]
    view = IncidentView(
        incident=incident,
        route=route_incident(policies, incident),
        alerts=tuple(alerts),
        more_alerts=more,
        more_firing=firing,
        evidence=tuple(await tx.evidence.of_incident(incident_id, newest=_EVIDENCE)),
        diagnosis=diagnosis,
        timeline=tuple(await tx.timeline.of(incident_id)),
        feedback=tuple(await tx.feedback.of_incident(incident_id)),
        actions=tuple(actions),
        approvals=tuple(approval for approval in approvals if approval is not None),
        recoveries=tuple(await tx.recoveries.of_incident(incident_id)),
        tasks=tuple(await tx.tasks.of_incident(incident_id)),
        pages=tuple(await tx.pages.of_incident(incident_id)),
        updates=tuple(await tx.updates.of_incident(incident_id)),
        handoffs=tuple(await tx.handoffs.of_incident(incident_id)),
        investigating=diagnosis is None and incident.status.open,
        as_of=now,
    )
    return view.model_copy(update={"similar": await similar_incidents(tx, view)})


async def _left_out(tx: Tx, incident_id: str, shown: Sequence[AlertRecord]) -> tuple[int, int]:
    """Count the alerts of a huge incident that are not among these, and those of them that fire."""
    if len(shown) < MOST_ALERTS:
        return 0, 0
    tallies = await tx.alerts.tallies([incident_id])
    firing = sum(record.alert.firing for record in shown)
    return sum(t.total for t in tallies) - len(shown), sum(t.firing for t in tallies) - firing
