"""Starts the bot in a process of its own that need not load the bot's modules anew: most of a start is that."""

import asyncio
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

LOADED = ["agent.cli", "agent.app.server", "agent.transport.slack.app", "agent.graph.run", "langgraph.graph"]
# Several start at once, beside demos in which people wait for their clicks.
NICENESS = 5


class Born:
    """A process of the bot; it lives and dies by itself."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        """Return how it ended, or None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Signal the process."""
        assert self.pid is not None
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without a chance to do anything."""
        self._process.kill()

    async def wait(self) -> int:
        """Return how it ended, once it has."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode


async def born(environment: Mapping[str, str], log: Path) -> Born:
    """Start `ops-monitor serve` with exactly this environment; its output is added to the log."""
    process = _nursery().Process(target=_serve, args=(dict(environment), str(log)))
    await asyncio.to_thread(process.start)
    return Born(process)


@cache
def _nursery() -> ForkServerContext:
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload(LOADED)
    return found


def _serve(environment: dict[str, str], log: str) -> None:
    os.nice(NICENESS)
    with open(log, "ab") as output, open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["ops-monitor", "serve"]
    runpy.run_module("agent", run_name="__main__", alter_sys=True)
