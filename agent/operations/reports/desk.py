"""Writes reports: from a kind and a period to the typed report, and to the files that people get."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from agent.domain.noun import Noun
from agent.domain.report import ReportKind
from agent.errors import Misconfigured, Unavailable
from agent.operations.reports.agreements import agreement_report
from agent.operations.reports.brief import daily_report, weekly_report
from agent.operations.reports.document import document, strip
from agent.operations.reports.facts import Facts
from agent.operations.reports.gather import Gatherer
from agent.operations.reports.markdown import markdown
from agent.operations.reports.model import Report
from agent.operations.reports.monthly import monthly_report
from agent.operations.reports.periods import Period, read_period
from agent.operations.reports.scribe import Scribe
from agent.policy.load import Policies
from agent.ports.clock import Clock
from agent.ports.objectives import Objectives
from agent.ports.printer import Printer
from agent.ports.reads import Reads
from agent.ports.store import Store

Language = Literal["en", "ko"]
Form = Literal["md", "pdf"]
_BUILDERS: dict[ReportKind, Callable[[Scribe, Scribe | None], Report]] = {
    ReportKind.MONTHLY: monthly_report,
    ReportKind.SLA: agreement_report,
    ReportKind.WEEKLY: weekly_report,
    ReportKind.DAILY: daily_report,
}
_DENSITY = 160
_TYPES = {"md": "text/markdown", "pdf": "application/pdf"}


class ReportFile(Noun):
    """One file of a report."""

    name: str
    media_type: str
    data: bytes


class Edition(Noun):
    """A report in one language with its files; `picture` are its charts as PNG, `alt` is what they show.

    `notices` say which forms could not be made, and how to mend that.
    """

    report: Report
    files: tuple[ReportFile, ...]
    picture: bytes | None = None
    alt: str = ""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reports:
    """The desk; `objectives` is None where nothing measures them, `rules` are those in force at each writing."""

    store: Store
    reads: Reads
    objectives: Objectives | None
    printer: Printer
    rules: Callable[[], Policies]
    clock: Clock

    def period(self, kind: ReportKind, words: str = "", zone: str | None = None) -> Period:
        """Read a period; nothing means the last that is over. Raises BadInput."""
        return read_period(kind, words, zone or self.rules().reports.zone, self.clock.now())

    async def facts(self, period: Period) -> tuple[Facts, Facts]:
        """Return what is known of a period, and of the one before."""
        gatherer, policies, now = (
            Gatherer(self.store, self.reads, self.objectives),
            self.rules(),
            self.clock.now(),
        )
        facts = await gatherer.facts(period, policies, now)
        before = await gatherer.facts(period.before(), policies, now, drawn=False)
        return facts, before

    def build(self, facts: Facts, before: Facts | None, language: Language) -> Report:
        """Return the typed report in a language."""
        earlier = Scribe(language, before) if before is not None else None
        return _BUILDERS[facts.period.kind](Scribe(language, facts), earlier)

    async def write_report(
        self, period: Period, languages: Sequence[Language], forms: Sequence[Form] = ("md", "pdf")
    ) -> tuple[Edition, ...]:
        """Write a report in each language; a form that cannot be made is left out with a notice."""
        facts, before = await self.facts(period)
        return tuple([await self.edition(self.build(facts, before, one), forms) for one in languages])

    async def edition(self, report: Report, forms: Sequence[Form]) -> Edition:
        """Return a report with its files."""
        files: list[ReportFile] = []
        notices: list[str] = []
        for form in forms:
            try:
                data = await self._data(report, form)
            except Misconfigured as error:
                notices.append(error.user_message)
                continue
            files.append(ReportFile(name=file_name(report, form), media_type=_TYPES[form], data=data))
        return Edition(report=report, files=tuple(files), notices=tuple(notices))

    async def drawn(self, edition: Edition) -> Edition:
        """Return the report with its charts as one picture, where there are any and they can be drawn."""
        charts = strip(edition.report)
        if charts is None:
            return edition
        try:
            pages = await self.printer.pictures(charts[0], density=_DENSITY)
        except (Misconfigured, Unavailable):
            # The files, or a notice that they lack, say the same without it.
            return edition
        return edition.model_copy(update={"picture": pages[0], "alt": charts[1]}) if pages else edition

    async def _data(self, report: Report, form: Form) -> bytes:
        if form == "md":
            return markdown(report).encode()
        return await self.printer.pdf(document(report, written=_moment(report.written_at, report.zone)))


def file_name(report: Report, form: str) -> str:
    """Return what a report's file is called."""
    return f"{report.kind.value}-{report.period}.{report.language}.{form}"


def _moment(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
