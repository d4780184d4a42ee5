"""The timeline marks of investigations: which runs there were, and how a mark is set once only."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.noun import Json
from agent.domain.timeline import TimelineEvent, TimelineKind, reopenings
from agent.ports.store import Tx

ASKS_FOR_A_LOOK = frozenset(
    {
        TimelineKind.OPENED,
        TimelineKind.DECLARED,
        TimelineKind.ALERT_ADDED,
        TimelineKind.ALERT_REFIRED,
        TimelineKind.REOPENED,
    }
)


def last_ask(timeline: Sequence[TimelineEvent]) -> int:
    """Return the sequence number of the newest event that asks for an investigation, or 0."""
    return max((event.seq for event in timeline if event.kind in ASKS_FOR_A_LOOK), default=0)


def runs_done(timeline: Sequence[TimelineEvent]) -> int:
    """Return how many investigations came to their diagnosis."""
    return sum(1 for event in timeline if event.kind is TimelineKind.DIAGNOSED)


def answered(timeline: Sequence[TimelineEvent]) -> int:
    """Return the newest event that a finished investigation had already seen, or 0."""
    done = [event for event in timeline if event.kind is TimelineKind.DIAGNOSED]
    seen = done[-1].data.get("seen") if done else None
    return seen if isinstance(seen, int) else 0


def starts_anew(timeline: Sequence[TimelineEvent]) -> bool:
    """Say whether the incident was reopened since its last diagnosis, which then was of another trouble.

    An end of a moment is none: alerts of one trouble come and go.
    """
    last = max((e.seq for e in timeline if e.kind is TimelineKind.DIAGNOSED), default=0)
    return any(event.seq > last for event in reopenings(timeline))


async def mark_once(
    tx: Tx, incident_id: str, kind: TimelineKind, actor: str, at: datetime, data: dict[str, Json]
) -> bool:
    """Append an event unless this run already has one of its kind; say whether it was appended."""
    for event in await tx.timeline.of(incident_id):
        if event.kind is kind and event.data.get("run") == data.get("run"):
            return False
    await tx.timeline.append(incident_id, kind, actor, at, data)
    return True
