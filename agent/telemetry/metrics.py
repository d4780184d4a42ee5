"""The bot's own numbers, for Prometheus."""

from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from agent.telemetry.metrics_people import of_people

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_LONG = (0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Every metric that the bot exposes; labels are bounded, and never hold names from outside."""

    webhook_requests: Counter
    webhook_duration: Histogram
    alerts_received: Counter
    alerts_handled: Counter
    incidents_opened: Counter
    incidents_reopened: Counter
    incidents_resolved: Counter
    incident_detection: Histogram
    intake_queue_depth: Gauge
    intake_duration: Histogram
    unmapped_severities: Counter
    jobs_finished: Counter
    job_duration: Histogram
    jobs: Gauge
    model_calls: Counter
    model_tokens: Counter
    model_cost: Counter
    findings_dropped: Counter
    watch_series: Gauge
    watch_abnormal: Counter
    detection_lead: Histogram
    deployments: Counter
    notifications: Gauge
    notifications_tried: Counter
    notification_delay: Histogram
    handoffs: Counter
    incidents_open: Gauge
    incident_acknowledge: Histogram
    incident_mitigate: Histogram
    incident_resolve: Histogram
    updates: Counter
    pages: Counter
    pages_per_week: Gauge
    checks: Counter
    check_late: Histogram
    slo_budget_left: Gauge
    slo_burn_rate: Gauge
    reports: Counter
    third_party_up: Gauge
    third_party_probe: Gauge
    third_party_looks: Counter


def build_metrics(registry: CollectorRegistry) -> Metrics:
    """Create the metrics in a registry; once per registry."""
    r = registry
    return Metrics(
        webhook_requests=Counter(
            "ops_monitor_webhook_requests",
            "Webhook requests by receiver and HTTP status.",
            ["receiver", "code"],
            registry=r,
        ),
        webhook_duration=Histogram(
            "ops_monitor_webhook_duration_seconds",
            "Time to answer a webhook.",
            ["receiver"],
            buckets=_QUICK,
            registry=r,
        ),
        alerts_received=Counter("ops_monitor_alerts_received", "Alerts in stored deliveries.", registry=r),
        alerts_handled=Counter(
            "ops_monitor_alerts_handled", "Alerts by what the stages made of them.", ["outcome"], registry=r
        ),
        incidents_opened=Counter(
            "ops_monitor_incidents_opened", "Incidents opened.", ["priority"], registry=r
        ),
        incidents_reopened=Counter("ops_monitor_incidents_reopened", "Incidents opened again.", registry=r),
        incidents_resolved=Counter(
            "ops_monitor_incidents_resolved", "Incidents ended by their alerts.", registry=r
        ),
        intake_queue_depth=Gauge(
            "ops_monitor_intake_queue_depth", "Deliveries stored and not yet processed.", registry=r
        ),
        intake_duration=Histogram(
            "ops_monitor_intake_duration_seconds", "Time to process one delivery.", buckets=_QUICK, registry=r
        ),
        unmapped_severities=Counter(
            "ops_monitor_unmapped_severities",
            "Alerts whose severity label the policy does not know.",
            registry=r,
        ),
        jobs_finished=Counter(
            "ops_monitor_jobs_finished", "Jobs by kind and outcome.", ["kind", "outcome"], registry=r
        ),
        job_duration=Histogram(
            "ops_monitor_job_duration_seconds", "Time a job ran.", ["kind"], buckets=_LONG, registry=r
        ),
        jobs=Gauge("ops_monitor_jobs", "Jobs by state.", ["state"], registry=r),
        **_of_the_model(r),
        **(_of_the_watch(r) | _of_third_parties(r)),
        **(_of_releases(r) | _of_the_courier(r)),
        **_of_handoffs(r),
        **of_people(r),
        **_of_objectives(r),
        **_of_checks(r),
    )


def _of_the_model(r: CollectorRegistry) -> dict[str, Any]:
    return {
        "model_calls": Counter(
            "ops_monitor_model_calls", "Calls of the model by outcome.", ["outcome"], registry=r
        ),
        "model_tokens": Counter(
            "ops_monitor_model_tokens", "Tokens that the model used, by kind.", ["kind"], registry=r
        ),
        "model_cost": Counter(
            "ops_monitor_model_cost_usd", "Cost of the model's calls whose price is known.", registry=r
        ),
        "findings_dropped": Counter(
            "ops_monitor_findings_dropped",
            "Claims of the model that code dropped, by reason.",
            ["reason"],
            registry=r,
        ),
    }


def _of_the_watch(r: CollectorRegistry) -> dict[str, Any]:
    return {
        "watch_series": Gauge(
            "ops_monitor_watch_series", "Series that the bot watches by itself.", registry=r
        ),
        "watch_abnormal": Counter(
            "ops_monitor_watch_abnormal", "Sustained abnormalities that it saw.", ["signal"], registry=r
        ),
        "detection_lead": Histogram(
            "ops_monitor_detection_lead_seconds",
            "Time from the first abnormal look to the first alert of an incident.",
            buckets=(15, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600),
            registry=r,
        ),
    }


def _of_the_courier(r: CollectorRegistry) -> dict[str, Any]:
    return {
        "notifications": Gauge(
            "ops_monitor_notifications",
            "Messages to the world outside chat, by state.",
            ["state"],
            registry=r,
        ),
        "notifications_tried": Counter(
            "ops_monitor_notifications_tried",
            "Tries to send such a message, by how they ended.",
            ["channel", "outcome"],
            registry=r,
        ),
        "notification_delay": Histogram(
            "ops_monitor_notification_delay_seconds",
            "Time from a message's wish to its acceptance by the service that carries it.",
            ["channel"],
            buckets=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0),
            registry=r,
        ),
    }


def _of_releases(r: CollectorRegistry) -> dict[str, Any]:
    return {
        "deployments": Counter(
            "ops_monitor_deployments",
            "Releases by who told of them and what became of them.",
            ["source", "verdict"],
            registry=r,
        ),
    }


def _of_handoffs(r: CollectorRegistry) -> dict[str, Any]:
    return {
        "handoffs": Counter(
            "ops_monitor_handoffs",
            "Work handed to sub-agents, by who was asked and how it ended.",
            ["to", "outcome"],
            registry=r,
        ),
    }


def _of_checks(r: CollectorRegistry) -> dict[str, Any]:
    return {
        "checks": Counter(
            "ops_monitor_checks",
            "Items of checklists, by what came of the bot's look.",
            ["checklist", "result"],
            registry=r,
        ),
        "check_late": Histogram(
            "ops_monitor_check_late_seconds",
            "Time from when a checklist was due to its beginning.",
            ["checklist"],
            buckets=(1, 5, 30, 60, 300, 1800, 3600, 7200, 21_600, 86_400),
            registry=r,
        ),
        "reports": Counter(
            "ops_monitor_reports",
            "Reports that were written, and tries that failed.",
            ["kind", "outcome"],
            registry=r,
        ),
    }


def _of_third_parties(r: CollectorRegistry) -> dict[str, Any]:
    return {
        "third_party_up": Gauge(
            "ops_monitor_third_party_up",
            "Whether the newest look at a third party of outposts.yaml found it up; absent while that is not known.",
            ["name"],
            registry=r,
        ),
        "third_party_probe": Gauge(
            "ops_monitor_third_party_probe_seconds",
            "How long a third party's newest answer took.",
            ["name"],
            registry=r,
        ),
        "third_party_looks": Counter(
            "ops_monitor_third_party_looks",
            "Looks at third parties, by what they found.",
            ["name", "result"],
            registry=r,
        ),
    }


def _of_objectives(r: CollectorRegistry) -> dict[str, Any]:
    return {
        "slo_budget_left": Gauge(
            "ops_monitor_slo_error_budget_remaining_ratio",
            "Share of an objective's error budget that is left; negative when it is overspent.",
            ["slo", "service"],
            registry=r,
        ),
        "slo_burn_rate": Gauge(
            "ops_monitor_slo_burn_rate",
            "How many times faster than allowed the budget was spent over the window.",
            ["slo", "service", "window"],
            registry=r,
        ),
    }
