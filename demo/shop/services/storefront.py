"""The gateway that users reach: pages, checkout, textbooks, tutor and login."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from aiohttp import web

from demo.shop.calls import CallFailed
from demo.shop.context import MIB, PodContext
from demo.shop.service import Problem, Service

FAILED_LOGINS = 0.04
GREEDY_CLIENT = "203.0.113.77"
BOTNET = "203.0.113.99"
# The front page is rendered anew for each visitor, one at a time in each Pod.
PAGE_SECONDS = (0.12, 0.18)


class Storefront(Service):
    """Passes each request on to the service that owns it."""

    cpu_per_request: ClassVar[float] = 0.018
    idle_memory: ClassVar[int] = 110 * MIB

    def __init__(self, pod: PodContext) -> None:
        super().__init__(pod)
        telemetry = pod.telemetry
        self._users = telemetry.gauge("active_users_total", "Users seen in the last minutes")
        self._login_failed = telemetry.counter("auth_login_failed", "Failed logins", ("reason",))
        self._limited = telemetry.counter("rate_limit_exceeded", "Refused by rate limit", ("client_ip",))
        self._renderer = asyncio.Semaphore(1)
        self._security = telemetry.counter("security_events", "Security events", ("event_type",))

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the shop's public routes."""
        return (
            web.get("/", self._home),
            web.get("/products/{item}", self._product),
            web.post("/checkout", self._checkout),
            web.post("/textbooks", self._textbook),
            web.post("/tutor/questions", self._question),
            web.post("/login", self._login),
        )

    async def tick(self, seconds: float) -> None:
        """Let the number of users wander around its middle, and count what an attack sends in a moment."""
        self._users.set(60 + self.pod.chance.randint(-6, 6))
        if self.pod.trouble.under_attack:
            self._attacked(round(12 * seconds) or 1)

    def _attacked(self, tries: int) -> None:
        """Refuse a botnet's tries; one line in the log stands for all of a moment."""
        self._login_failed.labels("bad_password").inc(tries)
        self._login_failed.labels("unknown_user").inc(tries // 3)
        self._limited.labels(BOTNET).inc(tries)
        self._security.labels("login_failed").inc(tries)
        self._security.labels("credential_stuffing").inc()
        self.pod.log.write(
            "warn",
            f"{tries} log-ins refused for {BOTNET}: passwords of a leaked list",
            context="AuthService",
            log_type="security",
            client_ip=BOTNET,
            reason="bad_password",
        )

    async def _home(self, request: web.Request) -> web.Response:
        client = request.headers.get("X-Client", "198.51.100.1")
        if client == GREEDY_CLIENT:
            self._limited.labels(client).inc()
            raise Problem(429, f"Rate limit exceeded for client {client}")
        async with self._renderer:
            await self.work(*PAGE_SECONDS)
        return web.json_response({"featured": ["algebra-1", "biology-2"]})

    async def _product(self, request: web.Request) -> web.Response:
        await self.work(0.002, 0.006)
        found = await self.pod.calls.send("catalog", "GET", f"/items/{request.match_info['item']}")
        return web.json_response(found)

    async def _checkout(self, request: web.Request) -> web.Response:
        order = await request.json()
        try:
            done = await self.pod.calls.send("checkout", "POST", "/orders", json=order, timeout=6.0)
        except CallFailed as failed:
            self.pod.log.write(
                "error" if failed.status >= 500 else "warn",
                f"Checkout failed for user {order['user']} with cart {order['cart']}: {failed}",
                context="CheckoutController",
                user=order["user"],
                upstream=failed.service,
            )
            raise
        return web.json_response(done)

    async def _textbook(self, request: web.Request) -> web.Response:
        wish = await request.json()
        return web.json_response(await self.pod.calls.send("textbook", "POST", "/textbooks", json=wish))

    async def _question(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return web.json_response(await self.pod.calls.send("tutor", "POST", "/answers", json=asked))

    async def _login(self, request: web.Request) -> web.Response:
        who = await request.json()
        await self.work(0.02, 0.05)
        address = request.headers.get("X-Client", "198.51.100.1")
        if self.pod.chance.random() < FAILED_LOGINS:
            reason = self.pod.chance.choice(["bad_password", "bad_password", "unknown_user", "locked"])
            self._login_failed.labels(reason).inc()
            self._security.labels("login_failed").inc()
            self.pod.log.write(
                "warn",
                f"Login failed for user {who['user']} from {address}: {reason}",
                context="AuthService",
                log_type="security",
                client_ip=address,
                reason=reason,
            )
            raise Problem(401, "login failed")
        self.pod.log.write(
            "info",
            f"User {who['user']} logged in from {address}",
            context="AuthService",
            log_type="audit",
            client_ip=address,
        )
        return web.json_response({"session": f"s-{self.pod.chance.getrandbits(40):010x}"})
