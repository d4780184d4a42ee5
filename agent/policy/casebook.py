"""Runs the cases that stand beside the rules: `policies/tests/*.yaml`."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import Field, model_validator

from agent.domain.alert import Severity
from agent.domain.incident import Priority
from agent.domain.noun import Noun
from agent.errors import Misconfigured
from agent.policy.action_case import ActionCase, decisive_rules, needs_words
from agent.policy.documents import Rulebook, read_document
from agent.policy.evaluate import decide
from agent.policy.load import Policies, load_policies
from agent.policy.priority import AlertFact, IncidentFacts, decide_priority
from agent.policy.routing import route
from agent.policy.severity import severity_of

_ALERT = re.compile(r"(?P<name>\S+) on (?P<service>\S+) is (?P<severity>critical|high|medium|low)")


class PriorityCase(Rulebook):
    """An incident: its alerts as `NAME on SERVICE is SEVERITY`, and what was measured."""

    alerts: tuple[Annotated[str, Field(pattern=_ALERT.pattern)], ...] = ()
    environment: str = "production"
    category: str = ""
    error_ratio: float | None = None
    latency_seconds: float | None = None
    up_ratio: float | None = None


class RouteCase(Rulebook):
    """An incident to route."""

    priority: Priority
    labels: dict[str, str] = Field(default_factory=dict)


class AccessCase(Rulebook):
    """Somebody of these groups uses a command in a channel."""

    command: str
    channel: str = "#alerts"
    groups: tuple[str, ...] = ()


class Case(Rulebook):
    """One question to the policies and the expected answer: a severity, a priority, a channel, a verdict, or whether
    somebody may; `needs` are all the demands of an action, such as `1 of sre-oncall`."""

    name: str
    severity: dict[str, str] | None = None
    priority: PriorityCase | None = None
    route: RouteCase | None = None
    action: ActionCase | None = None
    access: AccessCase | None = None
    expect: str
    rule: str | None = None
    needs: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        asked = (self.severity, self.priority, self.route, self.action, self.access)
        if sum(part is not None for part in asked) != 1:
            raise ValueError("a case asks exactly one of severity, priority, route, action and access")
        if self.needs is not None and self.action is None:
            raise ValueError("only a case about an action has needs")
        return self


@dataclass(frozen=True, slots=True)
class Given:
    """What the policies answered: the verdict, the rules that gave it, why, and the demands of an action."""

    verdict: str
    rules: tuple[str, ...]
    sentence: str
    needs: tuple[str, ...] = ()


class Casebook(Rulebook):
    """One file of cases."""

    cases: Annotated[tuple[Case, ...], Field(min_length=1)]


class CaseResult(Noun):
    """How one case ended."""

    name: str
    file: str
    line: int
    passed: bool
    expected: str
    actual: str
    because: str


def run_cases(folder: Path) -> list[CaseResult]:
    """Run every case of a policy folder; raises Misconfigured when a policy or a case cannot be read."""
    policies = load_policies(folder)
    results: list[CaseResult] = []
    for path in sorted((folder / "tests").glob("*.yaml")):
        cases = read_document(path, Casebook).cases
        for case, line in zip(cases, _lines(path), strict=True):
            results.append(_run(policies, case, path, line))
    if not results:
        raise Misconfigured(f"{folder / 'tests'}: there are no cases.")
    return results


def _run(policies: Policies, case: Case, path: Path, line: int) -> CaseResult:
    given = _given(policies, case)
    passed = (
        given.verdict == case.expect
        and (case.rule is None or case.rule in given.rules)
        and (case.needs is None or sorted(case.needs) == sorted(given.needs))
    )
    return CaseResult(
        name=case.name,
        file=str(path),
        line=line,
        passed=passed,
        expected=_shown(case, case.expect, (case.rule,) if case.rule else (), case.needs or ()),
        actual=_shown(case, given.verdict, given.rules, given.needs),
        because=f"{', '.join(given.rules)}: {given.sentence}",
    )


def _shown(case: Case, verdict: str, rules: tuple[str, ...], needs: tuple[str, ...]) -> str:
    """Return an answer in the detail in which the case expects one."""
    by = f" by {', '.join(rules)}" if case.rule else ""
    return verdict + by + (f" with {'; '.join(needs) or 'nobody'}" if case.needs is not None else "")


def _given(policies: Policies, case: Case) -> Given:
    if case.severity is not None:
        severity, reason = severity_of(policies, case.severity)
        return Given(severity.value, (reason.rule,), reason.sentence)
    if case.route is not None:
        taken = route(policies, case.route.priority, case.route.labels)
        return Given(taken.channel, (taken.rule,), "the first route that takes it")
    if case.action is not None:
        decision = decide(policies, case.action.facts())
        needs = needs_words(decision.requirements)
        return Given(decision.verdict.value, decisive_rules(decision), decision.reasons[0], needs)
    if case.access is not None:
        asked = case.access
        allowed = policies.access.allows(asked.command, asked.channel, asked.groups)
        return Given("allowed" if allowed.ok else "refused", allowed.groups_needed, allowed.sentence)
    priority, reason = decide_priority(policies, _facts(case.priority or PriorityCase()))
    return Given(priority.value, (reason.rule,), reason.sentence)


def _facts(case: PriorityCase) -> IncidentFacts:
    found = [match for text in case.alerts if (match := _ALERT.fullmatch(text))]
    return IncidentFacts(
        alerts=tuple(
            AlertFact(name=m["name"], service=m["service"], severity=Severity(m["severity"])) for m in found
        ),
        environment=case.environment,
        category=case.category,
        error_ratio=case.error_ratio,
        latency_seconds=case.latency_seconds,
        up_ratio=case.up_ratio,
    )


def _lines(path: Path) -> list[int]:
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return [node.start_mark.line + 1 for key, value in pairs if key.value == "cases" for node in value.value]
