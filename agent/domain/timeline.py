"""What happened in an incident, in order; append-only and hash-chained."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc


class TimelineKind(StrEnum):
    """What kind of thing happened."""

    OPENED = "opened"
    DECLARED = "declared"
    ALERT_ADDED = "alert_added"
    ALERT_RESOLVED = "alert_resolved"
    ALERT_REFIRED = "alert_refired"
    FLAPPING = "flapping"
    PRIORITY_CHANGED = "priority_changed"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    NOTE = "note"
    TRIAGED = "triaged"
    INVESTIGATED = "investigated"
    DIAGNOSED = "diagnosed"
    DEEPENED = "deepened"
    CAUSE_CONFIRMED = "cause_confirmed"
    CAUSE_DENIED = "cause_denied"
    CARD_POSTED = "card_posted"
    ASKED = "asked"
    ACTION_PROPOSED = "action_proposed"
    ACTION_DECIDED = "action_decided"
    ACTION_VOTED = "action_voted"
    ACTION_STARTED = "action_started"
    ACTION_APPLIED = "action_applied"
    ACTION_ENDED = "action_ended"
    RECOVERY_STARTED = "recovery_started"
    RECOVERY_ENDED = "recovery_ended"
    MITIGATED = "mitigated"
    COMMAND_TAKEN = "command_taken"
    COMMAND_RELEASED = "command_released"
    ESCALATED = "escalated"
    PAGED = "paged"
    PAGE_ANSWERED = "page_answered"
    PAGE_FAILED = "page_failed"
    PAGER_SAID = "pager_said"
    TARGET_NEAR = "target_near"
    TARGET_MISSED = "target_missed"
    TASK_ADDED = "task_added"
    TASK_ASSIGNED = "task_assigned"
    TASK_DONE = "task_done"
    TASK_DROPPED = "task_dropped"
    TASK_FILED = "task_filed"
    HANDOFF_ASKED = "handoff_asked"
    HANDOFF_ACCEPTED = "handoff_accepted"
    HANDOFF_ENDED = "handoff_ended"
    UPDATE_WRITTEN = "update_written"
    UPDATE_SENT = "update_sent"
    UPDATE_WITHDRAWN = "update_withdrawn"
    UPDATE_UNLIKE = "update_unlike"
    DEPLOYMENT_SEEN = "deployment_seen"
    DEPLOYMENT_JUDGED = "deployment_judged"
    ROOM_OPENED = "room_opened"
    POSTMORTEM_WRITTEN = "postmortem_written"
    CLOSED = "closed"


class TimelineEvent(Noun):
    """One thing that happened; `digest` covers this event and the digest before it."""

    incident_id: str
    seq: int = Field(ge=1)
    at: Utc
    kind: TimelineKind
    actor: str
    data: dict[str, Json] = Field(default_factory=dict)
    previous: str
    digest: str


GENESIS = "0" * 64
# Alerts of one trouble come and go: an end that was this short was none.
A_MOMENT = timedelta(seconds=30)


def chain_digest(
    previous: str, incident_id: str, seq: int, at: Utc, kind: str, actor: str, data: dict[str, Json]
) -> str:
    """Return the SHA-256 (hex) that binds an event to the one before it."""
    body = json.dumps(
        [previous, incident_id, seq, at.isoformat(), kind, actor, data], sort_keys=True, ensure_ascii=False
    )
    return hashlib.sha256(body.encode()).hexdigest()


def reopenings(timeline: Iterable[TimelineEvent]) -> tuple[TimelineEvent, ...]:
    """Return the events that brought an incident back to life after it had been over for longer than a moment."""
    ended: datetime | None = None
    found = []
    for event in timeline:
        if event.kind is TimelineKind.RESOLVED:
            ended = event.at
        if event.kind is TimelineKind.REOPENED and (ended is None or event.at - ended > A_MOMENT):
            found.append(event)
    return tuple(found)
