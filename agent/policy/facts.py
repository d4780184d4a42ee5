"""What a decision about an action is made by; gathered by execution, tested by the rules."""

from typing import Literal

from pydantic import Field

from agent.domain.action import BlastRadius, Risk, Target
from agent.domain.decision import Autonomy
from agent.domain.incident import Priority
from agent.domain.noun import Json, Noun, Utc
from agent.domain.slo import CalendarWindow, RollingWindow


class ActionFacts(Noun):
    """Everything the predicates may test; None means that it is not known, which a rule must say how to take.

    `plan` are the facts of the action's own plan, `freezes` the reasons of the freezes that people declared and that
    hold now, `error_budget_left` is 0 to 1 of the budget of the objective `error_budget_of` over `error_budget_window`;
    without that objective it is of the requests of 30 days. An objective without a share was promised and cannot be told.
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
    error_budget_of: str = ""
    error_budget_window: RollingWindow | CalendarWindow | None = None
    now: Utc
    autonomy: Autonomy | None = None
