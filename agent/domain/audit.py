"""The audit record: everything that led to a change of the world, one append-only hash chain for the whole bot."""

import hashlib
import json
from enum import StrEnum

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc


class AuditKind(StrEnum):
    """What kind of thing was done."""

    REQUESTED = "requested"
    DECIDED = "decided"
    VOTED = "voted"
    VOTE_REFUSED = "vote_refused"
    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"
    STARTED = "started"
    APPLIED = "applied"
    RECONCILED = "reconciled"
    VERIFIED = "verified"
    UNDO_STARTED = "undo_started"
    UNDONE = "undone"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SETTLED = "settled"
    CANCELLED = "cancelled"
    FROZEN = "frozen"
    THAWED = "thawed"
    STOPPED = "stopped"
    RESUMED = "resumed"
    RECOVERY_STARTED = "recovery_started"
    RECOVERY_STEP = "recovery_step"
    RECOVERY_ENDED = "recovery_ended"
    POLICY_CHANGED = "policy_changed"


class AuditEvent(Noun):
    """One entry; `digest` covers it and the digest before it, so that a change, a gap or another order shows."""

    seq: int = Field(ge=1)
    at: Utc
    kind: AuditKind
    actor: str
    incident_id: str | None = None
    action_id: str | None = None
    data: dict[str, Json] = Field(default_factory=dict)
    previous: str
    digest: str


def audit_digest(
    previous: str,
    seq: int,
    at: Utc,
    kind: str,
    actor: str,
    incident_id: str | None,
    action_id: str | None,
    data: dict[str, Json],
) -> str:
    """Return the SHA-256 (hex) that binds an entry to the one before it."""
    body = json.dumps(
        [previous, seq, at.isoformat(), kind, actor, incident_id, action_id, data],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(body.encode()).hexdigest()
