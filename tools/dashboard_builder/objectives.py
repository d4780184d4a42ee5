"""The dashboard of service level objectives: what is left of the budgets and how fast they go."""

from tools.dashboard_builder import reasons as why
from tools.dashboard_builder.folders import OPERATIONS
from tools.dashboard_builder.marks import USUAL_MARKS
from tools.dashboard_builder.model import Board, Panel, Query, Section
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, signal_panel

# One replica measures at a time, and the one before keeps its last value until it is scraped without it.
_LEFT = 'min by (slo, service) (ops_monitor_slo_error_budget_remaining_ratio{service=~"$service"})'
_BURN = 'max by (slo, window) (ops_monitor_slo_burn_rate{service=~"$service",window=~"<windows>"})'


def objectives(dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return the dashboard of budgets and burn rates, as the bot measures them, beside the signals they rest on."""
    budgets = (
        Panel(
            "Error budget left",
            (Query(_LEFT, "{{slo}}"),),
            unit="ratio",
            kind="bars",
            says="Share of each objective's budget that is left in its own window: 1 is untouched, below 0 is overspent.",
            limits=(0.2, 0.0),
            higher_is_worse=False,
            no_data=why.NO_OBJECTIVES,
        ),
        Panel(
            "Error budget over time",
            (Query(_LEFT, "{{slo}}"),),
            unit="ratio",
            says="The same, as it went.",
            limits=(0.0,),
            higher_is_worse=False,
            no_data=why.NO_OBJECTIVES,
        ),
        _burn("Burn rate, 5 minutes and an hour", "300s|3600s", 14.4),
        _burn("Burn rate, 6 hours and 3 days", "21600s|259200s", 6.0),
    )
    rest = (signal_panel("availability", dialect=dialect), signal_panel("latency_p95", dialect=dialect))
    return Board(
        "slo",
        "Service level objectives",
        "What is left of the error budgets and how fast they go; /ops slo says how each figure came about.",
        OPERATIONS,
        (Section("Budgets", budgets), Section("What they rest on", rest)),
        refresh="1m",
        since="now-24h",
        source="policies/slo",
        marks=USUAL_MARKS,
    )


def _burn(title: str, windows: str, limit: float) -> Panel:
    return Panel(
        title,
        (Query(_BURN.replace("<windows>", windows), "{{slo}} over {{window}}"),),
        says="How many times faster than allowed a budget goes: at 1 it lasts its whole window.",
        limits=(1, limit),
        no_data=why.NO_OBJECTIVES,
    )
