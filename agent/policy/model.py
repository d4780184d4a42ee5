"""What the policy files may say."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from agent.domain.alert import Severity
from agent.domain.incident import Priority
from agent.policy.documents import Rulebook

_DURATION = re.compile(r"(\d+)(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}

RuleId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
GroupName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
Words = Annotated[tuple[str, ...], Field(min_length=1)]


def _to_seconds(value: object) -> object:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write a duration such as 30s, 15m, 4h, 1d or 1w")
    return int(match[1]) * _SECONDS[match[2]]


Seconds = Annotated[int, BeforeValidator(_to_seconds)]


class SeverityPolicy(Rulebook):
    """severity.yaml: which words of a label mean which severity; an unknown word counts as `unmapped`."""

    label: str
    levels: dict[Severity, Words]
    unmapped: Severity = Severity.CRITICAL

    @model_validator(mode="after")
    def _once(self) -> Self:
        words = [word for level in self.levels.values() for word in level]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ValueError(f"a word may stand under one level only: {', '.join(twice)}")
        return self


class ServicePolicy(Rulebook):
    """services.yaml: which label names the service, and how much the business rests on each service."""

    labels: Words
    strip_prefixes: tuple[str, ...] = ()
    not_services: tuple[str, ...] = ()
    environment_labels: tuple[str, ...] = ("environment", "env")
    tiers: dict[str, tuple[str, ...]]
    default_tier: str

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.default_tier not in self.tiers:
            raise ValueError(f"default_tier must be one of: {', '.join(self.tiers)}")
        return self

    def bare(self, name: str) -> str:
        """Return a service's name without the prefixes that its objects bear."""
        for prefix in self.strip_prefixes:
            name = name.removeprefix(prefix)
        return name

    def tier_of(self, service: str) -> str:
        """Return the tier of a service."""
        return next((tier for tier, names in self.tiers.items() if service in names), self.default_tier)

    def counted_as(self, service: str | None) -> str:
        """Return a service's name where this file has it, else `other`: labels of alerts may say anything."""
        return service if service and any(service in names for names in self.tiers.values()) else "other"


class Spread(Rulebook):
    """At least this many services fail, counting only those of a tier and severity when they are named."""

    at_least: Annotated[int, Field(ge=1)]
    tier: Words | None = None
    severity: tuple[Severity, ...] | None = None


class Condition(Rulebook):
    """What must hold together; `alert`, `severity` and `tier` must hold for one and the same alert."""

    alert: Words | None = None
    severity: tuple[Severity, ...] | None = None
    tier: Words | None = None
    environment: Words | None = None
    category: Words | None = None
    services_failing: Spread | None = None
    error_ratio_over: float | None = None
    latency_seconds_over: float | None = None
    up_ratio_over: float | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("a condition needs at least one predicate")
        return self


class Spoken(Rulebook):
    """Words by language; English is what records and terminals show."""

    en: Annotated[str, Field(min_length=1)]
    ko: Annotated[str, Field(min_length=1)]


class PriorityRule(Rulebook):
    """One rule: the incident has this priority `because` …, if the condition holds and the exception does not."""

    id: RuleId
    priority: Priority
    because: Annotated[str, Field(min_length=1)] | Spoken
    when: Annotated[Condition, Field(alias="if")]
    unless: Condition | None = None

    def because_in(self, language: str) -> str | None:
        """Return why in a language; None where the file has no words in it."""
        if isinstance(self.because, str):
            return self.because if language == "en" else None
        return self.because.ko if language == "ko" else self.because.en


class PriorityLevel(Rulebook):
    """What a priority means, for people."""

    definition: str
    examples: Words
    impact: str


class PriorityPolicy(Rulebook):
    """priority.yaml: the levels and the rules; the strictest matching rule wins, the first of equals."""

    levels: dict[Priority, PriorityLevel]
    rules: Annotated[tuple[PriorityRule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = [level.value for level in Priority if level not in self.levels]
        if missing:
            raise ValueError(f"levels lack {', '.join(missing)}")
        ids = [rule.id for rule in self.rules]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"rule ids must differ: {', '.join(twice)}")
        always = {s for rule in self.rules if _only_severity(rule) for s in rule.when.severity or ()}
        open_ends = [level.value for level in Severity if level not in always]
        if open_ends:
            raise ValueError(f"no rule catches every alert of severity {', '.join(open_ends)}")
        return self


def _only_severity(rule: PriorityRule) -> bool:
    return rule.unless is None and rule.when.model_fields_set == {"severity"}


class RouteCondition(Rulebook):
    """Which incidents a route takes; `labels` must be equal."""

    priority: Annotated[tuple[Priority, ...], Field(min_length=1)] | None = None
    labels: dict[str, str] = Field(default_factory=dict)


class RouteRule(Rulebook):
    """One route: channel, mentions, paging and time limits; `room` opens a channel of the incident's own, `invite` names
    the user groups whose people are asked into it. `call` names roles, schedules or people who are called first, in place
    of the schedules that serve the service; while nobody stands for them, those schedules are called after all."""

    id: RuleId
    when: Annotated[RouteCondition, Field(alias="if")]
    channel: Annotated[str, Field(pattern=r"^#[a-z0-9][a-z0-9_-]{0,79}$")]
    mentions: tuple[str, ...] = ()
    page: tuple[str, ...] = ()
    respond_within: Seconds | Literal["next business day"] = "next business day"
    resolve_within: Seconds | None = None
    escalate_to: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    room: bool = False
    invite: tuple[GroupName, ...] = ()


class RoutingPolicy(Rulebook):
    """routing.yaml: the first route that takes an incident is used; each priority needs one that always does."""

    routes: Annotated[tuple[RouteRule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for level in Priority:
            if not any(_always(route, level) for route in self.routes):
                raise ValueError(f"no route takes every incident of {level.value}")
        ids = [route.id for route in self.routes]
        if len(set(ids)) < len(ids):
            raise ValueError("route ids must differ")
        return self


def _always(route: RouteRule, level: Priority) -> bool:
    return not route.when.labels and (route.when.priority is None or level in route.when.priority)
