"""A rush: a crowd of visitors who open the front page, wait for it, look at it for a while, and open it again."""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from statistics import median

import aiohttp

from demo.shop.calls import Endpoint

VISITORS = 46
LOOKS_SECONDS = (1.0, 3.0)
# The news is old after a while.
LASTS_SECONDS = 300.0
# Of so many latest answers.
REMEMBERED = 40


def _nobody() -> Sequence[Endpoint]:
    return ()


class Rush:
    """Comes when it is called, stays for some minutes, and knows how long its visitors wait.

    Each visitor waits for an answer before asking anew, so a shop that is too slow gets queues and no errors.
    """

    def __init__(self, resolve: Callable[[], Sequence[Endpoint]] = _nobody, *, seed: int = 11) -> None:
        self._resolve = resolve
        self._chance = random.Random(seed)
        self._task: asyncio.Task[None] | None = None
        self._waits: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def present(self) -> bool:
        """Tell whether the crowd is there."""
        return self._task is not None and not self._task.done()

    @property
    def wait(self) -> float:
        """Return how long visitors have waited lately, in seconds; 0 while nobody is there."""
        return median(self._waits) if self.present and self._waits else 0.0

    async def start(self) -> None:
        """Let the crowd come, unless it is there."""
        if not self.present:
            self._waits.clear()
            self._task = asyncio.create_task(self._run(), name="rush")

    async def stop(self) -> None:
        """Send the crowd home."""
        task, self._task = self._task, None
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        limit = aiohttp.ClientTimeout(total=20)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(timeout=limit, connector=connector) as http:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LASTS_SECONDS), asyncio.TaskGroup() as group:
                    for _ in range(VISITORS):
                        group.create_task(self._visit(http))

    async def _visit(self, http: aiohttp.ClientSession) -> None:
        while True:
            await asyncio.sleep(self._chance.uniform(*LOOKS_SECONDS))
            endpoints = list(self._resolve())
            if not endpoints:
                continue
            host, port, _ = self._chance.choice(endpoints)
            began = time.monotonic()
            with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with http.get(f"http://{host}:{port}/") as response:
                    await response.read()
            self._waits.append(time.monotonic() - began)
