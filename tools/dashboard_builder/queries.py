"""Turns named signals into panel queries with dashboard variables, and those back into PromQL that can be asked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tools.connectors.readers import MetricsReader
from tools.dashboard_builder.model import CHECKED_RANGE, CHECKED_WINDOW, Panel, Query
from tools.recipes import Recipe, Scope, Signal, quoted, regex_quoted
from tools.signals import SignalBook


@dataclass(frozen=True, slots=True)
class Dialect:
    """How signals are asked for here: the team's own definitions, and which recipe this metrics store can answer.

    `chosen` holds the scheme of a recipe by `signal/scope`, where it is not the first one.
    """

    chosen: Mapping[str, str] = field(default_factory=dict)
    book: SignalBook = field(default_factory=SignalBook)


DEFAULT_DIALECT = Dialect()
_RATE = "$__rate_interval"
_VARIABLE = re.compile(r"\$\{?(__rate_interval|__interval|__range|service|environment)(?::\w+)?\}?")
_SELECTED = {
    "exact": '{by}=~"$service"',
    "job": '{by}=~"(.+[-/])?$service"',
    "pod": '{by}=~"$service-.+"',
}


def _key(signal: str, scope: Scope) -> str:
    return f"{signal}/{scope}"


def _candidates(signal: Signal, scope: Scope) -> tuple[Recipe, ...]:
    return tuple(r for r in signal.recipes if r.scope == scope) or signal.recipes


def recipe_for(signal: Signal, scope: Scope, dialect: Dialect) -> Recipe:
    """Return the recipe that a dialect chose, else the first that is about this scope."""
    found = _candidates(signal, scope)
    wanted = dialect.chosen.get(_key(signal.name, scope))
    return next((recipe for recipe in found if recipe.scheme == wanted), found[0])


async def dialect_of(metrics: MetricsReader, at: datetime, book: SignalBook | None = None) -> Dialect:
    """Ask which metrics exist, and choose for each signal the recipe that reads use too; raises BackendError."""
    book = book or SignalBook()
    names = sorted({n for signal in book.all() for r in signal.recipes for n in r.needs})
    existing = await metrics.existing(names, at)
    chosen: dict[str, str] = {}
    scopes: tuple[Scope, ...] = ("service", "host")
    for signal in book.all():
        for scope in scopes:
            able = [r for r in _candidates(signal, scope) if existing.issuperset(r.needs)]
            if able and able[0] != _candidates(signal, scope)[0]:
                chosen[_key(signal.name, scope)] = able[0].scheme
    return Dialect(chosen, book)


def _selector(recipe: Recipe) -> str:
    if recipe.scope != "service":
        return ""
    mine = _SELECTED[recipe.matching].format(by=recipe.by)
    return f'{mine},{recipe.namespace_label}=~"$environment"'


def signal_query(
    name: str,
    *,
    scope: Scope = "service",
    dialect: Dialect = DEFAULT_DIALECT,
    window: str = _RATE,
    legend: str = "",
    around: str = "",
) -> Query:
    """Return a named signal's recipe as a panel query; `around` wraps it, with `<q>` in its place.

    The window is Grafana's own for rates, so that a long time range skips no samples.
    """
    signal = dialect.book.named(name)
    recipe = recipe_for(signal, scope, dialect)
    filled = recipe.promql.replace("<by>", recipe.by).replace("<window>", window)
    expr = filled.replace("<sel>", _selector(recipe))
    shown = legend.replace("<by>", recipe.by) or f"{{{{{recipe.by}}}}}"
    return Query(around.replace("<q>", expr) if around else expr, shown, signal.name)


def signal_panel(
    name: str,
    *,
    scope: Scope = "service",
    dialect: Dialect = DEFAULT_DIALECT,
    title: str = "",
    legend: str = "",
    no_data: str = "",
    width: int = 12,
) -> Panel:
    """Return the panel of a named signal with its unit, its limit and its explanation."""
    signal = dialect.book.named(name)
    limit = () if signal.threshold is None else (signal.threshold,)
    source = f" Limit: {signal.threshold_source}." if signal.threshold is not None else ""
    return Panel(
        title=title or f"{signal.title[:1].upper()}{signal.title[1:]}",
        queries=(signal_query(name, scope=scope, dialect=dialect, legend=legend),),
        unit=signal.unit,
        says=f"{signal.description}{source}",
        limits=limit,
        higher_is_worse=signal.higher_is_worse,
        no_data=no_data,
        width=width,
    )


def chosen(services: Sequence[str]) -> str:
    """Return what stands for these services within a quoted pattern, as Grafana would write a choice; all without any."""
    if not services:
        return ".*"
    # A name is data: nothing in it may end the quotes or be a pattern.
    return f"({'|'.join(quoted(regex_quoted(name))[1:-1] for name in services)})"


def asked(
    expr: str,
    *,
    service: str = ".*",
    environment: str = ".*",
    window: str = CHECKED_WINDOW,
    span: str = CHECKED_RANGE,
) -> str:
    """Return PromQL that a metrics store takes: every dashboard variable has a value."""
    values = {
        "__rate_interval": window,
        "__interval": "1m",
        "__range": span,
        "service": service,
        "environment": environment,
    }
    return _VARIABLE.sub(lambda match: values[match[1]], expr)
