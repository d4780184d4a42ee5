"""Implements the port Objectives: measured from the metrics store or from the store of incidents, kept for a minute."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Protocol

from agent.analysis.slo import period_of, state, unknown
from agent.analysis.slo.burndown import burned
from agent.domain.evidence import Window
from agent.domain.results import Series
from agent.domain.slo import Slo, SloState
from agent.errors import Misconfigured, NotFound, OpsError, Unavailable
from agent.operations.objectives_recovery import HOW, INCIDENTS, Within, recoveries
from agent.ports.clock import Clock
from agent.ports.store import Store

KEPT = timedelta(minutes=1)
PATIENCE = 25.0
_AT_ONCE = 3
_AGAIN = timedelta(seconds=15)
_LATE = "The metrics store did not answer in time."
_SETTINGS = {"prometheus": "OPS_PROMETHEUS_URL", "influxdb": "OPS_INFLUXDB_URL"}
_UNKNOWN = "This bot cannot ask a store of that type."


@dataclass(slots=True)
class _Silence:
    """Remembers that a store does not answer, so that not every objective waits for it in turn.

    One slow question is none: it takes as many as are asked at once, with no answer between them.
    """

    times: int = 0
    last: datetime | None = None
    said: str = ""

    def met(self, said: str, now: datetime) -> str:
        """Note that a question was not answered, and why; an empty text is an answer. Return the text."""
        self.times, self.last, self.said = (self.times + 1 if said else 0), now, said
        return said

    def holds(self, now: datetime) -> str:
        """Return why nobody should ask now; empty when one should."""
        recent = self.last is not None and timedelta(0) <= now - self.last < _AGAIN
        return self.said if recent and self.times >= _AT_ONCE else ""


class Judge(Protocol):
    """Measures in the store that an objective names; every method may raise a BackendError, or Misconfigured without one."""

    async def state(self, slo: Slo, at: datetime, now: datetime) -> SloState:
        """Judge an objective in its own period."""
        ...

    async def over(self, slo: Slo, window: Window, now: datetime) -> SloState:
        """Judge an objective over a window of the caller's choice."""
        ...

    async def history(self, slo: Slo, window: Window, now: datetime, points: int) -> Series:
        """Return the share of the window's budget that was left over time."""
        ...


@dataclass(slots=True)
class MeasuredObjectives:
    """`slos` are the objectives in force; without a `judge` no metrics store is configured."""

    slos: Callable[[], Sequence[Slo]]
    judge: Judge | None
    store: Store
    clock: Clock
    within: Within
    patience: float = PATIENCE
    _kept: dict[str, tuple[datetime, Slo, SloState]] = field(default_factory=dict)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _silences: dict[str, _Silence] = field(default_factory=dict)

    def all(self) -> Sequence[Slo]:
        """Return every objective of the policies in force."""
        return self.slos()

    async def state(self, slo: str, at: datetime | None = None) -> SloState:
        """Measure one objective in its own window; raises NotFound for an unknown name."""
        known, now = self._named(slo), self.clock.now()
        moment = at or now
        if at is not None:
            return await self._guarded(known, period_of(known.window, moment), moment, self._own)
        async with self._turns.setdefault(known.name, asyncio.Lock()):
            kept = self._kept.get(known.name)
            if kept is not None and kept[1] == known and timedelta(0) <= now - kept[0] < KEPT:
                return kept[2]
            found = await self._guarded(known, period_of(known.window, moment), moment, self._own)
            self._kept[known.name] = (now, known, found)
            return found

    async def states(self, service: str | None = None, at: datetime | None = None) -> Sequence[SloState]:
        """Measure every objective, or those of a service; from memory when measured within the last minute."""
        names = [one.name for one in self.slos() if service is None or one.service == service]
        return await asyncio.gather(*(self.state(name, at) for name in names))

    async def over(self, slo: str, window: Window) -> SloState:
        """Measure one objective over a time of the caller's choice; raises NotFound."""
        known, now = self._named(slo), self.clock.now()
        return await self._guarded(known, window, min(window.end, now), self._over)

    async def history(self, slo: str, window: Window, points: int = 120) -> Series:
        """Return the share of the window's budget that was left over time; no points without data. Raises NotFound,
        and a BackendError when the store cannot be asked."""
        known, now = self._named(slo), self.clock.now()
        if known.source == INCIDENTS:
            counts = await recoveries(self.store, known, window, now, self.within)
            whole = state(known, counts, min(window.end, now), window=window)
            return Series(labels={"slo": known.name}, points=burned(known, whole, counts, (), points))
        async with self._places, asyncio.timeout(self.patience):
            return await self._of(known).history(known, window, now, points)

    async def _own(self, slo: Slo, window: Window, at: datetime) -> SloState:
        now = self.clock.now()
        if slo.source == INCIDENTS:
            counts = await recoveries(self.store, slo, window, at, self.within)
            return _told(state(slo, counts, at))
        return await self._of(slo).state(slo, at, now)

    async def _over(self, slo: Slo, window: Window, at: datetime) -> SloState:
        if slo.source == INCIDENTS:
            counts = await recoveries(self.store, slo, window, at, self.within)
            return _told(state(slo, counts, at, window=window))
        return await self._of(slo).over(slo, window, self.clock.now())

    async def _guarded(
        self,
        slo: Slo,
        window: Window,
        at: datetime,
        measured: Callable[[Slo, Window, datetime], Awaitable[SloState]],
    ) -> SloState:
        # A report about a past time is patient with each of its questions.
        shared = slo.source != INCIDENTS and measured == self._own
        silence = self._silences.setdefault(slo.source, _Silence()) if shared else _Silence()
        try:
            async with self._places:
                said = silence.holds(self.clock.now())
                if said:
                    return unknown(slo, window, at, error=said)
                async with asyncio.timeout(self.patience):
                    found = await measured(slo, window, at)
        except Unavailable as error:
            return unknown(slo, window, at, error=silence.met(error.user_message, self.clock.now()))
        except OpsError as error:
            return unknown(slo, window, at, error=error.user_message)
        except TimeoutError:
            return unknown(slo, window, at, error=silence.met(_LATE, self.clock.now()))
        silence.met("", self.clock.now())
        return found

    def _named(self, name: str) -> Slo:
        known = {one.name: one for one in self.slos()}
        if name in known:
            return known[name]
        near = get_close_matches(name, known, n=2, cutoff=0.5)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise NotFound(f"There is no objective called “{name[:80]}”.{hint}")

    def _of(self, slo: Slo) -> Judge:
        if self.judge is None:
            setting = _SETTINGS.get(slo.source, "")
            raise Misconfigured(f"There is no {slo.source} to ask: set {setting}." if setting else _UNKNOWN)
        return self.judge


def _told(found: SloState) -> SloState:
    return found.model_copy(update={"how": HOW})
