"""What was read of the past already, so that a measurement each minute does not read a month each minute."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.domain.slo import Slo

Pair = tuple[float | None, float | None]
"""Bad and all events of a slice; None where the store had nothing."""

SETTLED = timedelta(minutes=15)
"""A younger slice is read again next time, because samples of it may still arrive."""

REREAD = timedelta(hours=1)
"""The whole past is read again after so long, because a store may be filled later."""

_MOST_PAGES = 2_000


@dataclass(slots=True)
class Page:
    """The settled slices of one objective by their ends."""

    born: datetime
    kept: dict[float, Pair] = field(default_factory=dict)

    def keep(self, found: Mapping[float, Pair], now: datetime) -> None:
        """Keep what will not change any more."""
        settled = (now - SETTLED).timestamp()
        self.kept.update({at: pair for at, pair in found.items() if at <= settled})


@dataclass(slots=True)
class Ledger:
    """Pages by what was asked; an objective whose queries change begins a new page."""

    _pages: OrderedDict[tuple[object, ...], Page] = field(default_factory=OrderedDict)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    def of(self, slo: Slo, seconds: int, now: datetime) -> Page:
        """Return the page for slices of so many seconds; an outdated one is begun anew."""
        key = (slo.source, slo.good, slo.total, slo.measured, slo.op, slo.limit, seconds)
        page = self._pages.get(key)
        if page is None or not timedelta(0) <= now - page.born < REREAD:
            page = self._pages[key] = Page(now)
        self._pages.move_to_end(key)
        while len(self._pages) > _MOST_PAGES:
            self._pages.popitem(last=False)
        return page

    def turn(self, slo: Slo) -> asyncio.Lock:
        """Return the lock that lets one measurement of an objective run at a time."""
        return self._turns.setdefault(slo.name, asyncio.Lock())
