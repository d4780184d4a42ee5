"""Which watched series are abnormal, since when, and when that is over; from each minute's values alone."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from agent.analysis.anomaly.memory import Flags, Floats
from agent.analysis.anomaly.online import OnlineScorer
from agent.analysis.anomaly.tuning import UNUSUAL
from agent.diagnosis.watch_rules import BY_SIGNAL, TRAFFIC, Watched

# Minutes of a series beside which a new value must stand out, and how many of them are needed to say so.
REMEMBERED = 90
LEAST_SEEN = 20
# Calm looks until an abnormality is over, and missing ones until nobody knows.
CALM = 3
GONE = 10
# What has stood for so many looks is how things are now.
NEW_NORMAL = 24 * 60
# What came an hour ago and two hours ago, give or take some minutes and a fifth of its size, comes every hour.
HOURS = (60, 120)
ABOUT = 4
ALIKE = 0.8
KEPT = 128
# A line through so many minutes tells when something will be full; this soon is worth saying.
TREND = 15
SOON = 30
# The line must climb by so much in its minutes, and more than noise of this many standard deviations makes it climb:
# what stands close below its limit is not on the way there.
CLIMB = 0.05
STEEP = 5.0
# Series are kept in tables of this size; the memory is bounded by the number of tables and of past episodes.
TABLE = 256
MOST_SERIES = 16 * TABLE
MOST_ENDED = 500


class Key(NamedTuple):
    """A series: a watched signal of a service."""

    signal: str
    service: str


@dataclass(frozen=True, slots=True)
class Episode:
    """A time during which a series was abnormal, in unix seconds; `value` is what was first seen, `normal` what had been.

    It is `sustained` once it was seen in several looks in a row, and goes on while `ended` is None.
    """

    key: Key
    since: float
    value: float
    normal: float
    sustained: bool = False
    ended: float | None = None


@dataclass(slots=True)
class _Course:
    """An episode as it goes on: how many looks saw it, and how many in a row did not, or saw nothing."""

    episode: Episode
    looks: int = 1
    calm: int = 0
    missed: int = 0


class _Table:
    """A fixed number of series: their scorer and their latest calm values."""

    def __init__(self) -> None:
        self._scorer = OnlineScorer(TABLE)
        self._values: Floats = np.full((TABLE, REMEMBERED), np.nan)
        self._count = np.zeros(TABLE, dtype=np.int64)
        self._all: Floats = np.full((TABLE, KEPT), np.nan)

    def score(self, at: float, values: Floats) -> Floats:
        """Return how surprising the new values are."""
        self._all[:, _slot(at)] = values
        scores: Floats = self._scorer.update(at, values)
        return scores

    def seen(self, row: int) -> Floats:
        """Return the values remembered of a series."""
        return self._values[row, : min(int(self._count[row]), REMEMBERED)]

    def hourly(self, row: int, at: float) -> list[Floats]:
        """Return what was measured about one hour and two hours before."""
        return [
            self._all[row, [_slot(at - 60 * (ago + near)) for near in range(-ABOUT, ABOUT + 1)]]
            for ago in HOURS
        ]

    def newest(self, row: int) -> Floats:
        """Return the calm values, oldest first."""
        count = int(self._count[row])
        latest: Floats = self._values[row, np.arange(max(0, count - REMEMBERED), count) % REMEMBERED]
        return latest

    def keep(self, values: Floats, calm: Flags) -> None:
        """Remember the flagged values."""
        rows = np.flatnonzero(calm & np.isfinite(values))
        self._values[rows, self._count[rows] % REMEMBERED] = values[rows]
        self._count[rows] += 1

    def forget(self, row: int) -> None:
        """Begin anew with what is normal for a series."""
        self._count[row] = 0


class Watcher:
    """Takes in each minute of all series; about 7 kB a series, at most MOST_SERIES of them."""

    def __init__(self) -> None:
        self._rows: dict[Key, int] = {}
        self._tables: list[_Table] = []
        self._courses: dict[Key, _Course] = {}
        self._ended: deque[Episode] = deque(maxlen=MOST_ENDED)

    @property
    def series(self) -> int:
        """Return how many series are watched."""
        return len(self._rows)

    @property
    def open(self) -> tuple[Episode, ...]:
        """Return the abnormalities that go on, sustained or not yet."""
        return tuple(course.episode for course in self._courses.values())

    @property
    def ended(self) -> tuple[Episode, ...]:
        """Return the latest sustained ones that are over, oldest first."""
        return tuple(self._ended)

    def take(
        self, at: float, values: Mapping[Key, float], asked: Collection[str] | None = None
    ) -> tuple[Episode, ...]:
        """Take in what was measured at a time (unix seconds) and return what has become sustained by it.

        Of signals that were not `asked` for (None: all were) a missing value says nothing.
        """
        if not values and not self._courses:
            return ()
        for key in values:
            self._admit(key)
        grid: Floats = np.full(len(self._tables) * TABLE, np.nan)
        for key, value in values.items():
            if key in self._rows:
                grid[self._rows[key]] = value
        tables = np.split(grid, len(self._tables)) if self._tables else []
        scores = [table.score(at, part) for table, part in zip(self._tables, tables, strict=True)]
        far = np.concatenate(scores) >= UNUSUAL if scores else np.zeros(0, dtype=bool)
        sustained = self._follow(at, values, far, asked)
        self._remember(tables, far)
        return sustained

    def _admit(self, key: Key) -> None:
        if key in self._rows or key.signal not in BY_SIGNAL or len(self._rows) >= MOST_SERIES:
            return
        self._rows[key] = len(self._rows)
        if len(self._rows) > len(self._tables) * TABLE:
            self._tables.append(_Table())

    def _follow(
        self, at: float, values: Mapping[Key, float], far: Flags, asked: Collection[str] | None
    ) -> tuple[Episode, ...]:
        sustained = []
        for key in tuple(self._courses):
            if asked is not None and key.signal not in asked:
                continue
            found = self._go_on(at, key, values.get(key), values)
            if found is not None:
                sustained.append(found)
        for key, value in values.items():
            row = self._rows.get(key)
            if row is None or key in self._courses:
                continue
            if far[row]:
                self._begin(at, key, value, values)
            elif BY_SIGNAL[key.signal].fills and (began := _filling(self._table(key).newest(row % TABLE))):
                self._courses[key] = _Course(Episode(key, at, value, began))
        return tuple(sustained)

    def _begin(self, at: float, key: Key, value: float, values: Mapping[Key, float]) -> None:
        rule, seen = BY_SIGNAL[key.signal], self._seen(key)
        if len(seen) < LEAST_SEEN:
            return
        normal = float(np.median(seen))
        material = rule.material(value, normal, self._traffic(key, values))
        hours = self._table(key).hourly(self._rows[key] % TABLE, at)
        if material and _beyond(rule, value, seen) and not _comes_hourly(value, normal, hours):
            self._courses[key] = _Course(Episode(key, at, value, normal))

    def _go_on(self, at: float, key: Key, value: float | None, values: Mapping[Key, float]) -> Episode | None:
        """Follow an abnormality; return it when this look makes it sustained."""
        course = self._courses[key]
        episode = course.episode
        if value is None:
            course.missed += 1
            if course.missed >= GONE:
                self._end(course, at)
            return None
        course.missed = 0
        if BY_SIGNAL[key.signal].material(value, episode.normal, self._traffic(key, values)):
            course.looks, course.calm = course.looks + 1, 0
            if not episode.sustained and course.looks >= BY_SIGNAL[key.signal].looks:
                course.episode = replace(episode, sustained=True)
                return course.episode
            if course.looks >= NEW_NORMAL:
                self._end(course, at)
                self._table(key).forget(self._rows[key] % TABLE)
            return None
        course.calm += 1
        if not episode.sustained or course.calm >= CALM:
            self._end(course, at)
        return None

    def _end(self, course: _Course, at: float) -> None:
        del self._courses[course.episode.key]
        if course.episode.sustained:
            self._ended.append(replace(course.episode, ended=at))

    def _remember(self, tables: Iterable[Floats], far: Flags) -> None:
        """Take what is calm into what is normal: an abnormality must not become its own yardstick."""
        calm = ~far
        for key in self._courses:
            calm[self._rows[key]] = False
        for number, (table, part) in enumerate(zip(self._tables, tables, strict=True)):
            table.keep(part, calm[number * TABLE : (number + 1) * TABLE])

    def _table(self, key: Key) -> _Table:
        return self._tables[self._rows[key] // TABLE]

    def _seen(self, key: Key) -> Floats:
        return self._table(key).seen(self._rows[key] % TABLE)

    def _traffic(self, key: Key, values: Mapping[Key, float]) -> float | None:
        """Return the requests a second of the service now, else usually; None where nobody counts them."""
        counted = Key(TRAFFIC, key.service)
        if counted in values:
            return values[counted]
        seen = self._seen(counted) if counted in self._rows else ()
        return float(np.median(seen)) if len(seen) else None


def _beyond(rule: Watched, value: float, seen: Floats) -> bool:
    """Say whether the value lies beyond everything remembered: what happens every hour surprises nobody."""
    if rule.worse(value, float(np.median(seen))) > 0:
        return value > float(seen.max())
    return value < float(seen.min())


def _comes_hourly(value: float, normal: float, hours: Sequence[Floats]) -> bool:
    """Say whether about as big a difference was there at this minute of both hours before."""
    reached = [np.nanmax((near - normal) / (value - normal), initial=0.0) for near in hours]
    return bool(min(reached) >= ALIKE)


def _filling(newest: Floats) -> float | None:
    """Return where a share began that will soon reach 1, None when it will not: a line fits, and it is steep."""
    before, newest = newest[:-TREND], newest[-TREND:]
    # Most minutes end here: what was as full before is only going up and down.
    if len(before) < TREND or newest[-1] < before.max() + CLIMB / 2:
        return None
    minutes = np.arange(TREND)
    slope, begin = np.polyfit(minutes, newest, 1)
    noise = float(np.std(newest - begin - slope * minutes)) or 1e-9
    now = begin + slope * (TREND - 1)
    if slope * TREND < max(CLIMB, STEEP * noise) or now < 0.5 or (1 - now) > slope * SOON:
        return None
    return float(begin)


def _slot(at: float) -> int:
    return round(at / 60) % KEPT
