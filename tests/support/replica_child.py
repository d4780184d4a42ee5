"""One of several workers on one database: `python -m tests.support.replica_child URL NAME LEASE_SECONDS`.

Each job leaves a `begin` and an `end` event of its group in the timeline, with the worker's name and the job's number.
"""

import asyncio
import sys
from typing import Any

from agent.domain.timeline import TimelineKind
from agent.jobs.leases import LeaseJobs
from agent.ports.clock import SystemClock
from agent.store.engine import SqlStore, open_store


class Worker:
    """The handler of `work`: {"group": name of the timeline, "n": number, "seconds": how long it takes}."""

    def __init__(self, store: SqlStore, name: str) -> None:
        self._store = store
        self._name = name

    async def work(self, payload: dict[str, Any]) -> None:
        """Note the beginning, take the time, note the end."""
        await self._note(payload, "begin")
        await asyncio.sleep(float(payload["seconds"]))
        await self._note(payload, "end")

    async def _note(self, payload: dict[str, Any], what: str) -> None:
        now = SystemClock().now()
        async with self._store.write() as tx:
            data = {"n": payload["n"], "what": what}
            await tx.timeline.append(str(payload["group"]), TimelineKind.NOTE, self._name, now, data)


async def main(url: str, name: str, lease_seconds: float) -> None:
    """Work until killed."""
    store = await open_store(url)
    jobs = LeaseJobs(
        store, SystemClock(), concurrency=4, lease_seconds=lease_seconds, poll_seconds=0.05, alone=False
    )
    print("ready", flush=True)
    await jobs.run({"work": Worker(store, name).work})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3])))
