"""Turns answers about all services into the table of services and the edges between them."""

from collections.abc import Sequence

from agent.domain.results import Series
from tools.quantities import words
from tools.signals import SIGNALS

SERVICE_SIGNALS = ("up", "request_rate", "server_error_ratio", "latency_p95")
MAX_ROWS = 200

EDGE_QUERIES: tuple[tuple[str, str, str], ...] = (
    ("count by (service, peer_service) (http_client_requests_total)", "service", "peer_service"),
    (
        "count by (source_canonical_service, destination_canonical_service) (istio_requests_total)",
        "source_canonical_service",
        "destination_canonical_service",
    ),
    ("count by (client, server) (traces_service_graph_request_total)", "client", "server"),
)


def rows_of(answers: Sequence[tuple[str, Sequence[Series]]]) -> tuple[tuple[str, ...], ...]:
    """Return a row per service, worst error ratio first; `answers` are (label, series) per signal."""
    columns = [
        {s.labels[label]: s.points[-1][1] for s in series if s.labels.get(label)} for label, series in answers
    ]
    services = sorted(set().union(*columns), key=lambda name: (-columns[2].get(name, 0.0), name))
    units = [SIGNALS[name].unit for name in SERVICE_SIGNALS]
    return tuple(
        (service, *(_cell(column.get(service), unit) for column, unit in zip(columns, units, strict=True)))
        for service in services[:MAX_ROWS]
    )


def _cell(value: float | None, unit: str) -> str:
    return words(value, unit) if value is not None else ""


def edges_of(series: Sequence[Series], caller: str, callee: str) -> tuple[tuple[str, str], ...]:
    """Return distinct (caller, callee) pairs, without unknown ends and calls to oneself."""
    pairs = {(s.labels.get(caller, ""), s.labels.get(callee, "")) for s in series}
    return tuple(sorted((a, b) for a, b in pairs if a and b and a != b and "unknown" not in (a, b)))
