"""The ledger's database as the shop sees it: statements that take time, a list of those that run, and their end."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from demo.shop.context import MIB, PodContext
from demo.shop.ledger_sessions import LedgerActivity
from demo.shop.service import Problem, Service


@dataclass(frozen=True, slots=True)
class RunningQuery:
    """One statement that has not finished."""

    number: int
    statement: str
    client: str
    started: float
    ended_early: asyncio.Event


STATS_DSN = "LEDGER_STATS_DSN"


class LedgerDb(Service):
    """Runs statements and lets an operator see and end them; counts those of a real database too, if there is one."""

    cpu_per_request: ClassVar[float] = 0.012
    idle_memory: ClassVar[int] = 380 * MIB

    def __init__(self, pod: PodContext) -> None:
        super().__init__(pod)
        self._running: dict[int, RunningQuery] = {}
        self._next = 1
        self._active = pod.telemetry.gauge("db_active_queries", "Statements that run now")
        dsn = pod.env.get(STATS_DSN)
        self._activity = LedgerActivity(dsn) if dsn else None
        self._oldest = pod.telemetry.gauge("db_longest_query_seconds", "Age of the oldest running statement")

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the statement route and the doors for operators."""
        return (
            web.post("/query", self._query),
            web.get("/admin/queries", self._list),
            web.delete("/admin/queries/{number}", self._end),
        )

    async def tick(self, seconds: float) -> None:
        """Publish how many statements run and how old the oldest is; complain when the disk is slow."""
        now = time.monotonic()
        count, oldest = await self._activity.look() if self._activity else (0, 0.0)
        self._active.set(len(self._running) + count)
        self._oldest.set(max((now - q.started for q in self._running.values()), default=oldest))
        if self.pod.trouble.answer_delay:
            self.pod.log.write(
                "warn",
                f"checkpoint sync took {self.pod.chance.uniform(1.2, 2.9):.3f} s, waiting for WAL writes",
                context="Checkpointer",
            )

    async def _query(self, request: web.Request) -> web.Response:
        asked = await request.json()
        number, self._next = self._next, self._next + 1
        started = time.monotonic()
        query = RunningQuery(number, asked["statement"], asked["client"], started, asyncio.Event())
        self._running[number] = query
        try:
            if "seconds" in asked:
                await self._until_ended(query, float(asked["seconds"]))
            else:
                await self.work(0.003, 0.012)
        finally:
            del self._running[number]
        return web.json_response({"seconds": round(time.monotonic() - started, 4)})

    async def _until_ended(self, query: RunningQuery, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await query.ended_early.wait()
        except TimeoutError:
            return
        raise Problem(409, f"canceling statement {query.number} due to operator request")

    async def end(self) -> None:
        """End every statement, as a stopping server does."""
        for query in self._running.values():
            query.ended_early.set()
        if self._activity:
            await self._activity.close()

    async def _list(self, _: web.Request) -> web.Response:
        now = time.monotonic()
        rows = [
            {
                "id": q.number,
                "statement": q.statement,
                "client": q.client,
                "seconds": round(now - q.started, 1),
            }
            for q in self._running.values()
        ]
        return web.json_response({"queries": sorted(rows, key=lambda row: -row["seconds"])})

    async def _end(self, request: web.Request) -> web.Response:
        query = self._running.get(int(request.match_info["number"]))
        if query is None:
            return web.json_response({"error": "no such query"}, status=404)
        query.ended_early.set()
        message = f"Statement {query.number} of {query.client} ended by an operator"
        self.pod.log.write("warn", message, context="Backend", log_type="audit")
        return web.json_response({"ended": query.number})
