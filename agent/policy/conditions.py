"""What the condition of an action rule may test; every predicate is typed, and a misspelt one is refused at load."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.domain.action import Risk
from agent.domain.incident import Priority
from agent.policy.documents import Rulebook
from agent.policy.model import Words

ActionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Share = Annotated[float, Field(ge=0, le=1)]
MaybeUnknown = Literal["service", "tier", "priority"]


class BudgetTest(Rulebook):
    """The share (0 to 1) of the service's error budget that is left; `unknown` says how to take a missing one.

    `unpromised` says the same for a service that has no objective for it, where nothing is promised; without it
    `unknown` counts there too.
    """

    below: Share | None = None
    above: Share | None = None
    unknown: bool | None = None
    unpromised: bool | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.below is None) == (self.above is None):
            raise ValueError("write exactly one of below and above, such as {below: 0.1, unknown: true}")
        return self


class RadiusTest(Rulebook):
    """How much the action touches; `unit` limits the test to plans that count in these units.

    `unknown` says how to take a plan that cannot name its share of the target's capacity.
    """

    unit: Words | None = None
    count_over: Annotated[int, Field(ge=0)] | None = None
    count_at_most: Annotated[int, Field(ge=0)] | None = None
    share_over: Share | None = None
    share_at_most: Share | None = None
    services_over: Annotated[int, Field(ge=0)] | None = None
    unknown: bool | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> Self:
        if not self.model_fields_set - {"unit", "unknown"}:
            raise ValueError("name a bound, such as {count_over: 3} or {share_at_most: 0.34}")
        return self


class ActionCondition(Rulebook):
    """What must hold together for an action; the order of the fields is the order of the tests.

    `unknown` says for service, tier and priority how their predicate is taken when the value is not known; without
    it an unknown value is an error, and an error forbids.
    """

    action: Annotated[tuple[ActionName, ...], Field(min_length=1)] | None = None
    origin: Annotated[tuple[Literal["person", "recovery", "undo"], ...], Field(min_length=1)] | None = None
    environment: Words | None = None
    namespace: Words | None = None
    kind: Words | None = None
    service: Words | None = None
    tier: Words | None = None
    priority: Annotated[tuple[Priority, ...], Field(min_length=1)] | None = None
    risk: Annotated[tuple[Risk, ...], Field(min_length=1)] | None = None
    reversible: bool | None = None
    freeze: Literal["active", "inactive"] | None = None
    business_hours: Literal["inside", "outside"] | None = None
    error_budget: BudgetTest | None = None
    radius: RadiusTest | None = None
    grows_at_most: Annotated[float, Field(ge=1)] | None = None
    shrinks_to_at_least: Annotated[int, Field(ge=0)] | None = None
    younger_than_days: Annotated[int, Field(ge=1)] | None = None
    unknown: dict[MaybeUnknown, bool] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set - {"unknown"}:
            raise ValueError("a condition needs at least one predicate")
        useless = sorted(name for name in self.unknown if getattr(self, name) is None)
        if useless:
            raise ValueError(f"unknown names {', '.join(useless)}, which this condition does not test")
        return self
