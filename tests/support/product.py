"""The product as users run it: `ops-monitor serve` in a process of its own, its deliveries, its cards and its database."""

import asyncio
import hashlib
import io
import json
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import aiohttp

from agent.store.engine import open_store
from agent.store.timeline import verify_chain
from demo.backends.process import free_port
from demo.workspace.server import WorkspaceServer
from tests.support.born import Born, born
from tests.support.slackbot import bot_seed
from tests.support.workspace import PATIENT

Json = dict[str, Any]
ALERT_CHANNELS = ("#alerts-critical", "#alerts-warning", "#alerts")
TOKEN = "scenario-token"
CALENDAR = ("checklist", "checklist-reminder", "report", "risk-digest")
"""How the keys of messages begin that come by the hour."""


def clean_environment(settings: Json) -> dict[str, str]:
    """Return this process's environment with exactly these `OPS_` settings."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("OPS_")}
    return inherited | {f"OPS_{name.upper()}": str(value) for name, value in settings.items()}


def slack_settings(server: WorkspaceServer) -> Json:
    """Return the settings that point the bot at a workspace."""
    app = server.workspace.state.app.seed
    return {
        "slack_api_url": server.api_url,
        "slack_bot_token": app.bot_token,
        "slack_app_token": app.app_token,
        "slack_signing_secret": app.signing_secret,
    }


class Product:
    """`ops-monitor serve` on a database and port of its own, to be started, killed and started again."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = folder / "product.db"
        self.log = folder / "product.log"
        basis: Json = {
            "database_url": f"sqlite:///{self.database}",
            "http_port": self.port,
            "webhook_token": TOKEN,
            "log_level": "warning",
        }
        self.settings: Json = basis | settings
        self._process: Born | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    @property
    def said(self) -> str:
        """Return what the process has written so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    async def spawn(self) -> Born:
        """Start the process without waiting for anything."""
        self._process = await born(clean_environment(self.settings), self.log)
        return self._process

    async def start(self, within: float = 120.0) -> None:
        """Start the process and wait until it says that it is ready."""
        process = await self.spawn()
        async with asyncio.timeout(within), aiohttp.ClientSession() as http:
            while True:
                if process.returncode is not None:
                    raise RuntimeError(f"the bot ended with {process.returncode}: {self.said[-2000:]}")
                try:
                    async with http.get(f"{self.url}/readyz") as answer:
                        # A stranger on our port would answer too, while our own process has ended.
                        if answer.status == 200 and process.returncode is None:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End the process as a lost machine would: no signal that it could handle."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def terminate(self, within: float = 60.0) -> int:
        """Ask the process to end and return its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), within)

    async def deliver(self, payload: Json, *, token: str | None = TOKEN) -> int:
        """Post a webhook and return the status."""
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body = io.BytesIO(json.dumps(payload).encode())
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/webhooks/alertmanager", data=body, headers=headers) as answer,
        ):
            await answer.read()
            return answer.status

    def rows(self, query: str) -> list[Any]:
        """Read the database as another process does; nothing before it exists."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as db:
            return db.execute(query).fetchall()

    def incidents(self) -> list[Json]:
        """Return every incident."""
        return [json.loads(body) for (body,) in self.rows("select body from incidents order by number")]

    def idle(self) -> bool:
        """Say whether nothing is left to do: no delivery, no job that could run now, no message."""
        waiting = self.rows(
            "select (select count(*) from inbox where processed_at is null)"
            " + (select count(*) from outbox where wanted > sent)"
            " + (select count(*) from jobs where kind in ('intake.process', 'incident.investigate')"
            " and (state = 'running' or (state = 'waiting' and run_at <= strftime('%s', 'now') * 1000000)))"
        )
        return waiting == [(0,)]

    async def broken_chains(self) -> list[str]:
        """Return the incidents whose timeline was torn, doubled or changed."""
        store = await open_store(f"sqlite:///{self.database}")
        try:
            async with store.read() as tx:
                names = [one["id"] for one in self.incidents()]
                return [name for name in names if verify_chain(await tx.timeline.of(name)) is not None]
        finally:
            await store.close()


def alert(
    service: str = "payment", name: str = "HighErrorRate", *, labels: Json | None = None, **changes: Any
) -> Json:
    """Return one firing alert of webhook version 4; equal labels give equal fingerprints."""
    marks = {"alertname": name, "service": service, "namespace": "shop", "severity": "critical"} | (
        labels or {}
    )
    now = datetime.now(UTC)
    body: Json = {
        "status": "firing",
        "labels": marks,
        "annotations": {"summary": f"{name} on {service}"},
        "startsAt": (now - timedelta(seconds=5)).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1/graph",
        "fingerprint": hashlib.sha256(repr(sorted(marks.items())).encode()).hexdigest()[:16],
    }
    return body | changes


def resolved(one: Json) -> Json:
    """Return the same alert, ended now."""
    return one | {"status": "resolved", "endsAt": datetime.now(UTC).isoformat()}


def delivery(*alerts: Json) -> Json:
    """Return a delivery of these alerts."""
    first = alerts[0]["labels"]
    group = {key: first[key] for key in ("alertname", "service") if key in first}
    return {
        "version": "4",
        "groupKey": f"{{}}:{group}"[:500],
        "truncatedAlerts": 0,
        "status": "firing" if any(one["status"] == "firing" for one in alerts) else "resolved",
        "receiver": "ops-monitor",
        "groupLabels": group,
        "commonLabels": group,
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093",
        "alerts": list(alerts),
    }


@asynccontextmanager
async def workspace(**options: Any) -> AsyncIterator[WorkspaceServer]:
    """Run the team's workspace: strict about blocks and without rate limits, unless told otherwise."""
    async with WorkspaceServer(
        bot_seed(), **({"strict": True, "rate_limits": None, **PATIENT} | options)
    ) as server:
        yield server


def posts(server: WorkspaceServer, *channels: str) -> list[Json]:
    """Return every message, replies included, of channels (all alert channels unless named)."""
    return [message for name in channels or ALERT_CHANNELS for message in server.workspace.history(name)]


def key_of(message: Json) -> str:
    """Return the outbox key that a message carries, empty for any other message."""
    return str((message.get("metadata") or {}).get("event_payload", {}).get("key", ""))


def by_calendar(message: Json) -> bool:
    """Say whether a message came because of the hour, such as the morning's check, whatever a test is about."""
    return key_of(message).partition(":")[0] in CALENDAR or bool(message.get("files"))


def roots(server: WorkspaceServer) -> list[Json]:
    """Return every message in the alert channels that starts a thread or stands alone.

    What says where a card went is none, and nothing that the calendar brings, for a test may run at nine o'clock.
    """
    found = [m for m in posts(server) if m.get("thread_ts", m["ts"]) == m["ts"] and not by_calendar(m)]
    return [m for m in found if " now and goes on in " not in str(m.get("text"))]


def details(server: WorkspaceServer) -> list[Json]:
    """Return the details messages in all threads."""
    return [m for m in posts(server) if key_of(m).startswith("details:")]


def shown(message: Json) -> str:
    """Return a message as one text, blocks included."""
    return json.dumps([message.get("text"), message.get("blocks")], ensure_ascii=False)


def refusals(server: WorkspaceServer) -> list[str]:
    """Return the Web API calls that the workspace refused, with its reason."""
    fine = ("ok", "fault", "ratelimited")
    calls = server.workspace.recorder.calls()
    return [f"{c.name}: {c.status} {json.dumps(c.reply)}" for c in calls if not c.status.startswith(fine)]
