"""The jobs that intake gives out, by kind."""

from datetime import datetime

from agent.domain.incident import Incident
from agent.ports.jobs import Job

PROCESS = "intake.process"
SETTLE = "incident.settle"
INVESTIGATE = "incident.investigate"


def processing(inbox_id: int) -> Job:
    """Return the job that works off the waiting deliveries in order; one job does for all that wait."""
    return Job(
        kind=PROCESS,
        payload={"inbox_id": inbox_id},
        group_key="intake",
        dedupe_key="intake",
        priority=0,
        # It fails only at a delivery that it then leaves to a job of its own, so it always gets further.
        max_attempts=10_000,
    )


def processing_alone(inbox_id: int) -> Job:
    """Return the job for a delivery that failed among others."""
    return Job(
        kind=PROCESS,
        payload={"inbox_id": inbox_id, "alone": True},
        group_key="intake",
        dedupe_key=f"intake:{inbox_id}",
        priority=1,
    )


def investigation(incident: Incident, run_at: datetime | None = None) -> Job:
    """Return the job that investigates an incident; while one waits, more of them fold into it."""
    return Job(
        kind=INVESTIGATE,
        payload={"incident_id": incident.id},
        group_key=incident.id,
        dedupe_key=f"investigate:{incident.id}",
        priority=incident.priority.rank,
        run_at=run_at,
    )


def settling(incident_id: str, run_at: datetime) -> Job:
    """Return the job that ends a flapping incident once it was quiet for long enough."""
    return Job(
        kind=SETTLE,
        payload={"incident_id": incident_id},
        group_key="intake",
        dedupe_key=f"settle:{incident_id}",
        priority=3,
        run_at=run_at,
    )
