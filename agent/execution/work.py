"""The jobs of guarded recovery, by kind."""

from dataclasses import dataclass
from datetime import datetime

from agent.domain.action import Action
from agent.domain.noun import Json
from agent.ports.jobs import Job

ACTION_ADVANCE = "action.advance"
ACTION_EXPIRE = "action.expire"
ACTION_UNDO = "action.undo"
RECOVERY_ADVANCE = "recovery.advance"
RECOVERY_CONSIDER = "recovery.consider"

# The steps are safe to repeat, and giving one up would leave an effect that nobody looks after.
_NEVER_GIVE_UP = 10_000


@dataclass(frozen=True, slots=True)
class Phase:
    """What a step needs to know of the ones before it: when its phase began, and how many looks in a row were good."""

    action_id: str
    since: datetime | None
    better: int


def phase_of(payload: dict[str, Json]) -> Phase:
    """Return the phase that a job's payload holds."""
    since, better = payload.get("since"), payload.get("better")
    return Phase(
        action_id=str(payload["action_id"]),
        since=datetime.fromisoformat(since) if isinstance(since, str) else None,
        better=better if isinstance(better, int) else 0,
    )


def advance(
    action: Action, run_at: datetime | None = None, *, since: datetime | None = None, better: int = 0
) -> Job:
    """Return the job that moves an action one step on; steps on the same target never overlap.

    `since` is when its verification began and `better` how many looks in a row have been good.
    """
    return Job(
        kind=ACTION_ADVANCE,
        payload={
            "action_id": action.id,
            "since": since.isoformat() if since else None,
            "better": better,
        },
        group_key=_target(action),
        dedupe_key=f"advance:{action.id}",
        priority=0,
        run_at=run_at,
        max_attempts=_NEVER_GIVE_UP,
    )


def expiry(action: Action, run_at: datetime) -> Job:
    """Return the job that ends an approval whose time is over."""
    return Job(
        kind=ACTION_EXPIRE,
        payload={"action_id": action.id},
        dedupe_key=f"expire:{action.id}",
        priority=1,
        run_at=run_at,
        max_attempts=_NEVER_GIVE_UP,
    )


def timed_undo(action: Action, run_at: datetime) -> Job:
    """Return the job that takes an action back when its time is over."""
    return Job(
        kind=ACTION_UNDO,
        payload={"action_id": action.id},
        group_key=_target(action),
        dedupe_key=f"undo:{action.id}",
        priority=1,
        run_at=run_at,
        max_attempts=_NEVER_GIVE_UP,
    )


def recovery_advance(run_id: str, run_at: datetime | None = None) -> Job:
    """Return the job that moves a recovery one step on."""
    return Job(
        kind=RECOVERY_ADVANCE,
        payload={"run_id": run_id},
        group_key=f"recovery:{run_id}",
        dedupe_key=f"recovery:{run_id}",
        priority=1,
        run_at=run_at,
        max_attempts=_NEVER_GIVE_UP,
    )


def recovery_consider(incident_id: str) -> Job:
    """Return the job that looks for a recovery for an incident."""
    return Job(
        kind=RECOVERY_CONSIDER,
        payload={"incident_id": incident_id},
        group_key=f"consider:{incident_id}",
        dedupe_key=f"consider:{incident_id}",
        priority=1,
    )


def _target(action: Action) -> str:
    return f"target:{action.plan.target.key}"
