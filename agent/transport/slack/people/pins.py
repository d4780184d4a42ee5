"""A reaction keeps a message: with a pin on it, what somebody wrote stands on the incident's timeline."""

from dataclasses import dataclass
from typing import Any

from agent.domain.incident import Incident
from agent.errors import Refused
from agent.lifecycle import changes_by_hand
from agent.transport.slack.faults import code_of, speaking
from agent.transport.slack.identity import actor_of, event_keys, first_time, principal_of
from agent.transport.slack.kit import Kit, guarded
from agent.transport.slack.mentions import meant_at, plain_question

Body = dict[str, Any]
PINS = frozenset({"pushpin", "memo"})
"""The reactions that keep a message; another one changes nothing, and taking one away neither."""
KEPT = "white_check_mark"


@dataclass(frozen=True, slots=True)
class Pins:
    """Listens to reactions in incidents' threads and channels."""

    kit: Kit

    async def on_reaction(self, body: Body) -> None:
        """Keep the message that was marked, once, whoever marks it again."""
        event = body["event"]
        item = event.get("item") or {}
        if event.get("reaction") not in PINS or item.get("type") != "message":
            return
        if not await first_time(self.kit.services, event_keys(body, "reaction")[:1]):
            return
        place, ts = str(item.get("channel") or ""), str(item.get("ts") or "")

        async def work() -> None:
            found = await self._found(place, ts)
            if found is None:
                return
            message, incident = found
            await self.kit.gate.admit("note", principal_of(body), {place})
            await self._keep(incident, message, place, ts, by=actor_of(body))

        say = self.kit.whisper(place, actor_of(body))
        await guarded(work, say, self.kit.lang, "reaction")

    async def _found(self, place: str, ts: str) -> tuple[dict[str, Any], Incident] | None:
        """Return the message and the incident whose thread or channel it is in; None for anything else."""
        with speaking("reading a message"):
            answer = await self.kit.client.conversations_replies(
                channel=place, ts=ts, oldest=ts, latest=ts, inclusive=True, limit=1
            )
        message = next((one for one in answer.get("messages") or [] if one.get("ts") == ts), None)
        if message is None or message.get("bot_id") or not str(message.get("text") or "").strip():
            return None
        async with self.kit.services.store.read() as tx:
            incident = await meant_at(tx, place, str(message.get("thread_ts") or ts))
        return (message, incident) if incident is not None else None

    async def _keep(
        self, incident: Incident, message: dict[str, Any], place: str, ts: str, *, by: str
    ) -> None:
        services, now = self.kit.services, self.kit.services.clock.now()
        said = self.kit.safe(plain_question(str(message.get("text") or "")))
        async with services.store.write() as tx:
            await changes_by_hand.keep_message(
                tx,
                services.policies,
                incident.id,
                text=said,
                author=str(message.get("user") or ""),
                place=f"{place}:{ts}",
                by=by,
                at=now,
            )
        services.wake()
        await self._confirm(place, ts)

    async def _confirm(self, place: str, ts: str) -> None:
        try:
            with speaking("marking a message as kept"):
                await self.kit.client.reactions_add(channel=place, timestamp=ts, name=KEPT)
        except Refused as error:
            if code_of(error) != "already_reacted":
                raise
