"""Attaches the buttons, dialogs and reactions about people's work."""

from typing import Any

from agent.transport.slack.kit import Kit
from agent.transport.slack.listening import Ears, spoken
from agent.transport.slack.people.clicks import BUTTONS, PeopleClicks
from agent.transport.slack.people.pins import Pins
from agent.transport.slack.people.sent import DIALOGS, Dialogs


def listen_to_people(ears: Ears, kit: Kit) -> None:
    """Attach every one of them."""
    for action in BUTTONS:
        ears.click(action, lambda k: PeopleClicks(k).on_click)
    for callback in DIALOGS:
        ears.sent(callback, lambda k: Dialogs(k).on_sent)

    async def on_reaction(body: dict[str, Any]) -> None:
        await Pins(await spoken(kit, body)).on_reaction(body)

    ears.app.event("reaction_added")(on_reaction)
