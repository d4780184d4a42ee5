"""The developers' dashboard: traffic, latency, errors by endpoint, databases, third parties."""

from tools.dashboard_builder import reasons as why
from tools.dashboard_builder.folders import APPLICATION
from tools.dashboard_builder.marks import USUAL_MARKS
from tools.dashboard_builder.model import Board, Panel, Query, Section
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, signal_panel

SOURCE = "role: layered dashboard structure"
_MINE = 'service=~"$service",namespace=~"$environment"'
_RATE = "$__rate_interval"


def application(dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return the developers' dashboard: traffic, latency, errors by endpoint, databases, third parties."""
    traffic = Section(
        "Requests",
        (
            signal_panel("request_rate", dialect=dialect),
            signal_panel("latency_p50", dialect=dialect),
            signal_panel("latency_p95", dialect=dialect),
            signal_panel("latency_p99", dialect=dialect),
        ),
    )
    return Board(
        "application",
        "Application",
        "For developers: how their services answer, which endpoint fails, and what they depend on.",
        APPLICATION,
        (traffic, _endpoints(), _database(dialect), _others()),
        refresh="30s",
        source=SOURCE,
        marks=USUAL_MARKS,
    )


def _endpoints() -> Section:
    failed = f'sum by (service, route, method) (rate(http_requests_total{{status=~"5..",{_MINE}}}[{_RATE}]))'
    every = f"sum by (service, route, method) (rate(http_requests_total{{{_MINE}}}[{_RATE}]))"
    slow = f"sum by (service, route, le) (rate(http_request_duration_seconds_bucket{{{_MINE}}}[{_RATE}]))"
    named = "{{service}} {{method}} {{route}}"
    return Section(
        "Endpoints",
        (
            Panel(
                "Error rate by endpoint",
                (Query(f"topk(10, ({failed} or 0 * {every}) / {every})", named),),
                unit="ratio",
                says="Share of requests answered with a 5xx status, of the ten worst endpoints.",
                limits=(0.01, 0.05),
            ),
            Panel(
                "Slowest endpoints (P95)",
                (Query(f"topk(10, histogram_quantile(0.95, {slow}))", "{{service}} {{route}}"),),
                unit="seconds",
                says="95 % of an endpoint's requests were answered within this time; the ten slowest.",
                limits=(0.5, 1),
            ),
        ),
    )


def _database(dialect: Dialect) -> Section:
    return Section(
        "Databases and caches",
        (
            signal_panel("pool_utilization", dialect=dialect, no_data=why.NO_POOL, width=8),
            Panel(
                "Requests that wait for a connection",
                (Query(f"sum by (service) (db_connection_pool_waiting{{{_MINE}}})", "{{service}}"),),
                says="Callers in the queue of a connection pool.",
                limits=(1,),
                no_data=why.NO_WAITING,
                width=8,
            ),
            signal_panel("cache_hit_ratio", dialect=dialect, no_data=why.NO_CACHE, width=8),
        ),
    )


def _others() -> Section:
    calls = f"sum by (service, peer_service) (rate(http_client_requests_total{{{_MINE}}}[{_RATE}]))"
    bad = f'sum by (service, peer_service) (rate(http_client_requests_total{{status=~"5..|0",{_MINE}}}[{_RATE}]))'
    return Section(
        "What it depends on",
        (
            Panel(
                "Failed calls to other services",
                (Query(f"({bad} or 0 * {calls}) / {calls}", "{{service}} → {{peer_service}}"),),
                unit="ratio",
                says="Share of a service's own calls that were answered with a 5xx status, or not at all.",
                limits=(0.05,),
                no_data=why.NO_CLIENT_METRICS,
            ),
            Panel(
                "Third parties that answer",
                (Query("min by (name) (ops_monitor_third_party_up)", "{{name}}"),),
                unit="ratio",
                says="1 where the probe or the public status page of a third party says it works.",
                limits=(1,),
                higher_is_worse=False,
                no_data=why.NO_OUTPOSTS,
            ),
        ),
    )
