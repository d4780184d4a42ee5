"""Reports as the composition root builds them: the desk, its clock, and the job that writes."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from agent.app.ground import Ground, Wing
from agent.brain.toolbelt import build_toolbelt
from agent.domain.probe import Probe
from agent.domain.report import ReportKind, ReportState, Written
from agent.operations.cron import CronEntry
from agent.operations.reports.desk import Language, Reports
from agent.operations.reports.periods import Period
from agent.operations.reports.schedule import WRITE, ReportClock
from agent.operations.reports.writing import ReportWriter
from agent.ports.objectives import Objectives
from agent.ports.store import Tx
from agent.settings import Settings
from agent.transport.printing.typesetter import Typesetter

# A month of requests takes a metrics store longer than an investigation may wait for.
READ_SECONDS = 20.0
_FAILURES_SHOWN = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Reporting:
    """What other parts of the house use: the desk, the orders, and what recurs."""

    desk: Reports
    clock: ReportClock

    def period(self, kind: ReportKind, words: str = "") -> Period:
        """Read a period as people write it; raises BadInput."""
        return self.desk.period(kind, words)

    async def ask(
        self, tx: Tx, period: Period, *, channel: str, by: str, key: str, language: Literal["en", "ko"]
    ) -> Written:
        """Order a report for a person; the same `key` is the same wish."""
        return await self.clock.ask(tx, period, channel=channel, by=by, key=key, language=language)

    def entries(self) -> Sequence[CronEntry]:
        """Return when reports are due, by the rules in force."""
        return self.clock.entries()


def open_reporting(
    stack: AsyncExitStack, ground: Ground, objectives: Objectives | None, wake: Callable[[], None]
) -> tuple[Reporting, Wing]:
    """Build the desk and the job that writes; `wake` has mail leave at once."""
    settings = ground.settings
    # Reads of its own: their deadline is longer, and a slow month does not shut the door to investigations.
    reads = build_toolbelt(settings.model_copy(update={"read_timeout_seconds": READ_SECONDS}), ground.clock)
    stack.push_async_callback(reads.close)
    desk = Reports(
        store=ground.store,
        reads=reads,
        objectives=objectives,
        printer=Typesetter(),
        rules=lambda: ground.book.current,
        clock=ground.clock,
    )
    writer = ReportWriter(ground.store, desk, ground.metrics, wake)
    clock = ReportClock(ground.jobs, ground.clock, lambda: ground.book.current, _language(settings))

    async def probes() -> Sequence[Probe]:
        return await _probes(ground)

    return Reporting(desk, clock), Wing(handlers={WRITE: writer.write}, probes=probes)


async def _probes(ground: Ground) -> Sequence[Probe]:
    """Say which reports could not be written."""
    since = ground.clock.now() - _FAILURES_SHOWN
    async with ground.store.read() as tx:
        failed = await tx.reports.in_states([ReportState.FAILED.value], since=since)
    if not failed:
        return ()
    last = failed[-1]
    fix = f"Mend that, then ask for it: /ops report {last.kind.value} {last.period}"
    return [Probe(name="Reports", ok=False, detail=f"{last.id} is not written: {last.why}", fix=fix)]


def _language(settings: Settings) -> Language:
    return "ko" if settings.language == "ko" else "en"
