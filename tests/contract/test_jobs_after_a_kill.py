"""The bot is killed with SIGKILL between any two steps of a delivery; nothing is lost and nothing doubled."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from agent.jobs.leases import LeaseJobs
from agent.ports.clock import SystemClock
from agent.store.engine import SqlStore
from agent.store.timeline import verify_chain
from tests.support.alerts import alert, group, payload
from tests.support.crash_child import TOKEN, handlers
from tests.support.store import StillClock, opened, store_at

pytestmark = pytest.mark.slow(36)

ROOT = Path(__file__).resolve().parents[2]
STARTED = SystemClock().now()
ALERTS = (
    alert("HighErrorRate", starts=STARTED, service="payment", pod="a"),
    alert("HighErrorRate", starts=STARTED, service="checkout"),
    alert("HighLatency", starts=STARTED, service="tutor", severity="warning"),
)
BODY = json.dumps(payload(*ALERTS)).encode()

# Receive, claim, process, claim again, two investigations and the last settling: each commit has two sides.
BOUNDARIES = range(1, 15)
STATEMENTS = (1, 3, 8, 16, 25, 36)


async def send_to_doomed(database: str, kind: str, moments: int) -> bool:
    """Start a bot that will die, send it one delivery, wait for its death; return whether it answered 2xx."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.crash_child", database, kind, str(moments), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        async with asyncio.timeout(60):
            port = int((await child.stdout.readline()).split()[1])
        accepted = await post(port)
        async with asyncio.timeout(60):
            assert await child.wait() == -9
        return accepted
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def post(port: int) -> bool:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        try:
            async with http.post(f"http://127.0.0.1:{port}/webhooks/alertmanager", data=BODY) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


async def finish(store: SqlStore, *, resend: bool) -> None:
    """Do what the next process does, after the dead one's leases are over; the sender repeats what was not accepted."""
    jobs = LeaseJobs(store, StillClock(SystemClock().now() + timedelta(seconds=60)), poll_seconds=0.01)
    if resend:
        from agent.intake.receive import receive

        await receive(store, jobs, group(*ALERTS, at=SystemClock().now()))
    working = asyncio.create_task(jobs.run(handlers(store, jobs)))
    async with asyncio.timeout(60):
        while True:
            async with store.read() as tx:
                left = await jobs.counts(tx)
            if not left.waiting and not left.running:
                break
            await asyncio.sleep(0.01)
    await jobs.stop(1.0)
    await working
    assert left.dead == 0


async def outcome(store: SqlStore) -> Any:
    async with store.read() as tx:
        incidents = sorted(await tx.incidents.recent(100), key=lambda i: i.title)
        timelines = [await tx.timeline.of(i.id) for i in incidents]
        slots = [await tx.outbox.get(f"{kind}:{i.id}") for i in incidents for kind in ("card", "details")]
        assert await tx.inbox.waiting() == 0
        assert [None] * len(timelines) == [verify_chain(events) for events in timelines]
        return {
            "incidents": [(i.title, i.priority.value) for i in incidents],
            "timelines": [[event.kind.value for event in events] for events in timelines],
            "alerts": [len(await tx.alerts.of_incident(i.id)) for i in incidents],
            "firing": sum(t.firing for t in await tx.alerts.tallies([i.id for i in incidents])),
            "cards": [slot is not None and slot.wanted > 0 for slot in slots],
        }


EXPECTED = {
    "incidents": [("payment: HighErrorRate", "P1"), ("tutor: HighLatency", "P2")],
    "timelines": [["opened", "alert_added", "investigated"], ["opened", "investigated"]],
    "alerts": [2, 1],
    "firing": 3,
    "cards": [True] * 4,
}


async def test_without_a_kill_the_delivery_does_what_is_expected(tmp_path: Path) -> None:
    async with store_at(tmp_path) as store:
        await finish(store, resend=True)

        assert await outcome(store) == EXPECTED


@pytest.mark.parametrize(
    ("kind", "moments"),
    [*(("boundary", n) for n in BOUNDARIES), *(("statement", n) for n in STATEMENTS)],
    ids=lambda value: str(value),
)
async def test_a_kill_loses_nothing_and_doubles_nothing(tmp_path: Path, kind: str, moments: int) -> None:
    accepted = await send_to_doomed(f"sqlite:///{tmp_path / 'ops.db'}", kind, moments)
    if (kind, moments) == ("boundary", 1):
        assert not accepted
    async with store_at(tmp_path) as store:
        if accepted:
            async with store.read() as tx:
                assert await tx.inbox.get(1) is not None
        await finish(store, resend=not accepted)

        assert await outcome(store) == EXPECTED


@pytest.mark.backend
@pytest.mark.parametrize(
    ("kind", "moments"),
    [("boundary", 2), ("boundary", 5), ("boundary", 8), ("statement", 9), ("statement", 20)],
)
async def test_a_kill_loses_and_doubles_nothing_on_postgresql(
    postgres_database: str, kind: str, moments: int
) -> None:
    accepted = await send_to_doomed(postgres_database, kind, moments)
    async with opened(postgres_database) as store:
        await finish(store, resend=not accepted)

        assert await outcome(store) == EXPECTED
