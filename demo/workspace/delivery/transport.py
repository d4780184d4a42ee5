"""One delivery to the app, and what any way of carrying it must offer."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

Json = dict[str, Any]
Kind = Literal["events_api", "slash_commands", "interactive"]
# Slack waits this long for an ack.
ACK_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What goes out: the kind, a name for the record, the payload, and which attempt this is."""

    kind: Kind
    name: str
    payload: Json
    retry_num: int = 0
    retry_reason: str = ""


class Transport(Protocol):
    """Carry one delivery to the app and bring its answer back."""

    async def send(self, delivery: Delivery) -> Json:
        """Return the ack's payload, empty when there is none; raises DeliveryFailed after 3 seconds."""
        ...
