"""Takes money: writes each charge to the ledger through a bounded pool of connections."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import ClassVar

from aiohttp import web

from demo.shop.calls import CallFailed
from demo.shop.context import MIB, PodContext
from demo.shop.pool import ConnectionPool, PoolExhausted
from demo.shop.service import Problem, Service

# Release v2 reads the digits of a currency from this table and forgot some: the demo's bad deployment.
MINOR_UNITS_OF_V2 = {"USD": 2, "EUR": 2}
DECLINED = 0.015
LONG_QUERY_SECONDS = 900.0


class Payment(Service):
    """Charges cards; one connection per charge."""

    cpu_per_request: ClassVar[float] = 0.035
    idle_memory: ClassVar[int] = 140 * MIB

    def __init__(self, pod: PodContext) -> None:
        super().__init__(pod)
        size = int(pod.env.get("DB_POOL_MAX", "10"))
        self._pool = ConnectionPool(pod.telemetry, size=size, patience=1.8)
        self._long_queries: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the charge route and the pool's door for operators."""
        return (web.post("/charges", self._charge), web.put("/admin/pool", self._resize))

    async def tick(self, seconds: float) -> None:
        """Start the runaway reconciliation once when a fault asks for it; it is over when its queries are ended."""
        if not self.pod.trouble.hold_connections:
            await self._cancel_long_queries()
        elif not self._long_queries:
            numbers = range(self._pool.size)
            self._long_queries = {asyncio.create_task(self._reconcile(number)) for number in numbers}
        elif all(query.done() for query in self._long_queries):
            self.pod.trouble.hold_connections = False

    async def end(self) -> None:
        """Cancel the long queries of this container."""
        await self._cancel_long_queries()

    async def _cancel_long_queries(self) -> None:
        tasks, self._long_queries = self._long_queries, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _reconcile(self, number: int) -> None:
        statement = f"SELECT * FROM charges c JOIN entries e ON e.memo LIKE c.memo -- reconciliation {number}"
        query = {"statement": statement, "seconds": LONG_QUERY_SECONDS, "client": self.pod.pod}
        with contextlib.suppress(PoolExhausted):
            async with self._pool.connection():
                self.pod.log.write("info", f"Reconciliation part {number} started", context="Reconciler")
                try:
                    await self.pod.calls.send("ledger-db", "POST", "/query", json=query, timeout=None)
                except CallFailed as failed:
                    message = f"Reconciliation part {number} was ended: {failed}"
                    self.pod.log.write("warn", message, context="Reconciler")

    async def _charge(self, request: web.Request) -> web.Response:
        charge = await request.json()
        if self.pod.version == "v2":
            charge["minor_units"] = MINOR_UNITS_OF_V2[charge["currency"]]
        if self.pod.chance.random() < DECLINED:
            raise Problem(402, f"Card declined for order {charge['order']}")
        await self.work(0.006, 0.02)
        try:
            async with self._pool.connection():
                await self._write_entry(charge["order"])
        except PoolExhausted as full:
            self.pod.log.write(
                "error", f"Pool ledger-db: {full}", context="LedgerPool", orderId=charge["order"]
            )
            raise Problem(503, "no database connection") from full
        payment_id = f"pay-{self.pod.chance.getrandbits(32):08x}"
        self.pod.log.write(
            "info",
            f"Charge {payment_id} of {charge['amount']} {charge['currency']} captured",
            context="ChargeService",
            orderId=charge["order"],
            paymentId=payment_id,
        )
        return web.json_response({"payment": payment_id})

    async def _write_entry(self, order: str) -> None:
        query = {"statement": "INSERT INTO charges VALUES ($1, $2)", "client": self.pod.pod}
        try:
            done = await self.pod.calls.send("ledger-db", "POST", "/query", json=query, timeout=4.0)
        except CallFailed as failed:
            message = f"Ledger write for order {order} failed: {failed}"
            self.pod.log.write("error", message, context="LedgerRepository", orderId=order)
            raise
        if done["seconds"] > 1.0:
            message = f"Slow ledger write for order {order}: {done['seconds']:.2f} s"
            self.pod.log.write("warn", message, context="LedgerRepository", orderId=order)

    async def _resize(self, request: web.Request) -> web.Response:
        wanted = int((await request.json())["max"])
        self._pool.enlarge(wanted)
        self.pod.log.write(
            "warn", f"Pool ledger-db enlarged to {self._pool.size}", context="LedgerPool", log_type="audit"
        )
        return web.json_response({"max": self._pool.size})
