"""An action: one catalogued change of the world, what exactly it would change, and how far it has come."""

import hashlib
import json
from enum import StrEnum

from pydantic import Field

from agent.domain.decision import Decision
from agent.domain.noun import Json, Noun, Utc


class Risk(StrEnum):
    """How much harm an action can do at worst, as its author judges it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Target(Noun):
    """What an action works on; `version` is a text that differs as soon as what matters for the action has changed.

    It is never the plain `resourceVersion`, which also changes with every status: a workload's is made of its
    generation, a pod's is its uid, a cache's is its server's run id.
    """

    kind: str
    name: str
    namespace: str = ""
    uid: str = ""
    version: str = ""

    @property
    def key(self) -> str:
        """Return the text under which actions on the same target are serialised."""
        return f"{self.kind}/{self.namespace}/{self.name}"


class FieldChange(Noun):
    """One line of the preview: a field, what it holds and what it would hold; None means absent."""

    path: str
    before: str | None = None
    after: str | None = None


class BlastRadius(Noun):
    """What an action touches: so many `unit` (pods, keys, queries …), which share (0 to 1) of the target's capacity,
    and which services; `share` is None where a share makes no sense."""

    count: int = 0
    unit: str = "pods"
    share: float | None = None
    services: tuple[str, ...] = ()


class Plan(Noun):
    """What a write would do now: seen on the target and tried by a server-side dry run where there is one.

    `facts` are attributes that policies may test (such as `replicas_after`); `before` is what an undo needs;
    `args` fill the message `action-NAME` of the catalogue of words.
    """

    target: Target
    changes: tuple[FieldChange, ...] = ()
    radius: BlastRadius = BlastRadius()
    reversible: bool
    seconds: float | None = None
    args: dict[str, str] = Field(default_factory=dict)
    facts: dict[str, Json] = Field(default_factory=dict)
    before: dict[str, Json] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class ActionState(StrEnum):
    """Where an action stands; see docs/recovery.md for the picture of the moves."""

    SUGGESTED = "suggested"
    FORBIDDEN = "forbidden"
    WAITING = "waiting"
    QUEUED = "queued"
    RUNNING = "running"
    VERIFYING = "verifying"
    SUCCEEDED = "succeeded"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    EXPIRED = "expired"
    STALE = "stale"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Say whether nothing more happens by itself; `unknown` waits for a person."""
        return self not in _MOVING

    @property
    def in_hand(self) -> bool:
        """Say whether the world is, or may be, changing because of it."""
        return self in (ActionState.RUNNING, ActionState.VERIFYING, ActionState.UNDOING)


_MOVING = frozenset(
    {
        ActionState.SUGGESTED,
        ActionState.WAITING,
        ActionState.QUEUED,
        ActionState.RUNNING,
        ActionState.VERIFYING,
        ActionState.UNDOING,
        ActionState.UNKNOWN,
    }
)


class ActionTimes(Noun):
    """When an action was asked for, decided, begun, applied and over; `undo_at` is when it is taken back by itself."""

    requested_at: Utc
    approved_at: Utc | None = None
    started_at: Utc | None = None
    applied_at: Utc | None = None
    ended_at: Utc | None = None
    undo_at: Utc | None = None
    last_seen_at: Utc | None = None


MODEL = "model"
"""The origin of a model's wish, which never runs without people."""
HANDOFF = "handoff:"
"""How the origin of a sub-agent's wish begins: it is an idea of the bot's own, as a recovery's is."""


class ActionRequest(Noun):
    """A wish for an action: its name in the catalogue, its parameters, who wants it and why.

    `origin` is `person`, `model`, `recovery:RUN_ID#STEP`, `handoff:ID` or `undo:ACTION_ID`. `expects` are entries of a
    plan's `before` without which the wish is void: what goes on from an earlier action must not overrule whoever changed
    the target since. `below` is the key of the message under which an action without an incident is shown.
    """

    name: str
    params: dict[str, Json] = Field(default_factory=dict)
    by: str
    incident_id: str | None = None
    origin: str = "person"
    reason: str = ""
    evidence_ids: tuple[str, ...] = ()
    expects: dict[str, Json] = Field(default_factory=dict)
    replaces: str | None = None
    undo_of: str | None = None
    below: str | None = None


class Action(Noun):
    """One action with its preview and decision; `digest` binds name, parameters and the target as it was seen.

    `number` is the handle people use (`A-7`); `progress` is a count such as (1, 3); `outcome` is a code of the words
    `action-outcome-CODE` and `detail` a sentence for people.
    """

    id: str
    number: int
    request: ActionRequest
    plan: Plan
    risk: Risk
    environment: str
    digest: str
    decision: Decision
    state: ActionState
    times: ActionTimes
    approval_id: str | None = None
    progress: tuple[int, int] | None = None
    outcome: str = ""
    detail: str = ""
    version: int = 1

    @property
    def handle(self) -> str:
        """Return what people call it, such as `A-7`."""
        return f"A-{self.number}"

    @property
    def name(self) -> str:
        """Return its name in the catalogue."""
        return self.request.name

    @property
    def incident_id(self) -> str | None:
        """Return the incident that it belongs to."""
        return self.request.incident_id


def action_digest(name: str, params: dict[str, Json], target: Target, environment: str) -> str:
    """Return the SHA-256 (hex) of the action's canonical form, with the version of its target."""
    body = json.dumps(
        [name, params, target.model_dump(mode="json"), environment], sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(body.encode()).hexdigest()
