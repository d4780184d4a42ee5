"""The bot's own watching as the composition root builds it: with a line to the metrics store of its own."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from agent.analysis.redaction import Redactor
from agent.errors import OpsError
from agent.intake.receive import receive
from agent.operations.watch import WATCH, Watch
from agent.operations.watch_lead import Leads
from agent.ports.clock import Clock
from agent.ports.jobs import Handler, Jobs
from agent.ports.reads import Reads
from agent.ports.store import Store
from agent.settings import Settings
from agent.telemetry.logs import LogEvent, get_log
from agent.telemetry.metrics import Metrics
from tools.connections import Addresses, connect
from tools.metrics_collector.survey import Surveyor

# The first look asks for a day of every service, which takes a store longer than what an investigation may wait for.
TIMEOUT_SECONDS = 20.0
# More often than once a minute, because the asking itself may fail; what waits already absorbs the rest.
_ASK_SECONDS = 20.0
_log = get_log("app")


@dataclass(frozen=True, slots=True)
class Watching:
    """The watch and what it tells of incidents."""

    watch: Watch
    leads: Leads

    def handlers(self) -> dict[str, Handler]:
        """Return the handler of the look."""
        return {WATCH: self.watch.look}

    async def run(self) -> None:
        """Keep the next look queued, for ever."""
        while True:
            try:
                await self.watch.ask()
            except OpsError as error:
                # The next time will do: the database's absence is told by everything else.
                _log.warning(LogEvent.TASK_FAILED, task="watch", error=error.user_message)
            await asyncio.sleep(_ASK_SECONDS)


def open_watch(
    stack: AsyncExitStack,
    settings: Settings,
    store: Store,
    jobs: Jobs,
    reads: Reads,
    clock: Clock,
    metrics: Metrics,
    redactor: Redactor,
) -> Watching | None:
    """Return the watching, or None when it is off or there are no metrics to watch; nothing is contacted yet."""
    if settings.watch == "off" or settings.prometheus_url is None:
        return None
    line = connect(Addresses(prometheus_url=settings.prometheus_url), timeout_seconds=TIMEOUT_SECONDS)
    stack.push_async_callback(line.close)
    if line.metrics is None:
        return None
    watch = Watch(
        store,
        jobs,
        Surveyor(line.metrics),
        clock,
        mode=settings.watch,
        deliver=partial(receive, store, jobs),
        redactor=redactor,
        metrics=metrics,
    )
    return Watching(watch, Leads(watch, store, reads, clock, language=settings.language, metrics=metrics))
