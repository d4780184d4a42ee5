"""A bot that dies by SIGKILL at a chosen moment: `python -m tests.support.crash_child DATABASE KIND NUMBER`.

KIND `boundary` counts the two sides of each commit, `statement` every statement of the writer; counting starts when
the port is printed. The wrappers live here, so that the product has no hooks for dying.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from prometheus_client import CollectorRegistry

from agent.domain.timeline import TimelineKind
from agent.intake.pipeline import Pipeline
from agent.intake.process import Processor
from agent.jobs.leases import LeaseJobs
from agent.lifecycle import changes
from agent.ports.clock import SystemClock
from agent.ports.jobs import Handler
from agent.ports.store import Store
from agent.store.engine import SqlStore, open_store
from agent.telemetry.metrics import build_metrics
from agent.transport.http.server import HttpNeeds, build_http, start_http
from tests.support.alerts import SHOP, shipped_policies

TOKEN = "crash-test-token"


class Fuse:
    """Kills the process when the last of `moments` has passed; 0 never burns down."""

    def __init__(self, moments: int) -> None:
        self.armed = False
        self._left = moments

    def tick(self) -> None:
        if self.armed:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class KillingStore:
    """Passes transactions through and ticks just before and just after each commit."""

    def __init__(self, store: SqlStore, fuse: Fuse) -> None:
        self._store = store
        self._fuse = fuse

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Any]:
        async with self._store.write() as tx:
            yield tx
            self._fuse.tick()
        self._fuse.tick()

    def read(self) -> AbstractAsyncContextManager[Any]:
        return self._store.read()


def count_statements(store: SqlStore, fuse: Fuse) -> None:
    """Tick after each statement of the writer."""
    writer = store._writer
    execute = writer.execute

    async def counted(*args: Any) -> Any:
        done = await execute(*args)
        fuse.tick()
        return done

    writer.execute = counted  # type: ignore[method-assign]


def handlers(store: Store, jobs: LeaseJobs) -> dict[str, Handler]:
    """Return intake's handlers and an investigation that leaves one note."""
    pipeline = Pipeline(
        clock=SystemClock(), policies=shipped_policies(), topology=lambda: SHOP, changes=changes, jobs=jobs
    )

    async def investigate(payload: dict[str, Any]) -> None:
        incident_id = str(payload["incident_id"])
        async with store.write() as tx:
            if await tx.seen.first_time(f"investigated:{incident_id}", SystemClock().now()):
                await tx.timeline.append(
                    incident_id, TimelineKind.INVESTIGATED, "test", SystemClock().now(), {}
                )

    return Processor(store, pipeline).handlers() | {"incident.investigate": investigate}


async def main(database: str, kind: str, moments: int, say: Callable[[str], None] = print) -> None:
    """Serve until killed."""
    fuse = Fuse(moments)
    plain = await open_store(database)
    if kind == "statement":
        count_statements(plain, fuse)
    store: Any = KillingStore(plain, fuse) if kind == "boundary" else plain
    jobs = LeaseJobs(store, SystemClock(), poll_seconds=60.0)
    registry = CollectorRegistry()
    needs = HttpNeeds(store, jobs, SystemClock(), build_metrics(registry), registry, TOKEN)
    door = await start_http(build_http(needs), "127.0.0.1", 0)
    working = asyncio.create_task(jobs.run(handlers(store, jobs)))
    await asyncio.sleep(0.1)
    fuse.armed = True
    say(f"port {door.port}")
    sys.stdout.flush()
    await working


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
