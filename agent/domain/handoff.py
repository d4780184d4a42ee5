"""Work that is handed to a sub-agent: a typed question, a typed answer, an owner and a deadline."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from agent.domain.noun import Noun, Utc
from agent.domain.record import Record, Statement
from agent.domain.risk import RiskAssessment
from agent.domain.update import Moment


class SubAgent(StrEnum):
    """Who may be asked."""

    STAKEHOLDER_COMMUNICATOR = "stakeholder-communicator"
    RISK_MANAGER = "risk-manager"
    DEPLOYMENT_MANAGER = "deployment-manager"


class HandoffState(StrEnum):
    """`asked` waits to be taken up; the last three are ends."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"

    @property
    def ended(self) -> bool:
        """Say whether nothing more happens to it."""
        return self in (HandoffState.ANSWERED, HandoffState.REFUSED, HandoffState.TIMED_OUT)


class InformAudiences(Noun):
    """Write what these audiences may know now; none named means all that communications.yaml names for the priority."""

    kind: Literal["inform_audiences"] = "inform_audiences"
    moment: Moment
    audiences: tuple[str, ...] = ()
    words: str = ""


class AssessAction(Noun):
    """Say how risky an action is."""

    kind: Literal["assess_action"] = "assess_action"
    action_id: str


class ReviewRecurrence(Noun):
    """Look whether this incident's cause recurs, and keep the risk register up to date."""

    kind: Literal["review_recurrence"] = "review_recurrence"


class ExplainRelease(Noun):
    """Say what was released of a service lately, and what changed with it."""

    kind: Literal["explain_release"] = "explain_release"
    service: str


class PlanRelease(Noun):
    """Plan a roll-back, or an emergency patch to an image that was seen, and propose it; execution performs it."""

    kind: Literal["plan_release"] = "plan_release"
    service: str
    want: Literal["roll_back", "emergency_patch"]
    image: str = ""


Question = Annotated[
    InformAudiences | AssessAction | ReviewRecurrence | ExplainRelease | PlanRelease,
    Field(discriminator="kind"),
]


class UpdatesWritten(Noun):
    """The updates that were written, and a sentence for each audience that was left out."""

    kind: Literal["updates_written"] = "updates_written"
    update_ids: tuple[str, ...]
    skipped: tuple[str, ...] = ()


class ActionAssessed(Noun):
    """The assessment of an action."""

    kind: Literal["action_assessed"] = "action_assessed"
    assessment: RiskAssessment


class RisksReviewed(Noun):
    """The numbers of the register's entries that were opened or changed."""

    kind: Literal["risks_reviewed"] = "risks_reviewed"
    entries: tuple[int, ...] = ()
    statements: tuple[Statement, ...] = ()


class ReleaseExplained(Noun):
    """What was released, newest first, and what is known of the changes."""

    kind: Literal["release_explained"] = "release_explained"
    deployment_ids: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()


class ReleasePlanned(Noun):
    """The action that was proposed (None when nothing could be), with the reasons."""

    kind: Literal["release_planned"] = "release_planned"
    action_id: str | None
    statements: tuple[Statement, ...] = ()


HandoffAnswer = Annotated[
    UpdatesWritten | ActionAssessed | RisksReviewed | ReleaseExplained | ReleasePlanned,
    Field(discriminator="kind"),
]

EXPECTED: dict[str, tuple[SubAgent, type[Noun]]] = {
    "inform_audiences": (SubAgent.STAKEHOLDER_COMMUNICATOR, UpdatesWritten),
    "assess_action": (SubAgent.RISK_MANAGER, ActionAssessed),
    "review_recurrence": (SubAgent.RISK_MANAGER, RisksReviewed),
    "explain_release": (SubAgent.DEPLOYMENT_MANAGER, ReleaseExplained),
    "plan_release": (SubAgent.DEPLOYMENT_MANAGER, ReleasePlanned),
}
"""Which sub-agent answers each kind of question, and with what."""


class Handoff(Record):
    """One question on its way; `owner` is the person who cares for it, `finding_ids` is what it rests on.

    `attempt` counts the times it was taken up; an answer is taken once, by the version.
    """

    to: SubAgent
    question: Question
    asked_by: str
    owner: str | None = None
    finding_ids: tuple[str, ...] = ()
    deadline: Utc
    state: HandoffState = HandoffState.ASKED
    attempt: int = 0
    accepted_at: Utc | None = None
    ended_at: Utc | None = None
    answer: HandoffAnswer | None = None
    why: str = ""
    form: Literal["deterministic", "claude"] | None = None

    @property
    def subject(self) -> str:
        """Return the sub-agent."""
        return self.to.value
