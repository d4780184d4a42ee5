"""The read that asks an alert's own expression: whether it still holds, and how far the value is from the threshold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.noun import Utc
from agent.domain.results import Quantity, Series, TableResult
from tools.base import Name, Params, nothing
from tools.connectors.readers import AlertRule, MetricsReader
from tools.metrics_collector.expression import Comparison, compared, longest_range
from tools.metrics_collector.promql import MAX_LENGTH
from tools.quantities import number

# Labels that a rule puts on its alerts and that its series therefore lack, or carry with another value.
_OF_THE_RULE = frozenset({"alertname", "severity", "__name__"})
_OFTEN_OF_THE_RULE = frozenset({"service", "team"})


class ExpressionParams(Params):
    """Which rule's expression, for which alert (its labels), at which time; `expression` is used when no rule is found."""

    rule: Name
    labels: Annotated[dict[Name, str], Field(max_length=60)] = Field(default_factory=dict)
    at: Utc | None = Field(default=None, description="the moment to ask for; now when left out")
    expression: str = Field(default="", max_length=MAX_LENGTH)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an expression stands: `value` is None when nothing is measured for these labels any more."""

    expression: str
    holds: bool
    value: float | None
    comparison: Comparison | None
    matched: bool


@dataclass(frozen=True, slots=True)
class ExpressionRead:
    """An alert's own expression, asked now or at an earlier moment."""

    name: ClassVar[str] = "metrics_collector.expression"
    backend: ClassVar[str] = "prometheus"
    description: ClassVar[str] = (
        "An alert rule's own expression: whether it holds for an alert's labels, its value and its threshold."
    )
    params: ClassVar[type[Params]] = ExpressionParams
    metrics: MetricsReader

    async def run(self, params: ExpressionParams, now: datetime) -> Reading:
        """Find the rule, ask both the whole of it and its measured side."""
        at = min(params.at or now, now)
        window = Window(start=at, end=at)
        rules = [rule for rule in await self.metrics.rules() if rule.name == params.rule]
        expressions = _ordered(rules, params.labels) or ([params.expression] if params.expression else [])
        if not expressions:
            return nothing(f"rule {params.rule}", f"There is no alerting rule “{params.rule}”.", window)
        standing = await self._first(expressions, params.labels, at)
        unit = "ratio" if standing.comparison and standing.comparison.whole_of else "count"
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=standing.expression,
            summary=_sentence(params.rule, standing),
            window=window,
            value=None if standing.value is None else Quantity(value=standing.value, unit=unit),
            result=TableResult(columns=("what", "how"), rows=tuple(_rows(standing))),
            link=self.metrics.link(standing.expression, 60, at),
        )

    async def _first(self, expressions: Sequence[str], labels: Mapping[str, str], at: datetime) -> Standing:
        """Return the standing of the first rule that knows these labels: two files may use one name."""
        standings = [await self._standing(expression, labels, at) for expression in expressions]
        return next((standing for standing in standings if standing.matched), standings[0])

    async def _standing(self, expression: str, labels: Mapping[str, str], at: datetime) -> Standing:
        whole = matching(await self.metrics.instant(expression, at), labels)
        comparison = compared(expression)
        if comparison is None:
            return Standing(expression, bool(whole), _newest(whole, None), None, bool(whole))
        measured = matching(await self.metrics.instant(comparison.measured, at), labels)
        value = _newest(measured, comparison)
        if value is None and not whole:
            value = await self._zero(comparison, labels, at)
        found = value if value is not None else _newest(whole, comparison)
        return Standing(expression, bool(whole), found, comparison, bool(whole) or found is not None)

    async def _zero(self, comparison: Comparison, labels: Mapping[str, str], at: datetime) -> float | None:
        """Return 0 for a share whose upper half has no series, as long as the whole is still counted."""
        if not comparison.whole_of or comparison.sign not in (">", ">="):
            return None
        whole = matching(await self.metrics.instant(comparison.whole_of, at), labels)
        return 0.0 if any(series.points[-1][1] > 0 for series in whole) else None


def _ordered(rules: Sequence[AlertRule], labels: Mapping[str, str]) -> list[str]:
    """Return the expressions of the rules, those with the alert's severity first."""
    severity = labels.get("severity")
    return [rule.expression for rule in sorted(rules, key=lambda rule: rule.severity != severity)]


def matching(series: Sequence[Series], labels: Mapping[str, str]) -> tuple[Series, ...]:
    """Return the series that an alert with these labels came from."""
    exact = tuple(s for s in series if _fits(s, labels, _OF_THE_RULE))
    return exact or tuple(s for s in series if _fits(s, labels, _OF_THE_RULE | _OFTEN_OF_THE_RULE))


def _fits(series: Series, labels: Mapping[str, str], apart: frozenset[str]) -> bool:
    own = {name: value for name, value in series.labels.items() if name not in apart}
    if series.labels and not own:
        # Nothing but labels that a rule may have put there itself says nothing about whose series it is.
        return False
    return all(labels.get(name) == value for name, value in own.items())


def _newest(series: Sequence[Series], comparison: Comparison | None) -> float | None:
    values = [s.points[-1][1] for s in series if s.points]
    if not values:
        return None
    return max(values, key=comparison.beyond) if comparison else values[0]


def _sentence(rule: str, standing: Standing) -> str:
    verb = "holds" if standing.holds else "does not hold"
    if standing.comparison is None or standing.value is None:
        return f"the expression of {rule} {verb}" + ("" if standing.holds else "; nothing is measured")
    limit = f"{standing.comparison.sign} {number(standing.comparison.threshold)}"
    return f"the expression of {rule} {verb}: {number(standing.value)}, alerting when {limit}"


def _rows(standing: Standing) -> list[tuple[str, str]]:
    rows = [("holds", "yes" if standing.holds else "no")]
    if standing.value is not None:
        rows.append(("value", repr(standing.value)))
    if standing.comparison is not None:
        rows += [("sign", standing.comparison.sign), ("threshold", repr(standing.comparison.threshold))]
        if standing.value is not None:
            rows.append(("beyond", repr(standing.comparison.beyond(standing.value))))
    rows.append(("looks back", f"{longest_range(standing.expression):.0f} s"))
    return rows
