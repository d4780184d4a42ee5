"""Questions by mention, direct message, or as the answer to the bot's own question."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.domain.answer import Answer, Question, Step
from agent.domain.incident import Incident
from agent.errors import OpsError
from agent.locale.errors import error_words
from agent.locale.messages import answer_language, text
from agent.ports.chat import Rendered
from agent.ports.store import Tx
from agent.transport.slack.identity import (
    Body,
    actor_of,
    event_keys,
    first_time,
    places_of,
    principal_of,
    team_of,
)
from agent.transport.slack.kit import Kit, guarded
from agent.transport.slack.sight import sight_of
from agent.transport.slack.streaming import LiveAnswer, Place

_MENTION = re.compile(r"<@[UW][A-Z0-9]+(\|[^<>]*)?>")
_CODED = re.compile(r"<(?:[#!][^|<>]*\|([^<>]+)|(?:mailto:)?([^|<>]+)(?:\|[^<>]*)?)>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_WAIT_FOR_REPLY = timedelta(minutes=15)
_MOST_WAITING = 500
_LONGEST_QUESTION = 2_000


@dataclass(slots=True)
class Mentions:
    """Answers people where they asked; remembers in which threads the bot itself waits for a reply."""

    kit: Kit
    _waiting: dict[tuple[str, str, str], datetime] = field(default_factory=dict)

    async def on_mention(self, body: dict[str, Any]) -> None:
        """Answer a mention in a channel or an incident's thread."""
        await self._hear(body)

    async def on_message(self, body: dict[str, Any], bot_user_id: str | None) -> None:
        """Answer direct messages; in channels only what replies to the bot's own question."""
        event = body["event"]
        if event.get("subtype") or event.get("bot_id") or not event.get("text"):
            return
        if event.get("channel_type") == "im" or self._asked_for(event, bot_user_id):
            await self._hear(body)

    def _asked_for(self, event: Body, bot_user_id: str | None) -> bool:
        place = (str(event.get("channel")), str(event.get("thread_ts")), str(event.get("user")))
        if f"<@{bot_user_id}>" in str(event["text"]):
            # The same message comes as app_mention as well.
            return False
        until = self._waiting.pop(place, None)
        return until is not None and self.kit.services.clock.now() < until

    async def _hear(self, body: dict[str, Any]) -> None:
        event = body["event"]
        if event.get("subtype") or event.get("bot_id"):
            return
        if not await first_time(self.kit.services, event_keys(body, "ask")):
            return
        kit = await self._spoken(body)
        place = place_of(body)
        question = plain_question(str(event.get("text", "")))

        async def say(sentence: str) -> None:
            await self.kit.chat.post(place.channel, Rendered(text=sentence), thread_ts=place.thread_ts)

        async def work() -> None:
            await kit.gate.admit("ask", principal_of(body), places_of(body))
            if question:
                await answer_in(kit, place, question)
            else:
                await say(text(kit.lang, "ask-what"))
                self._expect(place)

        await guarded(work, say, kit.lang, "question")

    async def _spoken(self, body: Body) -> Kit:
        """Return a kit that speaks as the place does: a person's language in private, else the channel's."""
        if body["event"].get("channel_type") == "im":
            return await self.kit.for_person(actor_of(body))
        return await self.kit.for_channel(places_of(body))

    def _expect(self, place: Place) -> None:
        now = self.kit.services.clock.now()
        self._waiting = {key: until for key, until in self._waiting.items() if until > now}
        if len(self._waiting) < _MOST_WAITING:
            self._waiting[(place.channel, place.thread_ts, place.user)] = now + _WAIT_FOR_REPLY


async def answer_in(kit: Kit, place: Place, words: str) -> None:
    """Answer a question in a thread, live; the incident is the one whose thread or own channel it is."""
    async with kit.services.store.read() as tx:
        incident = await meant_at(tx, place.channel, place.thread_ts)
    lang = answer_language(words, kit.lang)
    question = Question(
        text=words,
        asker=place.user,
        language="ko" if lang == "ko" else "en",
        incident_id=incident.id if incident else None,
        whole=await may_tell(kit, place, incident),
    )
    live = LiveAnswer(kit.client, kit.chat, place, lang)
    try:
        answer = await _worked_out(kit, question, live)
    except OpsError as error:
        await live.fail(error_words(lang, error))
        return
    await live.finish(answer, await kit.picture(answer))


async def may_tell(kit: Kit, place: Place, incident: Incident | None) -> bool:
    """Say whether what is kept apart may be told: where it is told already, or between the bot and who may see it."""
    if incident is not None:
        return bool(incident.category)
    return place.channel.startswith("D") and (await sight_of(kit.services, place.user)).whole


async def meant_at(tx: Tx, channel: str, thread_ts: str | None) -> Incident | None:
    """Return the incident that a place belongs to: by its thread, or by the channel of its own."""
    if thread_ts is not None:
        incident = await tx.incidents.by_conversation(channel, thread_ts)
        if incident is not None:
            return incident
    return await tx.incidents.by_room(channel)


async def _worked_out(kit: Kit, question: Question, live: LiveAnswer) -> Answer:
    answer: Answer | None = None
    async for part in kit.services.desk.ask(question):
        if isinstance(part, Step):
            await live.step(part)
        else:
            answer = part
    return answer or Answer(text=text(question.language, "answer-none"))


def place_of(body: Body) -> Place:
    """Return where to answer an event: in its thread, which its own message starts if there is none."""
    event = body["event"]
    return Place(
        channel=str(event["channel"]),
        thread_ts=str(event.get("thread_ts") or event["ts"]),
        user=actor_of(body),
        team=team_of(body),
    )


def plain_question(words: str) -> str:
    """Return what a person wrote, without mentions, Slack's codes and entities."""
    bare = _CODED.sub(lambda match: match[1] or match[2], _MENTION.sub(" ", words[: 4 * _LONGEST_QUESTION]))
    for entity, letter in _ENTITIES.items():
        bare = bare.replace(entity, letter)
    return " ".join(bare.split())[:_LONGEST_QUESTION]
