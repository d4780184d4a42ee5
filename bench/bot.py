"""Runs the product as a user would, `ops-monitor serve` in a process of its own, and asks it things over HTTP."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from demo.backends.process import free_port

TOKEN = "bench-webhook-token"


def rss_mb(pid: int) -> float:
    """Return a process's resident memory in MB (10^6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"no VmRSS for {pid}")


class Bot:
    """`ops-monitor serve` with a database of its own; ready for `settle` seconds when entered, ended by SIGTERM."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str] | None = None, *, settle: float = 5.0
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = folder / "bench.db"
        self.ready_seconds = 0.0
        self._log = folder / "bot.log"
        self._settings = dict(settings or {})
        self._settle = settle
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Return the process id."""
        if self._process is None:
            raise RuntimeError("the bot is not running")
        return self._process.pid

    async def __aenter__(self) -> Self:
        env = {k: v for k, v in os.environ.items() if not k.startswith("OPS_")}
        env |= {
            "OPS_DATABASE_URL": f"sqlite:///{self.database}",
            "OPS_HTTP_PORT": str(self.port),
            "OPS_WEBHOOK_TOKEN": TOKEN,
            "OPS_LOG_LEVEL": "warning",
            **{f"OPS_{key.upper()}": value for key, value in self._settings.items()},
        }
        started = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "agent", "serve", env=env, stdout=log, stderr=log
            )
        await self._until_ready()
        self.ready_seconds = time.perf_counter() - started
        await asyncio.sleep(self._settle)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), 20)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def kill(self) -> None:
        """End the process the hard way, as a machine that loses power."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()

    async def _until_ready(self) -> None:
        assert self._process is not None
        async with aiohttp.ClientSession() as http:
            for _ in range(1500):
                if self._process.returncode is not None:
                    raise RuntimeError(f"the bot ended at once: {self._log.read_text()[-2000:]}")
                try:
                    async with http.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)
        raise RuntimeError(f"the bot did not become ready: {self._log.read_text()[-2000:]}")


async def send(http: aiohttp.ClientSession, bot: Bot, payload: dict[str, Any]) -> tuple[int, float]:
    """Deliver a webhook; return the status and the seconds until the answer."""
    started = time.perf_counter()
    async with http.post(
        f"{bot.url}/webhooks/alertmanager", json=payload, headers={"Authorization": f"Bearer {TOKEN}"}
    ) as answer:
        await answer.read()
        return answer.status, time.perf_counter() - started
