"""Runs the cases that stand beside the rules: `policies/tests/*.yaml`."""

import re
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import Field, model_validator

from agent.domain.alert import Severity
from agent.domain.incident import Priority
from agent.domain.noun import Noun
from agent.errors import Misconfigured
from agent.policy.documents import Rulebook, read_document
from agent.policy.load import Policies, load_policies
from agent.policy.priority import AlertFact, IncidentFacts, decide_priority
from agent.policy.routing import route
from agent.policy.severity import severity_of

_ALERT = re.compile(r"(?P<name>\S+) on (?P<service>\S+) is (?P<severity>critical|high|medium|low)")


class PriorityCase(Rulebook):
    """An incident: its alerts as `NAME on SERVICE is SEVERITY`, and what was measured."""

    alerts: tuple[Annotated[str, Field(pattern=_ALERT.pattern)], ...] = ()
    environment: str = "production"
    error_ratio: float | None = None
    latency_seconds: float | None = None
    up_ratio: float | None = None


class RouteCase(Rulebook):
    """An incident to route."""

    priority: Priority
    labels: dict[str, str] = Field(default_factory=dict)


class Case(Rulebook):
    """One question to the policies and the expected answer: a severity, a priority, or a channel."""

    name: str
    severity: dict[str, str] | None = None
    priority: PriorityCase | None = None
    route: RouteCase | None = None
    expect: str
    rule: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(part is not None for part in (self.severity, self.priority, self.route)) != 1:
            raise ValueError("a case asks exactly one of severity, priority and route")
        return self


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
    actual, rule, sentence = _answer(policies, case)
    expected = f"{case.expect} by {case.rule}" if case.rule else case.expect
    return CaseResult(
        name=case.name,
        file=str(path),
        line=line,
        passed=actual == case.expect and case.rule in (None, rule),
        expected=expected,
        actual=f"{actual} by {rule}" if case.rule else actual,
        because=f"{rule}: {sentence}",
    )


def _answer(policies: Policies, case: Case) -> tuple[str, str, str]:
    if case.severity is not None:
        severity, reason = severity_of(policies, case.severity)
        return severity.value, reason.rule, reason.sentence
    if case.route is not None:
        taken = route(policies, case.route.priority, case.route.labels)
        return taken.channel, taken.rule, "the first route that takes it"
    priority, reason = decide_priority(policies, _facts(case.priority or PriorityCase()))
    return priority.value, reason.rule, reason.sentence


def _facts(case: PriorityCase) -> IncidentFacts:
    found = [match for text in case.alerts if (match := _ALERT.fullmatch(text))]
    return IncidentFacts(
        alerts=tuple(
            AlertFact(name=m["name"], service=m["service"], severity=Severity(m["severity"])) for m in found
        ),
        environment=case.environment,
        error_ratio=case.error_ratio,
        latency_seconds=case.latency_seconds,
        up_ratio=case.up_ratio,
    )


def _lines(path: Path) -> list[int]:
    root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    return [node.start_mark.line + 1 for key, value in pairs if key.value == "cases" for node in value.value]
