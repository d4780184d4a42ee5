"""The figures of objectives: availability over all services, down time, budgets, and what was promised to customers."""

from collections.abc import Sequence

from agent.domain.report import Figure
from agent.domain.slo import CalendarWindow, PeriodUnit, SliKind, Slo
from agent.operations.reports.facts import Facts, Standing
from agent.operations.reports.model import TableBlock
from agent.operations.reports.scribe import Scribe

AVAILABLE = 0.999
DOWN_SECONDS = 43 * 60.0
BUDGET = 0.8
MOST_OBJECTIVES = 12


def availabilities(facts: Facts) -> tuple[Standing, ...]:
    """Return one availability objective of each service: the team's own, else what is promised to customers."""
    found: dict[str, Standing] = {}
    for one in facts.standings:
        if one.slo.kind is not SliKind.AVAILABILITY:
            continue
        known = found.get(one.slo.service)
        if known is None or (known.slo.agreement and not one.slo.agreement):
            found[one.slo.service] = one
    return tuple(found[name] for name in sorted(found))


def tells_downtime(slo: Slo) -> bool:
    """Say whether an objective is about availability or promised to customers, whose budgets the figures are about."""
    return slo.agreement or slo.kind is SliKind.AVAILABILITY


def daily(slo: Slo) -> bool:
    """Say whether an objective is about each day by itself."""
    return isinstance(slo.window, CalendarWindow) and slo.window.unit is PeriodUnit.DAY


def spoken(slo: Slo, language: str) -> str:
    """Return what people call an objective: whose it is, and its title."""
    title = slo.title_in(language)
    return title if slo.service.casefold() in title.casefold() else f"{slo.service}: {title}"


def agreements(facts: Facts) -> tuple[Standing, ...]:
    """Return what is promised to customers."""
    return tuple(one for one in facts.standings if one.slo.agreement)


def measured(standings: Sequence[Standing]) -> tuple[Standing, ...]:
    """Return those of which something was measured."""
    return tuple(one for one in standings if one.state.sli is not None)


def availability_figures(say: Scribe) -> tuple[Figure, ...]:
    """Return availability over all services, unplanned down time of the worst one, and planned maintenance."""
    ones = availabilities(say.facts)
    seen = measured(ones)
    why = _why(say, ones)
    down = [one for one in seen if one.state.bad_seconds is not None]
    worst = max(down, key=lambda one: one.state.bad_seconds or 0.0, default=None)
    monthly = say.facts.days > 27
    return (
        say.figure(
            "availability",
            _together(seen),
            "ratio",
            target=AVAILABLE,
            why_not=why,
            measured=len(seen),
            services=len(ones),
        ),
        say.figure(
            "downtime",
            worst.state.bad_seconds if worst else None,
            "span",
            target=DOWN_SECONDS if monthly else None,
            higher_is_better=False,
            why_not=why,
            service=worst.slo.service if worst else "–",
            excluded="yes" if worst is not None and worst.slo.excludes_maintenance else "no",
        ),
        say.figure("maintenance", say.facts.maintenance_seconds, "span", higher_is_better=False),
    )


def agreement_figure(say: Scribe) -> Figure:
    """Return the lowest availability that was promised to customers."""
    ones = [one for one in agreements(say.facts) if one.slo.kind is SliKind.AVAILABILITY]
    seen = measured(ones)
    worst = min(seen, key=lambda one: one.state.sli or 0.0, default=None)
    return say.figure(
        "sla",
        worst.state.sli if worst else None,
        "ratio",
        target=AVAILABLE,
        why_not=_why(say, ones),
        service=spoken(worst.slo, say.language) if worst else "–",
        count=len(seen),
    )


def budget_figure(say: Scribe) -> Figure:
    """Return how much of its error budget the worst objective has used."""
    budgets = [one for one in say.facts.standings if tells_downtime(one.slo)]
    ones = [one for one in budgets if one.state.spent is not None]
    worst = max(ones, key=lambda one: one.state.spent or 0.0, default=None)
    return say.figure(
        "budget",
        worst.state.spent if worst else None,
        "ratio",
        target=BUDGET,
        higher_is_better=False,
        why_not=_why(say, budgets),
        objective=spoken(worst.slo, say.language) if worst else "–",
        count=len(ones),
    )


def objective_table(say: Scribe, standings: Sequence[Standing]) -> TableBlock:
    """Return a row for each objective, the least budget left first: what was measured and what was wanted."""
    ranked = sorted(standings, key=_by_budget)
    names = ("objective", "target", "measured", "budget-left", "covered")
    rows = [
        (
            spoken(one.slo, say.language),
            say.value(one.slo.target, "ratio"),
            say.value(one.state.sli, "ratio") if one.state.sli is not None else say.say("report-no-data"),
            say.value(one.state.left, "ratio"),
            say.value(one.state.covered, "ratio"),
        )
        for one in ranked[:MOST_OBJECTIVES]
    ]
    columns = tuple(say.say(f"report-column-{name}") for name in names)
    left = max(0, len(ranked) - MOST_OBJECTIVES)
    return TableBlock(columns=columns, rows=tuple(rows), numeric=(1, 2, 3, 4), left_out=left)


def _by_budget(one: Standing) -> tuple[bool, float, str]:
    left = one.state.left
    return left is None, left if left is not None else 0.0, one.slo.name


def _together(seen: Sequence[Standing]) -> float | None:
    """Count the good of all services together; slices of time and events are not added to each other."""
    units = {one.state.unit for one in seen}
    if len(units) > 1 or not all(one.state.total for one in seen):
        values = [one.state.sli for one in seen if one.state.sli is not None]
        return sum(values) / len(values) if values else None
    total = sum(one.state.total or 0.0 for one in seen)
    return 1.0 - sum(one.state.bad or 0.0 for one in seen) / total if total else None


def _why(say: Scribe, ones: Sequence[Standing]) -> str:
    if not ones:
        return say.say("report-why-no-objective")
    errors = [one.state.error for one in ones if one.state.error]
    return errors[0] if errors else say.say("report-why-no-data")
