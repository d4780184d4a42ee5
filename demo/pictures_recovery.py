"""The pictures of guarded recovery: three faults that people end by clicks alone, photographed on the way."""

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from demo.camera import Camera, MomentMissed
from demo.show import Show
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
T = TypeVar("T")
MINA, ALEX, SAM = "U0MINA0001", "U0ALEX0003", "U0SAM00005"
_ROOMS = {"alerts-critical": "C0ALERTSCR", "alerts-warning": "C0ALERTSWA", "alerts": "C0ALERTS01"}
_PATIENCE = 180.0
# What the card says once an action has proved itself.
RECOVERED = r"recovered in"


class RecoveryStory:
    """One fault from its proposal to its end; `name` begins the names of its pictures."""

    def __init__(self, show: Show, camera: Camera, fault: str, service: str, name: str) -> None:
        self._panel = show.world.panel
        self._camera = camera
        self._workspace = show.workspace.workspace
        self._fault = fault
        self._service = service
        self._name = name
        self._approved: set[str] = set()

    async def play(self, *, refused: bool = False) -> None:
        """Break something, let a stranger and then an engineer click, and keep what they see."""
        await self._panel.turn(self._fault, True)
        room, card = await self._until(lambda w: self._asking())
        await self._look(ALEX, room, card, "approval")
        if refused:
            await self._refuse(room, card)
        await self._approve(room, card)
        room, card = await self._until(lambda w: self._card(RECOVERED) or self._asked_again())
        while self._asking():
            await self._approve(room, card)
            room, card = await self._until(lambda w: self._card(RECOVERED) or self._asked_again())
        await self._look(ALEX, room, card, "recovered")
        await self._panel.turn(self._fault, False)
        await self._until(lambda w: self._card("🟢"))

    async def _look(self, user: str, room: str, card: Json, what: str) -> None:
        await self._camera.go(user, f"{_ROOMS[room]}/p{card['ts'].replace('.', '')}")
        await self._camera.keep(f"{self._name}-{what}", card["ts"])

    async def _refuse(self, room: str, card: Json) -> None:
        await self._camera.go(SAM, _ROOMS[room])
        await self._camera.press(card["ts"], "Approve")
        said = await self._until(lambda w: w.whispers(SAM, room))
        await self._camera.keep(f"{self._name}-refused", said[-1]["ts"])

    async def _approve(self, room: str, card: Json) -> None:
        asked = self._action(card)
        self._approved.add(asked)
        await self._workspace.click(MINA, room, card["ts"], "action.approve")
        await self._until(lambda w: self._action(self._again(room, card)) != asked)

    def _asking(self) -> tuple[str, Json] | None:
        return self._card("action.approve")

    def _asked_again(self) -> tuple[str, Json] | None:
        found = self._asking()
        return found if found and self._action(found[1]) not in self._approved else None

    def _again(self, room: str, card: Json) -> Json:
        return next(m for m in self._workspace.history(room) if m["ts"] == card["ts"])

    def _action(self, card: Json) -> str:
        buttons = [e for b in card["blocks"] if b["type"] == "actions" for e in b["elements"]]
        return next((str(e["value"]) for e in buttons if e["action_id"] == "action.approve"), "")

    def _card(self, words: str) -> tuple[str, Json] | None:
        for room in _ROOMS:
            for message in reversed(self._workspace.history(room)):
                said = json.dumps([message.get("text"), message.get("blocks")], ensure_ascii=False)
                root = message.get("thread_ts", message["ts"]) == message["ts"]
                if root and self._service in str(message.get("text")) and re.search(words, said):
                    return room, message
        return None

    async def _until(self, happened: Callable[[Workspace], T | None]) -> T:
        try:
            found = await self._workspace.wait_for(happened, _PATIENCE)
        except TimeoutError:
            said = "\n".join(self._workspace.transcript(room) for room in _ROOMS)
            raise MomentMissed(f"{self._fault}: a picture's moment did not come:\n{said}") from None
        assert found is not None
        return found
