"""A chat workspace as the outbox and the answers need it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from agent.domain.noun import Json, Noun


class Attachment(Noun):
    """A picture to show in a message: its bytes, file name, title and alt text."""

    name: str
    data: bytes
    title: str
    alt: str


class Rendered(Noun):
    """A message ready for the wire: `text` for notifications, Block Kit `blocks`, and pictures that go with it;
    `broadcast` shows a thread's reply in its channel as well. With a `document` the message is that file, under its text."""

    text: str
    blocks: tuple[dict[str, Json], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    broadcast: bool = False
    document: Attachment | None = None


class Posted(Noun):
    """Where a message ended up."""

    channel: str
    ts: str


class Chat(Protocol):
    """Raises agent.errors.Unavailable (with `retry_after_seconds` on 429), Refused or BadAnswer."""

    async def post(
        self, channel: str, message: Rendered, *, thread_ts: str | None = None, key: str | None = None
    ) -> Posted:
        """Post a message; `key` travels as message metadata so that `find` can see it again."""
        ...

    async def update(self, posted: Posted, message: Rendered, *, key: str | None = None) -> None:
        """Edit a message in place."""
        ...

    async def retire(self, posted: Posted, message: Rendered) -> None:
        """Take back a message with our own replies; where a person replied, show `message` in its place instead."""
        ...

    async def find(
        self, channel: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> Posted | None:
        """Return the message that carries `key`, if it was posted since a time."""
        ...

    async def publish_home(self, user: str, blocks: Sequence[dict[str, Json]]) -> None:
        """Show a person's Home tab."""
        ...
