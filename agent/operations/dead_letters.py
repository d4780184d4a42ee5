"""Messages to the world outside chat that could not be delivered: counted, listed, and sent again when a person says so."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from agent.domain.notification import Channel, Notification, NotificationState
from agent.domain.noun import Noun
from agent.domain.probe import Probe
from agent.errors import BadInput, NotFound
from agent.ports.store import Tx

_MOST = 100
_SHOWN_ERROR = 160


class DeadLetters(Noun):
    """How many there are, and the newest of them."""

    count: int = 0
    newest: tuple[Notification, ...] = ()

    @property
    def channels(self) -> dict[str, int]:
        """Return how many of the newest each channel has, most first."""
        return dict(Counter(one.channel.value for one in self.newest).most_common())


async def dead_letters(tx: Tx, limit: int = _MOST) -> DeadLetters:
    """Return what could not be delivered, newest first."""
    counts = await tx.notifications.counts()
    count = counts.get(NotificationState.DEAD.value, 0)
    newest = await tx.notifications.in_state(NotificationState.DEAD, limit) if count else []
    return DeadLetters(count=count, newest=tuple(newest))


async def redeliver(tx: Tx, key: str, at: datetime) -> Notification:
    """Send a dead message again, soon; raises NotFound, and BadInput for one that is not dead."""
    found = await tx.notifications.get(key)
    if found is None:
        raise NotFound("There is no such message.", code="no-message")
    if found.state is not NotificationState.DEAD:
        state = found.state.value
        said = f"That message is {state}; only a dead one can be sent again."
        raise BadInput(said, field="key", code="not-dead", facts={"state": state})
    change = {"state": NotificationState.WAITING, "attempts": 0, "not_before": at}
    waiting = found.model_copy(update=change)
    await tx.notifications.put(waiting)
    return waiting


def address_shown(one: Notification) -> str:
    """Return whom a message was for, as others may see it: the end of a phone number, and no more of a mailbox than tells."""
    if one.channel is Channel.SMS:
        return f"…{one.address[-4:]}"
    name, at, host = one.address.rpartition("@")
    return f"{name[:1]}…@{host}" if one.channel is Channel.EMAIL and at else one.address


def reasons(letters: Sequence[Notification]) -> str:
    """Return each channel with its newest reason, in one line."""
    newest: dict[str, str] = {}
    for one in letters:
        newest.setdefault(one.channel.value, one.last_error[:_SHOWN_ERROR])
    return "; ".join(f"{channel}: {reason}" for channel, reason in newest.items())


def dead_letter_probe(letters: DeadLetters) -> Probe:
    """Say whether everything was delivered."""
    if not letters.count:
        return Probe(name="Dead letters", ok=True, detail="every message was delivered or is on its way")
    fix = "Mend the cause, then send them again: `ops-monitor deadletters retry KEY`."
    detail = f"{letters.count} could not be delivered ({reasons(letters.newest)})"
    return Probe(name="Dead letters", ok=False, detail=detail, fix=fix)
