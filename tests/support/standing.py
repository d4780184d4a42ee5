"""One demo in which a team asks where it stands: what people type and open, and what the product then remembers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import demo.bot
from agent.domain.alert import AlertRecord
from agent.domain.checklist import Checklist, ChecklistItem, ChecklistState, ItemState
from agent.domain.incident import Incident
from demo.faults.panel import FaultPanel
from demo.overlay import lay_out
from demo.show import Show
from demo.workspace.acts.elements import placed
from tests.support.clicks import Clicker
from tests.support.product import key_of, shown
from tests.support.without_speed import steady_show
from tests.support.workspace import ALEX, MINA

Json = dict[str, Any]
DANA = "U0DANA0004"
"""Dana is whom a security matter calls first."""
TALK, CHECKS = "general", "alerts"


class Standing:
    """The people of a running demo, and what they see of it."""

    def __init__(self, people: Clicker) -> None:
        self.people = people
        self.show: Show = people.show
        self.workspace = people.workspace
        self.panel: FaultPanel = people.show.world.panel

    async def until(self, fact: Any, what: str) -> Any:
        """Wait for a fact and return it."""
        return await self.people.until(fact, what)

    # What people type and open

    async def whispered(self, user: str, command: str) -> Json:
        """Type a command and return what only its author then sees."""
        before = len(self.workspace.whispers(user, TALK))
        outcome = await self.workspace.slash(user, TALK, command)
        assert outcome.ok, outcome
        found = await self.until(
            lambda: self.workspace.whispers(user, TALK)[before:], f"an answer to {command}"
        )
        return found[-1]  # type: ignore[no-any-return]

    async def home(self, user: str, words: str, times: int = 1) -> str:
        """Open the Home tab until it matches an expression so often, and return all of its words."""

        async def there() -> str:
            await self.workspace.open_home(user)
            said = shown(self.workspace.home_of(user) or {})
            return said if len(re.findall(words, said)) >= times else ""

        found: str = await self.until(there, f"a Home tab with {words!r}")
        return found

    def files(self, channel: str, count: int) -> dict[str, bytes]:
        """Return the files of a channel by their names, once there are so many."""
        posted = [file for message in self.workspace.history(channel) for file in message.get("files") or ()]
        found = {file["name"]: self.workspace.files.get(file["id"]).content or b"" for file in posted}
        return found if len(found) >= count else {}

    def roots(self, channel: str) -> list[Json]:
        """Return the messages of a channel that start a thread."""
        return [m for m in self.workspace.history(channel) if m.get("thread_ts", m["ts"]) == m["ts"]]

    def cards(self, words: str) -> list[Json]:
        """Return the cards of incidents, wherever they are, that hold some words."""
        every = [m for channel in self.workspace.state.channels for m in self.workspace.history(channel)]
        return [m for m in every if key_of(m).startswith("card:") and words in shown(m)]

    # A checklist

    def checklists(self) -> list[Checklist]:
        """Return every checklist, the oldest first."""
        rows = self.people.rows("select body from records where kind = 'checklist' order by number")
        return [Checklist.model_validate_json(body) for (body,) in rows]

    def looked_through(self, takes: int) -> Checklist | None:
        """Return the newest checklist once each item was looked at so often again."""
        newest = self.checklists()[-1]
        over = newest.state in (ChecklistState.OPEN, ChecklistState.DONE)
        looked = all(one.takes >= takes or one.state is ItemState.DONE for one in newest.items)
        return newest if over and looked else None

    def item(self, name: str, state: ItemState) -> ChecklistItem | None:
        """Return an item of the newest checklist once it is in a state."""
        found = self.checklists()[-1].item(name)
        return found if found is not None and found.state is state else None

    def checklist_cards(self) -> list[Json]:
        """Return the messages in which checklists are shown."""
        return [m for m in self.workspace.history(CHECKS) if key_of(m).startswith("checklist:")]

    async def press(self, user: str, action_id: str, value: str) -> None:
        """Press a button of the newest checklist's message."""

        def button() -> tuple[str, str] | None:
            for message in self.checklist_cards()[-1:]:
                for block, element in placed(message["blocks"]):
                    if (element.get("action_id"), element.get("value")) == (action_id, value):
                        return message["ts"], block["block_id"]
            return None

        ts, block_id = await self.until(button, f"a button {action_id} for {value}")
        outcome = await self.workspace.click(user, CHECKS, ts, action_id, block_id=block_id)
        assert outcome.ok, outcome

    async def opened(self, user: str, checklist: Checklist, name: str) -> str:
        """Open an item and return all that its dialog shows, evidence included."""
        await self.press(user, "check.item", f"{checklist.id}|{name}")
        [view] = await self.until(lambda: self.workspace.modals_of(user), f"a dialog about {name}")
        return shown(view)

    async def ticked_off(self, user: str, checklist: Checklist, name: str, note: str) -> None:
        """Say in the open dialog that an item is done, with a note."""
        [view] = self.workspace.modals_of(user)
        block = next(b for b, element in placed(view["blocks"]) if element.get("action_id") == "check.done")
        outcome = await self.workspace.click_view(user, view["id"], "check.done", block_id=block["block_id"])
        assert outcome.ok, outcome
        await self.until(lambda: "note" in shown(self.workspace.modals_of(user)[-1]), "room for a note")
        outcome = await self.workspace.submit(user, {"note": note})
        assert outcome.ok, outcome
        await self.until(lambda: self.item(name, ItemState.DONE), f"{name} of {checklist.id} done")

    # An action that belongs to no incident

    async def pressed(self, user: str, verb: str, name: str) -> None:
        """Press a button of the newest action of a name, in the message of its own where it was asked for."""

        def button() -> tuple[str, str] | None:
            newest = self.people.action(name)
            for message in self.workspace.history(TALK):
                for block, element in placed(message.get("blocks") or []):
                    if newest and (element.get("action_id"), element.get("value")) == (verb, newest.id):
                        return message["ts"], block["block_id"]
            return None

        ts, block_id = await self.until(button, f"a button {verb} of {name}")
        outcome = await self.workspace.click(user, TALK, ts, verb, block_id=block_id)
        assert outcome.ok, outcome

    # What the product remembers

    def alerts(self, incident: Incident) -> list[AlertRecord]:
        """Return the alerts of an incident."""
        rows = self.people.rows("select body from alerts where incident_id = ?", incident.id)
        return [AlertRecord.model_validate_json(body) for (body,) in rows]

    def incident_of(self, alert: str) -> Incident | None:
        """Return the incident to which an alert of a name belongs."""
        for one in self.people.incidents():
            if any(record.alert.labels.get("alertname") == alert for record in self.alerts(one)):
                return one
        return None


def without_dates(target: Path, **options: Any) -> Path:
    """Write the demo's policies with every check and report due in half a year: here they begin when people ask."""
    laid = lay_out(target, **options)
    far = f'schedule: "0 0 1 {(datetime.now(UTC) + timedelta(days=180)).month} *"'
    for file in (*laid.glob("checks/*.yaml"), laid / "reports.yaml"):
        file.write_text(re.sub(r'schedule: "[^"]*"', far, file.read_text("utf-8")), "utf-8")
    return laid


@asynccontextmanager
async def standing_team(home: Path) -> AsyncIterator[Standing]:
    """Run a demo for people who ask where they stand; those who act read English."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.bot, "lay_out", without_dates)
        async with team_of(home) as team:
            yield team


@asynccontextmanager
async def team_of(home: Path) -> AsyncIterator[Standing]:
    async with steady_show(home) as people:
        team = Standing(people)
        await asyncio.gather(*(team.whispered(user, "/ops language en") for user in (ALEX, MINA)))
        yield team
