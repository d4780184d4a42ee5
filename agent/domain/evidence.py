"""Evidence is what a read saw; a finding is a claim that rests on evidence."""

import hashlib
from enum import StrEnum
from typing import Literal

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc
from agent.domain.results import Quantity, Result


class EvidenceStatus(StrEnum):
    """How the read ended; an empty answer is not an error."""

    SUCCESS = "success"
    NO_DATA = "no_data"
    ERROR = "error"


class Window(Noun):
    """The stretch of time that a read looked at."""

    start: Utc
    end: Utc


class ReadRequest(Noun):
    """One read to run: the tool operation's name and its parameters."""

    tool: str
    params: dict[str, Json] = Field(default_factory=dict)


class Reading(Noun):
    """What a tool returns; `query` is exact, so that it can be run again by hand."""

    status: EvidenceStatus
    query: str
    summary: str
    window: Window | None = None
    value: Quantity | None = None
    normal: Quantity | None = None
    result: Result | None = None
    link: str | None = None


class Evidence(Noun):
    """A stored reading; `request` repeats it, `error` is for people when the status is `error`."""

    id: str
    incident_id: str | None
    request: ReadRequest
    reading: Reading
    observed_at: Utc
    digest: str
    backend: str
    error: str | None = None

    @property
    def status(self) -> EvidenceStatus:
        """Return how the read ended."""
        return self.reading.status

    @property
    def ok(self) -> bool:
        """Say whether the read brought data."""
        return self.reading.status is EvidenceStatus.SUCCESS


def reading_digest(reading: Reading) -> str:
    """Return the SHA-256 (hex) of a reading's canonical form."""
    return hashlib.sha256(reading.model_dump_json().encode()).hexdigest()


class FindingKind(StrEnum):
    """What a claim is about."""

    SYMPTOM = "symptom"
    CAUSE = "cause"
    CHANGE = "change"
    RULED_OUT = "ruled_out"


class Finding(Noun):
    """A claim; it cannot exist without at least one evidence id. `confidence` is 0 to 1."""

    kind: FindingKind
    claim: str = Field(min_length=1)
    confidence: float = Field(ge=0, le=1)
    evidence_ids: tuple[str, ...] = Field(min_length=1)
    rule: str
    service: str | None = None
    details: dict[str, Json] = Field(default_factory=dict)


class Diagnosis(Noun):
    """Ranked findings of one investigation; `cause` is None when the evidence does not carry one.

    `model` says why no model looked further, and is empty when one did or none was to.
    """

    findings: tuple[Finding, ...] = ()
    cause: Finding | None = None
    next_step: str | None = None
    missing: tuple[str, ...] = ()
    model: Literal["", "away", "refused", "spent"] = ""

    @property
    def inconclusive(self) -> bool:
        """Say whether no cause could be named."""
        return self.cause is None
