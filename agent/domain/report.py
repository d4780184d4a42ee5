"""Reports that were written: which, over what time, and where they went."""

from enum import StrEnum
from typing import Literal

from agent.domain.noun import Noun, Utc
from agent.domain.record import Record
from agent.domain.results import PictureResult


class ReportKind(StrEnum):
    """Which report."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    SLA = "sla"


class ReportState(StrEnum):
    """Whether a report has been written and sent."""

    WANTED = "wanted"
    WRITTEN = "written"
    FAILED = "failed"


class ReportFile(Noun):
    """One file of a report that was written; its bytes are the blob of this SHA-256."""

    name: str
    media_type: str
    digest: str
    size: int


class Written(Record):
    """One report; its id is `NAME:PERIOD` such as `monthly:2026-10`, which is how it is sent once.

    `name` is its entry in reports.yaml; one that a person asked for has the request's key behind its id. `headline` and
    `figures` are plain lines for a short message; `why` says what went wrong last, `tries` how often.
    """

    kind: ReportKind
    name: str
    period: str
    zone: str
    language: Literal["en", "ko"]
    start: Utc
    end: Utc
    state: ReportState = ReportState.WANTED
    channels: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    forms: tuple[Literal["md", "pdf"], ...] = ("pdf",)
    asked_by: str | None = None
    title: str = ""
    subtitle: str = ""
    headline: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    files: tuple[ReportFile, ...] = ()
    picture: PictureResult | None = None
    written_at: Utc | None = None
    tries: int = 0
    why: str = ""

    @property
    def subject(self) -> str:
        """Return the kind of report."""
        return self.kind.value


class Figure(Noun):
    """One number of a report with its unit, its target, and how it was computed; `value` None means not measured."""

    name: str
    value: float | None
    unit: str
    target: float | None = None
    higher_is_better: bool = True
    how: str
    window_start: Utc
    window_end: Utc
    evidence_ids: tuple[str, ...] = ()
    why_not: str = ""

    @property
    def met(self) -> bool | None:
        """Say whether the target is met; None without a target or a value."""
        if self.value is None or self.target is None:
            return None
        return self.value >= self.target if self.higher_is_better else self.value <= self.target
