"""Draws a chart in a separate process and says in words what it shows."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from tools.quantities import words


@dataclass(frozen=True, slots=True)
class Line:
    """One curve; points are (unix seconds, value)."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment with a label, such as a deployment."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """Everything a picture shows; `gap_seconds` is the longest pause that a curve bridges."""

    title: str
    unit: str
    start: float
    end: float
    lines: tuple[Line, ...]
    threshold: float | None = None
    crossing_up: bool = True
    band: tuple[float, float] | None = None
    incident: tuple[float, float] | None = None
    markers: tuple[Marker, ...] = ()
    gap_seconds: float = 120.0
    zone: str = "UTC"

    def message(self) -> dict[str, Any]:
        """Return the specification as plain JSON for the drawing process."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Tile:
    """One part of a page: a chart, or without one a number in words; `tone` is `good`, `mild`, `bad` or `plain`."""

    title: str
    chart: ChartSpec | None = None
    value: str = ""
    tone: str = "plain"
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChartPage:
    """Several charts and numbers in one picture."""

    title: str
    caption: str
    tiles: tuple[Tile, ...]

    def message(self) -> dict[str, Any]:
        """Return the page as plain JSON for the drawing process."""
        return asdict(self)


class PagePainter(Protocol):
    """Draws pages."""

    async def draw_page(self, page: ChartPage) -> bytes:
        """Return a PNG; raises Unavailable when drawing fails or takes too long."""
        ...

    async def close(self) -> None:
        """Stop drawing."""
        ...


class Painter(Protocol):
    """Draws pictures."""

    async def draw(self, spec: ChartSpec) -> bytes:
        """Return a PNG; raises Unavailable when drawing fails or takes too long."""
        ...

    async def close(self) -> None:
        """Stop drawing."""
        ...


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M")


def incident_window(spec: ChartSpec) -> tuple[float, float] | None:
    """Return from when to when any line was beyond the threshold; None when none was."""
    if spec.threshold is None:
        return None
    limit = spec.threshold
    beyond = [
        at
        for line in spec.lines
        for at, value in line.points
        if (value > limit) == spec.crossing_up and value != limit
    ]
    return (min(beyond), max(beyond)) if beyond else None


def alt_text(spec: ChartSpec, normal: float | None, value: float | None) -> str:
    """Return what a person who cannot see the picture must know."""
    parts = [_course(spec, normal, value)]
    if spec.threshold is not None:
        parts.append(f"threshold {words(spec.threshold, spec.unit)}")
    parts += [f"{marker.label} at {_clock(marker.at)}" for marker in spec.markers]
    return "; ".join(parts)[:1000]


def _course(spec: ChartSpec, normal: float | None, value: float | None) -> str:
    if value is None:
        return f"{spec.title}: no current value"
    now = words(value, spec.unit)
    if normal is None:
        return f"{spec.title} is {now}"
    incident = spec.incident or incident_window(spec)
    usual = words(normal, spec.unit)
    if usual == now:
        return f"{spec.title} is {now}, as usual"
    verb = "rose" if value > normal else "fell"
    since = f" at {_clock(incident[0])}" if incident else ""
    return (
        f"{spec.title} {verb} from {usual} to {now}{since} (UTC)"
        if since
        else f"{spec.title} {verb} from {usual} to {now}"
    )
