"""What counts of a signal is what its series say now; a pod that is gone says nothing any more."""

import pytest

from agent.domain.results import Series, SeriesResult
from agent.execution.triggers import signal_series
from tests.support import readings
from tests.support.reads import ScriptedReads
from tests.support.store import NOON

SIGNAL = "metrics_collector.signal"
NOW = NOON.timestamp()


def pod(name: str, *values: float, until: float = 0.0, step: float = 2.0) -> Series:
    """Return a pod's values at equal steps, the last of them so many seconds ago."""
    first = NOW - until - step * (len(values) - 1)
    return Series(labels={"pod": name}, points=tuple((first + step * n, v) for n, v in enumerate(values)))


async def going_on(*series: Series) -> list[str]:
    reads = ScriptedReads(NOON)
    reads.on(SIGNAL, readings.found(SeriesResult(series=series)))
    return [one.labels["pod"] for one in await signal_series(reads, "container_memory_ratio", "catalog")]


@pytest.mark.parametrize("step", [2.0, 15.0, 60.0])
async def test_a_series_that_ended_is_left_out(step: float) -> None:
    old = pod("old", 0.9, 0.93, until=step, step=step)
    new = pod("new", 0.4, 0.4, 0.4, step=step)

    assert ["new"] == await going_on(old, new)


@pytest.mark.parametrize("late", [0.0, 0.5, 1.0])
async def test_a_series_that_is_less_than_a_step_late_goes_on(late: float) -> None:
    assert ["a", "b"] == await going_on(pod("a", 0.4, 0.4, 0.4), pod("b", 0.9, 0.9, until=late))


async def test_when_all_are_equally_old_all_count() -> None:
    assert ["a", "b"] == await going_on(pod("a", 0.9, until=40), pod("b", 0.9, until=40))


async def test_series_without_points_say_nothing() -> None:
    assert [] == await going_on(Series(labels={"pod": "a"}, points=()))
