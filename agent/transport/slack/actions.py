"""The buttons of a card and of the bot's own answers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agent.lifecycle import changes
from agent.transport.slack import modals
from agent.transport.slack.identity import (
    actor_of,
    channel_of,
    click_key,
    first_time,
    first_time_in,
    places_of,
    principal_of,
    thread_of,
)
from agent.transport.slack.kit import Kit, Respond, Say, guarded
from agent.transport.slack.requests import Request, admit
from agent.transport.slack.sight import demand_sight
from agent.transport.slack.subcommands import SUBCOMMANDS

Body = dict[str, Any]
_CHANGES = {
    "incident.acknowledge": changes.acknowledge,
    "incident.resolve": changes.resolve,
    "incident.reopen": changes.reopen,
}
_COMMANDS = {"incident.acknowledge": "ack", "incident.resolve": "resolve", "incident.reopen": "reopen"}
"""The subcommand that does the same, by whose rule the button goes."""


@dataclass(frozen=True, slots=True)
class Actions:
    """Every click; the change and the mark that it was seen are stored together."""

    kit: Kit

    async def on_change(self, body: Body) -> None:
        """Acknowledge, resolve or reopen an incident."""
        action = body["actions"][0]
        change = _CHANGES[action["action_id"]]
        services = self.kit.services

        async def work() -> None:
            await self._admit(_COMMANDS[action["action_id"]], body)
            async with services.store.write() as tx:
                if not await first_time_in(tx, services, [click_key(body)]):
                    return
                await self.kit.change(tx, change, action["value"], by=actor_of(body))
            services.wake()

        await self._guarded(work, body, action["action_id"])

    async def on_evidence(self, body: Body) -> None:
        """Open the evidence of an incident as a modal with pages."""
        services = self.kit.services

        async def work() -> None:
            await self._admit("show", body)
            incident = await self.kit.incident(body["actions"][0]["value"])
            await demand_sight(services, incident, actor_of(body), places_of(body))
            view = await modals.evidence_view(self.kit, incident.id, page=0)
            await self.kit.open_view(body["trigger_id"], modals.placed(view, places_of(body)))

        await self._once(work, body, "evidence")

    async def on_page(self, body: Body) -> None:
        """Turn to another page of the evidence."""

        async def work() -> None:
            await self._admit("show", body)
            incident_id, _, page = body["actions"][0]["value"].rpartition(":")
            view = await modals.evidence_view(self.kit, incident_id, page=int(page))
            await self.kit.update_view(body["view"]["id"], modals.placed(view, places_of(body)))

        await self._once(work, body, "evidence page")

    async def on_ask(self, body: Body) -> None:
        """Open a modal that takes a question about an incident."""

        async def work() -> None:
            await self._admit("ask", body)
            incident = await self.kit.incident(body["actions"][0]["value"])
            view = modals.ask_view(incident, self.kit.lang)
            await self.kit.open_view(body["trigger_id"], modals.placed(view, places_of(body)))

        await self._once(work, body, "ask")

    async def on_shortcut(self, body: Body, respond: Respond) -> None:
        """Do what a button of the bot's help stands for: a subcommand with its arguments."""
        command, _, args = body["actions"][0]["value"].partition(" ")
        request = Request(
            args=args,
            who=principal_of(body),
            trigger_id=body["trigger_id"],
            channel=channel_of(body),
            places=places_of(body),
            respond=respond,
            key=click_key(body),
        )

        async def work() -> None:
            await admit(self.kit, SUBCOMMANDS[command], request)
            await SUBCOMMANDS[command].run(self.kit, request)

        await self._once(work, body, command)

    async def _admit(self, command: str, body: Body) -> None:
        await self.kit.gate.admit(command, principal_of(body), places_of(body))

    async def _once(self, work: Callable[[], Awaitable[None]], body: Body, what: str) -> None:
        async def once() -> None:
            if await first_time(self.kit.services, [click_key(body)]):
                await work()

        await self._guarded(once, body, what)

    async def _guarded(self, work: Callable[[], Awaitable[None]], body: Body, what: str) -> None:
        await guarded(work, self._say(body), self.kit.lang, what)

    def _say(self, body: Body) -> Say:
        return self.kit.whisper(channel_of(body), actor_of(body), thread_of(body))
