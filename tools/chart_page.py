"""Draws a page of a dashboard: its numbers as tiles in rows, its curves as charts side by side."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plot
from matplotlib.figure import Figure, SubFigure

from tools.chart_picture import AMBER, FAINT, INK, RED, WIDTH, as_png, paint, plain

DENSITY = 130
ACROSS, NUMBERS_ACROSS = 2, 4
HEAD, CHART, NUMBER = 0.62, 2.75, 1.35
CALM = "#2b8a5f"
TONES = {"good": CALM, "mild": AMBER, "bad": RED, "plain": INK}
Tile = dict[str, Any]


def draw_page(page: dict[str, Any]) -> bytes:
    """Return the picture of a page as PNG."""
    rows = list(_rows(page["tiles"]))
    heights = [HEAD, *(_height(row) for row in rows)]
    figure = plot.figure(figsize=(WIDTH * 1.55, sum(heights)), dpi=DENSITY)
    try:
        figure.patch.set_facecolor("white")
        parts = figure.subfigures(len(heights), 1, height_ratios=heights)
        parts = [parts] if isinstance(parts, SubFigure) else list(parts)
        _heading(parts[0], page)
        for part, row in zip(parts[1:], rows, strict=True):
            _row(part, row)
        return as_png(figure)
    finally:
        plot.close(figure)


def _rows(tiles: Sequence[Tile]) -> Iterator[list[Tile]]:
    numbers = [tile for tile in tiles if tile["chart"] is None]
    charts = [tile for tile in tiles if tile["chart"] is not None]
    for some, across in ((numbers, NUMBERS_ACROSS), (charts, ACROSS)):
        for start in range(0, len(some), across):
            yield some[start : start + across]


def _height(row: Sequence[Tile]) -> float:
    return NUMBER if row[0]["chart"] is None else CHART


def _heading(part: Figure | SubFigure, page: dict[str, Any]) -> None:
    part.text(0.012, 0.62, plain(page["title"])[:110], fontsize=17, fontweight="bold", color=INK, va="center")
    part.text(0.012, 0.16, plain(page["caption"])[:170], fontsize=9.5, color=FAINT, va="center")


def _row(part: SubFigure, row: Sequence[Tile]) -> None:
    across = NUMBERS_ACROSS if row[0]["chart"] is None else ACROSS
    for place, tile in zip(part.subfigures(1, across, squeeze=False)[0], row, strict=False):
        if tile["chart"] is None:
            _number(place, tile)
        else:
            _chart(place, tile)


def _chart(part: SubFigure, tile: Tile) -> None:
    spec, axes = tile["chart"], part.subplots()
    paint(part, axes, spec)
    # Beside a neighbour there is less room for long numbers than in a picture of its own.
    part.subplots_adjust(left=0.2 if spec["unit"].startswith("money") else 0.13)
    if tile["note"]:
        axes.set_axis_off()
        _note(part, tile["note"])


def _number(part: SubFigure, tile: Tile) -> None:
    part.text(0.05, 0.84, plain(tile["title"])[:46], fontsize=10, color=FAINT, va="center")
    colour = TONES.get(tile["tone"], INK)
    part.text(
        0.05, 0.48, plain(tile["value"])[:24], fontsize=20, fontweight="bold", color=colour, va="center"
    )
    part.text(0.05, 0.24, _wrapped(tile["note"], 48), fontsize=7.5, color=FAINT, va="top")


def _note(part: SubFigure, note: str) -> None:
    part.text(0.5, 0.45, _wrapped(note, 72), fontsize=9, color=FAINT, va="center", ha="center")


def _wrapped(note: str, letters: int) -> str:
    lines = textwrap.wrap(plain(note).replace("`", ""), letters, max_lines=3, placeholder=" …")
    return "\n".join(lines)
