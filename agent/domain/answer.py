"""Questions people ask and the answers they get, before any door renders them."""

from typing import Literal

from agent.domain.evidence import Evidence
from agent.domain.noun import Noun
from agent.domain.results import PictureResult, TableResult


class Question(Noun):
    """A person's question; `incident_id` when it was asked in an incident's thread.

    Without `whole` the answer reaches people who may not see what is kept apart, and tells nothing of it.
    """

    text: str
    asker: str
    language: Literal["en", "ko"] = "en"
    incident_id: str | None = None
    whole: bool = True


class Answer(Noun):
    """A whole answer: Markdown text, an optional table and picture, and the evidence behind it.

    `people` are the ids of persons that text and table name, for doors that can show a person better than by an id.
    """

    text: str
    table: TableResult | None = None
    picture: PictureResult | None = None
    evidence: tuple[Evidence, ...] = ()
    people: tuple[str, ...] = ()


class Step(Noun):
    """One step of work in progress, shown live; ids repeat as its status moves on."""

    id: str
    title: str
    status: Literal["pending", "in_progress", "complete", "error"]
    output: str | None = None


AnswerPart = Step | Answer
"""What a brain yields while it answers: steps as they move, then exactly one Answer."""
