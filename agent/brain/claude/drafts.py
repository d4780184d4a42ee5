"""What the model writes at the end, as it is asked for and as it is read: drafts, before any rule has seen them."""

from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.analysis.redaction import clean_text
from agent.brain.claude.schema import narrow
from agent.brain.claude.turns import Block
from agent.diagnosis.admission import RULE
from agent.domain.evidence import Finding, FindingKind
from agent.errors import BadAnswer

BACKEND = "claude"
T = TypeVar("T", bound=BaseModel)
MOST_FINDINGS = 8
LONGEST_CLAIM = 400


class _Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FindingDraft(_Draft):
    """One claim as the model writes it."""

    kind: Literal["cause", "symptom", "change", "ruled_out"]
    service: str = Field(description="the service it is about, named as in the data; empty when none")
    claim: str = Field(description="one sentence; every number in it stands in the cited evidence")
    confidence: float = Field(description="0 to 1")
    evidence: list[str] = Field(description="ids of the evidence that shows it")


class Findings(_Draft):
    """What an investigation ends with; empty lists are an honest result."""

    findings: list[FindingDraft]
    action: str = Field(description="id of one of the listed actions, or empty")
    action_reason: str = Field(description="why, in one sentence; empty without an action")


class SentenceDraft(_Draft):
    """One sentence of an answer."""

    text: str
    evidence: list[str] = Field(description="ids of the evidence that shows it")


class Reply(_Draft):
    """An answer to a person's question."""

    sentences: list[SentenceDraft]


class OpinionDraft(_Draft):
    """What a second reader says of one claim."""

    number: int
    verdict: Literal["supported", "partly", "unsupported"]


class Opinions(_Draft):
    """What a second reader says."""

    opinions: list[OpinionDraft]


def schema_of(kind: type[BaseModel]) -> Block:
    """Return the JSON schema that the API enforces."""
    return narrow(kind.model_json_schema())


def read(kind: type[T], text: str) -> T:
    """Return the draft; raises BadAnswer."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise BadAnswer("Claude's answer has another shape than asked for.", backend=BACKEND) from error


def finding(draft: FindingDraft) -> Finding | None:
    """Return a draft as a finding of ours, or None when it says nothing or cites nothing."""
    claim = " ".join(clean_text(draft.claim).split())[:LONGEST_CLAIM]
    ids = tuple(dict.fromkeys(one for one in draft.evidence if one))[:12]
    if not claim or not ids:
        return None
    return Finding(
        kind=FindingKind(draft.kind),
        claim=claim,
        confidence=min(1.0, max(0.0, draft.confidence)) if draft.confidence == draft.confidence else 0.0,
        evidence_ids=ids,
        rule=f"{RULE}{draft.kind}",
        service=clean_text(draft.service).strip()[:253] or None,
    )
