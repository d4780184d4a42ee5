"""approvals.yaml: which actions may run, by whose word, within which limits; whatever no rule lets run is forbidden."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from agent.domain.decision import Limit, Requirement, Verdict
from agent.policy.conditions import ActionCondition
from agent.policy.documents import Loc, Misplaced, Rulebook
from agent.policy.model import Seconds

Group = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]


def _sentence(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise ValueError("a name is one line of printable words without spaces around it")
    return name


Sentence = Annotated[str, Field(min_length=3, max_length=200), AfterValidator(_sentence)]
"""A rule's name; it completes "this action may run because …", or "this action may not run because …"."""
Names = dict[Literal["en", "ko"], Sentence]
"""A name in other languages, for whoever reads those."""


class Requires(Rulebook):
    """So many different people of these Slack user groups must agree."""

    count: Annotated[int, Field(ge=1, le=10)]
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    not_requester: bool = True

    def demand(self, rule: str) -> Requirement:
        """Return the requirement in a rule's name."""
        return Requirement(rule=rule, count=self.count, groups=self.groups, not_requester=self.not_requester)


class Limits(Rulebook):
    """At most so many runs of the action in each scope, and when it is taken back by itself."""

    per_incident: Annotated[int, Field(ge=1)] | None = None
    per_target: Annotated[int, Field(ge=1)] | None = None
    per_hour: Annotated[int, Field(ge=1)] | None = None
    per_day: Annotated[int, Field(ge=1)] | None = None
    undo_after: Seconds | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name a limit, such as {per_hour: 3}")
        return self

    def bounds(self, rule: str) -> Iterator[Limit]:
        """Yield the limits that the ledger counts, in a rule's name."""
        if self.per_incident is not None:
            yield Limit(rule=rule, scope="incident", most=self.per_incident)
        if self.per_target is not None:
            yield Limit(rule=rule, scope="target", most=self.per_target)
        if self.per_hour is not None:
            yield Limit(rule=rule, scope="hour", most=self.per_hour)
        if self.per_day is not None:
            yield Limit(rule=rule, scope="day", most=self.per_day)


class ApprovalRule(Rulebook):
    """One rule. It grants (`permit`, or `ask` for votes) only when it names actions; without it can only demand more."""

    name: Sentence
    names: Names = Field(default_factory=dict)
    when: Annotated[ActionCondition, Field(alias="if")]
    unless: ActionCondition | None = None
    then: Verdict
    requires: Requires | None = None
    waives: tuple[str, ...] = ()
    limits: Limits | None = None
    expires_after: Seconds | None = None

    @property
    def grants(self) -> bool:
        """Say whether the rule can let an action run."""
        return self.then is not Verdict.FORBID and self.when.action is not None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        mistakes = [mistake for mistake in _contradictions(self) if mistake]
        if mistakes:
            raise Misplaced(*mistakes)
        return self


def _contradictions(rule: ApprovalRule) -> Iterator[tuple[Loc, str]]:
    asks = rule.then is Verdict.ASK
    if asks and rule.requires is None:
        yield ("then",), "a rule that asks needs requires, such as {count: 1, groups: [sre-oncall]}"
    if not asks and rule.requires is not None:
        yield ("requires",), "only a rule with `then: ask` may require people"
    if not asks and rule.expires_after is not None:
        yield ("expires_after",), "only a rule with `then: ask` waits for people; take expires_after away"
    if rule.then is Verdict.PERMIT and rule.when.action is None:
        yield ("if",), "a rule that permits must name the actions, such as action: [restart_workload]"
    if rule.waives and not rule.grants:
        yield ("waives",), "only a rule that names actions and permits or asks may waive others"
    if rule.limits is not None and rule.then is Verdict.FORBID:
        yield ("limits",), "a rule that forbids needs no limits"
    if rule.expires_after is not None and rule.expires_after < 1:
        yield ("expires_after",), "write at least 1s"


class Fallback(Rulebook):
    """Whose word is needed for an action that the rules permit, where autonomy stops at `approve`."""

    name: Sentence
    names: Names = Field(default_factory=dict)
    requires: Requires
    expires_after: Seconds


class ApprovalPolicy(Rulebook):
    """The rules in the order of the file; `expires_after` holds for a rule that names no time of its own."""

    expires_after: Seconds
    fallback: Fallback
    rules: Annotated[tuple[ApprovalRule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [*_same_names(self), *_wrong_waives(self.rules)]
        if mistakes:
            raise Misplaced(*mistakes)
        return self


def _same_names(policy: ApprovalPolicy) -> Iterator[tuple[Loc, str]]:
    seen = {policy.fallback.name.casefold()}
    for index, rule in enumerate(policy.rules):
        if rule.name.casefold() in seen:
            yield (
                ("rules", index, "name"),
                f"another rule is called “{rule.name}”; give this one its own name",
            )
        seen.add(rule.name.casefold())


def _wrong_waives(rules: tuple[ApprovalRule, ...]) -> Iterator[tuple[Loc, str]]:
    known = {rule.name: rule for rule in rules}
    for index, rule in enumerate(rules):
        for place, name in enumerate(rule.waives):
            loc: Loc = ("rules", index, "waives", place)
            if name not in known:
                yield loc, f"no rule is called “{name}”; copy the name of the rule to waive"
            elif known[name].then is not Verdict.ASK:
                yield loc, f"“{name}” asks nobody; only a rule with `then: ask` can be waived"
            elif _reaches(known, name, rule.name, set()):
                yield loc, f"“{name}” waives this rule in turn; take one of the two waives away"


def _reaches(rules: dict[str, ApprovalRule], start: str, goal: str, seen: set[str]) -> bool:
    if start == goal:
        return True
    if start in seen or start not in rules:
        return False
    seen.add(start)
    return any(_reaches(rules, name, goal, seen) for name in rules[start].waives)
