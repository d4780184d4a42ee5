"""Falco's events for tests: the recorded ones, and any other by a few words."""

import json
from pathlib import Path
from typing import Any

from agent.domain.alert import AlertGroup
from agent.intake.falco import FALCO, parse_falco
from agent.intake.pipeline import PipelineResult
from agent.intake.receive import receive
from agent.ports.store import InboxItem
from tests.support.alerts import Desk
from tests.support.store import NOON

SAMPLES = Path(__file__).resolve().parents[1] / "data" / "falco"


def sample(name: str) -> bytes:
    """Return a recorded body."""
    return (SAMPLES / name).read_bytes()


def event(rule: str = "Terminal Shell In Container", **changes: Any) -> dict[str, Any]:
    """Return an event in a pod of payment."""
    fields = {
        "k8s.ns.name": "shop",
        "k8s.pod.name": "payment-6d5f8b7c9d-x2x4z",
        "container.id": "0123456789ab",
        "proc.cmdline": "bash -i",
    }
    whole: dict[str, Any] = {
        "rule": rule,
        "priority": "Warning",
        "source": "syscall",
        "hostname": "node-1",
        "output": "12:00:00.000000001: Warning A shell was spawned",
        "time": "2026-03-02T12:00:00.123456789Z",
        "output_fields": fields,
    }
    return whole | changes


def parse(body: object) -> AlertGroup:
    """Parse a body at noon."""
    return parse_falco(body if isinstance(body, bytes) else json.dumps(body).encode(), NOON)


async def send(desk: Desk, *events: dict[str, Any]) -> PipelineResult:
    """Send events through the intake as the webhook does."""
    return await deliver(desk, parse_falco(json.dumps(events).encode(), desk.clock.now()))


async def deliver(desk: Desk, group: AlertGroup) -> PipelineResult:
    """Store a delivery and process it."""
    inbox_id = await receive(desk.store, desk.jobs, group)
    async with desk.store.write() as tx:
        return await desk.pipeline.process(tx, InboxItem(id=inbox_id, group=group, processed_at=None))


async def firing(desk: Desk) -> int:
    """Return how many of Falco's alerts fire."""
    async with desk.store.read() as tx:
        return len(await tx.alerts.firing_in_group(FALCO))
