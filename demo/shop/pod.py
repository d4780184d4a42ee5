"""One running container: its service on a loopback port, its clockwork, its exit."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from demo.cluster.runtime import Exit
from demo.shop.context import PodContext
from demo.shop.service import Service, StartRefused

TICK_SECONDS = 1.0
# How fast the shown CPU use follows the true one.
CPU_SMOOTHING = 0.4
STOP_SECONDS = 2.0


@dataclass(slots=True)
class Pace:
    """How long containers take: to become ready, and to leave after they were asked to.

    Prometheus learns of a removed target up to five seconds late; a container that leaves at once would count as down.
    """

    warm_up: float = 1.0
    linger: float = 6.0


class ShopPod:
    """A container as the kubelet sees it (`RunningPod`)."""

    def __init__(self, service: Service, *, pace: Pace, previous_lines: Sequence[str]) -> None:
        self._service = service
        self.pod: PodContext = service.pod
        self._pace = pace
        self._previous = list(previous_lines)
        self._ready = False
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._runner: web.AppRunner | None = None
        self._clockwork: asyncio.Task[None] | None = None
        self.address: tuple[str, int] = ("127.0.0.1", 0)

    async def open(self) -> None:
        """Open the port and start the clockwork, or end at once when the service refuses to start."""
        log = self.pod.log
        log.write("info", f"Starting {self.pod.service} {self.pod.version}", context="Bootstrap")
        try:
            await self._service.begin()
        except StartRefused as refused:
            log.write("error", f"Start failed: {refused}", context="Bootstrap")
            self._clockwork = asyncio.create_task(self._die_soon(), name=f"{self.pod.pod}-exit")
            return
        try:
            self.address = await self._listen()
        except BaseException:
            # Whoever does not wait for the start any more will not stop it either.
            await self._close_port()
            raise
        self._account()
        self._clockwork = asyncio.create_task(self._run(), name=f"{self.pod.pod}-clockwork")

    async def _listen(self) -> tuple[str, int]:
        self._runner = web.AppRunner(self._service.application(), access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return host, port

    async def _die_soon(self) -> None:
        await asyncio.sleep(0.2)
        self._end(Exit(code=1, reason="Error"))

    async def _run(self) -> None:
        await asyncio.sleep(self._pace.warm_up)
        self._ready = True
        self.pod.log.write("info", f"Listening on port {self.address[1]}", context="Bootstrap")
        last, passed = time.monotonic(), TICK_SECONDS
        spent = self.pod.usage.cpu_seconds
        while True:
            # What really passed: on a busy machine a tick is longer, and whoever burns CPU burns it all the same.
            await self._service.tick(passed)
            self._account()
            code = self._service.exit_code()
            if code is not None:
                await self._close_port()
                self._end(Exit(code=code, reason="Error" if code else "Completed"))
                return
            if self.pod.usage.memory >= self.pod.usage.memory_limit:
                # The kernel's killer leaves no last words in the log.
                await self._close_port()
                self._end(Exit(code=137, reason="OOMKilled"))
                return
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            passed = max(now - last, 0.001)
            cores = (self.pod.usage.cpu_seconds - spent) / passed
            self.pod.usage.cpu_cores += CPU_SMOOTHING * (cores - self.pod.usage.cpu_cores)
            last, spent = now, self.pod.usage.cpu_seconds

    def _account(self) -> None:
        usage, shown = self.pod.usage, self.pod.telemetry
        usage.memory = min(self._service.memory(), float(usage.memory_limit))
        shown.resident.set(usage.memory * 0.97)
        shown.working_set.set(usage.memory)
        shown.memory_limit.set(usage.memory_limit)
        shown.cpu.inc(max(usage.cpu_seconds - shown.cpu._value.get(), 0))

    def _end(self, how: Exit) -> None:
        self._ready = False
        if not self._exit.done():
            self._exit.set_result(how)

    async def _close_port(self) -> None:
        self._ready = False
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()
        await self._service.end()
        await self.pod.calls.close()

    def ready(self) -> bool:
        """Tell whether the container takes traffic."""
        return self._ready

    async def wait(self) -> Exit:
        """Return how the container ended, when it has ended."""
        return await asyncio.shield(self._exit)

    async def stop(self, grace_seconds: float) -> None:
        """Stop taking traffic, finish what is under way within the grace, then end."""
        self._ready = False
        self.pod.log.write("info", "Stopping on SIGTERM", context="Bootstrap")
        if self._runner:
            await asyncio.sleep(min(self._pace.linger, grace_seconds))
        if self._clockwork:
            self._clockwork.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._clockwork
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._close_port(), STOP_SECONDS)
        self._end(Exit(code=0, reason="Completed"))

    def logs(self, *, tail: int | None, previous: bool, since: datetime | None) -> list[str]:
        """Return the lines of this container, or of the one before it in the same Pod."""
        if previous:
            return self._previous if tail is None else self._previous[-tail:] if tail else []
        return self.pod.log.lines(tail=tail, since=since)

    def usage(self) -> tuple[float, int]:
        """Return the accounted CPU in cores and memory in bytes."""
        return self.pod.usage.cpu_cores, int(self.pod.usage.memory)
