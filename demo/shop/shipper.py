"""Ships log lines in bulk to the log store in the layout of Fluent Bit's Elasticsearch output with Logstash_Format."""

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

PREFIX = "ai-textbook"
BUFFER = 20_000
BATCH = 1_000
PAST_BATCH = 2_000
FLUSH_SECONDS = 1.0
# The log store lives in memory, so the demo keeps little more than the hour that log reads compare with.
KEPT_MINUTES = 90

_TEXT = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
_NAMED = ("level", "service", "log_type", "version", "pod", "trace_id", "context")
# Only what is asked for is indexed; the rest is stored and shown. This keeps the store a third as large.
INDEX_TEMPLATE = {
    "index_patterns": [f"{PREFIX}-*"],
    "template": {
        "mappings": {
            "dynamic": False,
            "properties": {
                "@timestamp": {"type": "date"},
                "message": {"type": "text"},
                **dict.fromkeys(_NAMED, _TEXT),
                "kubernetes": {"properties": {"pod_name": _TEXT, "container_name": _TEXT}},
            },
        }
    },
}


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
        self._tasks: list[asyncio.Task[None]] = []
        self.shipped = 0

    def add(self, identity: Mapping[str, str], line: Mapping[str, Any]) -> None:
        """Queue one line; the oldest is dropped when the buffer is full."""
        self._waiting.append(document(identity, line))

    async def start(self) -> None:
        """Prepare the index and start the tasks that flush and tidy."""
        async with (
            aiohttp.ClientSession() as http,
            http.put(f"{self._url}/_index_template/{PREFIX}", json=INDEX_TEMPLATE) as response,
        ):
            await response.read()
        self._tasks = [
            asyncio.create_task(self._run(), name="log-shipper"),
            asyncio.create_task(self._tidy(), name="log-retention"),
        ]

    def backfill(self, entries: Sequence[dict[str, Any]]) -> None:
        """Send documents of the past in the background, beside the live ones."""
        self._tasks.append(asyncio.create_task(self._send_past(entries), name="log-past"))

    async def _send_past(self, entries: Sequence[dict[str, Any]]) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
            for start in range(0, len(entries), PAST_BATCH):
                await self._send(http, list(entries[start : start + PAST_BATCH]))
                # The shop is opening meanwhile and wants the processor too.
                await asyncio.sleep(0.1)

    async def _tidy(self) -> None:
        # What was there before the demo is little, and the daily check compares with it.
        first = datetime.now(UTC) - timedelta(minutes=KEPT_MINUTES)
        old = {"query": {"range": {"@timestamp": {"gte": first.isoformat(), "lt": f"now-{KEPT_MINUTES}m"}}}}
        path = f"{self._url}/{PREFIX}-*/_delete_by_query?conflicts=proceed"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
            while True:
                await asyncio.sleep(60)
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with http.post(path, json=old) as response:
                        await response.read()

    async def stop(self) -> None:
        """Send what is left, once, and stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
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
            async with http.post(f"{self._url}/_bulk?refresh=true", data=body, headers=headers) as response:
                await response.read()
                return response.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False
