"""The pictures of where a team stands: budgets, a morning's check, a dashboard, a report, and a break-in."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from demo.camera import Camera, MomentMissed
from demo.show import Show
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
T = TypeVar("T")
ALEX, DANA = "U0ALEX0003", "U0DANA0004"
_TALK, _TALK_ID = "general", "C0GENERAL1"
_CHECKS, _CHECKS_ID = "alerts", "C0ALERTS01"
_SECURITY, _SECURITY_ID = "security-alerts", "C0SECURITY"
_PATIENCE = 120.0
# What items and cards say while the bot still looks.
_BUSY, _LOOKING = "⏳", "Looking for the cause"


class StandingStory:
    """A calm morning in which somebody asks where the team stands, and a break-in afterwards."""

    def __init__(self, show: Show, camera: Camera) -> None:
        self._show = show
        self._camera = camera
        self._workspace = show.workspace.workspace

    async def play(self) -> None:
        """Take every picture; raises MomentMissed when something never happens."""
        await self._home()
        await self._objectives()
        await self._dashboard()
        await self._report()
        await self._check()
        await self._security()

    async def _home(self) -> None:
        await self._workspace.open_home(ALEX)
        await self._until(lambda w: "Objectives" in _words(w.home_of(ALEX) or {}))
        await self._camera.go(ALEX, f"home/{self._workspace.state.app.id}")
        await self._camera.see("Objectives")
        await self._camera.keep("home")

    async def _objectives(self) -> None:
        answer = await self._drawn("/ops slo checkout")
        await self._camera.go(ALEX, _TALK_ID)
        await self._camera.keep("slo", answer["ts"])

    async def _dashboard(self) -> None:
        """Keep the page of panels itself, which is too large to be read within a chat."""
        answer = await self._drawn("/ops dashboard operations")
        picture = next(block for block in answer["blocks"] if block["type"] == "image")
        self._camera.put("dashboard", self._workspace.files.get(picture["slack_file"]["id"]).content or b"")

    async def _drawn(self, command: str) -> Json:
        """Type a command, and return the answer with a picture that only its author then sees."""
        before = len(self._workspace.whispers(ALEX, _TALK))
        await self._workspace.slash(ALEX, _TALK, command)
        found = await self._until(
            lambda w: [m for m in w.whispers(ALEX, _TALK)[before:] if '"type": "image"' in _words(m)]
        )
        return found[-1]

    async def _report(self) -> None:
        await self._workspace.slash(ALEX, _TALK, "/ops report monthly")
        files = await self._until(lambda w: [m for m in w.history(_TALK) if m.get("files")][1:])
        root = files[0]["thread_ts"]
        await self._camera.go(ALEX, f"{_TALK_ID}/p{root.replace('.', '')}")
        await self._camera.keep("report-message", root)

    async def _check(self) -> None:
        await self._workspace.slash(ALEX, _TALK, "/ops checks morning run")
        shown = await self._until(
            lambda w: [m for m in w.history(_CHECKS) if "check.all" in _words(m) and _BUSY not in _words(m)]
        )
        await self._camera.go(ALEX, _CHECKS_ID)
        await self._camera.keep("check-morning", shown[-1]["ts"])

    async def _security(self) -> None:
        await self._show.world.panel.turn("falco-alert", True)
        [card] = await self._until(
            lambda w: [
                m
                for m in w.history(_SECURITY)
                if "security-breach" in _words(m) and DANA in _words(m) and _LOOKING not in _words(m)
            ]
        )
        await self._camera.go(DANA, f"{_SECURITY_ID}/p{card['ts'].replace('.', '')}")
        await self._camera.keep("security-card", card["ts"])

    async def _until(self, happened: Callable[[Workspace], T | None]) -> T:
        try:
            found = await self._workspace.wait_for(happened, _PATIENCE)
        except TimeoutError:
            said = "\n".join(self._workspace.transcript(room) for room in (_TALK, _CHECKS, _SECURITY))
            raise MomentMissed(f"A picture's moment did not come:\n{said}") from None
        assert found is not None
        return found


def _words(message: Json) -> str:
    return json.dumps([message.get("text"), message.get("blocks")], ensure_ascii=False)
