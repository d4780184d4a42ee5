"""Keeps what an ended incident was about, so that a similar one can find it."""

from agent.lifecycle.memory import remember as remember_incident
from agent.ports.store import Tx


async def remember(tx: Tx, incident_id: str) -> bool:
    """Store what an incident that has ended was about; say whether there was anything to store."""
    incident = await tx.incidents.get(incident_id)
    if incident is None or incident.status.open:
        return False
    await remember_incident(tx, incident)
    return True
