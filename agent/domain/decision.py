"""What the policy says of an action, with the tree of reasons, and the approval that people give."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Literal

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc
from agent.domain.risk import RiskAssessment


class Verdict(StrEnum):
    """Forbid wins over ask, ask over permit; no rule or an error while evaluating means forbid."""

    PERMIT = "permit"
    ASK = "ask"
    FORBID = "forbid"


class Autonomy(StrEnum):
    """How far the bot may go in an environment: `off` proposes nothing, `suggest` shows actions that nobody can run,
    `approve` runs what people approve, `auto` also runs what the policy permits."""

    OFF = "off"
    SUGGEST = "suggest"
    APPROVE = "approve"
    AUTO = "auto"


class Requirement(Noun):
    """So many different people of these groups (Slack user groups by handle) must agree, because a rule says so."""

    rule: str
    count: int = Field(ge=1)
    groups: tuple[str, ...] = Field(min_length=1)
    not_requester: bool = True


class Limit(Noun):
    """At most so many runs of this action within the scope; counted in the ledger when the run is reserved."""

    rule: str
    scope: Literal["incident", "target", "hour", "day"]
    most: int = Field(ge=0)


class PredicateOutcome(Noun):
    """How one predicate of a rule fared; `holds` is None when it could not be told, and `error` says why."""

    name: str
    expected: str
    actual: str
    holds: bool | None
    error: str = ""


class RuleOutcome(Noun):
    """How one rule fared; `because` is the rule's own name, which completes "this action may run because …"."""

    rule: str
    effect: Verdict
    applies: bool
    predicates: tuple[PredicateOutcome, ...] = ()
    waived_by: str | None = None
    error: str = ""


class Decision(Noun):
    """The verdict with everything that led to it; `reasons` are sentences for people, the decisive one first.

    `names` hold, by language, what a name of a rule or freeze in another language is called in it.
    `facts` are the attributes that the predicates were tested on, kept so that a decision can be replayed; `risk` has
    made it stricter where it is high, and is None where nothing was assessed.
    """

    verdict: Verdict
    requirements: tuple[Requirement, ...] = ()
    limits: tuple[Limit, ...] = ()
    rules: tuple[RuleOutcome, ...] = ()
    reasons: tuple[str, ...] = ()
    names: dict[str, dict[str, str]] = Field(default_factory=dict)
    facts: dict[str, Json] = Field(default_factory=dict)
    autonomy: Autonomy = Autonomy.SUGGEST
    expires_after_seconds: int | None = None
    undo_after_seconds: int | None = None
    risk: RiskAssessment | None = None
    policy_digest: str


class Vote(Noun):
    """One person's word; `groups` are those of the required groups that they were in when they gave it."""

    by: str
    choice: Literal["approve", "reject"]
    at: Utc
    groups: tuple[str, ...] = ()
    reason: str = ""


class ApprovalState(StrEnum):
    """`open` takes votes; `granted` waits to be used; `used` has been; the others are ends without a run."""

    OPEN = "open"
    GRANTED = "granted"
    USED = "used"
    REJECTED = "rejected"
    EXPIRED = "expired"
    VOID = "void"


class Approval(Noun):
    """What people are asked to agree to: bound to the action's digest, its target's version and the policy; used once."""

    id: str
    action_id: str
    action_digest: str
    target_version: str
    policy_digest: str
    requester: str
    requirements: tuple[Requirement, ...]
    expires_at: Utc
    state: ApprovalState = ApprovalState.OPEN
    votes: tuple[Vote, ...] = ()
    version: int = 1

    @property
    def agreed(self) -> tuple[Vote, ...]:
        """Return the votes in favour."""
        return tuple(vote for vote in self.votes if vote.choice == "approve")


def missing_votes(requirement: Requirement, requester: str, votes: Sequence[Vote]) -> int:
    """Return how many more different people of the requirement's groups must agree."""
    people = {
        vote.by
        for vote in votes
        if vote.choice == "approve"
        and set(vote.groups) & set(requirement.groups)
        and not (requirement.not_requester and vote.by == requester)
    }
    return max(0, requirement.count - len(people))
