"""What every listener works with, and the edge at which its failures turn into words for the person."""

import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from agent.domain.answer import Answer
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.errors import NotFound, OpsError
from agent.lifecycle import changes
from agent.locale.errors import error_words
from agent.locale.messages import text
from agent.ports.chat import Rendered
from agent.ports.store import Tx
from agent.telemetry.logs import LogEvent
from agent.transport.slack.answers import render_answer
from agent.transport.slack.chat import SlackChat
from agent.transport.slack.faults import speaking
from agent.transport.slack.gate import Gate
from agent.transport.slack.markup import foreign
from agent.transport.slack.pictures import without_pictures
from agent.transport.slack.services import SlackServices, picture_bytes

log = structlog.get_logger(__name__)
Respond = Callable[..., Awaitable[Any]]
Say = Callable[[str], Awaitable[Any]]
Change = Callable[..., Awaitable[Incident]]


@dataclass(frozen=True, slots=True)
class Kit:
    """The core's services, the client that answers people, the chat adapter that never doubles a post, and the gate
    that everybody passes."""

    services: SlackServices
    client: AsyncWebClient
    chat: SlackChat
    gate: Gate

    @property
    def lang(self) -> str:
        """Return the language in which this kit speaks: the team's, or that of whoever it was made for."""
        return self.services.language

    def speaking(self, language: str) -> "Kit":
        """Return a kit that speaks another language and is otherwise the same."""
        if language == self.lang:
            return self
        services = replace(self.services, language=language)
        return replace(self, services=services, gate=Gate(services, self.gate.home))

    async def for_person(self, user: str) -> "Kit":
        """Return a kit in the language of a person."""
        known = self.services.languages
        return self if known is None else self.speaking(await known.of_person(user))

    async def for_channel(self, names: Collection[str]) -> "Kit":
        """Return a kit in the language of a channel that is known by these names."""
        known = self.services.languages
        return self if known is None else self.speaking(await known.of_channel(names))

    def safe(self, words: str) -> str:
        """Return what a person wrote without secrets: what is noted is stored, and shown to everybody."""
        return self.services.redactor.text(words)

    async def reply(self, respond: Respond, message: Rendered, *, replace: bool = False) -> None:
        """Answer a command or click so that only its author sees it."""
        placed = await self.chat.placed(message)
        for stage in dict.fromkeys((json.dumps(placed), json.dumps(without_pictures(placed)), "[]")):
            with speaking("answering a command"):
                answer = await respond(
                    text=message.text,
                    blocks=json.loads(stage),
                    response_type="ephemeral",
                    replace_original=replace,
                )
            # A response url answers "ok" or says in its body what it did not like; it never raises.
            if answer.status_code == 200 and '"ok":false' not in str(answer.body).replace(" ", ""):
                return
            log.warning(
                LogEvent.SLACK_FAILED, doing="answer", status=answer.status_code, body=answer.body[:300]
            )

    async def reply_answer(self, respond: Respond, answer: Answer, *, replace: bool = False) -> None:
        """Answer with a whole answer and its picture."""
        await self.reply(respond, await self.rendered(answer), replace=replace)

    async def rendered(self, answer: Answer) -> Rendered:
        """Return an answer as a message."""
        return render_answer(answer, await self.picture(answer), self.lang)

    async def picture(self, answer: Answer) -> bytes | None:
        """Return the bytes of an answer's picture."""
        return await picture_bytes(self.services, answer.picture.blob) if answer.picture else None

    async def incident(self, incident_id: str) -> Incident:
        """Return an incident; raises NotFound."""
        async with self.services.store.read() as tx:
            incident = await tx.incidents.get(incident_id)
        if incident is None:
            raise NotFound(text(self.lang, "problem-no-such-incident", name="?"))
        return incident

    async def change(self, tx: Tx, change: Change, incident_id: str, by: str) -> Incident:
        """Change an incident in an open transaction; one that lives again is looked into."""
        services = self.services
        incident = await change(tx, services.policies, incident_id, by=by, at=services.clock.now())
        if change is changes.reopen:
            await services.investigate(tx, incident)
        return incident

    async def open_view(self, trigger_id: str, view: dict[str, Json]) -> str:
        """Open a modal within the three seconds that a trigger lives, and return its id."""
        with speaking("opening a dialog"):
            answer = await self.client.views_open(trigger_id=trigger_id, view=view)
        shown = answer.get("view") or {}
        return str(shown.get("id") or "")

    async def update_view(self, view_id: str, view: dict[str, Json]) -> None:
        """Show a modal anew."""
        with speaking("turning a page"):
            await self.client.views_update(view_id=view_id, view=view)

    def whisper(self, channel: str, user: str, thread_ts: str | None = None) -> Say:
        """Return a way to tell one person something that only they see, in a channel or directly."""

        async def say(sentence: str) -> None:
            if not channel.startswith(("C", "G")):
                await self.chat.post(user, Rendered(text=sentence))
                return
            with speaking("telling somebody something"):
                await self.client.chat_postEphemeral(
                    channel=channel, user=user, text=sentence, thread_ts=thread_ts
                )

        return say


async def guarded(work: Callable[[], Awaitable[None]], say: Say, lang: str, what: str) -> None:
    """Run a listener's work; whatever fails ends as one sentence to the person, never as silence."""
    try:
        await work()
    except OpsError as error:
        log.info(LogEvent.SLACK_FAILED, what=what, reason=error.user_message)
        await _tell(say, foreign(error_words(lang, error), 600), what)
    except Exception:  # a listener's edge: the person hears of it, the log has the rest
        log.exception(LogEvent.TASK_FAILED, what=what)
        await _tell(say, text(lang, "problem-unexpected"), what)


async def _tell(say: Say, sentence: str, what: str) -> None:
    try:
        with speaking("telling somebody what went wrong"):
            await say(sentence)
    except OpsError as error:
        log.warning(LogEvent.SLACK_FAILED, what=what, reason=error.user_message)
