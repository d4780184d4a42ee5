"""A desk with one incident and PagerDuty's door open to it."""

import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web
from prometheus_client import CollectorRegistry

from agent.analysis.redaction import Redactor
from agent.domain.incident import Incident
from agent.domain.timeline import TimelineKind
from agent.lifecycle.paging import answered
from agent.lifecycle.paging_words import dedup_key
from agent.policy.load import Policies
from agent.policy.oncall import Person
from agent.ports.store import Tx
from agent.telemetry.metrics import Metrics, build_metrics
from agent.transport.http.middleware import answer_errors
from agent.transport.http.pagerduty import PATH, KeyOf, PagerDoor
from demo.vendors.pagerduty_hooks import event_of, signed
from demo.vendors.pagerduty_records import PagerIncident, User
from tests.support.alerts import Desk, shipped_policies
from tests.support.pager import MINA

SECRET = "the-webhook-secret"
KEPT_SECRET = "s3cr3t-of-the-bot"


@dataclass
class House:
    """A desk with one incident, its door, and what PagerDuty would hold of it."""

    desk: Desk
    incident: Incident
    url: str = ""
    metrics: Metrics = field(default_factory=lambda: build_metrics(CollectorRegistry()))
    woken: list[int] = field(default_factory=list)
    answers: list[tuple[str, datetime]] = field(default_factory=list)
    key_of: KeyOf | None = None

    @property
    def policies(self) -> Policies:
        shipped = shipped_policies()
        people = (Person(id="mina", name="Mina", slack="U0MINA", pagerduty=MINA.id),)
        return dataclasses.replace(shipped, oncall=shipped.oncall.model_copy(update={"people": people}))

    async def answered(
        self, tx: Tx, policies: Policies, incident_id: str, person: str, at: datetime, key: str
    ) -> Incident:
        self.answers.append((person, at))
        return await answered(tx, policies, incident_id, person, at, key)

    def door(self, secret: str | None = SECRET) -> PagerDoor:
        return PagerDoor(
            store=self.desk.store,
            clock=self.desk.clock,
            metrics=self.metrics,
            policies=lambda: self.policies,
            answered=self.answered,
            redactor=Redactor([KEPT_SECRET]),
            secret=secret,
            key_of=self.key_of,
            wake=lambda: self.woken.append(1),
        )

    def there(self) -> PagerIncident:
        key = dedup_key(self.incident.id, 1)
        return PagerIncident("Q1", 1, key, "checkout is down", "critical", {})

    async def now(self) -> Incident:
        [found] = await self.desk.incidents()
        return found

    async def told(self, kind: TimelineKind) -> list[tuple[str, Any]]:
        events = await self.desk.timeline(self.incident.id)
        return [(one.actor, one.data.get("text")) for one in events if one.kind is kind]

    async def post(self, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        async with aiohttp.ClientSession() as http, http.post(self.url, data=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def send(self, event: dict[str, Any], secret: str = SECRET) -> tuple[int, dict[str, Any]]:
        body = json.dumps(event).encode()
        return await self.post(body, **{"X-PagerDuty-Signature": signed(body, secret)})

    async def say(self, kind: str, by: User | None, **data: Any) -> tuple[int, dict[str, Any]]:
        return await self.send(event_of(kind, {**self.there().described(), **data}, by))


@asynccontextmanager
async def serving(door: PagerDoor) -> AsyncIterator[str]:
    app = web.Application(middlewares=[answer_errors])
    app.add_routes(door.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}{PATH}"
    await runner.cleanup()
