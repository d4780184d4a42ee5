"""Synthetic Alertmanager deliveries of any size, reproducible from their numbers."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

ALERTS = ("HighErrorRate", "HighResponseTime", "ServiceDown", "HighCPUUsage", "PodRestarting")


def alert(
    service: str, name: str, instance: int, *, status: str = "firing", severity: str = "critical"
) -> dict[str, Any]:
    """Return one alert of webhook version 4; equal arguments give equal fingerprints."""
    labels = {
        "alertname": name,
        "service": service,
        "namespace": "bench",
        "cluster": "bench",
        "instance": f"{service}-{instance}",
        "severity": severity,
    }
    now = datetime.now(UTC)
    started = now - timedelta(seconds=20)
    return {
        "status": status,
        "labels": labels,
        "annotations": {"summary": f"{name} on {service}", "description": "synthetic"},
        "startsAt": started.isoformat().replace("+00:00", "Z"),
        "endsAt": (now if status == "resolved" else datetime(1, 1, 1, tzinfo=UTC))
        .isoformat()
        .replace("+00:00", "Z"),
        "generatorURL": "http://127.0.0.1/graph",
        "fingerprint": hashlib.sha256(repr(sorted(labels.items())).encode()).hexdigest()[:16],
    }


def delivery(service: str, name: str, alerts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one webhook delivery that groups alerts as the shipped Alertmanager configuration does."""
    group = {"alertname": name, "cluster": "bench", "service": service}
    status = "firing" if any(a["status"] == "firing" for a in alerts) else "resolved"
    return {
        "version": "4",
        "groupKey": f"{{}}:{{alertname={name!r}, cluster='bench', service={service!r}}}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "ops-monitor",
        "groupLabels": group,
        "commonLabels": group,
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093",
        "alerts": alerts,
    }


def storm(alerts: int, faults: int, batch: int) -> Iterator[dict[str, Any]]:
    """Yield deliveries of `batch` alerts until `alerts` are sent, each of one of `faults` services, interleaved."""
    sent, turn = 0, 0
    while sent < alerts:
        service = f"svc-{turn % faults:03d}"
        round_ = turn // faults
        name = ALERTS[round_ % len(ALERTS)]
        size = min(batch, alerts - sent)
        yield delivery(service, name, [alert(service, name, round_ * batch + i) for i in range(size)])
        sent += size
        turn += 1
