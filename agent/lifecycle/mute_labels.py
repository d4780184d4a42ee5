"""Which labels a mute of an incident has to name."""

from collections.abc import Mapping, Sequence

from agent.ports.store import Tx


async def kinds_of(tx: Tx, incident_id: str) -> Sequence[dict[str, str]]:
    """Return the distinct label sets that a mute of this incident has to name."""
    found: dict[frozenset[tuple[str, str]], dict[str, str]] = {}
    for record in await tx.alerts.of_incident(incident_id):
        labels = _telling(record.alert.labels)
        if labels:
            found[frozenset(labels.items())] = labels
    return list(found.values())


def _telling(labels: Mapping[str, str]) -> dict[str, str]:
    """Return name and place; an alert that lacks either is muted by all its labels, lest the mute catch others."""
    place = next((name for name in ("service", "job", "instance") if labels.get(name)), None)
    if not labels.get("alertname") or place is None:
        return dict(labels)
    return {name: labels[name] for name in ("alertname", place, "cluster") if labels.get(name)}
