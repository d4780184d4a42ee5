"""The job that keeps an incident's own channel as it should be."""

from datetime import datetime

from agent.ports.jobs import Job

KEEP = "room.keep"


def keeping(incident_id: str, *, by: str = "ops-monitor", run_at: datetime | None = None) -> Job:
    """Return the job that opens an incident's channel or brings it up to date; while one waits, more fold into it."""
    return Job(
        kind=KEEP,
        payload={"incident_id": incident_id, "by": by},
        group_key=f"room:{incident_id}",
        dedupe_key=f"room:{incident_id}",
        priority=1,
        run_at=run_at,
    )
