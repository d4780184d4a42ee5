"""Draw the pictures of the documentation from the running demo: `python -m demo.pictures DIR`."""

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from demo.backends.process import BackendFailed, BackendMissing
from demo.camera import Camera, CameraMissing, MomentMissed, camera
from demo.pictures_recovery import RecoveryStory
from demo.pictures_standing import StandingStory
from demo.pictures_story import P0Story
from demo.settings import DemoSettings
from demo.show import FIRST_FAULT, Show
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
T = TypeVar("T")
ALEX, MINA = "U0ALEX0003", "U0MINA0001"
_ROOM, _ROOM_ID, _TALK_ID = "alerts-critical", "C0ALERTSCR", "C0GENERAL1"
_PATIENCE = 120.0
RECOVERIES = (
    ("pool-exhaustion", "payment", "recovery-pool"),
    ("expiring-certificate", "tutor", "recovery-certificate"),
)


class Story:
    """One incident from its card to its end, photographed on the way."""

    def __init__(self, show: Show, camera: Camera) -> None:
        self._show = show
        self._camera = camera
        self._workspace = show.workspace.workspace

    async def play(self) -> None:
        """Take every picture; raises MomentMissed when something never happens."""
        await self._show.world.panel.turn(FIRST_FAULT, True)
        card = await self._until(
            lambda w: self._card("payment fails since its deployment v1 → v2", '"type": "image"')
        )
        await self._camera.go(ALEX, _thread(_ROOM_ID, card))
        await self._camera.keep("triage-thread", card["ts"])
        await self._ask(card)
        await self._look_up()
        await self._ask_in_korean()
        await RecoveryStory(self._show, self._camera, FIRST_FAULT, "payment", "recovery").play(refused=True)
        card = await self._until(lambda w: self._card("🟢 Resolved"))
        await self._camera.go(ALEX, _thread(_ROOM_ID, card))
        await self._camera.keep("resolved", card["ts"])

    async def _ask(self, card: Json) -> None:
        await self._camera.write("@ops-monitor why is checkout slow?", thread=True)
        question = await self._until(lambda w: _own(w.replies(_ROOM, card["ts"]), ALEX))
        await self._until(lambda w: _answer(w.replies(_ROOM, card["ts"]), question))
        await self._camera.go(ALEX, _thread(_ROOM_ID, card))
        await self._camera.keep("answer", card["ts"], question["ts"])

    async def _ask_in_korean(self) -> None:
        await self._camera.go(MINA, _TALK_ID)
        await self._camera.write("@ops-monitor checkout이 왜 느려?")
        question = await self._until(lambda w: _own(w.history("general"), MINA))
        await self._until(lambda w: _answer(w.replies("general", question["ts"]), question))
        await self._camera.go(MINA, _thread(_TALK_ID, question))
        await self._camera.keep("korean", question["ts"])

    async def _look_up(self) -> None:
        await self._camera.go(ALEX, _TALK_ID)
        await self._camera.write("/ops metrics checkout latency 30m")
        found = await self._until(lambda w: [m for m in w.whispers(ALEX, "general") if "image" in _words(m)])
        await self._camera.keep("slash-metrics", found[-1]["ts"])

    def _card(self, *words: str) -> Json | None:
        cards = [m for m in self._workspace.history(_ROOM) if m.get("thread_ts", m["ts"]) == m["ts"]]
        return next((m for m in cards if all(re.search(word, _words(m)) for word in words)), None)

    async def _until(self, happened: Callable[[Workspace], T | None]) -> T:
        try:
            found = await self._workspace.wait_for(happened, _PATIENCE)
        except TimeoutError:
            said = self._workspace.transcript(_ROOM)
            raise MomentMissed(f"A picture's moment did not come; #{_ROOM} says:\n{said}") from None
        assert found is not None
        return found


def _words(message: Json) -> str:
    return json.dumps([message.get("text"), message.get("blocks")], ensure_ascii=False)


def _thread(channel: str, root: Json) -> str:
    return f"{channel}/p{root['ts'].replace('.', '')}"


def _own(messages: list[Json], user: str) -> Json | None:
    return next((m for m in messages if m.get("user") == user), None)


def _answer(messages: list[Json], question: Json) -> Json | None:
    """Return the bot's whole answer to a question."""
    later = (m for m in messages if m.get("bot_id") and m["ts"] > question["ts"])
    return next((m for m in later if m.get("streaming") is False), None)


async def draw(folder: Path) -> None:
    """Run the demo in temporary homes and draw every picture into a folder; each story has a world of its own."""

    await _staged(folder, _first)
    for fault, service, name in RECOVERIES:
        await _staged(folder, partial(_recovery, fault, service, name))
    await _staged(folder, _p0)
    await _staged(folder, _standing)


async def _first(show: Show, ready: Camera) -> None:
    await Story(show, ready).play()


async def _recovery(fault: str, service: str, name: str, show: Show, ready: Camera) -> None:
    await RecoveryStory(show, ready, fault, service, name).play()


async def _p0(show: Show, ready: Camera) -> None:
    await P0Story(show, ready).play()


async def _standing(show: Show, ready: Camera) -> None:
    await StandingStory(show, ready).play()


async def _staged(folder: Path, play: Callable[[Show, Camera], Awaitable[None]]) -> None:
    with tempfile.TemporaryDirectory(prefix="pictures-") as home:
        settings = DemoSettings(home=Path(home)).with_free_ports()
        async with Show(settings) as show, camera(show.workspace.login_url, folder) as ready:
            await play(show, ready)


def main(argv: list[str] | None = None) -> int:
    """Draw the pictures and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the PNG files go")
    folder: Path = parser.parse_args(argv).folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(draw(folder))
    except (BackendMissing, BackendFailed, CameraMissing, MomentMissed) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
