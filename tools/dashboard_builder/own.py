"""The dashboard of the bot itself: what it is sent, what it decides, whom it calls, and whether it keeps up."""

from tools.dashboard_builder import reasons as why
from tools.dashboard_builder.bot_metrics import OPENED_IN_A_DAY, mean_seconds
from tools.dashboard_builder.folders import OPERATIONS
from tools.dashboard_builder.model import Board, Panel, Query, Section

_RATE = "$__rate_interval"


def _rate(metric: str, by: str) -> Query:
    shown = " ".join(f"{{{{{label}}}}}" for label in by.split(", "))
    return Query(f"sum by ({by}) (rate(ops_monitor_{metric}[{_RATE}]))", shown)


def _quantile(metric: str, span: str = _RATE) -> Query:
    return Query(
        f"histogram_quantile(0.95, sum by (le) (rate(ops_monitor_{metric}_bucket[{span}])))", "95 % within"
    )


def _intake() -> Section:
    return Section(
        "Alerts in",
        (
            Panel(
                "Deliveries by answer",
                (_rate("webhook_requests_total", "code"),),
                unit="1/s",
                says="Webhook deliveries per second; anything but 2xx deserves a look.",
                no_data=why.NO_ALERTS_YET,
                width=8,
            ),
            Panel(
                "What became of alerts",
                (_rate("alerts_handled_total", "outcome"),),
                unit="1/s",
                says="Alerts per second, by what the stages made of them.",
                no_data=why.NO_ALERTS_YET,
                width=8,
            ),
            Panel(
                "Deliveries that wait",
                (Query("max(ops_monitor_intake_queue_depth)"),),
                says="Stored deliveries that wait for their stages.",
                limits=(100, 1000),
                no_data=why.NO_BOT,
                width=8,
            ),
        ),
    )


def _incidents() -> Section:
    return Section(
        "Incidents",
        (
            Panel(
                "Opened in a day",
                (OPENED_IN_A_DAY,),
                kind="bars",
                says="Incidents opened in the last 24 hours, by priority.",
                no_data=why.NO_ALERTS_YET,
                width=6,
            ),
            _mean(
                "Mean time to detection",
                "incident_detection",
                120.0,
                "From an alert's start to its incident: MTTD.",
            ),
            _mean(
                "Mean time to acknowledgement",
                "incident_acknowledge",
                900.0,
                "From an incident's opening to the first person.",
            ),
            _mean(
                "Mean time to resolution",
                "incident_resolve",
                14_400.0,
                "From the trouble's beginning to its end: MTTR.",
            ),
        ),
    )


def _mean(title: str, metric: str, limit: float, says: str) -> Panel:
    return Panel(
        title,
        (mean_seconds(metric, "7d"),),
        unit="seconds",
        kind="number",
        says=f"{says} Mean of the last seven days.",
        limits=(limit,),
        no_data=why.NO_INCIDENT_YET,
        width=6,
    )


def _people() -> Section:
    return Section(
        "People",
        (
            Panel(
                "Calls by their end",
                (_rate("pages_total", "way, outcome"),),
                unit="1/s",
                says="Calls of people per second, by how they ended.",
                no_data=why.NO_PAGES,
                width=8,
            ),
            Panel(
                "Messages outside chat",
                (_rate("notifications_tried_total", "channel, outcome"),),
                unit="1/s",
                says="Tries to send pages, mails, text messages and status posts.",
                no_data=why.NO_NOTIFICATIONS,
                width=8,
            ),
            Panel(
                "Deployments announced",
                (_rate("deployments_total", "source, verdict"),),
                unit="1/s",
                says="Releases, by what became of them.",
                no_data=why.NO_DEPLOYMENTS,
                width=8,
            ),
        ),
    )


def _machinery() -> Section:
    return Section(
        "The bot's own work",
        (
            Panel(
                "Jobs by state",
                (Query("sum by (state) (ops_monitor_jobs)", "{{state}}"),),
                says="Waiting, running and dead jobs; a dead one failed eight times.",
                no_data=why.NO_BOT,
                width=6,
            ),
            Panel(
                "Jobs that ended",
                (_rate("jobs_finished_total", "kind, outcome"),),
                unit="1/s",
                says="Jobs per second, by how they ended.",
                no_data=why.NO_JOBS_YET,
                width=6,
            ),
            Panel(
                "Time for a job",
                (_quantile("job_duration_seconds"),),
                unit="seconds",
                says="95 % of the jobs ended within this time.",
                no_data=why.NO_JOBS_YET,
                width=6,
            ),
            Panel(
                "Cost of the model in a day",
                (Query("sum(increase(ops_monitor_model_cost_usd_total[1d]))"),),
                unit="USD",
                kind="number",
                says="US dollars, of calls whose price is known.",
                no_data=why.NO_MODEL,
                width=6,
            ),
        ),
    )


def bot() -> Board:
    """Return the bot's own dashboard."""
    return Board(
        "bot",
        "ops-monitor",
        "The bot itself: does it hear, decide, call and keep up?",
        OPERATIONS,
        (_intake(), _incidents(), _people(), _machinery()),
        refresh="30s",
        source="docs/operations.md",
        choices=False,
    )
