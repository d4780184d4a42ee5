"""Alerts and the groups they arrive in, in the words of Alertmanager's webhook version 4."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from agent.domain.noun import Noun, Utc


class Severity(StrEnum):
    """How loud an alert's label is; it feeds an incident's priority and nothing else."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlertStatus(StrEnum):
    """Whether the alert's condition holds."""

    FIRING = "firing"
    RESOLVED = "resolved"


class Alert(Noun):
    """One alert instance; `fingerprint` identifies its label set."""

    fingerprint: str = Field(min_length=1)
    status: AlertStatus
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    starts_at: Utc
    ends_at: Utc | None = None
    generator_url: str = ""
    source: str = "alertmanager"

    @property
    def name(self) -> str:
        """Return the alert's name (`alertname`), or `unnamed alert`."""
        return self.labels.get("alertname") or "unnamed alert"

    @property
    def firing(self) -> bool:
        """Say whether the alert's condition holds."""
        return self.status is AlertStatus.FIRING


class AlertGroup(Noun):
    """One webhook delivery; `truncated_alerts` counts alerts that the sender left out, `notes` says in words
    what was odd about it or had to be cut."""

    group_key: str
    status: AlertStatus
    receiver: str = ""
    group_labels: dict[str, str] = Field(default_factory=dict)
    common_labels: dict[str, str] = Field(default_factory=dict)
    common_annotations: dict[str, str] = Field(default_factory=dict)
    external_url: str = ""
    truncated_alerts: int = Field(default=0, ge=0)
    alerts: tuple[Alert, ...]
    source: str = "alertmanager"
    received_at: Utc
    notes: tuple[str, ...] = ()


class Reason(Noun):
    """Why a stage or a rule decided as it did: the rule's id and a sentence for people, in English.

    Other languages: `said` holds the sentence by language where a policy gives it, else `args` fill the message
    `reason-RULE`, or `reason-MESSAGE` where one is named.
    """

    rule: str
    sentence: str
    message: str = ""
    args: dict[str, str] = Field(default_factory=dict)
    said: dict[str, str] = Field(default_factory=dict)


class AlertRecord(Noun):
    """What we know of one alert over time; `flips` are status changes within the flapping window, `group_key`
    is the sender's group that it came in last, `service` what it is about (from `service` or a like label),
    `let_go_until` how long it may go on after its incident, which did not wait for it."""

    alert: Alert
    severity: Severity
    incident_id: str | None
    reason: Reason
    first_seen_at: Utc
    last_seen_at: Utc
    flips: tuple[Utc, ...] = ()
    flapping: bool = False
    muted_by: str | None = None
    group_key: str = ""
    service: str = ""
    let_go_until: Utc | None = None

    @property
    def about(self) -> str:
        """Return the service that it is about: what intake found, but never a mere machine; else its label, or empty."""
        labels = self.alert.labels
        places = {labels.get(name) for name in ("instance", "node", "host", "pod")}
        known = self.service if self.service not in ("unknown", *places) else ""
        return known or labels.get("service", "")

    @property
    def changed_at(self) -> datetime:
        """Return when its status last changed, or when it was first seen."""
        return self.flips[-1] if self.flips else self.first_seen_at
