"""Reading the status page back, where that could not be done in the moment of posting."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.domain.notification import Channel
from agent.domain.update import Destination, Reading, Update, UpdateState
from agent.errors import Refused
from agent.lifecycle.updates_reading import page_alike
from agent.ports.notifier import Notifier
from agent.ports.store import Store
from tools.connectors.statuspage import StatuspagePosts

_LEFT = frozenset({UpdateState.SENDING, UpdateState.SENT, UpdateState.FAILED})


@dataclass(frozen=True, slots=True)
class PageReading:
    """Compares what the status page shows with what people agreed to."""

    store: Store
    carriers: Mapping[Channel, Notifier]

    async def look(self, update: Update, place: Destination) -> Reading:
        """Return how an update reads on the page; raises a BackendError when the page cannot be asked."""
        posts = self.carriers.get(Channel.STATUSPAGE)
        async with self.store.read() as tx:
            sent = await tx.notifications.get(f"{update.id}:{place.way}:{place.address}")
            others = await tx.updates.of_incident(update.incident_id or "")
        if sent is None or not isinstance(posts, StatuspagePosts):
            raise Refused("The status page is not set up any more.", backend="statuspage")
        held = await posts.read(sent)
        if held is None:
            return Reading.GONE
        overtaken = any(
            one.number > update.number and one.state in _LEFT and place in one.destinations for one in others
        )
        return Reading.SAME if page_alike(update, held, overtaken=overtaken) else Reading.DIFFERS
