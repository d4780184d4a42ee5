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
class Looks:
    """How many looks in a row were good, or bad, or saw something bad that was rising."""

    better: int = 0
    worse: int = 0
    rising: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """What a step needs to know of the ones before it: when its phase began, and how the latest looks went."""

    action_id: str
    since: datetime | None
    looks: Looks


NO_LOOKS = Looks()


def phase_of(payload: dict[str, Json]) -> Phase:
    """Return the phase that a job's payload holds."""
    since = payload.get("since")
    return Phase(
        action_id=str(payload["action_id"]),
        since=datetime.fromisoformat(since) if isinstance(since, str) else None,
        looks=Looks(*(_count(payload.get(name)) for name in ("better", "worse", "rising"))),
    )


def advance(
    action: Action, run_at: datetime | None = None, *, since: datetime | None = None, looks: Looks = NO_LOOKS
) -> Job:
    """Return the job that moves an action one step on; steps on the same target never overlap.

    `since` is when its verification began and `looks` how the latest of them went.
    """
    return Job(
        kind=ACTION_ADVANCE,
        payload={
            "action_id": action.id,
            "since": since.isoformat() if since else None,
            "better": looks.better,
            "worse": looks.worse,
            "rising": looks.rising,
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


def _count(value: Json) -> int:
    return value if isinstance(value, int) else 0
