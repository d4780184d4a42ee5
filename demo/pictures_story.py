"""The pictures of a P0: its thread, its own channel, what people outside Slack see of it, and what they agree to."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from demo.camera import Camera, MomentMissed
from demo.show import Show
from demo.workspace.acts.elements import placed
from demo.workspace.state import Channel
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
T = TypeVar("T")
ALEX, JUN, MINA, SAM = "U0ALEX0003", "U0JUN00002", "U0MINA0001", "U0SAM00005"
_ROOM, _ROOM_ID = "alerts-critical", "C0ALERTSCR"
_FAULT = "payment-outage"
_PATIENCE = 150.0
_OVER, _SUB_AGENTS = "🟢", "Sub-agents on"


class P0Story:
    """One outage from the first ring to its end, photographed on the way."""

    def __init__(self, show: Show, camera: Camera) -> None:
        self._show = show
        self._camera = camera
        self._workspace = show.workspace.workspace

    async def play(self) -> None:
        """Take every picture; raises MomentMissed when something never happens."""
        await self._show.world.panel.turn(_FAULT, True)
        await self._until(lambda w: self._show.outside.pagerduty.books.phones)
        await self._phone()
        await self._until(lambda w: self._button("update.approve"))
        await self._until(lambda w: self._button("action.approve"))
        await self._until(lambda w: "deployment-manager" in json.dumps(self._reply(_SUB_AGENTS)))
        await self._thread()
        await self._press(JUN, "update.approve")
        await self._until(lambda w: self._show.outside.statuspage.incidents)
        await self._outside("status", "Payments", "story-status-page")
        await self._outside("mail", "executives@demo.example", "story-mail")
        await self._camera.go(SAM, "C0PRODUCT1")
        await self._camera.keep("story-product")
        await self._press(MINA, "action.approve")
        await self._until(lambda w: str(self._card().get("text", "")).startswith(_OVER))
        await self._own_channel()

    async def _phone(self) -> None:
        await self._outside("phones", "Mina", "story-phone")
        await self._camera.press_here("Acknowledge")
        hooks = self._show.outside.pagerduty.hooks.sent
        await self._until(lambda w: any(hook["type"] == "incident.acknowledged" for hook in hooks))

    async def _thread(self) -> None:
        card = self._card()
        await self._camera.go(ALEX, f"{_ROOM_ID}/p{card['ts'].replace('.', '')}")
        await self._camera.keep("story-thread", card["ts"], self._reply(_SUB_AGENTS)["ts"])
        await self._camera.keep("story-update", self._button("update.approve")["ts"])

    async def _own_channel(self) -> None:
        room = await self._until(lambda w: self._own())
        await self._camera.go(ALEX, room.id)
        await self._camera.keep("story-channel")
        canvas = await self._until(lambda w: next(iter(room.canvases), ""))
        await self._camera.go(ALEX, f"{room.id}/{canvas}")
        await self._camera.keep("story-post-mortem")
        await self._until(lambda w: self._show.outside.jira.issues)
        await self._outside("tickets", "OPS-1", "story-tickets")

    async def _outside(self, tab: str, words: str, name: str) -> None:
        await self._camera.visit(f"{self._show.outside.page.url}/#/{tab}", words)
        await self._camera.keep(name)

    async def _press(self, user: str, action_id: str) -> None:
        message = await self._until(lambda w: self._button(action_id))
        outcome = await self._workspace.click(user, _ROOM, message["ts"], action_id)
        if not outcome.ok:
            raise MomentMissed(f"{action_id} did not work: {outcome.error}")

    def _card(self) -> Json:
        return next(m for m in self._workspace.history(_ROOM) if m.get("thread_ts", m["ts"]) == m["ts"])

    def _reply(self, words: str) -> Json:
        replies = self._workspace.replies(_ROOM, self._card()["ts"])
        return next((m for m in reversed(replies) if words in json.dumps(m, ensure_ascii=False)), {})

    def _button(self, action_id: str) -> Json:
        for message in reversed(self._workspace.history(_ROOM)):
            if any(e.get("action_id") == action_id for _, e in placed(message.get("blocks") or [])):
                return message
        return {}

    def _own(self) -> Channel | None:
        rooms = self._workspace.state.channels.values()
        return next((room for room in rooms if room.name.startswith("inc-")), None)

    async def _until(self, happened: Callable[[Workspace], T | None]) -> T:
        try:
            found = await self._workspace.wait_for(happened, _PATIENCE)
        except TimeoutError:
            said = self._workspace.transcript(_ROOM)
            raise MomentMissed(f"A picture's moment did not come; #{_ROOM} says:\n{said}") from None
        assert found is not None
        return found
