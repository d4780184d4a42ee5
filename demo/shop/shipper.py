"""Ships log lines in bulk to the log store in the layout of Fluent Bit's Elasticsearch output with Logstash_Format."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

import aiohttp

PREFIX = "ai-textbook"
BUFFER = 20_000
BATCH = 1_000
FLUSH_SECONDS = 1.0


def kubernetes_metadata(identity: Mapping[str, str]) -> dict[str, Any]:
    """Return what Fluent Bit's kubernetes filter adds to a line."""
    return {
        "namespace_name": identity["namespace"],
        "pod_name": identity["pod"],
        "pod_id": identity["uid"],
        "host": identity["node"],
        "container_name": identity["service"],
        "container_image": identity["image"],
        "labels": {"app": identity["service"], "version": identity["version"]},
    }


def index_of(timestamp: str) -> str:
    """Return the day's index of an ISO timestamp: ai-textbook-YYYY.MM.DD."""
    return f"{PREFIX}-{timestamp[:10].replace('-', '.')}"


def document(identity: Mapping[str, str], line: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored form of a line."""
    return {
        "@timestamp": line["timestamp"],
        **line,
        "stream": "stderr" if line["level"] == "error" else "stdout",
        "kubernetes": kubernetes_metadata(identity),
    }


class LogShipper:
    """Buffers lines and sends them once a second; keeps them while the store is away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: deque[dict[str, Any]] = deque(maxlen=BUFFER)
        self._task: asyncio.Task[None] | None = None
        self.shipped = 0

    def add(self, identity: Mapping[str, str], line: Mapping[str, Any]) -> None:
        """Queue one line; the oldest is dropped when the buffer is full."""
        self._waiting.append(document(identity, line))

    async def start(self) -> None:
        """Start the flushing task."""
        self._task = asyncio.create_task(self._run(), name="log-shipper")

    async def stop(self) -> None:
        """Send what is left, once, and stop."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        async with aiohttp.ClientSession() as http:
            await self._flush(http)

    async def _run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            while True:
                await asyncio.sleep(FLUSH_SECONDS)
                await self._flush(http)

    async def _flush(self, http: aiohttp.ClientSession) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            if not await self._send(http, batch):
                self._waiting.extendleft(reversed(batch))
                return
            self.shipped += len(batch)

    async def _send(self, http: aiohttp.ClientSession, batch: list[dict[str, Any]]) -> bool:
        rows: list[str] = []
        for entry in batch:
            rows.append(json.dumps({"create": {"_index": index_of(entry["@timestamp"])}}))
            rows.append(json.dumps(entry, ensure_ascii=False))
        body = ("\n".join(rows) + "\n").encode()
        headers = {"Content-Type": "application/x-ndjson"}
        try:
            async with http.post(f"{self._url}/_bulk", data=body, headers=headers) as response:
                await response.read()
                return response.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
