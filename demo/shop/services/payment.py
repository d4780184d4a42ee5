"""Takes money: writes each charge to the ledger through a bounded pool of connections."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import ClassVar

import aiohttp
from aiohttp import web

from demo.shop.calls import CallFailed
from demo.shop.context import MIB, PodContext
from demo.shop.ledger_sessions import LedgerSession, Session, SessionLost
from demo.shop.pool import ConnectionPool, PoolExhausted
from demo.shop.service import Problem, Service

# Releases v2 and v3 read the digits of a currency from a table: v2 forgot one currency, v3 all of them.
MINOR_UNITS: dict[str, dict[str, int]] = {"v2": {"USD": 2, "EUR": 2}, "v3": {}}
DECLINED = 0.015
LONG_QUERY_SECONDS = 900.0
POOL_SIZE = "DB_POOL_MAX"
LEDGER_DSN = "LEDGER_DSN"
CARD_NETWORK = "CARD_NETWORK_URL"
_ASKS_EVERY = 3.0


class Payment(Service):
    """Charges cards; one connection per charge.

    The pool is as large as the environment and the mounted settings say, whichever is more; a change of the settings
    counts within a second or two, without a restart. With LEDGER_DSN each connection is a session of a real database.
    """

    cpu_per_request: ClassVar[float] = 0.035
    idle_memory: ClassVar[int] = 140 * MIB

    def __init__(self, pod: PodContext) -> None:
        super().__init__(pod)
        self._least = _positive(pod.env.get(POOL_SIZE), 10)
        opens = self._open_session if pod.env.get(LEDGER_DSN) else None
        self._pool = ConnectionPool(pod.telemetry, size=self._least, patience=1.8, opens=opens)
        self._long_queries: set[asyncio.Task[None]] = set()
        self._network_says = 200
        self._asked = 0.0

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the charge route and the pool's door for operators."""
        return (web.post("/charges", self._charge), web.put("/admin/pool", self._resize))

    async def tick(self, seconds: float) -> None:
        """Follow the settings; start the runaway reconciliation once when a fault asks for it, until it is ended."""
        await self._follow_settings()
        await self._ask_network(seconds)
        if not self.pod.trouble.hold_connections:
            await self._cancel_long_queries()
        elif not self._long_queries:
            numbers = range(self._pool.size)
            self._long_queries = {asyncio.create_task(self._reconcile(number)) for number in numbers}
        elif all(query.done() for query in self._long_queries):
            self.pod.trouble.hold_connections = False

    async def end(self) -> None:
        """Cancel the long queries of this container and close its connections."""
        await self._cancel_long_queries()
        await self._pool.close()

    async def _open_session(self) -> Session:
        return await LedgerSession.open(self.pod.env[LEDGER_DSN], "payment")

    async def _follow_settings(self) -> None:
        wanted = max(self._least, _positive(self.pod.settings().get(POOL_SIZE), 0))
        if wanted != self._pool.size:
            await self._pool.resize(wanted)
            self.pod.log.write("info", f"Pool ledger-db has {wanted} connections now", context="LedgerPool")

    async def _ask_network(self, seconds: float) -> None:
        """Ask the card network now and then whether it works, instead of with each charge."""
        self._asked += seconds
        url = self.pod.env.get(CARD_NETWORK)
        if not url or self._asked < _ASKS_EVERY:
            return
        self._asked = 0.0
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as http,
                http.get(url) as answer,
            ):
                self._network_says = answer.status
        except (aiohttp.ClientError, TimeoutError):
            self._network_says = 504

    async def _cancel_long_queries(self) -> None:
        tasks, self._long_queries = self._long_queries, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _reconcile(self, number: int) -> None:
        with contextlib.suppress(PoolExhausted):
            async with self._pool.connection() as session:
                self.pod.log.write("info", f"Reconciliation part {number} started", context="Reconciler")
                try:
                    await self._run_part(number, session)
                except (CallFailed, SessionLost) as failed:
                    message = f"Reconciliation part {number} was ended: {failed}"
                    self.pod.log.write("warn", message, context="Reconciler")

    async def _run_part(self, number: int, session: Session | None) -> None:
        if session:
            return await session.reconcile(number, LONG_QUERY_SECONDS)
        statement = f"SELECT * FROM charges c JOIN entries e ON e.memo LIKE c.memo -- reconciliation {number}"
        query = {"statement": statement, "seconds": LONG_QUERY_SECONDS, "client": self.pod.pod}
        await self.pod.calls.send("ledger-db", "POST", "/query", json=query, timeout=None)

    async def _charge(self, request: web.Request) -> web.Response:
        charge = await request.json()
        if self.pod.version in MINOR_UNITS:
            charge["minor_units"] = MINOR_UNITS[self.pod.version][charge["currency"]]
        if self.pod.chance.random() < DECLINED:
            raise Problem(402, f"Card declined for order {charge['order']}")
        await self.work(0.006, 0.02)
        if self._network_says != 200:
            message = f"Card network does not authorise: it answers {self._network_says}"
            self.pod.log.write("error", message, context="CardNetwork", orderId=charge["order"])
            raise Problem(502, "card network is away")
        try:
            async with self._pool.connection() as session:
                await self._write_entry(charge["order"], session)
        except (PoolExhausted, SessionLost) as full:
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

    async def _write_entry(self, order: str, session: Session | None) -> None:
        if session:
            await session.write(order)
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
        self._least = max(wanted, self._pool.size)
        await self._pool.resize(self._least)
        self.pod.log.write(
            "warn", f"Pool ledger-db enlarged to {self._pool.size}", context="LedgerPool", log_type="audit"
        )
        return web.json_response({"max": self._pool.size})


def _positive(text: str | None, otherwise: int) -> int:
    """Return a size that somebody wrote; what is no number of 1 to 200 does not count."""
    return int(text) if text and text.isascii() and text.isdigit() and 1 <= int(text) <= 200 else otherwise
