"""Turns a cart into an order: asks the catalog for the price and payment for the money."""

from collections.abc import Sequence
from typing import ClassVar

from aiohttp import web

from demo.shop.calls import CallFailed
from demo.shop.context import MIB, PodContext
from demo.shop.service import Service


class Checkout(Service):
    """Counts what was started, completed and earned."""

    cpu_per_request: ClassVar[float] = 0.03
    idle_memory: ClassVar[int] = 120 * MIB

    def __init__(self, pod: PodContext) -> None:
        super().__init__(pod)
        telemetry = pod.telemetry
        self._started = telemetry.counter("checkout_started", "Checkouts begun")
        self._completed = telemetry.counter("checkout_completed", "Checkouts paid")
        self._transactions = telemetry.counter("transactions", "Orders by outcome", ("outcome",))
        self._revenue = telemetry.counter("revenue", "Money taken, in units of the currency", ("currency",))
        self._satisfaction = telemetry.gauge("shop_csat_score", "How satisfied customers are, 1 to 5")

    async def tick(self, seconds: float) -> None:
        """Let satisfaction wander a little."""
        self._satisfaction.set(round(4.4 + self.pod.chance.uniform(-0.1, 0.1), 2))

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the order route."""
        return (web.post("/orders", self._order),)

    async def _order(self, request: web.Request) -> web.Response:
        cart = await request.json()
        self._started.inc()
        order_id = f"ord-{self.pod.chance.getrandbits(32):08x}"
        await self.work(0.004, 0.012)
        item = await self.pod.calls.send("catalog", "GET", f"/items/{cart['item']}")
        amount = item["price"] * cart.get("count", 1)
        charge = {"order": order_id, "amount": amount, "currency": cart["currency"]}
        try:
            paid = await self.pod.calls.send("payment", "POST", "/charges", json=charge, timeout=5.0)
        except CallFailed as failed:
            self._transactions.labels("declined" if failed.status == 402 else "failed").inc()
            self._refused(order_id, failed)
            raise
        self._completed.inc()
        self._transactions.labels("paid").inc()
        self._revenue.labels(cart["currency"]).inc(amount)
        self.pod.log.write(
            "info",
            f"Order {order_id} completed for user {cart['user']}",
            context="OrderService",
            orderId=order_id,
            paymentId=paid["payment"],
        )
        return web.json_response({"order": order_id, "payment": paid["payment"]})

    def _refused(self, order_id: str, failed: CallFailed) -> None:
        level = "warn" if failed.status == 402 else "error"
        message = f"Payment for order {order_id} was not taken: {failed}"
        self.pod.log.write(level, message, context="OrderService", orderId=order_id, upstream=failed.service)
