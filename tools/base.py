"""What a read of the outside world is: a name, bounded parameters, and one method that returns a Reading."""

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.noun import Utc

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


def window_of(params: WindowParams, now: datetime) -> Window:
    """Return the window that the parameters ask for; it never ends in the future."""
    end = min(params.end or now, now)
    return Window(start=end - timedelta(minutes=params.minutes), end=end)


def nothing(query: str, summary: str, window: Window | None = None, link: str | None = None) -> Reading:
    """Return the reading of a look that found nothing."""
    return Reading(status=EvidenceStatus.NO_DATA, query=query, summary=summary, window=window, link=link)
