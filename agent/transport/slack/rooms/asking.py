"""Has an incident's own channel looked after whenever its card changes in what the channel tells."""

from dataclasses import dataclass, field
from datetime import timedelta

from agent.domain.view import IncidentView
from agent.transport.slack.rooms.jobs import keeping
from agent.transport.slack.services import SlackServices

_MOST = 2_000
# Several changes of a few seconds make one call to Slack.
_GAP = timedelta(seconds=3)


@dataclass(slots=True)
class RoomAsking:
    """Remembers what each channel was asked to show; after a restart it asks once more, which changes nothing."""

    services: SlackServices
    _shown: dict[str, str] = field(default_factory=dict)

    async def look(self, view: IncidentView) -> None:
        """Ask for the channel that the policy wants, or for its newest state."""
        incident, services = view.incident, self.services
        wanted = incident.room is not None or (view.route.room and incident.status.open)
        if not wanted or services.jobs is None or self._shown.get(incident.id) == _state(view):
            return
        self._shown.pop(incident.id, None)
        self._shown[incident.id] = _state(view)
        while len(self._shown) > _MOST:
            del self._shown[next(iter(self._shown))]
        run_at = services.clock.now() + _GAP if incident.room else None
        async with services.store.write() as tx:
            await services.jobs.enqueue(tx, keeping(incident.id, run_at=run_at))


def _state(view: IncidentView) -> str:
    incident = view.incident
    people = f"{incident.commander} {incident.acknowledged_by} {sorted({page.person for page in view.pages})}"
    card = incident.conversation.ts
    return f"{incident.status} {incident.priority} {incident.title} {people} {card} {incident.room}"
