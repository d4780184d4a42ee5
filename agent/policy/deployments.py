"""deployments.yaml: how long a release is watched, what is compared, and when the error budget speaks against one."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.domain.incident import Priority
from agent.policy.documents import Rulebook
from agent.policy.model import RuleId, Seconds, Words

Gate = Literal["open", "shut", "unknown"]
"""Whether releases may go ahead: `shut` means that little error budget is left, `unknown` that nobody can tell."""


class WatchCondition(Rulebook):
    """Which releases a rule is for; everything that is named must hold."""

    environments: Words | None = None
    tiers: Words | None = None
    services: Words | None = None


class WatchRule(Rulebook):
    """How long a release is watched (`for`), how often, and how long after its end things have to settle first."""

    id: RuleId
    when: Annotated[WatchCondition, Field(alias="if")] = WatchCondition()
    lasts: Annotated[Seconds, Field(alias="for", ge=10, le=86_400)]
    look_every: Annotated[Seconds, Field(ge=5)]
    settle: Annotated[Seconds, Field(ge=0)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.settle + self.look_every > self.lasts:
            raise ValueError("settle and look_every must fit into the watch (`for`)")
        return self


class SignalRule(Rulebook):
    """By how much a signal must be worse, in its own unit and as a share of what it was; both must be exceeded."""

    worse_by: Annotated[float, Field(gt=0)]
    share: Annotated[float, Field(ge=0, le=10)] = 0.0
    needs_traffic: bool = False


class RegressionRule(Rulebook):
    """What a regression becomes: the priority of its incident by tier, and whether a roll-back is proposed."""

    priority: Annotated[dict[str, Priority], Field(min_length=1)]
    roll_back: Literal["propose", "leave"] = "propose"


class BudgetGate(Rulebook):
    """Below which share of the error budget releases are discouraged; roll-backs never are."""

    discourage_below: Annotated[float, Field(ge=0, le=1)]


class ClusterWatch(Rulebook):
    """Whether finished roll-outs are looked for in Kubernetes, how often, where (empty: everywhere the bot looks)."""

    watch: bool = True
    every: Annotated[Seconds, Field(ge=5)] = 15
    namespaces: tuple[str, ...] = ()
    unfinished_after: Annotated[Seconds, Field(ge=60)] = 600


class DeploymentPolicy(Rulebook):
    """deployments.yaml as a whole; the first watch rule that takes a release is used."""

    channel: Annotated[str, Field(pattern=r"^#[a-z0-9][a-z0-9_-]{0,79}$")] | None = None
    names: dict[str, str] = Field(default_factory=dict)
    environments: dict[str, str] = Field(default_factory=dict)
    same_release_within: Seconds
    least_requests: Annotated[int, Field(ge=1)]
    watch: Annotated[tuple[WatchRule, ...], Field(min_length=1)]
    signals: Annotated[dict[str, SignalRule], Field(min_length=1)]
    regression: RegressionRule
    error_budget: BudgetGate
    kubernetes: ClusterWatch = ClusterWatch()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        ids = [rule.id for rule in self.watch]
        if len(set(ids)) < len(ids):
            raise ValueError("watch rule ids must differ")
        if self.watch[-1].when.model_fields_set:
            raise ValueError("the last watch rule must take every release: leave its `if` out")
        return self

    def name_of(self, name: str) -> str:
        """Return what the bot calls a service that a sender calls so."""
        return self.names.get(name, name)

    def environment_of(self, name: str) -> str:
        """Return what the bot calls an environment that a sender calls so."""
        return self.environments.get(name, name)


def watch_of(policy: DeploymentPolicy, *, service: str, tier: str, environment: str) -> WatchRule:
    """Return the first rule that takes a release."""
    return next(rule for rule in policy.watch if _takes(rule.when, service, tier, environment))


def _takes(when: WatchCondition, service: str, tier: str, environment: str) -> bool:
    wanted = ((when.services, service), (when.tiers, tier), (when.environments, environment))
    return all(names is None or value in names for names, value in wanted)


def priority_of(policy: DeploymentPolicy, tier: str) -> Priority:
    """Return how bad a regression of a service is; a tier that is not named counts as the mildest that is."""
    known = policy.regression.priority
    return known.get(tier) or max(known.values(), key=lambda level: level.rank)


def gate(policy: DeploymentPolicy, budget_left: float | None) -> Gate:
    """Say whether the error budget (0 to 1 left) lets releases go ahead."""
    if budget_left is None:
        return "unknown"
    return "shut" if budget_left < policy.error_budget.discourage_below else "open"
