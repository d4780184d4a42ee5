"""An incident with thousands of alerts: others run while it is read, and what is looked at stays small and fair."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.incident import Incident, Priority
from agent.domain.view import MOST_ALERTS, IncidentView
from agent.lifecycle.changes import open_incident
from agent.lifecycle.view import load_view
from agent.policy.load import Policies
from agent.store import alerts as stored
from agent.store.engine import SqlStore
from tests.support.alerts import shipped_policies
from tests.support.store import NOON, store_at

MANY = 2 * MOST_ALERTS
ENDED = 500


def record(number: int, incident: str, *, name: str = "HighErrorRate", firing: bool = True) -> AlertRecord:
    at = NOON + timedelta(seconds=number)
    alert = Alert(
        fingerprint=f"{name}-{number}",
        status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
        labels={"alertname": name, "service": "shop", "instance": f"shop-{number}"},
        starts_at=at,
    )
    return AlertRecord(
        alert=alert,
        severity=Severity.HIGH,
        incident_id=incident,
        reason=Reason(rule="r", sentence="s"),
        first_seen_at=at,
        last_seen_at=at,
        service="shop",
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        yield opened


@pytest.fixture
def policies() -> Policies:
    return shipped_policies()


@pytest.fixture
async def incident(store: SqlStore, policies: Policies) -> Incident:
    async with store.write() as tx:
        made = await open_incident(
            tx,
            policies,
            title="shop",
            service="shop",
            environment="production",
            namespace="",
            cluster="",
            category="",
            priority=Priority.P1,
            reason=Reason(rule="r", sentence="s"),
            started_at=NOON,
            at=NOON,
            data={},
        )
        await tx.alerts.upsert([record(n, made.id, firing=n >= ENDED) for n in range(MANY)])
        await tx.alerts.upsert([record(MANY, made.id, name="DiskFull")])
    return made


@pytest.fixture
async def view(store: SqlStore, policies: Policies, incident: Incident) -> IncidentView:
    async with store.read() as tx:
        found = await load_view(tx, incident.id, policies, NOON)
    assert found is not None
    return found


async def test_reading_many_alerts_gives_way_after_every_slice(
    store: SqlStore, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded, seen = [0], [0]
    real = AlertRecord.model_validate_json

    def counted(body: Any) -> AlertRecord:
        decoded[0] += 1
        return real(body)

    async def others() -> None:
        while True:
            seen.append(decoded[0])
            await asyncio.sleep(0)

    monkeypatch.setattr(stored, "AlertRecord", type("Counted", (), {"model_validate_json": counted}))
    watching = asyncio.create_task(others())
    async with store.read() as tx:
        found = await tx.alerts.of_incident(incident.id)
    watching.cancel()
    seen.append(decoded[0])
    assert MANY + 1 == len(found) == decoded[0]
    assert max(after - before for before, after in pairwise(seen)) <= stored.SLICE


async def test_a_view_holds_a_fair_share_of_each_kind_and_counts_the_rest(view: IncidentView) -> None:
    assert MOST_ALERTS == len(view.alerts)
    assert (MANY + 1, MANY + 1 - ENDED) == (view.alert_count, view.firing_count)
    kinds = [(r.alert.name, r.alert.firing) for r in view.alerts]
    assert 1 == kinds.count(("DiskFull", True))
    assert abs(kinds.count(("HighErrorRate", True)) - kinds.count(("HighErrorRate", False))) <= 1


async def test_the_oldest_of_each_kind_stay_and_come_in_order(view: IncidentView) -> None:
    times = [r.first_seen_at for r in view.alerts]
    assert sorted(times) == times
    assert {f"HighErrorRate-{n}" for n in (0, 1, ENDED, ENDED + 1)} <= {
        r.alert.fingerprint for r in view.alerts
    }


async def test_what_fires_alone_among_thousands_that_ended_is_never_left_out(
    store: SqlStore, policies: Policies, incident: Incident
) -> None:
    async with store.write() as tx:
        await tx.alerts.upsert([record(n, incident.id, firing=n == MANY - 1) for n in range(MANY)])
        await tx.alerts.upsert([record(MANY, incident.id, name="DiskFull", firing=False)])
    async with store.read() as tx:
        found = await load_view(tx, incident.id, policies, NOON)
    assert found is not None
    assert [f"HighErrorRate-{MANY - 1}"] == [r.alert.fingerprint for r in found.firing]
    assert 1 == found.firing_count
