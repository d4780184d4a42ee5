"""Plays the story of a P0 as people do: clicks in the workspace, a phone that is answered, and what vendors received."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from agent.domain.handoff import Handoff, HandoffAnswer
from agent.domain.incident import Incident, Priority
from agent.domain.timeline import TimelineKind
from agent.domain.update import Moment, Update, UpdateState
from demo.outside import OutsideWorld
from demo.workspace.acts.elements import placed
from demo.workspace.state import Channel
from tests.support.clicks import PATIENCE, Clicker
from tests.support.product import shown
from tests.support.without_speed import steady_show

Json = dict[str, Any]
FAULT = "payment-outage"


class Story:
    """One running demo with the world outside it, and the one incident that is told of."""

    def __init__(self, people: Clicker) -> None:
        self.people = people
        self.workspace = people.workspace
        self.outside: OutsideWorld = people.show.outside

    # What the product remembers

    @property
    def incident(self) -> Incident:
        """Return the story's incident as it is now."""
        found = [one for one in self.people.incidents() if one.priority is Priority.P0]
        assert len(found) == 1, self.people.story()
        return found[0]

    def _records(self, kind: str) -> list[str]:
        return [
            body
            for (body,) in self.people.rows("select body from records where kind = ? order by number", kind)
        ]

    def updates(self, audience: str = "") -> list[Update]:
        """Return what was written for an audience, the oldest first."""
        every = [Update.model_validate_json(body) for body in self._records("update")]
        return [one for one in every if audience in ("", one.audience)]

    def answered(self, question: str) -> list[HandoffAnswer]:
        """Return the answers that sub-agents gave to a kind of question, the oldest first."""
        every = [Handoff.model_validate_json(body) for body in self._records("handoff")]
        return [one.answer for one in every if one.question.kind == question and one.answer is not None]

    def timeline(self, kind: TimelineKind) -> list[Json]:
        """Return what was recorded of a kind."""
        rows = self.people.rows("select data from timeline where kind = ? order by number", kind.value)
        return [json.loads(data) for (data,) in rows]

    # What people see and do

    async def until(self, fact: Any, what: str, within: float = PATIENCE) -> Any:
        """Wait for a fact and return it; a failure tells the whole story so far."""
        try:
            return await self.people.until(fact, what, within)
        except AssertionError as late:
            told = "\n".join(self.workspace.transcript(name) for name in ("alerts-critical", "product"))
            raise AssertionError(f"{late}\n{told}") from None

    def thread(self) -> list[Json]:
        """Return the replies below the incident's card."""
        card = self.people.card(self.incident)
        found: list[Json] = self.workspace.replies("alerts-critical", card["ts"])
        return found

    def thread_words(self) -> str:
        """Return all words below the card, blocks included."""
        return "\n".join(shown(message) for message in self.thread())

    def button(self, action_id: str, place: str, value: str = "") -> tuple[Json, Json, Json] | None:
        """Find a button in a channel: its message, its block and itself."""
        for message in reversed(self.workspace.history(place)):
            for block, element in placed(message.get("blocks") or []):
                if element.get("action_id") == action_id and str(element.get("value", "")).startswith(value):
                    return message, block, element
        return None

    async def press(self, user: str, action_id: str, place: str = "alerts-critical", value: str = "") -> Json:
        """Wait for a button, click it, and return its message."""
        await self.until(lambda: self.button(action_id, place, value), f"a button {action_id} in #{place}")
        found = self.button(action_id, place, value)
        assert found is not None
        message, block, element = found
        outcome = await self.workspace.click(
            user, place, message["ts"], element["action_id"], block_id=block["block_id"]
        )
        assert outcome.ok, outcome
        return message

    async def answer_the_phone(self, user: str) -> None:
        """Acknowledge on the phone, as PagerDuty's own app does."""
        [called] = self.outside.pagerduty.books.incidents
        url = f"{self.outside.page.url}/phone/{called.id}/acknowledge"
        async with aiohttp.ClientSession() as http, http.post(url, json={"user": user}) as answer:
            assert answer.status == 200, await answer.text()

    async def agree_to_customers(self, user: str, moment: Moment | None = None) -> Update:
        """Approve the newest update for customers that waits (and was written at a moment); return it once it was sent."""

        def waiting() -> Update | None:
            found = [u for u in self.updates("customers") if u.state is UpdateState.WAITING]
            return next((u for u in reversed(found) if moment in (None, u.moment)), None)

        update: Update = await self.until(waiting, "an update for customers that waits")
        await self.press(user, "update.approve", value=update.id)

        def sent() -> Update | None:
            return next(
                (u for u in self.updates() if u.id == update.id and u.state is UpdateState.SENT), None
            )

        return await self.until(sent, "the update for customers to be sent")  # type: ignore[no-any-return]

    def room(self) -> Channel | None:
        """Return the incident's own channel once it has one."""
        found: Channel | None = self.workspace.state.channels.get(self.incident.room or "")
        return found

    def said(self, channel: str) -> str:
        """Return all words of a channel, blocks included."""
        return "\n".join(shown(message) for message in self.workspace.history(channel))

    def mails(self, to: str) -> list[Json]:
        """Return what an address has in its inbox, the oldest first."""
        return [mail.described() for mail in self.outside.mail.mails() if mail.to == to]


@asynccontextmanager
async def told_story(home: Path) -> AsyncIterator[Story]:
    """Run a demo in which payment has just been taken down by a release."""
    async with steady_show(home) as people:
        await people.show.world.panel.turn(FAULT, True)
        yield Story(people)
