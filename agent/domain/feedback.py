"""What people say of a diagnosis: right or wrong, and what it was instead."""

from pydantic import Field

from agent.domain.noun import Noun, Utc


class Feedback(Noun):
    """One person's word on one diagnosis; the last one counts.

    `run` numbers the diagnosis within its incident; `confidence`, `rule`, `service` and `brain` are those that it
    stated, and `confidence` is None when it named no cause. `truth` is what the person says it was.
    """

    incident_id: str
    run: int = Field(ge=0)
    person: str
    right: bool
    at: Utc
    confidence: float | None = Field(default=None, ge=0, le=1)
    rule: str = ""
    service: str = ""
    brain: str = ""
    truth: str = ""
