"""Clicks on Right cause and Wrong cause, and the dialog that asks what it was instead."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agent.domain.evidence import Finding
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.errors import NotFound
from agent.lifecycle.memory_votes import LONGEST_TRUTH, judge
from agent.locale import claims
from agent.locale.messages import text
from agent.transport.foreign import clean
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block
from agent.transport.slack.identity import (
    actor_of,
    channel_of,
    click_key,
    first_time,
    first_time_in,
    places_of,
    principal_of,
    private_of,
    thread_of,
)
from agent.transport.slack.kit import Kit, Say, guarded
from agent.transport.slack.markup import foreign
from agent.transport.slack.modals import View, modal, placed
from agent.transport.slack.submissions import values_of

VIEW = "modal.feedback"
TRUTH = "truth"
Body = dict[str, Any]
Ack = Callable[..., Awaitable[Any]]


def feedback_view(incident: Incident, cause: Finding | None, run: int, channel: str, lang: str) -> View:
    """Return the dialog that asks what it was."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": "value",
        "multiline": True,
        "max_length": LONGEST_TRUTH,
    }
    asked: Block = {
        "type": "input",
        "block_id": TRUTH,
        "label": blocks.plain(text(lang, "feedback-label"), 200),
        "hint": blocks.plain(text(lang, "feedback-hint" if cause else "feedback-hint-name"), 200),
        "element": element,
        "optional": cause is not None,
    }
    head = (
        [blocks.section(text(lang, "feedback-claim", claim=foreign(claims.claim(lang, cause), 500)))]
        if cause
        else []
    )
    private: dict[str, Json] = {
        "incident_id": incident.id,
        "run": run,
        "channel": channel,
        "named": cause is not None,
    }
    title = text(lang, "feedback-title", name=incident.name)
    return modal(VIEW, title, [*head, asked], lang, submit=text(lang, "feedback-submit"), private=private)


@dataclass(frozen=True, slots=True)
class FeedbackClicks:
    """Clicks on Right cause and Wrong cause; the vote and the mark that it was seen are stored together."""

    kit: Kit

    async def on_right(self, body: Body) -> None:
        """Note that somebody holds the diagnosis for right."""

        async def work() -> None:
            incident, run = await self._admitted(body)
            await self._judge(body, incident.id, run, right=True)

        await guarded(work, self._say(body), self.kit.lang, "feedback")

    async def on_wrong(self, body: Body) -> None:
        """Ask what it was instead."""

        async def work() -> None:
            incident, run = await self._admitted(body)
            if not await first_time(self.kit.services, [click_key(body)]):
                return
            async with self.kit.services.store.read() as tx:
                diagnosis = await tx.evidence.diagnosis(incident.id)
            cause = diagnosis.cause if diagnosis else None
            view = feedback_view(incident, cause, run, channel_of(body), self.kit.lang)
            await self.kit.open_view(body["trigger_id"], placed(view, places_of(body)))

        await guarded(work, self._say(body), self.kit.lang, "feedback")

    async def on_submit(self, body: Body, ack: Ack) -> None:
        """Note that somebody holds the diagnosis for wrong, and what they say it was."""
        private, truth = private_of(body), self._truth(body)
        if not truth and not private.get("named"):
            await ack(response_action="errors", errors={TRUTH: text(self.kit.lang, "feedback-needed")})
            return
        await ack()
        incident_id, run = str(private.get("incident_id")), str(private.get("run"))
        say = self.kit.whisper(channel_of(body), actor_of(body))

        async def work() -> None:
            await self._admit(body)
            await self._judge(body, incident_id, _run(run), right=False, truth=truth)

        await guarded(work, say, self.kit.lang, "feedback")

    async def _admitted(self, body: Body) -> tuple[Incident, int]:
        await self._admit(body)
        incident_id, _, run = clean(str(body["actions"][0].get("value") or ""), 100).partition(" ")
        incident, number = await self.kit.incident(incident_id), _run(run)
        if number == 0:
            raise NotFound(text(self.kit.lang, "problem-no-diagnosis", name=incident.name))
        return incident, number

    def _truth(self, body: Body) -> str:
        return clean(self.kit.safe(values_of(body).get(TRUTH, "")), LONGEST_TRUTH)

    async def _admit(self, body: Body) -> None:
        # To judge is to note something, so it goes by the same rule.
        await self.kit.gate.admit("note", principal_of(body), places_of(body))

    async def _judge(self, body: Body, incident_id: str, run: int, *, right: bool, truth: str = "") -> None:
        services = self.kit.services
        async with services.store.write() as tx:
            if not await first_time_in(tx, services, [click_key(body)]):
                return
            await judge(
                tx,
                services.policies,
                incident_id,
                run=run,
                right=right,
                person=actor_of(body),
                at=services.clock.now(),
                truth=truth,
            )
        services.wake()

    def _say(self, body: Body) -> Say:
        return self.kit.whisper(channel_of(body), actor_of(body), thread_of(body))


def _run(words: str) -> int:
    """Return the number of a run; anything else, which only a forged value holds, is a run that never was."""
    return int(words) if words.isdecimal() and len(words) <= 9 else 0
