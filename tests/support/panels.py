"""A metrics store that answers every query alike, and a painter that keeps what it was to draw."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.domain.results import Series
from agent.errors import OpsError, Unavailable
from tools.charts import ChartPage
from tools.connectors.readers import AlertRule

PNG = b"\x89PNG of a page"


@dataclass
class EvenMetrics:
    """Returns one series with one value for each query; queries that contain a word of `silent` find nothing."""

    value: float = 0.5
    silent: tuple[str, ...] = ()
    trouble: OpsError | None = None
    asked: list[str] = field(default_factory=list)

    async def version(self) -> str:
        return "1"

    async def close(self) -> None:
        return None

    def _series(self, promql: str, moments: Sequence[float]) -> tuple[Series, ...]:
        self.asked.append(promql)
        if self.trouble is not None:
            raise self.trouble
        if any(word in promql for word in self.silent):
            return ()
        return (Series(labels={"service": "payment"}, points=tuple((at, self.value) for at in moments)),)

    async def instant(self, promql: str, at: datetime) -> tuple[Series, ...]:
        return self._series(promql, [at.timestamp()])

    async def range(
        self, promql: str, start: datetime, end: datetime, step_seconds: int
    ) -> tuple[Series, ...]:
        return self._series(promql, [start.timestamp(), end.timestamp()])

    async def existing(self, names: Sequence[str], at: datetime) -> frozenset[str]:
        if self.trouble is not None:
            raise self.trouble
        return frozenset(names)

    async def rules(self) -> tuple[AlertRule, ...]:
        return ()

    def link(self, promql: str, minutes: int, end: datetime) -> str:
        return "http://metrics.invalid"


@dataclass
class KeptPages:
    """A page painter that draws nothing."""

    pages: list[ChartPage] = field(default_factory=list)
    broken: bool = False

    async def draw_page(self, page: ChartPage) -> bytes:
        self.pages.append(page)
        if self.broken:
            raise Unavailable("The chart could not be drawn.", backend="charts")
        return PNG

    async def close(self) -> None:
        return None
