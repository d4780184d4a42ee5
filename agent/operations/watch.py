"""The bot's own watching: every minute, once among all replicas, and what it knows of abnormalities meanwhile."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from agent.analysis.redaction import Redactor
from agent.diagnosis.watch import MOST_SERIES, Episode, Key, Watcher
from agent.diagnosis.watch_alerts import GROUP, group_of, wanted
from agent.diagnosis.watch_rules import WATCHED
from agent.domain.alert import AlertGroup
from agent.domain.evidence import Window
from agent.domain.noun import Json
from agent.errors import BackendError
from agent.ports.clock import Clock
from agent.ports.jobs import Job, Jobs
from agent.ports.store import Store
from agent.ports.survey import Survey
from agent.telemetry.logs import LogEvent, get_log
from agent.telemetry.metrics import Metrics

WATCH = "watch.look"
Mode = Literal["off", "note", "alert"]
MINUTE = timedelta(minutes=1)
# A look comes so long after its minute, so that the newest scrape of most targets is in.
LATE = timedelta(seconds=5)
# A day and a little is read anew after a restart: then this hour of another day is known.
PAST = timedelta(hours=26)
# One query asks for no more than this, because stores refuse or fall over at long ones.
LONGEST = timedelta(hours=6)
_LONGEST_NAME = 253
_log = get_log("watch")


@dataclass(slots=True)
class _Minute:
    """What was measured in a minute, and which signals were asked for."""

    values: dict[Key, float] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)


class Watch:
    """The handler of `watch.look`; the memory of every series is this process's own and grown from queries alone.

    A replica whose turn comes after minutes of others' turns asks for those minutes too, with as many queries.
    """

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        survey: Survey,
        clock: Clock,
        *,
        mode: Mode,
        deliver: Callable[[AlertGroup], Awaitable[object]],
        redactor: Redactor | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self.mode = mode
        self._store = store
        self._jobs = jobs
        self._survey = survey
        self._clock = clock
        self._deliver = deliver
        self._redactor = redactor or Redactor()
        self._metrics = metrics
        self._watcher = Watcher()
        self._read: dict[str, datetime] = {}
        self._lock = asyncio.Lock()

    async def ask(self) -> None:
        """Queue the look at the next minute, unless it is queued already."""
        minute = _minute(self._clock.now() - LATE) + MINUTE
        job = Job(
            kind=WATCH, payload={"at": minute.isoformat()}, group_key=WATCH, dedupe_key=WATCH, priority=8
        )
        async with self._store.write() as tx:
            await self._jobs.enqueue(tx, job.model_copy(update={"run_at": minute + LATE, "max_attempts": 2}))

    async def look(self, payload: dict[str, Json]) -> None:
        """Take in everything up to this minute, unless another replica did, and tell what came of it."""
        minute = _minute(self._clock.now() - LATE)
        async with self._store.write() as tx:
            if not await tx.seen.first_time(f"{WATCH}:{minute:%Y%m%d%H%M}", self._clock.now()):
                return
        new, known = await self.catch_up(minute)
        if self._metrics is not None:
            self._metrics.watch_series.set(self._watcher.series)
            for episode in new:
                self._metrics.watch_abnormal.labels(signal=episode.key.signal).inc()
        if self.mode == "alert":
            await self._tell(known)

    async def catch_up(self, minute: datetime) -> tuple[list[Episode], bool]:
        """Read every signal up to a minute; return what became sustained in it, and whether anything was measured.

        A signal that cannot be read is read from where it stopped at the next look.
        """
        async with self._lock:
            minutes: dict[datetime, _Minute] = defaultdict(_Minute)
            answered = [await self._signal(rule.signal, minute, minutes) for rule in WATCHED]
            new = await asyncio.to_thread(self._take, minutes, minute)
            return new, any(answered)

    def about(self, services: Collection[str], since: datetime) -> tuple[Episode, ...]:
        """Return the sustained abnormalities of services that go on, or went on at a time, earliest first."""
        at = since.timestamp()
        known = [e for e in (*self._watcher.ended, *self._watcher.open) if e.sustained]
        mine = [e for e in known if e.key.service in services and (e.ended is None or e.ended >= at)]
        return tuple(sorted(mine, key=lambda e: (e.since, e.key)))

    def behind(self, now: datetime) -> timedelta | None:
        """Return how old the newest knowledge is; None when there is none yet."""
        return now - max(self._read.values()) if self._read else None

    async def _signal(self, signal: str, minute: datetime, minutes: dict[datetime, _Minute]) -> bool:
        start = max(self._read.get(signal, minute - PAST) + MINUTE, minute - PAST)
        while start <= minute:
            end = min(start + LONGEST, minute)
            try:
                _, series = await self._survey.survey(signal, Window(start=start, end=end), self._clock.now())
            except BackendError as error:
                _log.info(LogEvent.TASK_FAILED, task="watch", signal=signal, error=error.user_message)
                return False
            for one in series:
                key = Key(signal, one.labels["service"])
                if self._speakable(key.service):
                    for at, value in one.points:
                        minutes[_minute(datetime.fromtimestamp(round(at), UTC))].values[key] = value
            while start <= end:
                minutes[start].asked.add(signal)
                start += MINUTE
            self._read[signal] = end
        return True

    def _speakable(self, name: str) -> bool:
        """Say whether a name may stand in an alert as it is."""
        return len(name) <= _LONGEST_NAME and name.isprintable() and self._redactor.text(name) == name

    def _take(self, minutes: dict[datetime, _Minute], minute: datetime) -> list[Episode]:
        """Let the watcher see the minutes in order; a full one is begun anew, since it cannot forget what is gone."""
        new: list[Episode] = []
        for at in sorted(minutes):
            new = [*self._watcher.take(at.timestamp(), minutes[at].values, minutes[at].asked)]
        if self._watcher.series >= MOST_SERIES:
            self._watcher, self._read = Watcher(), {}
        return new if minutes and max(minutes) == minute else []

    async def _tell(self, known: bool) -> None:
        """Send what became abnormal and what is over through the inbox; the store knows what fires, also after a crash."""
        async with self._store.read() as tx:
            firing = [record.alert for record in await tx.alerts.firing_in_group(GROUP)]
        now = self._clock.now()
        alerts = wanted(self._watcher.open, firing, now, known=known)
        if alerts:
            await self._deliver(group_of(alerts, now))


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
