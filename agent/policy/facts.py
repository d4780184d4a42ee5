"""What a decision about an action is made by; gathered by execution, tested by the rules."""

from typing import Literal

from pydantic import Field

from agent.domain.action import BlastRadius, Risk, Target
from agent.domain.decision import Autonomy
from agent.domain.incident import Priority
from agent.domain.noun import Json, Noun, Utc


class ActionFacts(Noun):
    """Everything the predicates may test; None means that it is not known, which a rule must say how to take.

    `plan` are the facts of the action's own plan, `freezes` the reasons of the freezes that people declared and that
    hold now, `error_budget_left` is 0 to 1 of the service's budget for the month.
    """

    action: str
    environment: str
    requester: str
    origin: Literal["person", "recovery", "undo"]
    risk: Risk
    reversible: bool
    target: Target
    service: str | None = None
    tier: str | None = None
    priority: Priority | None = None
    radius: BlastRadius = BlastRadius()
    plan: dict[str, Json] = Field(default_factory=dict)
    freezes: tuple[str, ...] = ()
    error_budget_left: float | None = None
    now: Utc
    autonomy: Autonomy | None = None
