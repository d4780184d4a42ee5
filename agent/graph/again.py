"""A later look at an incident whose backends failed the last one, so that its card fills up by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta

from agent.domain.evidence import EvidenceStatus
from agent.domain.noun import Json
from agent.intake.work import investigation
from agent.ports.jobs import Jobs
from agent.ports.store import Tx

FIRST_PAUSE = timedelta(seconds=15)
MOST_LOOKS = 5
_LAST_RUN = 60


async def look_again(
    tx: Tx, jobs: Jobs, now: datetime, incident_id: str, looks: int, configured: Callable[[str], bool]
) -> bool:
    """Ask for another look, each time after twice the pause; say whether one is coming.

    Only a backend that `configured` knows can come back. `looks` counts the later looks so far.
    """
    incident = await tx.incidents.get(incident_id)
    diagnosis = await tx.evidence.diagnosis(incident_id)
    if looks >= MOST_LOOKS or incident is None or not incident.status.open:
        return False
    if diagnosis is None or not diagnosis.missing:
        return False
    seen = await tx.evidence.of_incident(incident_id, newest=_LAST_RUN)
    if not any(e.status is EvidenceStatus.ERROR and configured(e.backend) for e in seen):
        return False
    payload: dict[str, Json] = {"incident_id": incident_id, "looks": looks + 1}
    change = {"payload": payload, "dedupe_key": f"look-again:{incident_id}"}
    job = investigation(incident, now + FIRST_PAUSE * 2**looks).model_copy(update=change)
    await jobs.enqueue(tx, job)
    return True
