"""One incident as a whole, the way every renderer (card, terminal, report) receives it."""

from agent.domain.alert import AlertRecord
from agent.domain.evidence import Diagnosis, Evidence
from agent.domain.incident import Incident
from agent.domain.noun import Noun, Utc
from agent.domain.route import Route
from agent.domain.timeline import TimelineEvent


class PastIncident(Noun):
    """A similar incident from memory and what ended it."""

    incident_id: str
    number: int
    title: str
    resolved_at: Utc | None
    cause: str | None
    score: float


class IncidentView(Noun):
    """Everything a card may show; `investigating` is true until the first diagnosis is stored."""

    incident: Incident
    route: Route
    alerts: tuple[AlertRecord, ...]
    evidence: tuple[Evidence, ...] = ()
    diagnosis: Diagnosis | None = None
    timeline: tuple[TimelineEvent, ...] = ()
    similar: tuple[PastIncident, ...] = ()
    investigating: bool = True
    as_of: Utc

    @property
    def firing(self) -> tuple[AlertRecord, ...]:
        """Return the alerts that still fire."""
        return tuple(record for record in self.alerts if record.alert.firing)

    @property
    def services(self) -> tuple[str, ...]:
        """Return the affected services, the incident's own first."""
        names = [r.about for r in self.alerts]
        return tuple(dict.fromkeys(n for n in (self.incident.service, *sorted(names)) if n))
