"""The signals of request traffic, for each common way in which request metrics are named."""

from dataclasses import dataclass

from tools.recipes import Matching, Recipe, Signal


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How one instrumentation names requests; `requests` counts them, `duration` is a histogram's stem."""

    name: str
    requests: str
    duration: str
    status: str
    by: str = "service"
    matching: Matching = "exact"
    namespace_label: str = "namespace"
    only: str = ""
    milliseconds: bool = False


_SCHEMES = (
    _Scheme("http_requests_total", "http_requests_total", "http_request_duration_seconds", "status"),
    _Scheme(
        "prom-client histogram",
        "http_request_duration_seconds_count",
        "http_request_duration_seconds",
        "status",
    ),
    _Scheme(
        "OpenTelemetry, service_name",
        "http_server_request_duration_seconds_count",
        "http_server_request_duration_seconds",
        "http_response_status_code",
        by="service_name",
        namespace_label="service_namespace",
    ),
    _Scheme(
        "OpenTelemetry, job",
        "http_server_request_duration_seconds_count",
        "http_server_request_duration_seconds",
        "http_response_status_code",
        by="job",
        matching="job",
    ),
    _Scheme(
        "Istio",
        "istio_requests_total",
        "istio_request_duration_milliseconds",
        "response_code",
        by="destination_canonical_service",
        namespace_label="destination_workload_namespace",
        only='reporter="destination",',
        milliseconds=True,
    ),
    _Scheme(
        "ingress-nginx",
        "nginx_ingress_controller_requests",
        "nginx_ingress_controller_request_duration_seconds",
        "status",
        by="exported_service",
        namespace_label="exported_namespace",
    ),
    _Scheme(
        "ingress-nginx, own labels",
        "nginx_ingress_controller_requests",
        "nginx_ingress_controller_request_duration_seconds",
        "status",
    ),
)


def _recipe(scheme: _Scheme, metric: str, promql: str) -> Recipe:
    return Recipe(
        scheme=scheme.name,
        needs=(metric,),
        promql=promql,
        by=scheme.by,
        matching=scheme.matching,
        namespace_label=scheme.namespace_label,
    )


def _rate(scheme: _Scheme, metric: str, extra: str = "", more_by: str = "") -> str:
    return f"sum by (<by>{more_by}) (rate({metric}{{{scheme.only}{extra}<sel>}}[<window>]))"


def _request_rate() -> tuple[Recipe, ...]:
    return tuple(_recipe(s, s.requests, _rate(s, s.requests)) for s in _SCHEMES)


def _share(scheme: _Scheme, codes: str) -> str:
    failed = _rate(scheme, scheme.requests, f'{scheme.status}=~"{codes}",')
    every = _rate(scheme, scheme.requests)
    # Without a single failed request the failed series do not exist: that is 0, not unknown.
    return f"({failed} or 0 * {every}) / {every}"


def _ratios(codes: str) -> tuple[Recipe, ...]:
    return tuple(_recipe(s, s.requests, _share(s, codes)) for s in _SCHEMES)


def _availability() -> tuple[Recipe, ...]:
    return tuple(_recipe(s, s.requests, f"1 - {_share(s, '5..')}") for s in _SCHEMES)


def _quantiles(quantile: float) -> tuple[Recipe, ...]:
    return tuple(
        _recipe(
            s,
            f"{s.duration}_bucket",
            f"histogram_quantile({quantile}, {_rate(s, f'{s.duration}_bucket', more_by=', le')})"
            + (" / 1000" if s.milliseconds else ""),
        )
        for s in _SCHEMES
    )


def _average() -> tuple[Recipe, ...]:
    return tuple(
        _recipe(
            s,
            f"{s.duration}_sum",
            f"{_rate(s, f'{s.duration}_sum')} / {_rate(s, f'{s.duration}_count')}"
            + (" / 1000" if s.milliseconds else ""),
        )
        for s in _SCHEMES
    )


def _bucket(scheme: _Scheme, bound: str) -> str:
    # Some clients write whole bounds as `1`, others as `1.0`.
    spelled = f'le=~"{bound}|{bound}[.]0",'
    return _rate(scheme, f"{scheme.duration}_bucket", spelled)


def _apdex() -> tuple[Recipe, ...]:
    made = []
    for s in _SCHEMES:
        satisfied, tolerated, nearest = ("500", "2000", "1000") if s.milliseconds else ("0.5", "2", "1")
        bucket = f"{s.duration}_bucket"
        content = _bucket(s, satisfied)
        # Histograms without a bucket at four times the target are judged by the nearest one below.
        patient = f"({_bucket(s, tolerated)} or {_bucket(s, nearest)})"
        made.append(_recipe(s, bucket, f"({content} + {patient}) / 2 / {_rate(s, f'{s.duration}_count')}"))
    return tuple(made)


HTTP_SIGNALS: tuple[Signal, ...] = (
    Signal(
        "request_rate",
        "request rate",
        "1/s",
        "Requests that a service answers per second.",
        _request_rate(),
        threshold=1000,
        threshold_source="role: panel Request Rate",
        combine="sum",
    ),
    Signal(
        "latency_p50",
        "median response time",
        "seconds",
        "Half of the requests were answered within this time.",
        _quantiles(0.5),
    ),
    Signal(
        "latency_p95",
        "P95 response time",
        "seconds",
        "95 % of the requests were answered within this time.",
        _quantiles(0.95),
        threshold=1,
        threshold_source="guide: HighResponseTime",
    ),
    Signal(
        "latency_p99",
        "P99 response time",
        "seconds",
        "99 % of the requests were answered within this time.",
        _quantiles(0.99),
        threshold=2,
        threshold_source="role: HighLatency",
    ),
    Signal(
        "latency_average",
        "average response time",
        "seconds",
        "Time per request, averaged over all requests.",
        _average(),
        threshold=0.2,
        threshold_source="guide: goal of 200 ms",
    ),
    Signal(
        "client_error_ratio",
        "client error rate (4xx)",
        "ratio",
        "Share of requests answered with a 4xx status.",
        _ratios("4.."),
    ),
    Signal(
        "server_error_ratio",
        "error rate (5xx)",
        "ratio",
        "Share of requests answered with a 5xx status.",
        _ratios("5.."),
        threshold=0.05,
        threshold_source="guide and role: HighErrorRate",
    ),
    Signal(
        "availability",
        "availability",
        "ratio",
        "Share of requests not answered with a 5xx status.",
        _availability(),
        higher_is_worse=False,
        threshold=0.999,
        threshold_source="guide and role: 99.9 %",
    ),
    Signal(
        "apdex",
        "Apdex score",
        "score",
        "Requests within 500 ms count fully, within 2 s half (within 1 s where there is no 2 s bucket); 1 is best.",
        _apdex(),
        higher_is_worse=False,
    ),
)
