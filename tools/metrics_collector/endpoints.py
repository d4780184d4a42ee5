"""What is known of endpoints' durations, and how histograms of requests are asked about them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.domain.results import Series
from tools.connectors.requests_reader import Endpoint
from tools.quantities import number, words
from tools.recipes import quoted

MOST = 20
SHOWN_WHEN_NONE = 5
COLUMNS = ("service", "endpoint", "requests", "mean", "p95", "slowest")


@dataclass(frozen=True, slots=True)
class Scheme:
    """A histogram whose series bear a service and a route."""

    metric: str
    service: str
    route: str


SCHEMES: tuple[Scheme, ...] = (
    Scheme("http_request_duration_seconds", "service", "route"),
    Scheme("http_request_duration_seconds", "service", "endpoint"),
    Scheme("http_request_duration_seconds", "service", "path"),
    Scheme("http_server_request_duration_seconds", "service_name", "http_route"),
    Scheme("http_server_request_duration_seconds", "job", "http_route"),
    Scheme("nginx_ingress_controller_request_duration_seconds", "exported_service", "path"),
)


def row_of(one: Endpoint) -> tuple[str, ...]:
    """Return an endpoint's cells for people, in the order of COLUMNS."""
    spans = (words(value, "seconds") for value in (one.mean, one.p95, one.slowest))
    return (one.service, one.route, number(one.requests), *spans)


def queries_of(scheme: Scheme, service: str | None, minutes: int) -> tuple[str, str, str, str]:
    """Return the PromQL for requests, mean, P95 and the slowest request's bucket, each by service and route."""
    matchers = f'{scheme.route}!=""' + (f",{scheme.service}={quoted(service)}" if service else "")
    by, span = f"{scheme.service}, {scheme.route}", f"{minutes}m"

    def grown(part: str) -> str:
        return f"increase({scheme.metric}_{part}{{{matchers}}}[{span}])"

    count = f"sum by ({by}) ({grown('count')})"
    buckets = f"sum by ({by}, le) ({grown('bucket')})"
    return (
        f"{count} > 0",
        f"sum by ({by}) ({grown('sum')}) / ({count} > 0)",
        f"histogram_quantile(0.95, {buckets})",
        f"histogram_quantile(1, {buckets})",
    )


def endpoints_of(scheme: Scheme, answers: Sequence[Sequence[Series]]) -> list[Endpoint]:
    """Put four answers together; an endpoint of which one is missing is left out."""
    counts, *rest = [_by_endpoint(scheme, answer) for answer in answers]
    found = [
        Endpoint(key[0], key[1], count, *(column[key] for column in rest))
        for key, count in counts.items()
        if all(key in column for column in rest)
    ]
    return sorted(found, key=lambda one: (-one.p95, one.service, one.route))


def _by_endpoint(scheme: Scheme, answer: Sequence[Series]) -> Mapping[tuple[str, str], float]:
    return {
        (one.labels.get(scheme.service, ""), one.labels.get(scheme.route, "")): one.points[-1][1]
        for one in answer
        if one.points and math.isfinite(one.points[-1][1])
    }
