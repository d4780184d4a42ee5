"""Queries of the bot's own metrics that several dashboards ask."""

from tools.dashboard_builder.model import Query

OPENED_IN_A_DAY = Query(
    "sum by (priority) (increase(ops_monitor_incidents_opened_total[1d]))", "{{priority}}"
)
"""Incidents opened in the last 24 hours."""


def mean_seconds(metric: str, span: str) -> Query:
    """Return the mean of a histogram of seconds over a span; nothing while it has counted nothing."""
    spent, ended = f"ops_monitor_{metric}_seconds_sum", f"ops_monitor_{metric}_seconds_count"
    return Query(f"sum(increase({spent}[{span}])) / (sum(increase({ended}[{span}])) > 0)")
