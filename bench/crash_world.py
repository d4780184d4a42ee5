"""The world of the crash benchmark: counts every effect, and kills the process that asks at a chosen moment."""

import asyncio
import json
import os
import random
import signal
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Message = dict[str, Any]

# Where a run is killed. The first three are moments of the click, which the runner times; the others are requests.
MOMENTS = (
    "before the click",
    "after the click",
    "while clicking",
    "before the effect",
    "after the effect",
    "while checking",
    "while verifying",
    "before the undo",
    "after the undo",
    "never",
)
UNDOING = ("before the undo", "after the undo")


@dataclass
class Run:
    """What is planned for one target, and what happened to it; `hidden` worlds cannot tell whether an effect happened."""

    moment: str
    worse: bool
    hidden: bool
    effects: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    killed: int = 0


class CrashWorld:
    """Listens on a Unix socket; one JSON object a line in each direction."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path = path
        self.runs: dict[str, Run] = {}
        self._chance = chance
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._serve, self.path)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pid = _peer(writer)
        try:
            while line := await reader.readline():
                answer = await self._answer(json.loads(line), pid)
                if answer is not None:
                    writer.write(json.dumps(answer).encode() + b"\n")
                    await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the process that asked was killed
        finally:
            writer.close()

    async def _answer(self, asked: Message, pid: int) -> Message | None:
        """Do what was asked; None when the process was killed instead of being answered."""
        run, key = self.runs[asked["target"]], str(asked.get("key", ""))
        # A real server takes its time, so that a kill also falls into the middle of a request.
        await asyncio.sleep(self._chance.uniform(0, 0.01))
        match asked["do"]:
            case "apply":
                return self._effect(run, run.effects, key, pid, "before the effect", "after the effect")
            case "undo":
                return self._effect(run, run.undone, key, pid, "before the undo", "after the undo")
            case "happened":
                return {"happened": _told(run, key in run.effects)}
            case "undone":
                return {"happened": _told(run, key in run.undone)}
            case "check":
                return None if self._kills(run, "while checking", pid) else {"done": True}
            case "judge":
                return None if self._kills(run, "while verifying", pid) else {"worse": run.worse}
        return {}

    def _effect(
        self, run: Run, done: list[str], key: str, pid: int, before: str, after: str
    ) -> Message | None:
        if self._kills(run, before, pid):
            return None
        done.append(key)
        return None if self._kills(run, after, pid) else {"ok": True}

    def _kills(self, run: Run, moment: str, pid: int) -> bool:
        if run.moment != moment or run.killed:
            return False
        run.killed += 1
        os.kill(pid, signal.SIGKILL)
        return True


def _told(run: Run, happened: bool) -> str:
    return "unknown" if run.hidden else "yes" if happened else "no"


def _peer(writer: asyncio.StreamWriter) -> int:
    sock = writer.get_extra_info("socket")
    raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", raw)[0])
