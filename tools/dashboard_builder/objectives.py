"""The dashboard of service level objectives: what is left of the budget and how fast it goes."""

from tools.dashboard_builder.folders import OPERATIONS
from tools.dashboard_builder.marks import USUAL_MARKS
from tools.dashboard_builder.model import Board, Panel, Query, Section
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, signal_panel, signal_query

TARGET = 0.999
ALLOWED = "0.001"
_WINDOWS = (("5m", "5 minutes"), ("1h", "an hour"), ("6h", "6 hours"), ("3d", "3 days"))


def objectives(dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return the dashboard of budgets and burn rates."""
    promised = (
        _budget(dialect),
        _burn(dialect),
        signal_panel("availability", dialect=dialect),
        signal_panel("latency_p95", dialect=dialect),
    )
    return Board(
        "slo",
        "Service level objectives",
        "What is left of the error budgets, and how fast they are spent; `/ops slo` reckons each objective exactly.",
        OPERATIONS,
        (Section("Availability: 99.9 % of the requests", promised),),
        refresh="1m",
        since="now-24h",
        source="guide and role: SLO of 99.9 %",
        marks=USUAL_MARKS,
    )


def _budget(dialect: Dialect) -> Panel:
    left = signal_query("availability", dialect=dialect, window="30d", around=f"1 - (1 - (<q>)) / {ALLOWED}")
    return Panel(
        "Error budget left, last 30 days",
        (left,),
        unit="ratio",
        kind="bars",
        says="1 is an untouched budget, 0 a spent one, below it is overspent; over the last 30 days, as far back as there "
        "are samples.",
        limits=(0.2, 0.0),
        higher_is_worse=False,
    )


def _burn(dialect: Dialect) -> Panel:
    queries = tuple(_over(window, words, dialect) for window, words in _WINDOWS)
    return Panel(
        "Burn rate",
        queries,
        unit="count",
        says="How many times faster than allowed the budget goes: at 1 it lasts exactly 30 days, at 14.4 two days.",
        limits=(1, 14.4),
    )


def _over(window: str, words: str, dialect: Dialect) -> Query:
    wrapped = f"max((1 - (<q>)) / {ALLOWED})"
    return signal_query(
        "availability", dialect=dialect, window=window, legend=f"worst service over {words}", around=wrapped
    )
