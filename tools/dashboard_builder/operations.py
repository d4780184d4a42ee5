"""The dashboard of whoever keeps things running: health, incidents, trends, utilisation."""

from tools.dashboard_builder import reasons as why
from tools.dashboard_builder.folders import OPERATIONS
from tools.dashboard_builder.marks import USUAL_MARKS
from tools.dashboard_builder.model import Board, Panel, Query, Section
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, signal_panel

SOURCE = "role: layered dashboard structure"


def operations(dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return the dashboard of whoever is on call."""
    trends = ("request_rate", "server_error_ratio", "latency_p95", "apdex")
    return Board(
        "operations",
        "Operations",
        "For whoever is on call: is everything healthy, what burns, where is it heading.",
        OPERATIONS,
        (
            _health(dialect),
            Section("Performance", tuple(signal_panel(name, dialect=dialect) for name in trends)),
            _utilisation(dialect),
        ),
        refresh="1m",
        source=SOURCE,
        marks=USUAL_MARKS,
    )


def _health(dialect: Dialect) -> Section:
    firing = Panel(
        "Alerts that fire",
        (Query('sum by (alertname, severity) (ALERTS{alertstate="firing"})', "{{alertname}}"),),
        kind="table",
        says="Alerts that fire now, by name.",
        no_data=why.NO_FIRING,
        width=8,
    )
    incidents = Panel(
        "Active incidents",
        (Query("sum by (priority) (ops_monitor_incidents_open)", "{{priority}}"),),
        kind="bars",
        says="Incidents that are open now, by priority.",
        limits=(1,),
        no_data=why.NO_BOT,
        width=8,
    )
    answering = signal_panel("up", dialect=dialect, title="Instances that answer", width=8)
    return Section("Health", (answering, firing, incidents))


def _utilisation(dialect: Dialect) -> Section:
    servers = (
        ("cpu_utilization", "CPU of the servers", ""),
        ("memory_utilization", "Memory of the servers", ""),
        ("disk_utilization", "", "{{<by>}} {{mountpoint}}"),
    )
    hosts = tuple(
        signal_panel(name, scope="host", dialect=dialect, title=title, legend=legend, no_data=why.NO_SERVERS)
        for name, title, legend in servers
    )
    return Section(
        "Utilisation", (*hosts, signal_panel("pool_utilization", dialect=dialect, no_data=why.NO_POOL))
    )
