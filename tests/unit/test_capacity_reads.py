"""How the forecast of each series becomes a reading and a picture, and what is said without a date."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.domain.evidence import EvidenceStatus, Reading
from agent.domain.results import PictureResult, Series, TableResult
from tools.charts import ChartSpec
from tools.connectors.memory import MemoryMetrics, MemoryWorld
from tools.metrics_collector.capacity_reads import CapacityChartRead, CapacityParams, CapacityRead
from tools.metrics_collector.sampling import Sampler
from tools.pictures import Pictures
from tools.signals import SIGNALS

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class PastMetrics(MemoryMetrics):
    """Answers every range with the same series, and knows every metric."""

    def __init__(self, *series: Series) -> None:
        super().__init__(MemoryWorld())
        self._series = series
        self.steps: list[int] = []

    async def existing(self, names: object, at: datetime) -> frozenset[str]:
        return frozenset(name for signal in SIGNALS.values() for r in signal.recipes for name in r.needs)

    async def range(
        self, promql: str, start: datetime, end: datetime, step_seconds: int
    ) -> tuple[Series, ...]:
        self.steps.append(step_seconds)
        return self._series


class KeepingPainter:
    """Keeps what it is told to draw."""

    def __init__(self) -> None:
        self.specs: list[ChartSpec] = []

    async def draw(self, spec: ChartSpec) -> bytes:
        self.specs.append(spec)
        return b"picture"

    async def close(self) -> None:
        """Do nothing."""


def rising(name: str, per_day: float, level: float = 0.5, days: int = 20) -> Series:
    hours = range(-days * 24, 1)
    points = tuple(
        ((NOW + timedelta(hours=hour)).timestamp(), level + per_day * (hour / 24 + days)) for hour in hours
    )
    return Series(labels={"instance": name, "mountpoint": "/"}, points=points)


async def look(metrics: PastMetrics, **params: object) -> Reading:
    wanted = CapacityParams.model_validate({"resource": "disk"} | params)
    return await CapacityRead(metrics, Sampler(metrics)).run(wanted, NOW)


async def test_the_first_to_be_full_comes_first_with_its_interval() -> None:
    metrics = PastMetrics(rising("a", 0.0), rising("b", 0.01), rising("c", 0.005))
    reading = await look(metrics)
    assert isinstance(reading.result, TableResult)
    first = dict(zip(reading.result.columns, reading.result.rows[0], strict=True))

    assert ["b /", "c /", "a /"] == [row[0] for row in reading.result.rows]
    assert ("20.0", "20.0", "20.0", "+1 points") == (
        first["days left"],
        first["earliest"],
        first["latest"],
        first["change per day"],
    )
    assert reading.value is not None
    assert reading.value.value == pytest.approx(20)
    assert "reaches 90 % in 20 days (interval 20 to 20)" in reading.summary
    assert "daily medians of 20 days, 90 % interval" in reading.summary
    assert [3600] == metrics.steps


async def test_what_is_full_already_comes_before_what_will_be() -> None:
    reading = await look(PastMetrics(rising("a", 0.01), rising("b", 0.0, level=0.95)))
    assert isinstance(reading.result, TableResult)

    assert ("b /", "already there") == (reading.result.rows[0][0], reading.result.rows[0][6])
    assert reading.value is not None
    assert 0 == reading.value.value


async def test_without_data_or_limit_there_is_no_date() -> None:
    nothing = await look(PastMetrics())
    short = await look(PastMetrics(rising("a", 0.01, days=1)))
    rate = await look(PastMetrics(rising("a", 0.01)), resource="requests")

    assert EvidenceStatus.NO_DATA is nothing.status
    assert (None, None) == (short.value, rate.value)
    assert "too little history" in short.summary
    assert "reaches" not in rate.summary


async def test_the_picture_ends_after_the_latest_date_and_marks_the_crossing() -> None:
    painter, pictures = KeepingPainter(), Pictures()
    metrics = PastMetrics(rising("b", 0.01))
    read = CapacityChartRead(metrics, Sampler(metrics), painter, pictures)
    reading = await read.run(CapacityParams(resource="disk"), NOW)
    spec = painter.specs[0]

    assert isinstance(reading.result, PictureResult)
    assert b"picture" == pictures.get(reading.result.blob)
    assert ["measured", "lowest", "highest", "trend"] == [line.name for line in spec.lines]
    assert [(NOW + timedelta(days=20)).timestamp()] == [pytest.approx(one.at, abs=60) for one in spec.markers]
    assert spec.end == pytest.approx((NOW + timedelta(days=22)).timestamp(), abs=60)
    assert 0.9 == spec.threshold
