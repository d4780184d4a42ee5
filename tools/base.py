"""What a read and a write of the outside world are: a name, bounded parameters, and what can be done with them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agent.domain.action import Plan, Risk
from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.noun import Json, Noun, Utc

WEEK_MINUTES = 7 * 24 * 60
DAY_MINUTES = 24 * 60


def _plain(value: str) -> str:
    if not value.isprintable():
        raise ValueError("control characters are not allowed")
    return value.strip()


Name = Annotated[str, Field(min_length=1, max_length=253), AfterValidator(_plain)]
"""A service, namespace, pod or label value: printable, at most 253 characters."""

SearchText = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_plain)]
"""Text to look for in logs; data, never query syntax."""


class Params(BaseModel):
    """The parameters of a read; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WindowParams(Params):
    """Parameters of a read that looks back over time; `end` is now when it is left out."""

    minutes: int = Field(default=30, ge=1, le=WEEK_MINUTES, description="how far to look back")
    end: Utc | None = Field(default=None, description="end of the window; now when left out")


class Read(Protocol):
    """One named look at the world; it may raise any BackendError or BadInput."""

    name: ClassVar[str]
    backend: ClassVar[str]
    description: ClassVar[str]
    params: ClassVar[type[Params]]

    async def run(self, params: Any, now: datetime) -> Reading:
        """Look, and say what was seen; `params` is an instance of this read's own Params."""
        ...


class Happened(StrEnum):
    """Whether an effect with a certain key has happened, as far as the world can tell."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Applied(Noun):
    """What came of an effect: a sentence for people, and facts that the undo or the check need later."""

    detail: str
    facts: dict[str, Json] = Field(default_factory=dict)


class CheckState(StrEnum):
    """Whether the effect has arrived: a rollout takes time and may fail."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Check(Noun):
    """How far an effect has come; `progress` is a count such as (1, 3) pods, `detail` a sentence for people."""

    state: CheckState
    detail: str = ""
    progress: tuple[int, int] | None = None


class Write(Protocol):
    """One catalogued change of the world.

    `key` is the action's id; a write leaves it in the world in the same step as its effect (an annotation, a marker),
    so that `happened` can tell after a crash whether the effect took place. `description` is one English sentence;
    the words `action-NAME` (title, filled by Plan.args) and `action-NAME-what` stand in the message catalogues.
    All methods may raise a BackendError, NotFound, BadInput or Conflict; none of them changes the world but `apply`
    and `undo`, each by one atomic request wherever the backend allows it.
    """

    name: ClassVar[str]
    backend: ClassVar[str]
    description: ClassVar[str]
    params: ClassVar[type[Params]]
    risk: ClassVar[Risk]
    reversible: ClassVar[bool]
    timeout_seconds: ClassVar[float]

    async def plan(self, params: Any, now: datetime) -> Plan:
        """Look at the target and say what exactly would change, tried by a server-side dry run where there is one."""
        ...

    async def apply(self, params: Any, plan: Plan, key: str) -> Applied:
        """Do it, unless the target is no longer at `plan.target.version` (then Conflict). Never waits for its end."""
        ...

    async def happened(self, params: Any, plan: Plan, key: str) -> Happened:
        """Say whether `apply` with this key took effect; `unknown` whenever that cannot be proved."""
        ...

    async def check(self, params: Any, plan: Plan, key: str) -> Check:
        """Say how far the effect has come."""
        ...

    async def undo(self, params: Any, plan: Plan, key: str) -> Applied:
        """Put back what `plan.before` captured, where nobody else has changed it since (then Conflict).

        `key` is the undo's own; a write that cannot be taken back raises BadInput with the reason.
        """
        ...

    async def undone(self, params: Any, plan: Plan, key: str) -> Happened:
        """Say whether `undo` with this key took effect."""
        ...

    async def undo_check(self, params: Any, plan: Plan, key: str) -> Check:
        """Say how far the undo has come."""
        ...


def window_of(params: WindowParams, now: datetime) -> Window:
    """Return the window that the parameters ask for; it never ends in the future."""
    end = min(params.end or now, now)
    return Window(start=end - timedelta(minutes=params.minutes), end=end)


def nothing(query: str, summary: str, window: Window | None = None, link: str | None = None) -> Reading:
    """Return the reading of a look that found nothing."""
    return Reading(status=EvidenceStatus.NO_DATA, query=query, summary=summary, window=window, link=link)
