"""Alertmanager payloads as its webhook sends them, and a pipeline on a real store to feed them to."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from agent.domain.alert import AlertGroup
from agent.domain.incident import Incident
from agent.domain.timeline import TimelineEvent
from agent.intake.alertmanager import parse_webhook
from agent.intake.pipeline import Pipeline, PipelineResult
from agent.intake.process import Processor
from agent.intake.receive import receive
from agent.intake.windows import Windows
from agent.jobs.leases import LeaseJobs
from agent.lifecycle import changes
from agent.policy.load import Policies, load_policies
from agent.ports.store import InboxItem
from agent.store.engine import SqlStore
from tests.support.store import StillClock

SHIPPED = Path(__file__).resolve().parents[2] / "policies"
SHOP = frozenset({("storefront", "checkout"), ("storefront", "catalog"), ("checkout", "payment")})


@cache
def shipped_policies() -> Policies:
    """Load the policies that the product ships, once in a process: nothing in them can be changed."""
    return load_policies(SHIPPED)


def alert(
    name: str, *, firing: bool = True, starts: datetime, ends: datetime | None = None, **labels: str
) -> dict[str, Any]:
    """Return one alert of a payload; severity defaults to critical."""
    named = {"alertname": name, "severity": "critical"} | labels
    digest = hashlib.sha256(json.dumps(sorted(named.items())).encode()).hexdigest()[:16]
    return {
        "status": "firing" if firing else "resolved",
        "labels": named,
        "annotations": {"summary": f"{name} fires"},
        "startsAt": starts.isoformat(),
        "endsAt": ends.isoformat() if ends else "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.demo:9090/graph?g0.expr=up",
        "fingerprint": digest,
    }


def payload(*alerts: dict[str, Any], truncated: int = 0, group_key: str = "{}:{}") -> dict[str, Any]:
    """Return a webhook's payload."""
    return {
        "version": "4",
        "groupKey": group_key,
        "truncatedAlerts": truncated,
        "status": "firing" if any(a["status"] == "firing" for a in alerts) else "resolved",
        "receiver": "ops-monitor",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.demo:9093",
        "alerts": list(alerts),
    }


def group(*alerts: dict[str, Any], at: datetime, truncated: int = 0, group_key: str = "{}:{}") -> AlertGroup:
    """Return a parsed delivery."""
    body = json.dumps(payload(*alerts, truncated=truncated, group_key=group_key)).encode()
    return parse_webhook(body, at)


@dataclass
class Desk:
    """A store, a still clock and the pipeline; `send` does what webhook and job do together."""

    store: SqlStore
    clock: StillClock = field(default_factory=StillClock)
    edges: frozenset[tuple[str, str]] = SHOP
    windows: Windows = field(default_factory=Windows)
    policies: Policies = field(default_factory=shipped_policies)

    def __post_init__(self) -> None:
        self.jobs = LeaseJobs(self.store, self.clock, poll_seconds=0.01)
        self.pipeline = Pipeline(
            clock=self.clock,
            policies=self.policies,
            topology=lambda: self.edges,
            changes=changes,
            jobs=self.jobs,
            windows=self.windows,
        )
        self.processor = Processor(self.store, self.pipeline)

    async def send(
        self, *alerts: dict[str, Any], truncated: int = 0, group_key: str = "{}:{}"
    ) -> PipelineResult:
        """Store a delivery, process it and return what it did."""
        delivery = group(*alerts, at=self.clock.now(), truncated=truncated, group_key=group_key)
        inbox_id = await receive(self.store, self.jobs, delivery)
        async with self.store.write() as tx:
            return await self.pipeline.process(tx, InboxItem(id=inbox_id, group=delivery, processed_at=None))

    async def fire(self, name: str, **labels: str) -> PipelineResult:
        """Send one firing alert that starts now."""
        return await self.send(alert(name, starts=self.clock.now(), **labels))

    async def incidents(self) -> list[Incident]:
        """Return every incident, oldest first."""
        async with self.store.read() as tx:
            return list(reversed(await tx.incidents.recent(1000)))

    async def timeline(self, incident_id: str) -> list[TimelineEvent]:
        """Return an incident's timeline."""
        async with self.store.read() as tx:
            return await tx.timeline.of(incident_id)

    async def kinds(self, incident_id: str) -> list[str]:
        """Return what happened in an incident, in order."""
        return [event.kind.value for event in await self.timeline(incident_id)]

    async def queued(self, kind: str) -> Sequence[Any]:
        """Return the jobs of a kind that wait."""
        async with self.store.read() as tx:
            rows = await tx.connection.exec_driver_sql(
                "SELECT payload, run_at, dedupe_key FROM jobs WHERE kind = ? AND state = 'waiting'", (kind,)
            )
            return list(rows)
