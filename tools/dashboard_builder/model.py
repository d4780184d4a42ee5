"""What a dashboard is before any vendor's format: sections of panels with exact queries and limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["course", "number", "table", "bars"]
"""A curve over time, one number, a table of what holds now, or a bar for each series."""

CHECKED_WINDOW = "5m"
CHECKED_RANGE = "1h"


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression with dashboard variables; `signal` names the recipe that it came from.

    `seed` is the query that the monitoring guide or the role prints, where it had to be put right.
    """

    expr: str
    legend: str = ""
    signal: str = ""
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture or number; `limits` are in `unit`, mild first, and crossed downwards when `higher_is_worse` is False.

    `no_data` says why a sound system may have nothing to show here; without it, nothing to show is a fault. The widths of
    neighbours fill a row of 24 exactly: Grafana's library begins the next row only then.
    """

    title: str
    queries: tuple[Query, ...]
    unit: str = "count"
    kind: Kind = "course"
    says: str = ""
    limits: tuple[float, ...] = ()
    higher_is_worse: bool = True
    no_data: str = ""
    width: int = 12
    height: int = 8
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A titled row of panels."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """Where dashboards of one circle of readers lie; Grafana's teams are named as the role names them."""

    uid: str
    title: str
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """Annotations drawn over the curves: those that carry all of these tags."""

    title: str
    tags: tuple[str, ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard; `name` is what people type, `uid` what Grafana knows it by."""

    name: str
    title: str
    purpose: str
    folder: Folder
    sections: tuple[Section, ...]
    refresh: str = "1m"
    since: str = "now-6h"
    until: str = "now"
    source: str = ""
    choices: bool = True
    services: tuple[str, ...] = ()
    marks: tuple[Marks, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def uid(self) -> str:
        """Return the id under which Grafana keeps it, at most 40 characters."""
        return f"ops-{self.name}"[:40]

    def panels(self) -> Iterator[Panel]:
        """Yield every panel in the order in which they are read."""
        for section in self.sections:
            yield from section.panels


def panel_named(board: Board, title: str) -> Panel | None:
    """Return a dashboard's panel by its title."""
    return next((panel for panel in board.panels() if panel.title == title), None)
