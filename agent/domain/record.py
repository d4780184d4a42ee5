"""What the records of people's work share: an id, a number that people say, an incident, a time, and a version."""

from agent.domain.noun import Noun, Utc


class Record(Noun):
    """A stored thing that changes; `at` is when it began, `version` grows by one with each saved change.

    Every kind of record has a `state` of its own, a text enumeration; `subject` is what it is looked up by beside that.
    """

    id: str
    number: int
    incident_id: str | None = None
    at: Utc
    version: int = 1

    @property
    def subject(self) -> str:
        """Return the service, person or audience that it is about."""
        return ""


class Statement(Noun):
    """A sentence and what it rests on: evidence ids, `event:SEQ` of the timeline, `action:ID`, `deployment:ID`,
    `person:ID`, the id of an earlier update, or `policy:FILE` for what the team promises by a rule."""

    text: str
    sources: tuple[str, ...]
