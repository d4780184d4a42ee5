"""Reports that were written: which, over what time, and where they went."""

from enum import StrEnum

from agent.domain.noun import Noun, Utc
from agent.domain.record import Record


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


class Written(Record):
    """One report; its id is `KIND:PERIOD` such as `monthly:2026-10`, which is how it is sent once."""

    kind: ReportKind
    period: str
    start: Utc
    end: Utc
    state: ReportState = ReportState.WANTED
    channels: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
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
