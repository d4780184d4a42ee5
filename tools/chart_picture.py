"""Draws one chart: curves, threshold, normal band, the time of the trouble, and markers."""

import io
import math
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plot
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, MultipleLocator

from tools.quantities import words

WIDTH, HEIGHT, DENSITY = 9.0, 3.1, 200
INK, FAINT, GRID = "#1d1c1d", "#616061", "#e8e8e8"
RED, AMBER, BAND = "#d72b3f", "#b7791f", "#2b8a5f"
COLOURS = ("#1264a3", "#8a4fbf", "#2b8a5f", "#c96a15", "#5b6b7b", "#b0368f")
_MARGIN = 1.18


def plain(text: str) -> str:
    """Return a text that matplotlib writes as it is."""
    # A dollar sign would start mathematics, a backslash an escape of it.
    return text.replace("\\", "∖").replace("$", "＄")


def _day(at: float) -> float:
    """Return matplotlib's number for a moment: days since 1970."""
    return at / 86400.0


def _times(points: list[list[float]], gap: float) -> tuple[list[float], list[float]]:
    """Return the curve's points with a hole wherever samples are missing."""
    moments: list[float] = []
    values: list[float] = []
    last = None
    for at, value in points:
        if last is not None and at - last > gap:
            moments.append(_day(last + 1))
            values.append(float("nan"))
        moments.append(_day(at))
        values.append(value)
        last = at
    return moments, values


def _curves(axes: Axes, spec: dict[str, Any]) -> None:
    several = len(spec["lines"]) > 1
    for place, line in enumerate(spec["lines"]):
        moments, values = _times(line["points"], spec["gap_seconds"])
        colour = COLOURS[place % len(COLOURS)]
        dot = "o" if len(line["points"]) < 3 else None
        axes.plot(
            moments,
            values,
            color=colour,
            linewidth=2.0,
            marker=dot,
            label=plain(line["name"])[:40],
            zorder=4,
        )
        if not several:
            axes.fill_between(moments, values, 0, color=colour, alpha=0.08, linewidth=0, zorder=2)
    if several:
        axes.legend(
            loc="best",
            fontsize=8,
            frameon=True,
            facecolor="white",
            edgecolor="none",
            framealpha=0.85,
            ncols=2,
        )


def _crowd(spec: dict[str, Any], limit: float, height: float, *, left: bool) -> int:
    """Count the points that a label just above the threshold would cover at one end of the picture."""
    length = spec["end"] - spec["start"]
    edge = spec["start"] + 0.2 * length if left else spec["end"] - 0.2 * length
    return sum(
        limit - 0.02 * height <= value <= limit + 0.1 * height and (at < edge if left else at > edge)
        for line in spec["lines"]
        for at, value in line["points"]
    )


def _level(axes: Axes, spec: dict[str, Any], bottom: float, top: float) -> None:
    if spec["band"]:
        low, high = spec["band"]
        axes.axhspan(
            low, max(high, low + (top - bottom) * 0.004), color=BAND, alpha=0.16, linewidth=0, zorder=1
        )
    limit = spec["threshold"]
    if limit is None or limit >= top:
        return
    axes.axhline(limit, color=RED, linewidth=1.3, linestyle=(0, (5, 3)), zorder=3)
    height = top - bottom
    left = _crowd(spec, limit, height, left=True) <= _crowd(spec, limit, height, left=False)
    axes.annotate(
        f"threshold {words(limit, spec['unit'])}",
        xy=(0 if left else 1, limit),
        xycoords=("axes fraction", "data"),
        xytext=(6 if left else -6, 4),
        textcoords="offset points",
        ha="left" if left else "right",
        fontsize=8.5,
        color=RED,
        zorder=6,
        bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
    )


def _moments(axes: Axes, spec: dict[str, Any]) -> None:
    if spec["incident"]:
        start, end = map(_day, spec["incident"])
        axes.axvspan(start, end, color=RED, alpha=0.07, linewidth=0, zorder=0)
    length = spec["end"] - spec["start"]
    shown = sorted(
        (m for m in spec["markers"] if spec["start"] <= m["at"] <= spec["end"]), key=lambda m: m["at"]
    )
    row, before = 0, spec["start"] - length
    for marker in shown:
        # Neighbours would write over each other in one row above the picture.
        row = 1 - row if marker["at"] - before < 0.28 * length else 0
        before = marker["at"]
        late = marker["at"] > spec["start"] + 0.65 * length
        axes.axvline(_day(marker["at"]), color=AMBER, linewidth=1.4, zorder=5)
        axes.annotate(
            f"{plain(marker['label'])[:44]} ▾" if late else f"▾ {plain(marker['label'])[:44]}",
            xy=(_day(marker["at"]), 1),
            xycoords=("data", "axes fraction"),
            xytext=(4.5 if late else -4.5, 3 + 12 * row),
            textcoords="offset points",
            ha="right" if late else "left",
            fontsize=8.5,
            color=AMBER,
            zorder=7,
        )


def _top(spec: dict[str, Any]) -> float:
    """Return the end of the value axis; a threshold far above the curve does not flatten it."""
    highest = max((value for line in spec["lines"] for _, value in line["points"]), default=0.0)
    highest = max(highest, spec["band"][1] if spec["band"] else 0.0)
    limit = spec["threshold"]
    if limit is not None and limit <= max(highest * 3, 0) + 1e-12:
        highest = max(highest, limit)
    top = highest * _MARGIN or 1.0
    return min(top, 1.04) if spec["unit"] == "ratio" and highest <= 1 else top


def _value_ticks(unit: str, height: float) -> Locator:
    if not unit.startswith("bytes"):
        return MaxNLocator(nbins=5)
    # Bytes read well at multiples of powers of two, not of ten.
    scale = 1024.0 ** int(math.log(max(height / 4, 1), 1024))
    step = next((n for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512) if n * scale * 6 > height), 1024)
    return MultipleLocator(step * scale)


def _clock_form(seconds: float) -> str:
    """Return how moments are written below the picture; over many days an hour would only take the room."""
    if seconds > 8 * 86400:
        return "%d %b"
    return "%d %b %H:%M" if seconds > 36 * 3600 else "%H:%M"


def _axes(axes: Axes, spec: dict[str, Any], zone: ZoneInfo) -> None:
    lowest = min((value for line in spec["lines"] for _, value in line["points"]), default=0.0)
    top = _top(spec)
    bottom = min(0.0, lowest * _MARGIN)
    if spec["unit"] == "ratio" and not spec["crossing_up"] and lowest > 0.5:
        # Ratios that live near 100 % show nothing on an axis from 0.
        bottom = max(0.0, 1 - (1 - min(lowest, spec["threshold"] or 1)) * 1.4 - 0.0005)
        if lowest >= 1 and spec["threshold"] in (None, 1):
            # Nothing is missing, and an axis of thousandths would say that something could be seen.
            bottom = 0.9
        top = 1 + (1 - bottom) * 0.06
    axes.set_ylim(bottom, top)
    axes.set_xlim(_day(spec["start"]), _day(spec["end"]))
    _level(axes, spec, bottom, top)
    axes.yaxis.set_major_locator(_value_ticks(spec["unit"], top - bottom))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words(value, spec["unit"])))
    locator = dates.AutoDateLocator(tz=zone, minticks=4, maxticks=12)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.DateFormatter(_clock_form(spec["end"] - spec["start"]), tz=zone))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#bbbbbb")
    axes.tick_params(length=0, labelsize=9, colors=FAINT, pad=5)
    axes.margins(x=0)


def _captions(figure: Figure | SubFigure, spec: dict[str, Any], zone: ZoneInfo) -> None:
    figure.text(
        0.012, 0.945, plain(spec["title"])[:80], fontsize=13, fontweight="bold", color=INK, va="center"
    )
    start, end = (datetime.fromtimestamp(spec[key], zone) for key in ("start", "end"))
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%d %b %H:%M}"
    parts = [f"{start:%d %b %Y %H:%M} – {until} {spec['zone']}"]
    if spec["band"]:
        parts.append("green band: normal, the hour before")
    if spec["threshold"] is not None and spec["threshold"] >= _top(spec):
        parts.append(f"threshold {words(spec['threshold'], spec['unit'])} is above the picture")
    figure.text(0.012, 0.865, "  ·  ".join(parts), fontsize=8.5, color=FAINT, va="center")


def paint(figure: Figure | SubFigure, axes: Axes, spec: dict[str, Any]) -> None:
    """Draw a specification into a figure, or into a part of one."""
    zone = ZoneInfo(spec["zone"])
    figure.subplots_adjust(left=0.085, right=0.97, top=0.74 if spec["markers"] else 0.82, bottom=0.11)
    _curves(axes, spec)
    _axes(axes, spec, zone)
    _moments(axes, spec)
    _captions(figure, spec, zone)


def draw(spec: dict[str, Any]) -> bytes:
    """Return the picture of a specification as PNG."""
    figure, axes = plot.subplots(figsize=(WIDTH, HEIGHT), dpi=DENSITY)
    try:
        figure.patch.set_facecolor("white")
        paint(figure, axes, spec)
        return as_png(figure)
    finally:
        plot.close(figure)


def as_png(figure: Figure) -> bytes:
    """Return a figure as PNG."""
    out = io.BytesIO()
    figure.savefig(out, format="png", facecolor="white")
    return out.getvalue()
