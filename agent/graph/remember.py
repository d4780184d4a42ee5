"""Keeps what an ended incident was about, so that a similar one can find it."""

from agent.lifecycle.view import words_of
from agent.ports.store import Tx


async def remember(tx: Tx, incident_id: str) -> bool:
    """Store title, words and cause of an incident that has ended; say whether there was anything to store."""
    incident = await tx.incidents.get(incident_id)
    if incident is None or incident.status.open:
        return False
    diagnosis = await tx.evidence.diagnosis(incident_id)
    cause = diagnosis.cause.claim if diagnosis and diagnosis.cause else None
    names = {record.alert.name for record in await tx.alerts.of_incident(incident_id)}
    await tx.memory.remember(incident, cause, words_of(incident, names))
    return True
