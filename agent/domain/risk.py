"""How risky an action is, with reasons, and the risks that a team keeps an eye on."""

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from agent.domain.noun import Noun, Utc
from agent.domain.record import Record


class RiskLevel(StrEnum):
    """What a score means; risk.yaml draws the lines."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    SEVERE = "severe"

    @property
    def rank(self) -> int:
        """Return 0 for low to 3 for severe."""
        return list(RiskLevel).index(self)


class RiskFactor(Noun):
    """One reason: its name, the points that it adds (0: only named), and a sentence with what was seen.

    `because` is in the team's language; `args` fill the message `risk-factor-NAME` in anybody's. `sources` are the
    evidence ids of a reason that a model gave.
    """

    name: str
    points: int = Field(ge=0, le=100)
    because: str
    args: dict[str, str] = Field(default_factory=dict)
    sources: tuple[str, ...] = ()


class RiskAssessment(Noun):
    """A score from 0 to 100 with its factors, the heaviest first; it can only tighten what the policy says."""

    score: int = Field(ge=0, le=100)
    level: RiskLevel
    factors: tuple[RiskFactor, ...] = ()
    policy_digest: str = ""
    form: Literal["deterministic", "claude"] = "deterministic"


class RiskState(StrEnum):
    """`open` needs work, `accepted` is lived with until its review, the others are ends."""

    OPEN = "open"
    ACCEPTED = "accepted"
    MITIGATED = "mitigated"
    CLOSED = "closed"


class RiskEntry(Record):
    """A recurring or known danger; likelihood and impact from 1 to 5, `incidents` are the ids that bear it out."""

    title: str
    service: str
    cause: str = ""
    likelihood: int = Field(ge=1, le=5)
    impact: int = Field(ge=1, le=5)
    owner: str | None = None
    review_on: date
    state: RiskState = RiskState.OPEN
    incidents: tuple[str, ...] = ()
    note: str = ""
    changed_at: Utc

    @property
    def subject(self) -> str:
        """Return the service."""
        return self.service

    @property
    def score(self) -> int:
        """Return likelihood times impact, 1 to 25."""
        return self.likelihood * self.impact

    @property
    def level(self) -> RiskLevel:
        """Return what the score means, as the usual five-by-five matrix is coloured."""
        if self.score >= 20:
            return RiskLevel.SEVERE
        if self.score >= 12:
            return RiskLevel.HIGH
        return RiskLevel.MODERATE if self.score >= 6 else RiskLevel.LOW
