"""One alert of a delivery on its way through the stages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from agent.domain.alert import Alert, AlertRecord, Reason, Severity
from agent.domain.noun import Noun
from agent.policy.subject import Subject


class Outcome(StrEnum):
    """What the stages made of an alert."""

    NEW = "new"
    REFIRED = "refired"
    RESOLVED = "resolved"
    REPEAT = "repeat"
    STALE = "stale"
    MUTED = "muted"
    UNKNOWN_RESOLVED = "unknown_resolved"


@dataclass(frozen=True, slots=True)
class Sighting:
    """An alert as it came, and what was known of it before."""

    alert: Alert
    known: AlertRecord | None
    severity: Severity
    subject: Subject


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a stage decided about a sighting, and why; `muted_by` is the mute's id."""

    sighting: Sighting
    outcome: Outcome
    reason: Reason
    muted_by: str | None = None


class Decision(Noun):
    """What became of one alert of a delivery and why; `stage` is the one that decided last."""

    fingerprint: str
    alert: str
    outcome: Outcome
    stage: str
    incident_id: str | None
    reason: Reason


def began(alert: Alert, now: datetime) -> datetime:
    """Return when an alert started, never in the future, whatever the sender's clock says."""
    return min(alert.starts_at, now)
