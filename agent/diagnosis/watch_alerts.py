"""What the bot's own abnormalities are as alerts: one at a time for each service, each ended by itself."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from agent.diagnosis.watch import Episode
from agent.diagnosis.watch_rules import BY_SIGNAL
from agent.domain.alert import Alert, AlertGroup, AlertStatus

NAME = "ServiceAbnormal"
SOURCE = "ops-monitor"
GROUP = "ops-monitor:watch"
# New alerts of one look: when more is wrong at once it is the measuring, or an outage that these are enough to tell.
MOST_NEW = 20


def wanted(
    episodes: Sequence[Episode], firing: Iterable[Alert], now: datetime, *, known: bool = True
) -> tuple[Alert, ...]:
    """Return what has to be told: new alerts, worst-known first by their beginning, and those of ours that are over.

    `firing` are our alerts that fire now. Without `known` (nothing could be measured) nothing ends.
    """
    waking = sorted((e for e in episodes if e.sustained and BY_SIGNAL[e.key.signal].wakes), key=_order)
    standing = {(e.key.service, e.key.signal) for e in waking}
    kept: dict[str, Alert] = {}
    over: list[Alert] = []
    for alert in firing:
        service, signal = alert.labels.get("service", ""), alert.labels.get("signal", "")
        if not known or (service, signal) in standing:
            kept[service] = alert
        else:
            over.append(alert)
    new: dict[str, Alert] = {}
    for episode in waking:
        service = episode.key.service
        if service not in kept and service not in new and len(new) < MOST_NEW:
            new[service] = alert_of(episode)
    ended = {"status": AlertStatus.RESOLVED, "ends_at": now}
    return (*new.values(), *(alert.model_copy(update=ended) for alert in over))


def alert_of(episode: Episode) -> Alert:
    """Return the alert of an abnormality; the same series gives the same fingerprint."""
    labels = {
        "alertname": NAME,
        "service": episode.key.service,
        "signal": episode.key.signal,
        "severity": "warning",
    }
    joined = "\0".join(f"{name}={value}" for name, value in sorted(labels.items()))
    value, normal = f"{episode.value:.4g}", f"{episode.normal:.4g}"
    return Alert(
        fingerprint=hashlib.sha256(joined.encode()).hexdigest()[:16],
        status=AlertStatus.FIRING,
        labels=labels,
        annotations={
            "summary": f"{episode.key.signal} of {episode.key.service} is abnormal",
            "description": f"{episode.key.signal} is {value}, normally {normal}; far beyond what it has been before.",
        },
        starts_at=datetime.fromtimestamp(episode.since, UTC),
        source=SOURCE,
    )


def group_of(alerts: Sequence[Alert], now: datetime, *, key: str = GROUP) -> AlertGroup:
    """Return alerts of our own as a delivery."""
    firing = any(alert.firing for alert in alerts)
    return AlertGroup(
        group_key=key,
        status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
        receiver=SOURCE,
        alerts=tuple(alerts),
        source=SOURCE,
        received_at=now,
    )


def _order(episode: Episode) -> tuple[float, str, str]:
    return (episode.since, episode.key.service, episode.key.signal)
