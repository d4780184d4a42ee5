"""A release that reached production, and what was seen of it before and after."""

from enum import StrEnum
from typing import Literal

from agent.domain.noun import Noun, Utc
from agent.domain.record import Record


class DeploymentState(StrEnum):
    """How the roll-out itself went, and what the watch after it said."""

    STARTED = "started"
    FAILED = "failed"
    WATCHING = "watching"
    REGRESSION = "regression"
    ALL_CLEAR = "all_clear"
    INCONCLUSIVE = "inconclusive"


class Contrast(Noun):
    """One signal before and after; `worse` is None when there was too little to tell. Units are the signal's own."""

    signal: str
    unit: str
    before: float | None = None
    after: float | None = None
    worse: bool | None = None
    because: str = ""
    evidence_ids: tuple[str, ...] = ()


class Deployment(Record):
    """One release of a service; `id` is made of source and the source's own id, so that a repeat is the same one.

    `at` is when it began; `finished_at` starts the watch, which ends at `watch_until`. `was` are the image, version
    and revision before, as far as they are known. `actor` and texts come from outside: they are data.
    """

    source: Literal["generic", "github", "argocd", "kubernetes"]
    service: str
    environment: str
    namespace: str = ""
    workload: str = ""
    revision: str = ""
    image: str = ""
    release: str = ""
    commit: str = ""
    actor: str = ""
    title: str = ""
    url: str = ""
    was_image: str = ""
    was_release: str = ""
    was_revision: str = ""
    state: DeploymentState = DeploymentState.STARTED
    finished_at: Utc | None = None
    watch_until: Utc | None = None
    contrasts: tuple[Contrast, ...] = ()
    because: str = ""
    ended_at: Utc | None = None

    @property
    def subject(self) -> str:
        """Return the service."""
        return self.service
