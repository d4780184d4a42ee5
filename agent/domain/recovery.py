"""What is remembered while a recovery runs, and what holds every action back: freezes and the stop switch."""

from enum import StrEnum

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc


class Freeze(Noun):
    """A person's freeze: actions in `environment` (all when empty) meet the freeze rules until it ends or is lifted."""

    id: str
    environment: str = ""
    since: Utc
    until: Utc
    by: str
    reason: str
    lifted_at: Utc | None = None
    lifted_by: str | None = None


class StopSwitch(Noun):
    """While `stopped`, nothing queued begins and nothing that failed is tried again."""

    stopped: bool = False
    by: str = ""
    reason: str = ""
    at: Utc | None = None


class StepState(StrEnum):
    """Where one step of a recovery stands."""

    PENDING = "pending"
    ACTING = "acting"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


class StepRun(Noun):
    """One step; `action_id` when it is an action, `why` says in a sentence why it ended as it did."""

    name: str
    state: StepState = StepState.PENDING
    action_id: str | None = None
    why: str = ""


class RecoveryState(StrEnum):
    """Where a whole recovery stands; `rolling_back` takes its actions back once things are normal again."""

    RUNNING = "running"
    ROLLING_BACK = "rolling_back"
    SUCCEEDED = "succeeded"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Say whether nothing more happens."""
        return self in (RecoveryState.SUCCEEDED, RecoveryState.STOPPED, RecoveryState.FAILED)


class RecoveryRun(Noun):
    """One run of a recovery of policies/recovery for one incident; `facts` are what its parameters are made of.

    `titles` hold what it is called, by language; runs that were stored before have none. `opening` counts how often the
    incident has been opened so far: 1, or more when it was reopened.
    """

    id: str
    recovery: str
    titles: dict[str, str] = Field(default_factory=dict)
    incident_id: str
    opening: int = 1
    policy_digest: str
    state: RecoveryState = RecoveryState.RUNNING
    steps: tuple[StepRun, ...]
    facts: dict[str, Json] = Field(default_factory=dict)
    started_at: Utc
    ended_at: Utc | None = None
    why: str = ""
    version: int = 1
