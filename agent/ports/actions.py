"""What is remembered of actions, approvals, the ledger of effects, recoveries, freezes and the audit chain."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditEvent, AuditKind
from agent.domain.decision import Approval, Limit
from agent.domain.noun import Json, Noun, Utc
from agent.domain.recovery import Freeze, RecoveryRun, StopSwitch


class Actions(Protocol):
    """Actions, saved with optimistic versions."""

    async def next_number(self) -> int:
        """Return the next free action number."""
        ...

    async def create(self, action: Action) -> None:
        """Store a new action."""
        ...

    async def get(self, action_id: str) -> Action | None:
        """Return an action by id."""
        ...

    async def by_number(self, number: int) -> Action | None:
        """Return an action by its number."""
        ...

    async def of_incident(self, incident_id: str) -> list[Action]:
        """Return an incident's actions, oldest first."""
        ...

    async def in_states(self, states: Sequence[ActionState], limit: int = 200) -> list[Action]:
        """Return the actions in these states, oldest first."""
        ...

    async def recent(self, limit: int) -> list[Action]:
        """Return the newest actions."""
        ...

    async def of_name(self, name: str, since: datetime, limit: int = 1000) -> list[Action]:
        """Return the newest actions of a name that were asked for at or after a time."""
        ...

    async def save(self, action: Action) -> Action:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        ...


class Approvals(Protocol):
    """Approvals, changed by compare-and-set."""

    async def create(self, approval: Approval) -> None:
        """Store a new approval."""
        ...

    async def get(self, approval_id: str) -> Approval | None:
        """Return an approval."""
        ...

    async def waiting(self) -> list[Approval]:
        """Return open approvals, the first to expire first."""
        ...

    async def save(self, approval: Approval) -> Approval:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        ...


class LedgerState(StrEnum):
    """`executing` holds a lease; `done` and `failed` are final; `unknown` waits for a person."""

    EXECUTING = "executing"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class LedgerEntry(Noun):
    """One effect: `key` is `apply:INCIDENT:DIGEST` or `undo:ACTION_ID`, `owner` the process that holds the lease."""

    key: str
    action_id: str
    action: str
    incident_id: str | None
    target: str
    state: LedgerState
    owner: str
    lease_until: Utc
    reserved_at: Utc
    ended_at: Utc | None = None
    attempt: int = 1
    result: str = ""


class Ledger(Protocol):
    """The only record of effects: a row exists before an effect begins, and tells for ever how it ended."""

    async def reserve(self, entry: LedgerEntry, limits: Sequence[Limit]) -> LedgerEntry:
        """Insert a new entry, or return the one that has this key already; raises NotPermitted when a limit is used up
        and Conflict when another effect holds the target."""
        ...

    async def take_over(
        self, key: str, owner: str, now: datetime, lease_until: datetime
    ) -> LedgerEntry | None:
        """Take an `executing` entry whose lease is over (or that is ours already) by compare-and-set; None when
        somebody else holds it or it has ended. `attempt` grows by one."""
        ...

    async def extend(self, key: str, owner: str, lease_until: datetime) -> bool:
        """Lengthen our lease; False when it is no longer ours."""
        ...

    async def finish(self, key: str, owner: str, state: LedgerState, at: datetime, result: str) -> bool:
        """Record the end if the lease is still ours; False when it is not."""
        ...

    async def get(self, key: str) -> LedgerEntry | None:
        """Return an entry."""
        ...

    async def settle(self, key: str, state: LedgerState, at: datetime, result: str) -> bool:
        """Record what a person said of an `unknown` entry."""
        ...


class Recoveries(Protocol):
    """Runs of recoveries, saved with optimistic versions."""

    async def create(self, run: RecoveryRun) -> None:
        """Store a new run; raises Conflict when this incident has a run of this recovery already."""
        ...

    async def get(self, run_id: str) -> RecoveryRun | None:
        """Return a run."""
        ...

    async def of_incident(self, incident_id: str) -> list[RecoveryRun]:
        """Return an incident's runs, oldest first."""
        ...

    async def running(self) -> list[RecoveryRun]:
        """Return the runs that have not ended."""
        ...

    async def save(self, run: RecoveryRun) -> RecoveryRun:
        """Store a change if `version` is still current and return it with the next version; else Conflict."""
        ...


class Brakes(Protocol):
    """Freezes that people declared, and the stop switch."""

    async def freeze(self, freeze: Freeze) -> None:
        """Store a freeze (replaces the same id)."""
        ...

    async def freezes(self, now: datetime) -> list[Freeze]:
        """Return the freezes that hold now, not lifted."""
        ...

    async def switch(self) -> StopSwitch:
        """Return the stop switch."""
        ...

    async def throw(self, switch: StopSwitch) -> None:
        """Store the stop switch."""
        ...


class Audit(Protocol):
    """The audit chain; entries are only ever added."""

    async def append(
        self,
        kind: AuditKind,
        actor: str,
        at: datetime,
        data: dict[str, Json],
        *,
        incident_id: str | None = None,
        action_id: str | None = None,
    ) -> AuditEvent:
        """Add an entry and return it with its digest."""
        ...

    async def page(self, after: int, limit: int) -> list[AuditEvent]:
        """Return entries with a greater `seq`, in order."""
        ...

    async def of_incident(self, incident_id: str) -> list[AuditEvent]:
        """Return an incident's entries in order."""
        ...

    async def head(self) -> tuple[int, str]:
        """Return the remembered length and last digest, kept beside the chain so that a cut-off end shows."""
        ...
