"""A possible cause while it is being weighed, and how it becomes a finding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent.diagnosis.signs import MOST, Sign, confidence
from agent.domain.evidence import Finding, FindingKind
from agent.domain.noun import Json
from agent.locale.format import duration
from agent.locale.messages import text


@dataclass(frozen=True, slots=True)
class Words:
    """A catalogue message with its arguments, so that every door can say it in its own language."""

    message: str
    args: Mapping[str, str] = field(default_factory=dict)

    def say(self, language: str) -> str:
        """Return the sentence in a language."""
        return text(language, self.message, **self.args)

    def as_json(self) -> dict[str, Json]:
        """Return the form in which findings keep it."""
        return {"id": self.message, "args": dict(self.args)}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that a claim speaks of; both ends must be instants that the evidence contains."""

    start: datetime
    end: datetime

    @property
    def words(self) -> str:
        """Return the span for a sentence, such as `40 s`."""
        return duration("en", abs(self.end - self.start))

    def as_json(self) -> dict[str, Json]:
        """Return the form that the check recomputes."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat(), "text": self.words}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A rule's proposal; `next_step` is what a person could do about it."""

    rule: str
    service: str
    claim: Words
    signs: tuple[Sign, ...]
    next_step: Words
    doubts: tuple[Sign, ...] = ()
    spans: tuple[Span, ...] = ()
    cap: float = MOST
    context: Mapping[str, Json] = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        """Return the combined weight of its signs, 0 to 1."""
        return confidence(self.signs, self.doubts, cap=self.cap)

    def finding(self) -> Finding:
        """Return the hypothesis as a claim with its evidence and its arithmetic."""
        return claim(
            FindingKind.CAUSE,
            self.rule,
            self.service,
            self.claim,
            tuple(dict.fromkeys(e for s in (*self.signs, *self.doubts) for e in s.evidence_ids)),
            self.confidence,
            spans=self.spans,
            more={
                "signs": [_explained(s) for s in self.signs],
                "doubts": [_explained(s) for s in self.doubts],
                "next": self.next_step.as_json(),
                **self.context,
            },
        )


def _explained(sign: Sign) -> dict[str, Json]:
    return {"sign": sign.name, "evidence": list(sign.evidence_ids)}


def claim(
    kind: FindingKind,
    rule: str,
    service: str | None,
    words: Words,
    evidence_ids: tuple[str, ...],
    sure: float,
    *,
    spans: tuple[Span, ...] = (),
    more: Mapping[str, Json] | None = None,
) -> Finding:
    """Build a finding whose English claim and catalogue message say the same."""
    details: dict[str, Json] = {
        "message": words.as_json(),
        "spans": [s.as_json() for s in spans],
        **(more or {}),
    }
    return Finding(
        kind=kind,
        claim=words.say("en"),
        confidence=sure,
        evidence_ids=evidence_ids,
        rule=rule,
        service=service or None,
        details=details,
    )
