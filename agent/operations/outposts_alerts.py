"""What third parties that are down are as alerts: one for each, which ends when it answers again."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agent.diagnosis.watch_alerts import SOURCE
from agent.domain.alert import Alert, AlertStatus
from agent.domain.outpost import THIRD_PARTY_DOWN
from agent.policy.outposts import Outpost

NAME = THIRD_PARTY_DOWN
GROUP = "ops-monitor:third-parties"
LABEL = "third_party"
MOST_SERVICES = 10


@dataclass(frozen=True, slots=True)
class Believed:
    """What is believed of a third party: `up` is None while its looks do not agree; `detail` is what was seen last."""

    outpost: Outpost
    up: bool | None
    detail: str


def wanted(standing: Mapping[str, Believed], firing: Iterable[Alert], now: datetime) -> tuple[Alert, ...]:
    """Return what has to be told: who is down by now, and whose alert is over because they are up or no longer looked at."""
    open_ones = {alert.labels.get(LABEL, ""): alert for alert in firing}
    new = [alert_of(one, now) for name, one in standing.items() if one.up is False and name not in open_ones]
    over = {"status": AlertStatus.RESOLVED, "ends_at": now}
    ended = [
        alert.model_copy(update=over)
        for name, alert in open_ones.items()
        if name not in standing or standing[name].up
    ]
    return (*new, *ended)


def alert_of(one: Believed, now: datetime) -> Alert:
    """Return the alert of a third party that is down; the same third party gives the same fingerprint."""
    outpost = one.outpost
    labels = {
        "alertname": NAME,
        "service": outpost.id,
        LABEL: outpost.id,
        "severity": outpost.severity.value,
    }
    annotations = {
        "summary": f"{outpost.name} (a third party) is down",
        "description": one.detail or "no look succeeded",
        "third_party_name": outpost.name,
    }
    if outpost.services:
        annotations["services"] = ", ".join(outpost.services[:MOST_SERVICES])
    return Alert(
        fingerprint=hashlib.sha256(f"{NAME}\0{outpost.id}".encode()).hexdigest()[:16],
        status=AlertStatus.FIRING,
        labels=labels,
        annotations=annotations,
        starts_at=now,
        source=SOURCE,
    )
