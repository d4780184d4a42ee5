"""How full things are and when they are full: the forecast of each series, as rows, a sentence and a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.analysis.forecast import DAY, Crossing, Why, crossing
from agent.domain.results import Series
from tools.charts import ChartSpec, Line, Marker
from tools.quantities import number, words

Resource = Literal["disk", "memory", "cpu", "requests"]
SIGNAL_OF: dict[Resource, str] = {
    "disk": "disk_utilization",
    "memory": "memory_utilization",
    "cpu": "cpu_utilization",
    "requests": "request_rate",
}
COLUMNS = ("what", "now", "change per day", "days left", "earliest", "latest", "why none", "history")
REASONS = {
    Why.HISTORY: "too little history",
    Why.TREND: "no clear trend",
    Why.AWAY: "falling",
    Why.FAR: "not within a year",
    Why.CROSSED: "already there",
}
_TREND_POINTS = 60


@dataclass(frozen=True, slots=True)
class Foretold:
    """One series with its newest value and when it reaches the limit."""

    name: str
    series: Series
    now: float
    crossing: Crossing

    @property
    def urgency(self) -> tuple[float, float]:
        """Return what sorts the most urgent first: what is there already, what comes soonest, what is fullest."""
        if self.crossing.why is Why.CROSSED:
            return -1.0, -self.now
        return (float("inf") if self.crossing.days is None else self.crossing.days), -self.now


def foretold(series: Sequence[Series], limit: float | None) -> list[Foretold]:
    """Return the forecasts of all series, the most urgent first; without a limit there is only a trend."""
    found = [
        Foretold(_named(one), one, one.points[-1][1], crossing(one.points, _bound(limit)))
        for one in series
        if one.points
    ]
    return sorted(found, key=lambda one: (*one.urgency, one.name))


def _bound(limit: float | None) -> float:
    return float("inf") if limit is None else limit


def _named(series: Series) -> str:
    return " ".join(value for _, value in sorted(series.labels.items()) if value) or "all"


def row(one: Foretold, unit: str) -> tuple[str, ...]:
    """Return a forecast as cells; days are plain numbers, empty where there is none."""
    found, trend = one.crossing, one.crossing.trend
    change = f"{'+' if trend.per_day > 0 else ''}{_change(trend.per_day, unit)}" if trend else ""
    history = f"{trend.days:.0f} days, {trend.buckets} medians" if trend else ""
    return (
        one.name,
        words(one.now, unit),
        change,
        _days(found.days),
        _days(found.earliest),
        _days(found.latest),
        REASONS[found.why] if found.why else "",
        history,
    )


def _change(value: float, unit: str) -> str:
    return f"{number(value * 100)} points" if unit == "ratio" else words(value, unit)


def _days(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def sentence(one: Foretold, title: str, unit: str, limit: float | None) -> str:
    """Say when the most urgent one reaches the limit, from what, and how sure that is."""
    text = f"{title} of {one.name} is {words(one.now, unit)}"
    trend, found = one.crossing.trend, one.crossing
    if limit is not None and found.why is Why.CROSSED:
        return f"{text}, which is {words(limit, unit)} or more already"
    if limit is not None and found.days is not None:
        until = f"{found.latest:.0f}" if found.latest is not None else "never"
        text += (
            f"; it reaches {words(limit, unit)} in {found.days:.0f} days "
            f"(interval {found.earliest or 0:.0f} to {until})"
        )
    elif limit is not None and found.why:
        text += f"; no date for {words(limit, unit)}: {REASONS[found.why]}"
    if trend is None:
        return text
    bucket = "daily" if trend.bucket_seconds >= DAY else f"{trend.bucket_seconds / 3600:.0f}-hour"
    return f"{text}; Theil–Sen trend on {bucket} medians of {trend.days:.0f} days, 90 % interval"


def picture(one: Foretold, title: str, unit: str, limit: float | None, step: int) -> ChartSpec:
    """Return the picture of the past, the trend and its interval until the limit is reached at the latest."""
    start, end = one.series.points[0][0], one.series.points[-1][0]
    lines = [Line("measured", one.series.points)]
    markers: tuple[Marker, ...] = ()
    ahead = _ahead(one.crossing, (end - start) / DAY)
    trend = one.crossing.trend
    if trend is not None:
        moments = [ahead * i / _TREND_POINTS for i in range(_TREND_POINTS + 1)]
        levels = [(end + days * DAY, trend.at(days)) for days in moments]
        # The trend comes last, so that it lies above a narrow interval.
        for place, name in ((1, "lowest"), (2, "highest"), (0, "trend")):
            lines.append(Line(name, tuple((at, max(level[place], 0.0)) for at, level in levels)))
    if limit is not None and one.crossing.days is not None:
        markers = (Marker(end + one.crossing.days * DAY, f"reaches {words(limit, unit)}"),)
    last = end + ahead * DAY if trend is not None else end
    return ChartSpec(
        title=f"{title[:1].upper()}{title[1:]} of {one.name}",
        unit=unit,
        start=start,
        end=max(last, start + 60),
        lines=tuple(lines),
        threshold=limit,
        markers=markers,
        gap_seconds=max(4.0 * step, 2 * ahead * DAY / _TREND_POINTS),
    )


def _ahead(found: Crossing, history_days: float) -> float:
    """Return how many days ahead are drawn: to the latest crossing, but no longer than twice the past."""
    wanted = found.latest or found.days or history_days / 2
    return max(1.0, min(wanted * 1.1, 2 * history_days))
