"""A real Alertmanager sends to the real door: accepted, understood, repeated after 5xx."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from agent.domain.incident import IncidentStatus
from agent.ports.clock import SystemClock
from agent.telemetry.metrics import build_metrics
from agent.transport.http.server import HttpNeeds, RunningHttp, build_http, start_http
from demo.backends.alertmanager import AlertmanagerServer, webhook_configuration
from tests.support.alerts import Desk
from tests.support.backends import eventually
from tests.support.store import store_at

pytestmark = pytest.mark.backend
TOKEN = "real-webhook-token"


@dataclass
class Production:
    desk: Desk
    alertmanager: AlertmanagerServer
    needs: HttpNeeds
    port: int

    async def alert(self, name: str, *, over: bool = False, **labels: str) -> None:
        now = SystemClock().now()
        body: dict[str, Any] = {"labels": {"alertname": name, "severity": "critical", **labels}}
        if over:
            body["endsAt"] = now.isoformat()
        else:
            body["startsAt"] = (now - timedelta(seconds=5)).isoformat()
        url = f"{self.alertmanager.url}/api/v2/alerts"
        async with aiohttp.ClientSession() as http, http.post(url, json=[body]) as answer:
            assert answer.status == 200

    async def process(self) -> None:
        """Do what the jobs would do, for every delivery that waits."""
        async with self.desk.store.read() as tx:
            rows = list(
                await tx.connection.exec_driver_sql(
                    "SELECT id FROM inbox WHERE processed_at IS NULL ORDER BY id"
                )
            )
        for row in rows:
            await self.desk.processor.process({"inbox_id": row.id})

    async def statuses(self) -> list[IncidentStatus]:
        await self.process()
        return [incident.status for incident in await self.desk.incidents()]


@pytest.fixture
async def production(tmp_path: Path) -> AsyncIterator[Production]:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(store_at(tmp_path))
        desk = Desk(store, clock=SystemClock())  # type: ignore[arg-type]
        registry = CollectorRegistry()
        needs = HttpNeeds(store, desk.jobs, SystemClock(), build_metrics(registry), registry, TOKEN)
        door: RunningHttp = await start_http(build_http(needs), "127.0.0.1", 0)
        stack.push_async_callback(door.close)
        token = tmp_path / "token"
        token.write_text(TOKEN)
        configuration = webhook_configuration(
            f"http://127.0.0.1:{door.port}/webhooks/alertmanager", token_file=token
        )
        alertmanager = await stack.enter_async_context(AlertmanagerServer(tmp_path / "am", configuration))
        yield Production(desk, alertmanager, needs, door.port)


async def test_an_alert_opens_an_incident_and_its_end_ends_it(production: Production) -> None:
    await production.alert("ServiceDown", service="payment")
    await eventually(lambda: _are(production, [IncidentStatus.TRIAGE]))
    await production.alert("ServiceDown", over=True, service="payment")
    await eventually(lambda: _are(production, [IncidentStatus.RESOLVED]))
    (incident,) = await production.desk.incidents()

    assert await production.desk.kinds(incident.id) == ["opened", "alert_resolved", "resolved"]


async def test_alertmanager_sends_again_after_a_full_queue(production: Production) -> None:
    store = production.desk.store
    async with store.write() as tx:
        await tx.connection.exec_driver_sql("ALTER TABLE inbox RENAME TO away")
    await production.alert("HighErrorRate", service="payment")
    requests = production.needs.metrics.webhook_requests.labels(receiver="alertmanager", code="503")
    await eventually(lambda: requests._value.get() >= 1)
    async with store.write() as tx:
        await tx.connection.exec_driver_sql("ALTER TABLE away RENAME TO inbox")
    await eventually(lambda: _are(production, [IncidentStatus.TRIAGE]))

    assert len(await production.desk.incidents()) == 1


async def _are(production: Production, statuses: list[IncidentStatus]) -> bool:
    return await production.statuses() == statuses
