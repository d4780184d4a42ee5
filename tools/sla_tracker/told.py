"""What a measured objective looks like as a reading: one value, a table, and a link to the query."""

from datetime import datetime, timedelta

from agent.domain.evidence import EvidenceStatus, Reading
from agent.domain.results import Quantity, TableResult
from agent.domain.slo import RollingWindow, Slo, SloState
from tools.base import nothing
from tools.quantities import number, words
from tools.sla_tracker.counting import EventCounts

NAME_ROW, WINDOW_ROW = "name", "window"
_MOST_MINUTES = 60 * 24 * 400


def budget_told(slo: Slo, found: SloState, store: EventCounts) -> Reading:
    """Return how much of a budget is left; the value is between 0 and 1, what is overspent stands in the table."""
    left = found.left
    if left is None:
        return _unmeasured(slo, found, store)
    state = "is used up" if left <= 0 else f"has {words(left, 'ratio')} left"
    return Reading(
        status=EvidenceStatus.SUCCESS,
        query=_query(found),
        summary=f"the error budget of {slo.service} {state} ({slo.name}, {window_words(slo)})",
        window=found.window,
        value=Quantity(value=round(min(1.0, max(0.0, left)), 6), unit="ratio"),
        result=TableResult(columns=("what", "how"), rows=rows_of(slo, found)),
        link=_link(found, store),
    )


def objective_told(slo: Slo, found: SloState, store: EventCounts) -> Reading:
    """Return where a service stands; the value is the measured share of good events or slices."""
    if found.sli is None:
        return _unmeasured(slo, found, store)
    met = "holds" if found.met else "does not hold"
    return Reading(
        status=EvidenceStatus.SUCCESS,
        query=_query(found),
        summary=f"{slo.name} {met}: {words(found.sli, 'ratio')} of {words(slo.target, 'ratio')}, {window_words(slo)}",
        window=found.window,
        value=Quantity(value=round(found.sli, 9), unit="ratio"),
        normal=Quantity(value=slo.target, unit="ratio"),
        result=TableResult(columns=("what", "how"), rows=rows_of(slo, found)),
        link=_link(found, store),
    )


def window_words(slo: Slo) -> str:
    """Return an objective's window, such as `30 days` or `month in Asia/Seoul`."""
    if isinstance(slo.window, RollingWindow):
        days = slo.window.length / timedelta(days=1)
        return f"{number(days)} days" if days >= 1 else f"{number(days * 24)} hours"
    return f"{slo.window.unit.value} in {slo.window.zone}"


def rows_of(slo: Slo, found: SloState) -> tuple[tuple[str, str], ...]:
    """Return everything about a measured objective as two columns."""
    left, unit = found.left or 0.0, found.unit
    rows = [
        (NAME_ROW, slo.name),
        ("target", words(slo.target, "ratio")),
        (WINDOW_ROW, window_words(slo)),
        ("measured", words(found.sli or 0.0, "ratio")),
        (f"bad of all {unit}", f"{number(found.bad or 0.0)} of {number(found.total or 0.0)}"),
        (f"{unit} that may be bad", number(found.budget or 0.0)),
        ("budget left", words(max(0.0, left), "ratio")),
    ]
    if left < 0:
        rows.append(("overspent", f"{1 - left:.1f} times the budget is used"))
    rows += [
        (f"burn rate of the last {_span(one.seconds)}", f"{one.rate:.1f}")
        for one in found.burn
        if one.rate is not None
    ]
    if found.exhausted_at is not None and left > 0:
        rows.append(("used up, if it goes on", f"{found.exhausted_at:%Y-%m-%d %H:%M} UTC"))
    if found.excluded_seconds:
        rows.append(("left out as planned maintenance", words(found.excluded_seconds, "seconds")))
    rows += [("window with data", words(found.covered, "ratio")), ("how", found.how)]
    return tuple(rows)


def _span(seconds: int) -> str:
    for size, name in ((86_400, "d"), (3600, "h")):
        if seconds >= size:
            return f"{number(seconds / size)} {name}"
    return f"{number(seconds / 60)} min"


def _unmeasured(slo: Slo, found: SloState, store: EventCounts) -> Reading:
    return nothing(_query(found), f"{slo.name}: nothing was measured.", found.window, _link(found, store))


def _query(found: SloState) -> str:
    return " ; ".join(found.queries)[:4000] or found.how


def _link(found: SloState, store: EventCounts) -> str | None:
    end: datetime = found.window.end
    minutes = int((end - found.window.start).total_seconds() // 60)
    query = found.queries[0] if found.queries else ""
    return store.link(query, max(1, min(minutes, _MOST_MINUTES)), end)
