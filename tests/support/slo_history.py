"""Months of requests as a metrics store would have scraped them, with the truth beside them."""

import bisect
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from agent.domain.slo import Budgeting, RollingWindow, SliKind, Slo

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Trouble:
    """A stretch of time in which a share of the requests failed."""

    start: float
    end: float
    share: float


@dataclass(slots=True)
class Shop:
    """One service of `pods` instances; each scrape of it is a line, and what a scrape can know is counted as truth."""

    service: str
    rate: float
    pods: int = 2
    days: float = 91
    troubles: Sequence[Trouble] = ()
    resets: Sequence[float] = ()
    gaps: Sequence[tuple[float, float]] = ()
    counted: list[tuple[float, float, float]] = field(default_factory=list)
    _times: list[float] = field(default_factory=list)
    _sums: list[tuple[float, float]] = field(default_factory=list)

    def lines(self, start: float, end: float, scrape: int, chance: random.Random) -> Iterator[str]:
        """Yield the samples of every series, series by series."""
        for pod in range(self.pods):
            kept: dict[str, list[str]] = {"200": [], "503": []}
            good = bad = 0
            owed, seen, at = 0.0, True, max(start, end - self.days * DAY)
            while at <= end:
                fresh = round(self.rate / self.pods * scrape * chance.uniform(0.8, 1.2))
                owed += fresh * self._share(at)
                failed, owed = int(owed), owed % 1
                if any(at - scrape < reset <= at for reset in self.resets):
                    good = bad = 0
                good, bad = good + fresh - failed, bad + failed
                hidden = any(since < at <= until for since, until in self.gaps)
                if not hidden:
                    kept["200"].append(_line(self.service, pod, "200", good, at))
                    kept["503"].append(_line(self.service, pod, "503", bad, at))
                # What happened while nobody looked is not known, so it is no part of the truth.
                if seen and not hidden and at > max(start, end - self.days * DAY):
                    self.counted.append((at, fresh - failed, fresh))
                seen = not hidden
                at += scrape
            yield from (*kept["200"], *kept["503"])

    def _share(self, at: float) -> float:
        return next((one.share for one in self.troubles if one.start < at <= one.end), 0.0003)

    def truth(self, start: float, end: float) -> tuple[float, float]:
        """Return the good and all requests of a stretch of time."""
        if not self._sums:
            good = every = 0.0
            for at, fine, fresh in sorted(self.counted):
                good, every = good + fine, every + fresh
                self._times.append(at)
                self._sums.append((good, every))
        first, last = self._until(start), self._until(end)
        return last[0] - first[0], last[1] - first[1]

    def _until(self, moment: float) -> tuple[float, float]:
        place = bisect.bisect_right(self._times, moment)
        return self._sums[place - 1] if place else (0.0, 0.0)


def openmetrics(shops: Iterable[Shop], start: float, end: float, scrape: int) -> str:
    """Return what was scraped of all shops."""
    chance = random.Random(11)
    lines = [line for shop in shops for line in shop.lines(start, end, scrape, chance)]
    return "\n".join(["# TYPE calls counter", *lines, "# EOF", ""])


def joined(*texts: str) -> str:
    """Return several OpenMetrics texts of different metrics as one."""
    return "".join(text.removesuffix("# EOF\n") for text in texts) + "# EOF\n"


def availability(service: str, days: float = 30, target: float = 0.999, **more: Any) -> Slo:
    """Return an objective of a service over the last days."""
    return Slo.model_validate(
        {
            "name": f"{service}-availability",
            "service": service,
            "title": f"{service} answers",
            "kind": SliKind.AVAILABILITY,
            "target": target,
            "window": RollingWindow(length=timedelta(days=days)),
            "budgeting": Budgeting.OCCURRENCES,
            "good": f'sum(increase(calls_total{{service="{service}",status!~"5.."}}[<window>]))',
            "total": f'sum(increase(calls_total{{service="{service}"}}[<window>]))',
            **more,
        }
    )


def _line(service: str, pod: int, status: str, value: float, at: float) -> str:
    return f'calls_total{{service="{service}",pod="{service}-{pod}",status="{status}"}} {value} {at:.0f}'
