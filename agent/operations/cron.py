"""Durable cron: what recurs is started once per occurrence, whoever of the replicas comes first and whoever dies."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from agent.analysis.occurrences import Schedule
from agent.domain.cron import CronMark
from agent.errors import OpsError
from agent.ports.clock import Clock
from agent.ports.store import Store, Tx
from agent.telemetry.logs import LogEvent, get_log

MOST_MISSED = 50
_MOST_MARKS = 1_000
_LOOK_SECONDS = 30.0
# A mark that is further ahead was made by a clock that was wrong; replicas are never so far apart.
_SKEW = timedelta(minutes=10)
_log = get_log("operations")

T = TypeVar("T")
Start = Callable[[Tx, datetime], Awaitable[None]]
Missed = Callable[[Tx, Sequence[datetime]], Awaitable[None]]


async def _nobody_told(_tx: Tx, _missed: Sequence[datetime]) -> None:
    return None


@dataclass(frozen=True, slots=True)
class CronEntry:
    """One recurring piece of work: a name for ever, five cron fields in a zone, and what to do.

    `start` gets the occurrence (UTC) and must do everything in the given transaction, a job's enqueueing say: it is
    called once per occurrence, again only after a rollback. After a time away the newest occurrence that is no older
    than `catch_up` is started late; older ones, and those that a newer one replaces, are given to `missed`.
    """

    name: str
    schedule: str
    zone: str
    catch_up: timedelta
    start: Start
    missed: Missed = _nobody_told

    @property
    def times(self) -> Schedule:
        """Return when it is due."""
        return Schedule(self.schedule, self.zone)


class Cron:
    """Looks what is due; every replica runs one, and the transaction decides which of them starts an occurrence."""

    def __init__(self, store: Store, clock: Clock, entries: Callable[[], Sequence[CronEntry]]) -> None:
        self._store = store
        self._clock = clock
        self._entries = entries

    def entries(self) -> Sequence[CronEntry]:
        """Return what recurs by the rules in force."""
        return self._entries()

    async def run(self) -> None:
        """Look again and again, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(self.pause())

    def pause(self) -> float:
        """Return how many seconds to sleep: until the next occurrence, at most half a minute, since clocks may jump."""
        now = self._clock.now()
        coming = [due for entry in self._entries() if (due := entry.times.next(now)) is not None]
        wait = (min(coming) - now).total_seconds() if coming else _LOOK_SECONDS
        return min(max(wait, 0.05), _LOOK_SECONDS)

    async def look(self) -> int:
        """Settle everything that is due; return how many occurrences were started."""
        started = 0
        for entry in await self._guarded("cron", self._due()) or ():
            started += await self._guarded(f"cron {entry.name}", self._settle(entry)) or 0
        return started

    async def _guarded(self, task: str, work: Coroutine[object, object, T]) -> T | None:
        try:
            return await work
        except OpsError as error:
            # The next look will do: nothing of this one is stored.
            _log.warning(LogEvent.TASK_FAILED, task=task, error=error.user_message)
        except Exception:  # noqa: BLE001 - the edge of a background task: one entry's bug must not stop the others
            _log.exception(LogEvent.TASK_FAILED, task=task)
        return None

    async def _due(self) -> list[CronEntry]:
        """Return the entries that have something to settle; most looks end here, after one small read."""
        now = self._clock.now()
        async with self._store.read() as tx:
            marks = {mark.id: mark for mark in await tx.cron.in_states(["kept"], _MOST_MARKS)}
        return [one for one in self._entries() if _matters(one, marks.get(one.name), now)]

    async def _settle(self, entry: CronEntry) -> int:
        """Settle one entry in one transaction; return how many occurrences were started."""
        async with self._store.write() as tx:
            # Read again: another replica may have been here since.
            now, mark = self._clock.now(), await tx.cron.get(entry.name)
            if mark is None:
                # Nothing is owed from before it was known.
                await tx.cron.add_once(_new(entry, now))
                return 0
            if _outdated(entry, mark, now):
                await tx.cron.save(_renewed(entry, mark, now))
                return 0
            return await _settle_in(tx, entry, mark, now)


async def _settle_in(tx: Tx, entry: CronEntry, mark: CronMark, now: datetime) -> int:
    due = list(entry.times.between(mark.settled_at, now))
    if not due:
        return 0
    newest = due[-1]
    runs = now - newest <= entry.catch_up
    missed = [at for at in (due[:-1] if runs else due) if mark.started_at is None or at > mark.started_at]
    update: dict[str, object] = {"settled_at": newest}
    if missed:
        update["missed_at"] = missed[-1]
        await entry.missed(tx, missed[-MOST_MISSED:])
    # The key also holds where the mark was set back because a clock had been wrong.
    runs = runs and await tx.seen.first_time(occurrence_key(entry.name, newest), now)
    if runs:
        update["started_at"] = newest
        await entry.start(tx, newest)
    await tx.cron.save(mark.model_copy(update=update))
    return int(runs)


def occurrence_key(name: str, occurrence: datetime) -> str:
    """Return the key under which an occurrence is remembered as started."""
    return f"cron:{name}:{occurrence.isoformat()}"


def _new(entry: CronEntry, now: datetime) -> CronMark:
    return CronMark(id=entry.name, number=0, at=now, schedule=_written(entry), settled_at=now)


def _written(entry: CronEntry) -> str:
    return f"{entry.schedule} {entry.zone}"


def _renewed(entry: CronEntry, mark: CronMark, now: datetime) -> CronMark:
    """Return a mark from which nothing of the past is owed, and of which nothing lies in the future."""
    ran = mark.started_at if mark.started_at is not None and mark.started_at <= now + _SKEW else None
    return mark.model_copy(update={"schedule": _written(entry), "settled_at": now, "started_at": ran})


def _outdated(entry: CronEntry, mark: CronMark, now: datetime) -> bool:
    """Say whether a mark says nothing of now: the schedule was changed, or a clock was far ahead."""
    return mark.schedule != _written(entry) or mark.settled_at > now + _SKEW


def _matters(entry: CronEntry, mark: CronMark | None, now: datetime) -> bool:
    if mark is None or _outdated(entry, mark, now):
        return True
    return next(entry.times.between(mark.settled_at, now), None) is not None
