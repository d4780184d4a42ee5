"""A dashboard as one picture, for where Grafana is absent: its panels' own queries, asked and drawn."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.results import Series
from agent.errors import BackendError
from tools.charts import ChartPage, ChartSpec, Line, Marker, Tile
from tools.connectors.readers import MetricsReader
from tools.dashboard_builder.model import Board, Panel, Query
from tools.dashboard_builder.queries import asked, chosen
from tools.quantities import words

SPAN = timedelta(hours=3)
MOST_NUMBERS, MOST_CHARTS, MOST_LINES = 4, 8, 6
_POINTS = 120
_AT_ONCE = 4
_LABEL = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class BoardPicture:
    """A page to draw, and what people who cannot see it must know; `silent` are the panels without data."""

    page: ChartPage
    alt: str
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    panel: Panel
    lines: tuple[Line, ...]
    error: str = ""

    @property
    def newest(self) -> float | None:
        """Return the worst of the newest values; None without any."""
        values = [line.points[-1][1] for line in self.lines if line.points]
        if not values:
            return None
        return max(values) if self.panel.higher_is_worse else min(values)


async def board_picture(
    metrics: MetricsReader,
    board: Board,
    end: datetime,
    *,
    span: timedelta = SPAN,
    markers: Sequence[Marker] = (),
    since: datetime | None = None,
) -> BoardPicture:
    """Ask for the main panels over a time; a query that fails leaves its tile saying so. Raises nothing of the store's."""
    turn = asyncio.Semaphore(_AT_ONCE)
    start = end - span

    async def seen(panel: Panel) -> _Seen:
        async with turn:
            return await _look(metrics, board, panel, start, end)

    looks = await asyncio.gather(*(seen(panel) for panel in _main(board)))
    trouble = (since.timestamp(), end.timestamp()) if since else None
    tiles = tuple(_tile(look, start, end, tuple(markers), trouble) for look in looks)
    caption = f"{board.purpose} · {start:%d %b %H:%M} – {end:%d %b %H:%M} UTC, drawn from Prometheus"
    silent = tuple(look.panel.title for look in looks if not look.lines)
    return BoardPicture(ChartPage(board.title, caption, tiles), _alt(board, looks), silent)


def _main(board: Board) -> list[Panel]:
    numbers = [panel for panel in board.panels() if panel.kind == "number"][:MOST_NUMBERS]
    return [*numbers, *[panel for panel in board.panels() if panel.kind != "number"][:MOST_CHARTS]]


async def _look(metrics: MetricsReader, board: Board, panel: Panel, start: datetime, end: datetime) -> _Seen:
    try:
        found = [await _asked(metrics, board, panel, query, start, end) for query in panel.queries]
    except BackendError as error:
        return _Seen(panel, (), error.user_message)
    lines = [line for some in found for line in some]
    upwards = panel.higher_is_worse
    return _Seen(
        panel, tuple(sorted(lines, key=lambda line: line.points[-1][1], reverse=upwards)[:MOST_LINES])
    )


async def _asked(
    metrics: MetricsReader, board: Board, panel: Panel, query: Query, start: datetime, end: datetime
) -> list[Line]:
    step = max(15, int((end - start).total_seconds() // _POINTS))
    # A rate needs samples within each step, or the curve would leave some out.
    window = f"{max(300, step)}s"
    promql = asked(query.expr, service=chosen(board.services), window=window)
    if panel.kind == "number":
        series = await metrics.instant(promql, end)
    else:
        series = await metrics.range(promql, start, end, step)
    return [Line(_named(query, one), one.points) for one in series if one.points]


def _named(query: Query, series: Series) -> str:
    shown = _LABEL.sub(lambda match: series.labels.get(match[1], ""), query.legend).strip()
    return shown or ", ".join(series.labels.values()) or "value"


def _tile(
    look: _Seen,
    start: datetime,
    end: datetime,
    markers: tuple[Marker, ...],
    trouble: tuple[float, float] | None,
) -> Tile:
    panel = look.panel
    note = look.error or ("" if look.lines else f"no data. {panel.no_data}".strip())
    if panel.kind == "number":
        value = look.newest
        shown = "no data" if value is None else words(value, panel.unit)
        return Tile(panel.title, value=shown, tone=_tone(panel, value), note=note)
    chart = ChartSpec(
        title=panel.title,
        unit=panel.unit,
        start=start.timestamp(),
        end=end.timestamp(),
        lines=look.lines,
        threshold=panel.limits[-1] if panel.limits and look.lines else None,
        crossing_up=panel.higher_is_worse,
        incident=trouble,
        markers=markers,
        gap_seconds=max(120.0, (end - start).total_seconds() / _POINTS * 3),
    )
    return Tile(panel.title, chart=chart, note=note)


def _tone(panel: Panel, value: float | None) -> str:
    if value is None or not panel.limits:
        return "plain"
    crossed = sum(value > limit if panel.higher_is_worse else value < limit for limit in panel.limits)
    if not crossed:
        return "good"
    return "bad" if crossed == len(panel.limits) else "mild"


def _alt(board: Board, looks: Sequence[_Seen]) -> str:
    said = [
        f"{look.panel.title}: {words(look.newest, look.panel.unit)}"
        for look in looks
        if look.newest is not None
    ]
    return f"{board.title}. {'; '.join(said) or 'No panel has data.'}"[:1000]
