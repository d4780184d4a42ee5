"""The numbers of incidents among people: how long they took, who was told and who was called."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_HUMAN = (30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 259_200, 604_800)


def of_people(r: CollectorRegistry) -> dict[str, Any]:
    """Create the metrics of incidents among people, by their field of Metrics."""
    spans = (
        ("acknowledge", "Time from an incident's opening to its acknowledgement."),
        ("mitigate", "Time from the beginning of an incident's trouble to its mitigation."),
        ("resolve", "Time from the beginning of an incident's trouble to its end."),
    )
    found: dict[str, Any] = {
        f"incident_{name}": Histogram(
            f"ops_monitor_incident_{name}_seconds", words, ["priority", "service"], buckets=_HUMAN, registry=r
        )
        for name, words in spans
    }
    return found | {
        "incident_detection": Histogram(
            "ops_monitor_incident_detection_seconds",
            "Time from an incident's first alert to its opening.",
            ["priority", "service"],
            buckets=(1, 5, 15, 30, 60, 120, 300, 900, 3600),
            registry=r,
        ),
        "incidents_open": Gauge(
            "ops_monitor_incidents_open", "Incidents that are open now.", ["priority"], registry=r
        ),
        "updates": Counter(
            "ops_monitor_updates",
            "Updates to audiences, by how they ended.",
            ["audience", "outcome"],
            registry=r,
        ),
        "pages": Counter(
            "ops_monitor_pages",
            "Calls of people, by how they ended.",
            ["way", "reason", "outcome"],
            registry=r,
        ),
        "pages_per_week": Gauge(
            "ops_monitor_pages_per_week",
            "Calls of each person of oncall.yaml in the last seven days.",
            ["person"],
            registry=r,
        ),
    }
