"""risk.yaml: how many points each reason adds, what a score means, and what a level demands."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from agent.domain.risk import RiskLevel
from agent.policy.approvals import Requires
from agent.policy.documents import Misplaced, Rulebook
from agent.policy.model import Seconds
from agent.policy.windows import Clock, Day

Points = Annotated[int, Field(ge=0, le=100)]


class Share(Rulebook):
    """Points for the whole capacity of the target; a part of it adds its part of them."""

    whole: Points


class Many(Rulebook):
    """Points for touching more than so many pods, keys or queries."""

    over: Annotated[int, Field(ge=0)]
    points: Points


class Each(Rulebook):
    """Points for each of something, and never more than `most`."""

    each: Points
    most: Points


class Harm(Rulebook):
    """Points for the harm that an action can do at worst."""

    low: Points
    medium: Points
    high: Points


class Budget(Rulebook):
    """Points for a budget that is used up (a part of it adds its part of them), and for one that is not known."""

    spent: Points
    unknown: Points


class Past(Rulebook):
    """Points for each time that the same action failed or was taken back here, and for one never tried here."""

    failed: Points
    undone: Points
    most: Points
    untried: Points


class PointTable(Rulebook):
    """Points per reason."""

    share: Share
    count: Many
    services: Each
    irreversible: Points
    harm: Harm
    error_budget: Budget
    freeze: Points
    outside_hours: Points
    dependants: Each
    history: Past


class Lines(Rulebook):
    """From which score on each level holds; below the first an action is low."""

    moderate: Points
    high: Points
    severe: Points

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if not 0 < self.moderate < self.high < self.severe:
            raise ValueError("the lines must rise from moderate over high to severe, and begin above 0")
        return self

    def level(self, score: int) -> RiskLevel:
        """Return what a score means."""
        if score >= self.severe:
            return RiskLevel.SEVERE
        if score >= self.high:
            return RiskLevel.HIGH
        return RiskLevel.MODERATE if score >= self.moderate else RiskLevel.LOW


class Demand(Rulebook):
    """What a level asks for on top of those below it."""

    ask: Requires | None = None
    besides: Requires | None = None
    forbid: bool = False

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name a demand, such as ask: {count: 1, groups: [sre-oncall]}")
        if self.forbid and (self.ask or self.besides):
            raise Misplaced((("forbid",), "what is forbidden asks nobody; take ask and besides away"))
        return self


class Counsel(Rulebook):
    """How many points a model's own reasons may add."""

    most: Points


class ReviewAfter(Rulebook):
    """After how long an entry of the register is looked at again, by its level."""

    low: Seconds
    moderate: Seconds
    high: Seconds
    severe: Seconds

    def of(self, level: RiskLevel) -> timedelta:
        """Return the time until the next review."""
        return timedelta(seconds=getattr(self, level.value))


class Digest(Rulebook):
    """When the week's digest is told, in the zone of freezes.yaml."""

    day: Day
    at: Clock


class Register(Rulebook):
    """When a cause that comes back becomes an entry, and how entries are kept up to date."""

    repeats: Annotated[int, Field(ge=1)]
    within: Seconds
    review_after: ReviewAfter
    digest: Digest


class RiskPolicy(Rulebook):
    """Everything about risk; the demands of a level hold for all levels above it too."""

    points: PointTable
    remembered: Seconds
    levels: Lines
    demands: dict[RiskLevel, Demand] = Field(default_factory=dict)
    except_environments: tuple[str, ...] = ()
    counsel: Counsel
    register_: Annotated[Register, Field(alias="register")]

    def demanded(self, level: RiskLevel, environment: str) -> tuple[Demand, ...]:
        """Return what holds for an action of a level in an environment, the mildest level's demand first."""
        if environment in self.except_environments:
            return ()
        return tuple(self.demands[one] for one in RiskLevel if one in self.demands and one.rank <= level.rank)

    def asked(self) -> Iterator[tuple[RiskLevel, str, Requires]]:
        """Yield every demand for people with its level and its field."""
        for level, demand in self.demands.items():
            for name, requires in (("ask", demand.ask), ("besides", demand.besides)):
                if requires is not None:
                    yield level, name, requires
