"""Messages on their way out: what is wanted, what was sent; one living message per slot."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc


class SlotKind(StrEnum):
    """What a slot shows: `card` and `details` are drawn from the incident when they are sent, `reply` carries its text,
    `left` is an old message of an incident that has moved to another channel."""

    CARD = "card"
    DETAILS = "details"
    REPLY = "reply"
    HOME = "home"
    LEFT = "left"


class Slot(Noun):
    """One message that is posted once and edited afterwards; `key` such as `card:INCIDENT_ID` is its identity.

    `wanted` and `sent` count versions: work is due while wanted > sent. `sending_since` is set before each first
    post, so that after a crash the world can be asked whether the post happened.
    """

    key: str
    kind: SlotKind
    incident_id: str | None = None
    priority: int = 2
    channel: str
    thread_of: str | None = None
    payload: dict[str, Json] = Field(default_factory=dict)
    wanted: int = 1
    sent: int = 0
    ts: str | None = None
    attempts: int = 0
    not_before: Utc | None = None
    sending_since: Utc | None = None
    last_error: str | None = None


def action_slot(action_id: str) -> str:
    """Return the key of the message of an action that belongs to no incident."""
    return f"action:{action_id}"


class OutboxRows(Protocol):
    """The outbox's rows; delivery lives in transport/outbox."""

    async def request(
        self,
        key: str,
        kind: SlotKind,
        *,
        channel: str,
        priority: int,
        incident_id: str | None = None,
        thread_of: str | None = None,
        payload: dict[str, Json] | None = None,
        at: datetime,
    ) -> None:
        """Want a slot shown, or shown anew; repeats before delivery fold into one."""
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[Slot]:
        """Return slots to deliver: lowest priority number first, first posts before edits, then oldest wish.

        A reply is not among them before its root is posted: a thread needs its root's ts.
        """
        ...

    async def get(self, key: str) -> Slot | None:
        """Return one slot."""
        ...

    async def sending(self, key: str, at: datetime) -> None:
        """Record that a first post is about to leave."""
        ...

    async def sent(self, key: str, version: int, *, channel: str, ts: str) -> None:
        """Record that a version was delivered."""
        ...

    async def failed(self, key: str, error: str, not_before: datetime) -> None:
        """Record a failed try and when to try again."""
        ...

    async def move(self, key: str, channel: str, at: datetime) -> None:
        """Want a posted slot posted anew in another channel; its old message is the caller's to care for."""
        ...

    async def waiting(self) -> int:
        """Count slots that are due or will be."""
        ...
