"""What happens when a dialog is sent, and the suggestions that its fields make."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agent.domain.incident import Incident, Priority
from agent.domain.noun import Json
from agent.lifecycle import changes
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.transport.foreign import clean
from agent.transport.slack import blocks
from agent.transport.slack.identity import (
    actor_of,
    channel_of,
    click_key,
    first_time,
    first_time_in,
    places_of,
    principal_of,
    private_of,
    team_of,
)
from agent.transport.slack.kit import Kit, Say, guarded
from agent.transport.slack.markup import foreign
from agent.transport.slack.mentions import answer_in, plain_question
from agent.transport.slack.streaming import Place

Body = dict[str, Any]
Ack = Callable[..., Awaitable[Any]]
_MOST_OPTIONS = 50


@dataclass(frozen=True, slots=True)
class Submissions:
    """Sent dialogs; errors show under their fields."""

    kit: Kit

    async def on_declare(self, body: Body, ack: Ack) -> None:
        """Open an incident that a person declares."""
        values = values_of(body)
        errors = self._wrong(values)
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        await ack()
        await guarded(lambda: self._declare(body, values), self._say(body), self.kit.lang, "declare")

    async def on_ask(self, body: Body, ack: Ack) -> None:
        """Answer a question about an incident in its thread."""
        words = plain_question(values_of(body).get("question", ""))
        if not words:
            await ack(response_action="errors", errors={"question": text(self.kit.lang, "ask-what")})
            return
        await ack()
        await guarded(lambda: self._ask(body, words), self._say(body), self.kit.lang, "ask")

    async def on_service_options(self, body: Body, ack: Ack) -> None:
        """Suggest services; what was typed is always among them."""
        typed = clean(str(body.get("value") or ""), 60)
        async with self.kit.services.store.read() as tx:
            recent = [incident.service for incident in await tx.incidents.recent(200)]
            firing = [record.alert.labels.get("service", "") for record in await tx.alerts.firing(200)]
        policy = [name for names in self.kit.services.policies.services.tiers.values() for name in names]
        known = sorted(
            {name for name in (*policy, *recent, *firing) if name and typed.lower() in name.lower()}
        )
        names = ([typed] if typed and typed not in known else []) + known
        await ack(options=[_option(name) for name in names[:_MOST_OPTIONS]])

    def _wrong(self, values: dict[str, str]) -> dict[str, str]:
        lang = self.kit.lang
        wrong = {}
        if not plain_question(values.get("title", "")):
            wrong["title"] = text(lang, "declare-needs-title")
        if not values.get("service"):
            wrong["service"] = text(lang, "declare-needs-service")
        if values.get("priority") not in {priority.value for priority in Priority}:
            wrong["priority"] = text(lang, "declare-needs-priority")
        return wrong

    async def _declare(self, body: Body, values: dict[str, str]) -> None:
        services, by = self.kit.services, actor_of(body)
        await self.kit.gate.admit("declare", principal_of(body), places_of(body))
        now = services.clock.now()
        async with services.store.write() as tx:
            if not await first_time_in(tx, services, [click_key(body)]):
                return
            incident = await changes.declare(
                tx,
                services.policies,
                title=self.kit.safe(plain_question(values["title"])),
                service=values["service"],
                priority=Priority(values["priority"]),
                by=by,
                at=now,
                environment=services.environment,
            )
            await services.investigate(tx, incident)
            if values.get("description", "").strip():
                described = self.kit.safe(values["description"])
                await changes.note(tx, services.policies, incident.id, text=described, by=by, at=now)
        services.wake()
        await self._declared(body, incident)

    async def _declared(self, body: Body, incident: Incident) -> None:
        where = foreign(incident.conversation.channel, 80)
        await self._say(body)(text(self.kit.lang, "done-declared", name=incident.name, channel=where))

    async def _ask(self, body: Body, words: str) -> None:
        await self.kit.gate.admit("ask", principal_of(body), places_of(body))
        if not await first_time(self.kit.services, [click_key(body)]):
            return
        incident = await self.kit.incident(str(private_of(body).get("incident_id")))
        conversation, user = incident.conversation, actor_of(body)
        if conversation.ts is None:
            await self._say(body)(text(self.kit.lang, "problem-no-card-yet", name=incident.name))
            return
        words = self.kit.safe(words)
        asked = text(self.kit.lang, "asked-by", who=name_of(body), question=foreign(words, 500))
        # As a block, in which Slack makes no link of a bare address.
        message = Rendered(text=asked, blocks=(blocks.section(asked),))
        await self.kit.chat.post(conversation.channel, message, thread_ts=conversation.ts)
        place = Place(conversation.channel, conversation.ts, user, team_of(body))
        await answer_in(self.kit, place, words)

    def _say(self, body: Body) -> Say:
        return self.kit.whisper(channel_of(body), actor_of(body))


def name_of(body: Body) -> str:
    """Return a person's name for mrkdwn, without mentioning them."""
    user = body.get("user") or {}
    return foreign(str(user.get("username") or user.get("name") or "–"), 60)


def values_of(body: Body) -> dict[str, str]:
    """Return what was entered, by block id."""
    state = ((body.get("view") or {}).get("state") or {}).get("values") or {}
    found: dict[str, str] = {}
    for block, elements in state.items():
        for element in elements.values():
            option = element.get("selected_option") or {}
            chosen = element.get("selected_user") or element.get("selected_date")
            found[block] = str(element.get("value") or option.get("value") or chosen or "")
    return found


def _option(name: str) -> dict[str, Json]:
    return {"text": blocks.plain(name, 75), "value": clean(name, 150)}
