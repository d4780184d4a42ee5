"""The dashboard of one incident: the signals of what it affects, around the time of the trouble."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from agent.domain.noun import Utc
from tools.base import Name, Params
from tools.dashboard_builder import reasons as why
from tools.dashboard_builder.folders import INCIDENTS
from tools.dashboard_builder.marks import USUAL_MARKS
from tools.dashboard_builder.model import Board, Panel, Section
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, signal_panel

BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=30)
MOST_SERVICES = 5


def _one_line(value: str) -> str:
    return " ".join(value.split())


class Subject(Params):
    """Which incident a dashboard is about: its number, its affected services, and from when to when."""

    number: int = Field(ge=1, le=10**9)
    title: Annotated[str, Field(max_length=300), AfterValidator(_one_line)] = ""
    services: tuple[Name, ...] = Field(min_length=1, max_length=MOST_SERVICES)
    since: Utc
    until: Utc | None = None
    link: str = Field(default="", max_length=500, pattern=r"^(https?://\S+)?$")


def incident(subject: Subject, dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return the dashboard of one incident; it follows the present until the incident is over."""
    over = subject.until
    return Board(
        f"inc-{subject.number}",
        f"INC-{subject.number}: {subject.title}"[:120].rstrip(": "),
        f"The signals of {', '.join(subject.services)} around the incident.",
        INCIDENTS,
        (_requests(dialect), _saturation(dialect)),
        refresh="30s" if over is None else "",
        since=_moment(subject.since - BEFORE),
        until=_moment(over + AFTER) if over else "now",
        source="the incident's affected services",
        services=subject.services,
        marks=USUAL_MARKS,
        links=((("Incident in Slack", subject.link),) if subject.link else ()),
    )


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _requests(dialect: Dialect) -> Section:
    names = ("request_rate", "server_error_ratio", "latency_p95", "up")
    return Section("Requests", tuple(_panel(name, dialect) for name in names))


def _saturation(dialect: Dialect) -> Section:
    names = ("cpu_utilization", "container_memory_ratio", "pool_utilization", "restarts")
    return Section("Saturation", tuple(_panel(name, dialect) for name in names))


def _panel(name: str, dialect: Dialect) -> Panel:
    return signal_panel(name, dialect=dialect, no_data=why.NOT_THIS_SERVICE)
