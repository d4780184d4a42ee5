"""Charts of a period: how budgets were spent, incidents a day, how long they took each week, and requests a day."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from statistics import fmean

from agent.domain.incident import Priority
from agent.operations.figures import spans_of
from agent.operations.reports.facts import Standing
from agent.operations.reports.model import ChartBlock, Curve
from agent.operations.reports.scribe import Scribe
from agent.operations.reports.standing import spoken

_STEPS = (1, 2, 2.5, 5, 10)
_MINUTE_STEPS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 604800)
_MOST_CURVES = 4


def budget_chart(say: Scribe, standings: Sequence[Standing]) -> ChartBlock | None:
    """Draw what was left of the error budgets, day by day; None where nothing was measured."""
    drawn = [one for one in standings if one.history is not None and one.history.points][:_MOST_CURVES]
    if not drawn:
        return None
    days = say.facts.period.days
    curves = tuple(Curve(name=spoken(one.slo, say.language), values=_daily(say, one)) for one in drawn)
    lowest = min((value for one in curves for value in one.values if value is not None), default=0.0)
    ends = ", ".join(
        f"{one.name} {say.value(last, 'ratio')}"
        for one in curves
        if (last := next((v for v in reversed(one.values) if v is not None), None)) is not None
    )
    return ChartBlock(
        title=say.say("report-chart-budget"),
        style="line",
        places=tuple(f"{day.day}" for day in days),
        curves=curves,
        ticks=_ticks(say, min(0.0, max(lowest, -1.0)), 1.0, "ratio"),
        limit=0.0 if lowest < 0 else None,
        alt=say.say("report-alt-budget", ends=ends),
    )


def incident_chart(say: Scribe) -> ChartBlock:
    """Draw how many incidents were opened each day, those that matter most apart."""
    period = say.facts.period
    loud = {Priority.P0, Priority.P1}
    counts = Counter(
        (period.day_of(one.incident.times.opened_at), one.incident.priority in loud)
        for one in say.facts.cases
    )
    seen = [day for day in period.days if day <= period.day_of(say.facts.window.end - timedelta(seconds=1))]
    high = [float(counts[day, True]) for day in seen]
    low = [float(counts[day, False]) for day in seen]
    most = max((a + b for a, b in zip(high, low, strict=True)), default=0.0)
    return ChartBlock(
        title=say.say("report-chart-incidents"),
        style="bar",
        places=tuple(f"{day.day}" for day in period.days),
        curves=(
            Curve(name="P0 · P1", values=_padded(high, len(period.days))),
            Curve(name="P2 · P3", values=_padded(low, len(period.days))),
        ),
        ticks=_ticks(say, 0.0, max(most, 1.0), "count"),
        alt=say.say("report-alt-incidents", count=len(say.facts.cases), most=int(most)),
    )


def resolution_chart(say: Scribe) -> ChartBlock | None:
    """Draw the mean time to resolution of each week of the period; None without a resolved incident."""
    period = say.facts.period
    weeks = [period.days[n : n + 7] for n in range(0, len(period.days), 7)]
    values: list[float | None] = []
    for week in weeks:
        spans = [
            spans_of(one.incident)["resolve"]
            for one in say.facts.cases
            if one.over and not one.false_alarm and period.day_of(one.incident.times.opened_at) in week
        ]
        values.append(fmean(spans) if spans else None)
    seen = [value for value in values if value is not None]
    if not seen:
        return None
    return ChartBlock(
        title=say.say("report-chart-resolution"),
        style="bar",
        places=tuple(f"{week[0]:%m-%d}" for week in weeks),
        curves=(Curve(name="MTTR", values=tuple(values)),),
        ticks=_ticks(say, 0.0, max(seen), "span"),
        alt=say.say("report-alt-resolution", longest=say.value(max(seen), "span")),
    )


def request_chart(say: Scribe) -> ChartBlock | None:
    """Draw the requests of each day; None where nothing counted them."""
    measured = say.facts.signal("request_rate")
    period = say.facts.period
    values = tuple(
        None if one is None else one * period.seconds_of(day)
        for day, one in zip(period.days, measured.days, strict=False)
    )
    seen = [one for one in values if one is not None]
    if len(seen) < 2:
        return None
    return ChartBlock(
        title=say.say("report-chart-requests"),
        style="line",
        places=tuple(f"{day.day}" for day in say.facts.period.days),
        curves=(Curve(name=say.say("report-figure-requests"), values=values),),
        ticks=_ticks(say, 0.0, max(seen), "count"),
        alt=say.say(
            "report-alt-requests", least=say.value(min(seen), "count"), most=say.value(max(seen), "count")
        ),
    )


def _daily(say: Scribe, one: Standing) -> tuple[float | None, ...]:
    """Return the newest point of each day."""
    period = say.facts.period
    newest: dict[object, float] = {}
    for at, value in one.history.points if one.history else ():
        moment = say.facts.window.start + timedelta(seconds=at - say.facts.window.start.timestamp() - 1)
        newest[period.day_of(moment)] = value
    return tuple(newest.get(day) for day in period.days)


def _padded(values: Sequence[float], size: int) -> tuple[float | None, ...]:
    return (*values, *([None] * (size - len(values))))


def _ticks(say: Scribe, low: float, high: float, unit: str) -> tuple[tuple[float, str], ...]:
    """Return three to six round values that enclose the range."""
    step = _step(high - low, unit)
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    return tuple((n * step, say.value(n * step, unit)) for n in range(first, last + 1))


def _step(height: float, unit: str) -> float:
    wanted = max(height, 1e-9) / 4
    if unit == "span":
        return next((step for step in _MINUTE_STEPS if step >= wanted), 604_800.0)
    scale = 10.0 ** math.floor(math.log10(wanted))
    step = next(n * scale for n in (*_STEPS, 20) if n * scale >= wanted * (1 - 1e-9))
    return max(step, 1.0) if unit == "count" else step
