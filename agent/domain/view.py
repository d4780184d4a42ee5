"""One incident as a whole, the way every renderer (card, terminal, report) receives it."""

from agent.domain.action import Action
from agent.domain.alert import AlertRecord
from agent.domain.decision import Approval
from agent.domain.evidence import Diagnosis, Evidence
from agent.domain.feedback import Feedback
from agent.domain.handoff import Handoff
from agent.domain.incident import Incident
from agent.domain.memory import PastIncident
from agent.domain.noun import Noun, Utc
from agent.domain.page import Page
from agent.domain.recovery import RecoveryRun
from agent.domain.route import Route
from agent.domain.task import Task
from agent.domain.timeline import TimelineEvent
from agent.domain.update import Update

MOST_ALERTS = 1_000
"""How many alerts of one incident are looked at: whoever draws or judges walks through them several times over, and nobody
else runs meanwhile."""


class IncidentView(Noun):
    """Everything a card may show; `investigating` is true until the first diagnosis is stored.

    `alerts` are all of a usual incident's, of a huge one some of each kind; `more_alerts` and `more_firing` count the rest.
    `actions` and `recoveries` are in the order in which they were proposed; `approvals` are those of the actions.
    `similar` and `feedback` are data: what past incidents were about, and what people said of this one's diagnoses.
    `tasks`, `pages`, `updates` and `handoffs` are what people and sub-agents do for it, oldest first.
    `deeds` are the bot's latest actions for whatever incident, given to whoever has to tell them from others' changes.
    """

    incident: Incident
    route: Route
    alerts: tuple[AlertRecord, ...]
    more_alerts: int = 0
    more_firing: int = 0
    evidence: tuple[Evidence, ...] = ()
    diagnosis: Diagnosis | None = None
    timeline: tuple[TimelineEvent, ...] = ()
    similar: tuple[PastIncident, ...] = ()
    feedback: tuple[Feedback, ...] = ()
    actions: tuple[Action, ...] = ()
    approvals: tuple[Approval, ...] = ()
    recoveries: tuple[RecoveryRun, ...] = ()
    tasks: tuple[Task, ...] = ()
    pages: tuple[Page, ...] = ()
    updates: tuple[Update, ...] = ()
    handoffs: tuple[Handoff, ...] = ()
    deeds: tuple[Action, ...] = ()
    investigating: bool = True
    as_of: Utc

    @property
    def firing(self) -> tuple[AlertRecord, ...]:
        """Return the alerts that still fire."""
        return tuple(record for record in self.alerts if record.alert.firing)

    @property
    def alert_count(self) -> int:
        """Return how many alerts it has, those that are not here included."""
        return len(self.alerts) + self.more_alerts

    @property
    def firing_count(self) -> int:
        """Return how many of its alerts still fire, those that are not here included."""
        return len(self.firing) + self.more_firing

    @property
    def services(self) -> tuple[str, ...]:
        """Return the affected services, the incident's own first."""
        names = {r.about for r in self.alerts}
        return tuple(dict.fromkeys(n for n in (self.incident.service, *sorted(names)) if n))

    def approval_of(self, action: Action) -> Approval | None:
        """Return the approval that an action has asked for."""
        return next((one for one in self.approvals if one.id == action.approval_id), None)
