"""One incident as a whole, gathered in one transaction."""

from collections.abc import Iterable
from datetime import datetime

from agent.domain.incident import Incident
from agent.domain.view import IncidentView
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.store import Tx

_SIMILAR = 3
# More than one investigation reads; an incident that lives for days has thousands.
_EVIDENCE = 200


async def load_view(tx: Tx, incident_id: str, policies: Policies, now: datetime) -> IncidentView | None:
    """Return everything a renderer may show of an incident, or None when there is no such incident."""
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        return None
    diagnosis = await tx.evidence.diagnosis(incident_id)
    alerts = await tx.alerts.of_incident(incident_id)
    actions = await tx.actions.of_incident(incident_id)
    approvals = [await tx.approvals.get(action.approval_id) for action in actions if action.approval_id]
    words = words_of(incident, (record.alert.name for record in alerts))
    return IncidentView(
        incident=incident,
        route=route_incident(policies, incident),
        alerts=tuple(alerts),
        evidence=tuple(await tx.evidence.of_incident(incident_id, newest=_EVIDENCE)),
        diagnosis=diagnosis,
        timeline=tuple(await tx.timeline.of(incident_id)),
        similar=tuple(await tx.memory.similar(words, exclude=incident_id, limit=_SIMILAR)),
        actions=tuple(actions),
        approvals=tuple(approval for approval in approvals if approval is not None),
        recoveries=tuple(await tx.recoveries.of_incident(incident_id)),
        investigating=diagnosis is None and incident.status.open,
        as_of=now,
    )


def words_of(incident: Incident, alert_names: Iterable[str]) -> str:
    """Return the words by which an incident is remembered and looked for."""
    return " ".join((incident.title, incident.service, *sorted(set(alert_names))))
