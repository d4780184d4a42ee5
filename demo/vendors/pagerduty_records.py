"""What PagerDuty's double holds: users, schedules, incidents with their log, and the phones that rang."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

OPEN = ("triggered", "acknowledged")


def now() -> str:
    """Return the time as PagerDuty writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can be on call."""

    id: str
    name: str
    email: str

    def reference(self) -> dict[str, Any]:
        """Return the short form."""
        return {"id": self.id, "type": "user_reference", "summary": self.name, "self": None, "html_url": None}

    def whole(self) -> dict[str, Any]:
        """Return the long form."""
        return {**self.reference(), "type": "user", "name": self.name, "email": self.email}


@dataclass(slots=True)
class Turn:
    """A user's turn in a schedule; an open end means always."""

    schedule: str
    user: User
    level: int = 1
    start: datetime | None = None
    end: datetime | None = None

    def touches(self, since: datetime, until: datetime) -> bool:
        """Say whether it lies in a span of time."""
        return (self.start is None or self.start < until) and (self.end is None or self.end > since)


@dataclass(slots=True)
class PagerIncident:
    """An incident; `key` joins the events about it."""

    id: str
    number: int
    key: str
    title: str
    severity: str
    details: dict[str, Any]
    created_at: str = field(default_factory=now)
    status: str = "triggered"
    priority: str = ""
    assignees: list[User] = field(default_factory=list)
    responders: list[User] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)

    def told(self, kind: str, by: str, said: str = "") -> None:
        """Add to the log."""
        self.log.append({"at": now(), "type": kind, "by": by, "text": said})

    def described(self, *, brief: bool = False) -> dict[str, Any]:
        """Return it as the REST API and the webhooks do."""
        link = f"https://demo.pagerduty.test/incidents/{self.id}"
        told: dict[str, Any] = {"id": self.id, "type": "incident", "summary": self.title, "html_url": link}
        if brief:
            return {**told, "type": "incident_reference"}
        return {
            **told,
            "number": self.number,
            "incident_number": self.number,
            "title": self.title,
            "status": self.status,
            "incident_key": self.key,
            "created_at": self.created_at,
            "urgency": "high" if self.severity in ("critical", "error") else "low",
            "priority": {"summary": self.priority, "type": "priority_reference"} if self.priority else None,
            "assignees": [user.reference() for user in self.assignees],
            "incidents_responders": [
                {"state": "pending", "user": user.reference()} for user in self.responders
            ],
        }

    def page(self) -> dict[str, Any]:
        """Return everything, for the demo's page and for tests."""
        more = {"severity": self.severity, "details": self.details, "notes": self.notes, "log": self.log}
        return {**self.described(), **more}


@dataclass(slots=True)
class PagerBooks:
    """All of it, in memory."""

    users: list[User] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    incidents: list[PagerIncident] = field(default_factory=list)
    phones: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def user(self, user_id: str) -> User | None:
        """Return a user by id."""
        return next((one for one in self.users if one.id == user_id), None)

    def user_by_mail(self, email: str) -> User | None:
        """Return a user by mail address."""
        return next((one for one in self.users if one.email.casefold() == email.casefold()), None)

    def incident(self, incident_id: str) -> PagerIncident | None:
        """Return an incident by id."""
        return next((one for one in self.incidents if one.id == incident_id), None)

    def open_with(self, key: str) -> PagerIncident | None:
        """Return the incident of a key that has not been resolved."""
        return next((one for one in self.incidents if one.key == key and one.status in OPEN), None)

    def begin(self, key: str, title: str, severity: str, details: dict[str, Any]) -> PagerIncident:
        """Open an incident and ring whoever is on call."""
        number = next(self._numbers)
        one = PagerIncident(f"Q{number:013d}", number, key, title, severity, details)
        moment = datetime.now(UTC)
        one.assignees = [t.user for t in self.turns if t.level == 1 and t.touches(moment, moment)]
        one.told("trigger_log_entry", "ops-monitor", title)
        self.incidents.append(one)
        for user in one.assignees:
            self.ring(user, one, title)
        return one

    def ring(self, user: User, incident: PagerIncident, said: str) -> None:
        """Have a user's phone ring."""
        ring = {"at": now(), "user": user.id, "name": user.name, "incident": incident.id, "text": said}
        self.phones.append(ring)
