"""A release that reached production, and what was seen of it before and after."""

from enum import StrEnum
from typing import Literal

from agent.domain.noun import Noun, Utc
from agent.domain.record import Record
from agent.domain.results import PictureResult

RELEASE = "release:"
"""With a release's id behind it: what evidence that belongs to no incident says instead of one."""
TOLD = "releases.told"
"""What evidence is called that was made of stored releases: what pipelines told, and not what a backend was asked."""
Source = Literal["generic", "github", "argocd", "kubernetes"]


class DeploymentSignal(Noun):
    """What a sender said of one release; `key` is the sender's own id of it, empty texts are what it did not say.

    `told_at` is when it arrived; times that lie later than that are wrong clocks.
    """

    source: Source
    key: str
    status: Literal["planned", "started", "succeeded", "failed"]
    service: str
    environment: str = ""
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
    was_revision: str = ""
    started_at: Utc | None = None
    finished_at: Utc | None = None
    told_at: Utc


class DeploymentState(StrEnum):
    """How the roll-out itself went, and what the watch after it said; `own` is an action of the bot's, which is judged
    by its own verification."""

    STARTED = "started"
    FAILED = "failed"
    WATCHING = "watching"
    REGRESSION = "regression"
    ALL_CLEAR = "all_clear"
    INCONCLUSIVE = "inconclusive"
    OWN = "own"


class Contrast(Noun):
    """One signal before and after; `worse` is None when there was too little to tell. Units are the signal's own.

    `because` is a code of the words `release-because-CODE`, empty when there is nothing to add.
    """

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
    and revision before, as far as they are known. `actor` and texts come from outside: they are data. `signals` are the
    ids under which other senders told of the same release; `because` is a code of the words `release-because-CODE`.
    `budget_left` (0 to 1) is what was left of the service's error budget when it finished.
    """

    source: Source
    signals: tuple[str, ...] = ()
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
    budget_left: float | None = None
    chart: PictureResult | None = None
    ended_at: Utc | None = None

    @property
    def spoken(self) -> str:
        """Return what people call the release: its name, else its image's tag, its commit, or its revision.

        A roll-out that kept its image changed settings: there the revision tells it from the one before.
        """
        name, _, digest = self.image.partition("@")
        tag = name.rpartition("/")[2].partition(":")[2]
        found = self.release or tag or self.commit[:10] or digest[7:19]
        revision = f"#{self.revision}" if self.revision else ""
        same = not self.release and self.image == self.was_image
        return f"{found} {revision}".strip() if same else found or revision

    @property
    def subject(self) -> str:
        """Return the service."""
        return self.service


class PlanState(StrEnum):
    """Whether a planned release is still to come, has begun, or was called off."""

    PLANNED = "planned"
    BEGUN = "begun"
    DROPPED = "dropped"


class PlannedRelease(Record):
    """A release that a pipeline announced; `at` is when it is to begin, `id` is that of the release it becomes."""

    service: str
    environment: str
    release: str = ""
    actor: str = ""
    state: PlanState = PlanState.PLANNED

    @property
    def subject(self) -> str:
        """Return the service."""
        return self.service
