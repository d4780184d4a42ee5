"""The dashboard of whoever keeps things running: health, incidents, trends, utilisation."""

from tools.dashboard_builder import reasons as why
from tools.dashboard_builder.folders import OPERATIONS
from tools.dashboard_builder.marks import USUAL_MARKS
from tools.dashboard_builder.model import Board, Panel, Query, Section
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, signal_panel

SOURCE = "role: layered dashboard structure"


def operations(dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return the dashboard of whoever keeps things running: health, incidents, trends, utilisation."""
    health = Section(
        "Health",
        (
            signal_panel("up", dialect=dialect, title="Instances that answer", width=8),
            Panel(
                "Alerts that fire",
                (Query('sum by (alertname, severity) (ALERTS{alertstate="firing"})', "{{alertname}}"),),
                kind="table",
                says="Alerts that fire now, by name.",
                no_data=why.NO_FIRING,
                width=8,
            ),
            Panel(
                "Active incidents",
                (Query("sum by (priority) (ops_monitor_incidents_open)", "{{priority}}"),),
                kind="bars",
                says="Incidents that are open now, by priority.",
                limits=(1,),
                no_data=why.NO_BOT,
                width=8,
            ),
        ),
    )
    trends = Section(
        "Performance",
        (
            signal_panel("request_rate", dialect=dialect),
            signal_panel("server_error_ratio", dialect=dialect),
            signal_panel("latency_p95", dialect=dialect),
            signal_panel("apdex", dialect=dialect),
        ),
    )
    use = Section(
        "Utilisation",
        (
            signal_panel(
                "cpu_utilization",
                scope="host",
                dialect=dialect,
                title="CPU of the servers",
                no_data=why.NO_SERVERS,
            ),
            signal_panel(
                "memory_utilization",
                scope="host",
                dialect=dialect,
                title="Memory of the servers",
                no_data=why.NO_SERVERS,
            ),
            signal_panel(
                "disk_utilization",
                scope="host",
                dialect=dialect,
                legend="{{<by>}} {{mountpoint}}",
                no_data=why.NO_SERVERS,
            ),
            signal_panel("pool_utilization", dialect=dialect, no_data=why.NO_POOL),
        ),
    )
    return Board(
        "operations",
        "Operations",
        "For whoever is on call: is everything healthy, what burns, where is it heading.",
        OPERATIONS,
        (health, trends, use),
        refresh="1m",
        source=SOURCE,
        marks=USUAL_MARKS,
    )
