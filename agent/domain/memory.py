"""What is remembered of an ended incident: what it was about, what cured it, and how alike a new one is."""

from enum import StrEnum

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc


class CureKind(StrEnum):
    """Who ended an incident: a verified action of the bot, or people, in the words with which they resolved it."""

    ACTION = "action"
    NOTE = "note"


class Cure(Noun):
    """What ended an incident; an action by its name in the catalogue, its words' `args` and its target."""

    kind: CureKind
    name: str = ""
    args: dict[str, str] = Field(default_factory=dict)
    target: str = ""
    note: str = ""
    by: str = ""


class Recollection(Noun):
    """What an incident was about beside its title; `message` and `spans` say the cause in any language.

    `rule` and `blamed` are the diagnosis' rule and service; `note` are the words with which a person resolved it,
    `truth` those with which people named the true cause.
    """

    started_at: Utc | None = None
    services: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    rule: str = ""
    blamed: str = ""
    message: Json = None
    spans: Json = None
    note: str = ""
    noted_by: str = ""
    truth: str = ""


class PastIncident(Noun):
    """A similar incident from memory and what ended it; `alike` says that it shares more than words."""

    incident_id: str
    number: int
    title: str
    resolved_at: Utc | None
    cause: str | None
    score: float
    about: Recollection = Recollection()
    cure: Cure | None = None
    alike: bool = False

    @property
    def name(self) -> str:
        """Return the short handle that people say, such as `INC-12`."""
        return f"INC-{self.number}"

    @property
    def took_seconds(self) -> float | None:
        """Return how long it lasted, in seconds, or None when that is not known."""
        if self.resolved_at is None or self.about.started_at is None:
            return None
        return max(0.0, (self.resolved_at - self.about.started_at).total_seconds())
