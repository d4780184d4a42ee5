"""The dashboards that the monitoring guide and the role print, with their own queries wherever those are sound."""

from tools.dashboard_builder import reasons as why
from tools.dashboard_builder.folders import APPLICATION, BUSINESS, OPERATIONS, SECURITY
from tools.dashboard_builder.marks import USUAL_MARKS
from tools.dashboard_builder.model import Board, Panel, Query, Section
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, signal_panel

GUIDE, ROLE = "guide: Grafana dashboards", "role: Grafana dashboard example"
_FAILED_BY_SERVICE = 'sum(rate(http_requests_total{status=~"5.."}[5m])) by (service)'
_ALL_BY_SERVICE = "sum(rate(http_requests_total[5m])) by (service)"
_P95_BY_SERVICE = (
    "histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket[5m])) by (service, le))"
)
# Without a failed request there is no failed series at all: that is 0 %, not unknown.
_ERROR_SHARE = f"({_FAILED_BY_SERVICE} or 0 * {_ALL_BY_SERVICE}) / {_ALL_BY_SERVICE}"
_SEED_ERROR_SHARE = f"{_FAILED_BY_SERVICE} / {_ALL_BY_SERVICE}"


def ecommerce() -> Board:
    """Return the role's example: E-commerce API Monitoring."""
    panels = (
        Panel(
            "Request Rate",
            (Query("rate(http_requests_total[5m])", "{{method}} {{status}}"),),
            unit="1/s",
            says="Requests per second of each series.",
            limits=(1000,),
        ),
        Panel(
            "Response Time Percentiles",
            tuple(
                _percentile(quantile, name)
                for quantile, name in (("0.50", "P50"), ("0.95", "P95"), ("0.99", "P99"))
            ),
            unit="seconds",
            says="Over all services and endpoints together.",
        ),
        Panel(
            "Error Rate",
            (
                Query(
                    '(sum(rate(http_requests_total{status=~"5.*"}[5m])) or 0 * sum(rate(http_requests_total[5m])))'
                    " / sum(rate(http_requests_total[5m])) * 100",
                    "Error Rate %",
                    seed='rate(http_requests_total{status=~"5.*"}[5m]) / rate(http_requests_total[5m]) * 100',
                ),
            ),
            unit="percent",
            kind="number",
            says="Share of requests answered with a 5xx status. The printed query divides each failing series by itself, "
            "which is always 100 %; here the sums are divided.",
            limits=(1, 5),
        ),
    )
    return Board(
        "ecommerce",
        "E-commerce API Monitoring",
        "Traffic, response times and errors of the shop's API.",
        APPLICATION,
        (Section("API", panels),),
        refresh="30s",
        source=ROLE,
        choices=False,
        marks=USUAL_MARKS,
    )


def _percentile(quantile: str, name: str) -> Query:
    seed = f"histogram_quantile({quantile}, rate(http_request_duration_seconds_bucket[5m]))"
    whole = "sum by (le) (rate(http_request_duration_seconds_bucket[5m]))"
    return Query(f"histogram_quantile({quantile}, {whole})", name, seed=seed)


def system_overview() -> Board:
    """Return the guide's system overview."""
    panels = (
        Panel(
            "Service Health",
            (Query('sum(up{job=~".*ai-textbook.*"})'),),
            kind="number",
            says="Instances that answer their scrapes.",
            limits=(1,),
            higher_is_worse=False,
        ),
        Panel(
            "Request Rate", (Query(_ALL_BY_SERVICE, "{{service}}"),), unit="1/s", says="Requests per second."
        ),
        Panel(
            "Error Rate",
            (Query(_ERROR_SHARE, "{{service}}", seed=_SEED_ERROR_SHARE),),
            unit="ratio",
            says="Share of requests answered with a 5xx status; 0 where none failed, which the printed query leaves out.",
            limits=(0.05,),
        ),
        Panel(
            "Response Time (P95)",
            (Query(_P95_BY_SERVICE, "{{service}}"),),
            unit="seconds",
            says="95 % of the requests were answered within this time.",
            limits=(1,),
        ),
    )
    return Board(
        "overview",
        "AI Textbook - System Overview",
        "Are the services there, busy, failing, slow?",
        OPERATIONS,
        (Section("Services", panels),),
        refresh="30s",
        source=GUIDE,
        choices=False,
        marks=USUAL_MARKS,
    )


def business() -> Board:
    """Return the guide's business metrics, with transactions and revenue beside them."""
    guide = (
        Panel("Active Users", (Query("sum(active_users_total)"),), kind="number", says="Users active now."),
        Panel(
            "Textbooks Created Today",
            (
                Query(
                    "sum(increase(textbooks_created_total[1d]))",
                    seed="increase(textbooks_created_total[1d])",
                ),
            ),
            kind="number",
            says="Textbooks of the last 24 hours, over all grades and subjects: the printed query gives one number for "
            "each of them.",
            no_data=why.NO_LEARNERS,
        ),
        Panel(
            "Learning Sessions",
            (Query("sum(active_learning_sessions) by (textbook_id)", "{{textbook_id}}"),),
            says="Open learning sessions, by textbook.",
            no_data=why.NO_LEARNERS,
        ),
        Panel(
            "AI Token Usage",
            (
                Query(
                    "sum by (model) (rate(ai_tokens_used_total[5m]))",
                    "{{model}}",
                    seed="rate(ai_tokens_used_total[5m]) by (model)",
                ),
            ),
            unit="events/s",
            says="Tokens per second, by model. The printed query is no PromQL: `by` needs an aggregation.",
            no_data=why.NO_LEARNERS,
        ),
    )
    return Board(
        "business",
        "AI Textbook - Business Metrics",
        "Users, learning and money: whether the business goes on.",
        BUSINESS,
        (Section("Learning", guide), Section("Shop", _shop())),
        refresh="1m",
        source=GUIDE,
        choices=False,
        marks=USUAL_MARKS,
    )


def _shop() -> tuple[Panel, ...]:
    started, completed = "sum(rate(checkout_started_total[5m]))", "sum(rate(checkout_completed_total[5m]))"
    return (
        Panel(
            "Transactions",
            (Query("sum by (outcome) (rate(transactions_total[5m]))", "{{outcome}}"),),
            unit="events/s",
            says="Transactions per second, by outcome.",
            no_data=why.NO_BUSINESS,
            width=8,
        ),
        Panel(
            "Revenue",
            (Query("sum by (currency) (rate(revenue_total[5m])) * 3600", "{{currency}}"),),
            unit="money/h",
            says="Revenue per hour at the current rate.",
            no_data=why.NO_BUSINESS,
            width=8,
        ),
        Panel(
            "Checkout conversion",
            (Query(f"{completed} / {started}", "completed of started"),),
            unit="ratio",
            says="Share of started checkouts that are completed.",
            no_data=why.NO_BUSINESS,
            width=8,
        ),
    )


def security(dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return the guide's security dashboard, with known weaknesses beside it."""
    panels = (
        Panel(
            "Failed Login Attempts",
            (Query("sum(rate(auth_login_failed_total[5m])) by (reason)", "{{reason}}"),),
            unit="events/s",
            says="Failed log-ins per second, by reason.",
            no_data=why.NO_FAILED_LOGINS,
        ),
        Panel(
            "API Rate Limit Violations",
            (Query("sum(rate(rate_limit_exceeded_total[5m])) by (client_ip)", "{{client_ip}}"),),
            unit="events/s",
            says="Requests refused by the rate limit, by client.",
            no_data=why.NO_REFUSALS,
        ),
        Panel(
            "Suspicious Activities",
            (
                Query(
                    "sum(increase(security_events_total[1h])) by (event_type)",
                    "{{event_type}}",
                    seed="sum(security_events_total) by (event_type)",
                ),
            ),
            says="Events of the last hour, by kind: the printed query shows all since each process started, which falls "
            "when one restarts.",
            no_data=why.NO_EVENTS,
        ),
        signal_panel("vulnerabilities", dialect=dialect, no_data=why.NO_SCANNER),
    )
    return Board(
        "security",
        "Security",
        "Who tries to get in, who asks too much, what looks wrong.",
        SECURITY,
        (Section("Security", panels),),
        refresh="30s",
        source="guide: security dashboard",
        marks=USUAL_MARKS,
    )
