"""How listeners are attached: each acknowledges at once and works in the language of whoever did something."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from agent.transport.slack.identity import actor_of
from agent.transport.slack.kit import Kit

Body = dict[str, Any]
Click = Callable[[Body], Awaitable[None]]
Sent = Callable[[Body, Callable[..., Awaitable[Any]]], Awaitable[None]]


async def spoken(kit: Kit, body: Body) -> Kit:
    """Return the kit that speaks the language of the person behind a payload."""
    return await kit.for_person(actor_of(body))


@dataclass(frozen=True, slots=True)
class Ears:
    """Attaches clicks and dialogs to the app; what listens is made anew for each, around the kit that it speaks with."""

    app: AsyncApp
    kit: Kit

    def click(self, action: str | re.Pattern[str], make: Callable[[Kit], Click]) -> None:
        """Listen to a button or menu."""

        async def on_click(ack: AsyncAck, body: Body) -> None:
            await ack()
            await make(await spoken(self.kit, body))(body)

        self.app.action(action)(on_click)

    def sent(self, callback: str, make: Callable[[Kit], Sent]) -> None:
        """Listen to a dialog that is sent; it is acknowledged by its listener, which may show what is wrong in it."""

        async def on_sent(ack: AsyncAck, body: Body) -> None:
            await make(await spoken(self.kit, body))(body, ack)

        self.app.view(callback)(on_sent)

    def options(self, action: str, make: Callable[[Kit], Sent]) -> None:
        """Listen to a field that asks for suggestions."""

        async def on_options(ack: AsyncAck, body: Body) -> None:
            await make(await spoken(self.kit, body))(body, ack)

        self.app.options(action)(on_options)


def anything_below(prefix: str) -> re.Pattern[str]:
    """Return the pattern of action ids `PREFIX.…`."""
    return re.compile(f"{re.escape(prefix)}\\..+")
