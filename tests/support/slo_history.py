"""Months of requests as a metrics store would have scraped them, with the truth beside them."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

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
    troubles: Sequence[Trouble] = ()
    resets: Sequence[float] = ()
    gaps: Sequence[tuple[float, float]] = ()
    counted: list[tuple[float, float, float]] = field(default_factory=list)

    def lines(self, start: float, end: float, scrape: int, chance: random.Random) -> Iterator[str]:
        """Yield the samples of every series, series by series."""
        for pod in range(self.pods):
            good, bad, resets = 0, 0, sorted(self.resets)
            kept: dict[str, list[str]] = {"200": [], "503": []}
            at, seen = start, True
            while at <= end:
                fresh = round(self.rate / self.pods * scrape * chance.uniform(0.8, 1.2))
                share = next((one.share for one in self.troubles if one.start < at <= one.end), 0.0005)
                failed = (
                    sum(chance.random() < share for _ in range(fresh)) if fresh < 50 else round(fresh * share)
                )
                if resets and at >= resets[0]:
                    resets.pop(0)
                    good = bad = 0
                good, bad = good + fresh - failed, bad + failed
                if any(a < at <= b for a, b in self.gaps):
                    seen = False
                else:
                    for status, value in (("200", good), ("503", bad)):
                        kept[status].append(_line(self.service, pod, status, value, at))
                    # What happened while nobody looked is not known, so it is no part of the truth.
                    if seen and at > start:
                        self.counted.append((at, fresh - failed, fresh))
                    seen = True
                at += scrape
            yield from (*kept["200"], *kept["503"])

    def truth(self, start: float, end: float) -> tuple[float, float]:
        """Return the good and all requests of a stretch of time."""
        inside = [(good, every) for at, good, every in self.counted if start < at <= end]
        return float(sum(good for good, _ in inside)), float(sum(every for _, every in inside))


def openmetrics(shops: Iterable[Shop], start: float, end: float, scrape: int) -> str:
    """Return what was scraped of all shops."""
    chance = random.Random(11)
    lines = [line for shop in shops for line in shop.lines(start, end, scrape, chance)]
    return "\n".join(["# TYPE http_requests counter", *lines, "# EOF", ""])


def availability(service: str, days: float = 30, target: float = 0.999, **more: object) -> Slo:
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
            "good": f'sum(increase(http_requests_total{{service="{service}",status!~"5.."}}[<window>]))',
            "total": f'sum(increase(http_requests_total{{service="{service}"}}[<window>]))',
            **more,
        }
    )


def _line(service: str, pod: int, status: str, value: float, at: float) -> str:
    return (
        f'http_requests_total{{service="{service}",pod="{service}-{pod}",status="{status}"}} {value} {at:.0f}'
    )
