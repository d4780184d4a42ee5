"""What a post-mortem is made of: sections of statements, each of which names what it rests on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.domain.noun import Noun
from agent.domain.record import Statement
from agent.domain.view import IncidentView
from agent.locale.messages import text

Named = Callable[[str], str]
"""How a person is called, by the id that was kept of them."""


class Section(Noun):
    """One part under its title; a `plain` one is running text, every other one a list."""

    name: str
    title: str
    statements: tuple[Statement, ...]
    plain: bool = False


class Source(Noun):
    """What statements rest on: its id, what it is in words, and where it can be looked at again."""

    id: str
    what: str
    query: str = ""
    link: str = ""


class Postmortem(Noun):
    """A whole draft in one language; `sources` are those that its statements name, in that order."""

    incident_id: str
    name: str
    title: str
    language: str
    header: tuple[Statement, ...]
    sections: tuple[Section, ...]
    sources: tuple[Source, ...]
    written_at: datetime

    def section(self, name: str) -> Section | None:
        """Return a part by its name."""
        return next((one for one in self.sections if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a draft is written from: the incident, the reader's language and zone, and people's names.

    `undelivered` are the keys of the messages to the outside that were given up, `audience` is what an audience is called.
    """

    view: IncidentView
    language: str
    zone: ZoneInfo
    named: Named
    undelivered: tuple[str, ...] = ()
    audience: Named = str

    def say(self, message: str, **args: object) -> str:
        """Return a sentence of the catalogue."""
        return text(self.language, message, **args)

    def state(self, message: str, *sources: str, **args: object) -> Statement:
        """Return a sentence of the catalogue with what it rests on."""
        return Statement(text=self.say(message, **args), sources=tuple(dict.fromkeys(sources)))

    def clock(self, at: datetime) -> str:
        """Return a time of day in the reader's zone."""
        return f"{at.astimezone(self.zone):%H:%M:%S}"

    def moment(self, at: datetime) -> str:
        """Return a day and a time of day in the reader's zone."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"

    @property
    def zone_name(self) -> str:
        """Return what the zone is called at the time of the incident."""
        name = self.view.incident.times.opened_at.astimezone(self.zone).strftime("%Z")
        return f"UTC{name}" if name[:1] in "+-" else name
