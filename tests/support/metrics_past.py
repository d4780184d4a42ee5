"""Two hours of every metric that the recipes and dashboards need, as OpenMetrics text: small, even, and plainly made up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

STEP, SPAN = 30, 7200
WEEK = 7 * 86400
BOUNDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SERVICE = {
    "job": "ai-textbook-payment",
    "instance": "payment-1:8080",
    "namespace": "shop",
    "pod": "payment-6c9f7d8b54-abcde",
    "service": "payment",
}
_HOST = {"job": "node", "instance": "node-1"}
_REQUEST = {**_SERVICE, "method": "POST", "route": "/charges"}
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Grows:
    """A counter that grows by so much a second."""

    name: str
    labels: Labels
    per_second: float


@dataclass(frozen=True, slots=True)
class Stands:
    """A gauge that keeps one value."""

    name: str
    labels: Labels
    value: float


COUNTERS: tuple[Grows, ...] = (
    Grows("http_requests", {**_REQUEST, "status": "200"}, 9.9),
    Grows("http_requests", {**_REQUEST, "status": "503"}, 0.1),
    Grows("http_client_requests", {**_SERVICE, "peer_service": "ledger-db", "status": "200"}, 9.0),
    Grows("process_cpu_seconds", _SERVICE, 0.2),
    Grows("node_cpu_seconds", {**_HOST, "cpu": "0", "mode": "idle"}, 0.7),
    Grows("node_cpu_seconds", {**_HOST, "cpu": "0", "mode": "user"}, 0.3),
    Grows("node_disk_read_bytes", {**_HOST, "device": "vda"}, 8e4),
    Grows("node_disk_written_bytes", {**_HOST, "device": "vda"}, 4e5),
    Grows("node_network_receive_bytes", {**_HOST, "device": "eth0"}, 2e5),
    Grows("node_network_transmit_bytes", {**_HOST, "device": "eth0"}, 3e5),
    Grows("container_cpu_usage_seconds", {**_SERVICE, "container": "app"}, 0.2),
    Grows("container_network_receive_bytes", _SERVICE, 1e4),
    Grows("container_network_transmit_bytes", _SERVICE, 1e4),
    Grows("kube_pod_container_status_restarts", {**_SERVICE, "container": "app"}, 0.0),
    Grows("cache_hits", _SERVICE, 9.0),
    Grows("cache_misses", _SERVICE, 1.0),
    Grows("checkout_started", _SERVICE, 1.0),
    Grows("checkout_completed", _SERVICE, 0.98),
    Grows("transactions", {**_SERVICE, "outcome": "paid"}, 0.98),
    Grows("revenue", {**_SERVICE, "currency": "KRW"}, 30.0),
    Grows("textbooks_created", {**_SERVICE, "grade_level": "8", "subject": "math"}, 0.1),
    Grows("ai_tokens_used", {**_SERVICE, "model": "textbook-small"}, 20.0),
    Grows("auth_login_failed", {**_SERVICE, "reason": "password"}, 0.05),
    Grows("rate_limit_exceeded", {**_SERVICE, "client_ip": "192.0.2.7"}, 0.02),
    Grows("security_events", {**_SERVICE, "event_type": "shell"}, 0.001),
    Grows("ops_monitor_webhook_requests", {"receiver": "alertmanager", "code": "200"}, 0.1),
    Grows("ops_monitor_alerts_handled", {"outcome": "new"}, 0.1),
    Grows("ops_monitor_incidents_opened", {"priority": "P2"}, 0.001),
    Grows("ops_monitor_jobs_finished", {"kind": "investigate", "outcome": "done"}, 0.1),
    Grows("ops_monitor_pages", {"way": "pagerduty", "reason": "opened", "outcome": "answered"}, 0.001),
    Grows("ops_monitor_notifications_tried", {"channel": "email", "outcome": "sent"}, 0.01),
    Grows("ops_monitor_deployments", {"source": "generic", "verdict": "all_clear"}, 0.001),
    Grows("ops_monitor_model_cost_usd", {}, 0.0001),
)
GAUGES: tuple[Stands, ...] = (
    Stands("up", _SERVICE, 1),
    Stands("up", _HOST, 1),
    Stands("process_start_time_seconds", _SERVICE, 1.6e9),
    Stands("node_memory_MemTotal_bytes", _HOST, 16 * 2.0**30),
    Stands("node_memory_MemAvailable_bytes", _HOST, 9 * 2.0**30),
    Stands("node_filesystem_size_bytes", {**_HOST, "mountpoint": "/", "fstype": "ext4"}, 200 * 2.0**30),
    Stands("node_filesystem_free_bytes", {**_HOST, "mountpoint": "/", "fstype": "ext4"}, 90 * 2.0**30),
    Stands("container_memory_working_set_bytes", {**_SERVICE, "container": "app"}, 142 * 2.0**20),
    Stands("container_spec_memory_limit_bytes", {**_SERVICE, "container": "app"}, 384 * 2.0**20),
    Stands("kube_pod_container_resource_limits", {**_SERVICE, "container": "app", "resource": "cpu"}, 1),
    Stands("kube_pod_container_resource_limits", {**_SERVICE, "container": "app", "resource": "memory"}, 4e8),
    Stands("kube_pod_container_resource_requests", {**_SERVICE, "container": "app", "resource": "cpu"}, 0.5),
    Stands("kube_pod_status_phase", {**_SERVICE, "phase": "Running"}, 1),
    Stands("kube_deployment_status_replicas_unavailable", {"namespace": "shop", "deployment": "payment"}, 0),
    Stands("db_connection_pool_in_use", _SERVICE, 3),
    Stands("db_connection_pool_max", _SERVICE, 10),
    Stands("db_connection_pool_waiting", _SERVICE, 0),
    Stands("probe_ssl_earliest_cert_expiry", _SERVICE, 4e9),
    Stands("active_users_total", _SERVICE, 120),
    Stands("active_learning_sessions", {**_SERVICE, "textbook_id": "tb-1"}, 40),
    Stands("customer_satisfaction_score", _SERVICE, 4.4),
    Stands("node_total_hourly_cost", _HOST, 0.19),
    Stands(
        "trivy_image_vulnerabilities", {**_SERVICE, "container_name": "payment", "severity": "Critical"}, 0
    ),
    Stands("ALERTS", {"alertname": "Slow", "severity": "warning", "alertstate": "firing"}, 1),
    Stands("ops_monitor_intake_queue_depth", {}, 0),
    Stands("ops_monitor_incidents_open", {"priority": "P2"}, 1),
    Stands("ops_monitor_jobs", {"state": "waiting"}, 0),
    Stands("ops_monitor_third_party_up", {"name": "payments"}, 1),
    Stands(
        "ops_monitor_slo_error_budget_remaining_ratio", {"slo": "availability", "service": "payment"}, 0.8
    ),
    *(
        Stands(
            "ops_monitor_slo_burn_rate", {"slo": "availability", "service": "payment", "window": window}, 0.9
        )
        for window in ("300s", "3600s", "21600s", "259200s")
    ),
)
HISTOGRAMS: tuple[tuple[str, Labels, float], ...] = (
    ("http_request_duration_seconds", {**_REQUEST, "status": "200"}, 10.0),
    ("ops_monitor_incident_detection_seconds", {"priority": "P2", "service": "checkout"}, 0.01),
    ("ops_monitor_incident_acknowledge_seconds", {"priority": "P2", "service": "checkout"}, 0.01),
    ("ops_monitor_incident_resolve_seconds", {"priority": "P2", "service": "checkout"}, 0.01),
    ("ops_monitor_job_duration_seconds", {"kind": "investigate"}, 0.1),
)


def openmetrics_past(end: float) -> str:
    """Return the text of the last two hours, and of the same two hours a week ago for what is compared with them."""
    times = [end - SPAN + STEP * number for number in range(SPAN // STEP + 1)]
    before = [at - WEEK for at in times]
    lines: list[str] = []
    for name in dict.fromkeys(one.name for one in COUNTERS):
        lines.append(f"# TYPE {name} counter")
        past = [*before, *times] if name == "revenue" else times
        for one in (found for found in COUNTERS if found.name == name):
            lines += _samples(f"{name}_total", one.labels, past, one.per_second)
    for name in dict.fromkeys(one.name for one in GAUGES):
        lines.append(f"# TYPE {name} gauge")
        for level in (found for found in GAUGES if found.name == name):
            lines += [_sample(name, level.labels, level.value, at) for at in times]
    for name, labels, rate in HISTOGRAMS:
        lines += [f"# TYPE {name} histogram", *_histogram(name, labels, times, rate)]
    return "\n".join([*lines, "# EOF", ""])


def _samples(name: str, labels: Labels, times: Sequence[float], per_second: float) -> Iterator[str]:
    # Counters grow since a fixed moment, so that both weeks belong to one process.
    return (_sample(name, labels, 1 + per_second * (at - times[0]), at) for at in times)


def _histogram(name: str, labels: Labels, times: Sequence[float], rate: float) -> Iterator[str]:
    for place, bound in enumerate((*map(str, BOUNDS), "+Inf")):
        share = (place + 1) / (len(BOUNDS) + 1)
        yield from _samples_of(f"{name}_bucket", {**labels, "le": bound}, times, rate * share)
    yield from _samples_of(f"{name}_sum", labels, times, rate * 0.2)
    yield from _samples_of(f"{name}_count", labels, times, rate)


def _samples_of(name: str, labels: Labels, times: Sequence[float], per_second: float) -> Iterator[str]:
    return (_sample(name, labels, per_second * (at - times[0]), at) for at in times)


def _sample(name: str, labels: Labels, value: float, at: float) -> str:
    inside = ",".join(f'{key}="{text}"' for key, text in labels.items())
    braces = f"{{{inside}}}" if inside else ""
    return f"{name}{braces} {value:.6g} {at:.0f}"
