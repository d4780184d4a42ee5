"""Charts say in words what they show, and are drawn whatever the numbers are."""

import asyncio
import os
import signal
import struct
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import BadAnswer, TimedOut
from tools.charts import ChartSpec, Line, Marker, alt_text, incident_window
from tools.painter import ProcessPainter
from tools.pictures import Pictures

START = 1_772_362_800.0
END = START + 3600


def spec(*points: tuple[float, float], **more: object) -> ChartSpec:
    plain = ChartSpec("Payment error rate", "ratio", START, END, (Line("payment", points),), threshold=0.05)
    return replace(plain, **more)  # type: ignore[arg-type]  # any field may be given


def test_a_rise_is_told_with_its_moment_threshold_and_markers() -> None:
    chart = spec(
        (START, 0.002),
        (START + 1800, 0.3),
        (END, 0.48),
        markers=(Marker(START + 1740, "deployment payment v2"),),
    )

    assert (
        "Payment error rate rose from 0.2 % to 48 % at 11:30 (UTC); threshold 5 %; deployment payment v2 at 11:29"
        == alt_text(chart, 0.002, 0.48)
    )


@pytest.mark.parametrize(
    ("normal", "value", "expected"),
    [
        (0.01, 0.01, "Payment error rate is 1 %, as usual; threshold 5 %"),
        (None, 0.01, "Payment error rate is 1 %; threshold 5 %"),
        (0.01, None, "Payment error rate: no current value; threshold 5 %"),
        (0.04, 0.01, "Payment error rate fell from 4 % to 1 %; threshold 5 %"),
    ],
)
def test_other_courses_are_told_too(normal: float | None, value: float | None, expected: str) -> None:
    assert expected == alt_text(spec((START, 0.01)), normal, value)


def test_the_incident_is_where_the_curve_is_beyond_the_threshold() -> None:
    points = ((START, 0.01), (START + 60, 0.06), (START + 120, 0.07), (START + 180, 0.05))

    assert (START + 60, START + 120) == incident_window(spec(*points))
    assert (START, START) == incident_window(spec(*points, crossing_up=False))
    assert incident_window(spec(*points, threshold=None)) is None
    assert incident_window(spec(*points, threshold=0.5)) is None


def test_only_the_newest_pictures_are_kept() -> None:
    pictures = Pictures(limit=2)
    first, second = pictures.keep(b"1"), pictures.keep(b"2")
    assert b"1" == pictures.get(first)

    third = pictures.keep(b"3")

    assert b"1" == pictures.get(first)
    assert pictures.get(second) is None
    assert b"3" == pictures.get(third)


def size_of(png: bytes) -> tuple[int, int]:
    assert b"\x89PNG\r\n\x1a\n" == png[:8]
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def painter() -> AsyncIterator[ProcessPainter]:
    found = ProcessPainter()
    yield found
    await found.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "chart",
    [
        spec((START, 0.01), (END, 0.5), band=(0.0, 0.02), incident=(START + 60, END)),
        spec(),
        spec((START, 0.0)),
        spec((START, 1e300), (END, -1e300), unit="bytes", threshold=None),
        spec((START, 0.9991), (END, 0.99), unit="ratio", threshold=0.999, crossing_up=False),
        spec((START, 5e9), (END, 6e9), unit="bytes/s", threshold=None),
        spec(
            (START, 1.0),
            title="결제 $x^2 \\frac{ <b>",
            markers=tuple(Marker(START + i, "m$" * 40) for i in range(10)),
        ),
        spec((START, 1.0), zone="Asia/Seoul", start=START - 400_000),
        replace(spec(), lines=tuple(Line(f"pod-{i}", ((START, float(i)), (END, 1.0))) for i in range(6))),
    ],
    ids=["usual", "empty", "one point", "absurd", "near one", "bytes", "hostile words", "long", "several"],
)
async def test_every_kind_of_chart_is_a_png_of_the_agreed_size(
    painter: ProcessPainter, chart: ChartSpec
) -> None:
    assert (1800, 620) == size_of(await painter.draw(chart))


@pytest.mark.asyncio(loop_scope="module")
async def test_what_cannot_be_drawn_costs_only_that_picture(painter: ProcessPainter) -> None:
    with pytest.raises(BadAnswer):
        await painter.draw(spec(zone="Nowhere/At All"))

    assert await painter.draw(spec((START, 0.1)))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_killed_drawing_process_is_replaced(painter: ProcessPainter) -> None:
    await painter.draw(spec((START, 0.1)))
    process = painter._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()

    assert await painter.draw(spec((START, 0.1)))


@pytest.mark.asyncio(loop_scope="module")
async def test_several_at_once_each_get_their_own_picture(painter: ProcessPainter) -> None:
    charts = [spec((START, 0.1), title=title) for title in ("one", "two", "three")]

    together = await asyncio.gather(*(painter.draw(chart) for chart in charts))

    assert [await painter.draw(chart) for chart in charts] == list(together)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_picture_that_takes_too_long_is_given_up() -> None:
    hasty = ProcessPainter(draw_within=0.000_01)
    try:
        with pytest.raises(TimedOut):
            await hasty.draw(spec((START, 0.1)))
    finally:
        await hasty.close()


@given(
    st.lists(st.tuples(st.floats(START, END), st.floats(-1e6, 1e6)), max_size=5),
    st.none() | st.floats(-10, 10),
    st.none() | st.floats(-10, 10),
)
def test_any_chart_has_words(
    points: list[tuple[float, float]], normal: float | None, value: float | None
) -> None:
    assert "Payment error rate" in alt_text(spec(*points), normal, value)
