"""What every vendor's double shares: a loopback server, its state as JSON, and faults that can be switched on and off."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from aiohttp import web
from aiohttp.typedefs import Handler

STATE = "/_state"
FAULTS = "/_faults"
_SLOW_SECONDS = 30.0


@dataclass(slots=True)
class Faults:
    """How a vendor misbehaves; each lasts until it is switched off, or for `times` requests when that is not None.

    `lost_answer` does what was asked and then drops the connection, so that the sender cannot know.
    """

    down: bool = False
    rate_limited: bool = False
    slow: bool = False
    lost_answer: bool = False
    retry_after: float | None = 1.0
    slow_seconds: float = _SLOW_SECONDS
    times: int | None = None

    def set(self, **wanted: Any) -> None:
        """Switch on what is named and everything else off; raises TypeError for an unknown name."""
        fresh = Faults(**wanted)
        for name in Faults.__slots__:
            setattr(self, name, getattr(fresh, name))

    def clear(self) -> None:
        """Switch everything off."""
        self.set()

    def spend(self) -> bool:
        """Count a request; say whether the faults hold for it."""
        if not (self.down or self.rate_limited or self.slow or self.lost_answer):
            return False
        if self.times is None:
            return True
        if self.times <= 0:
            self.clear()
            return False
        self.times -= 1
        return True


class Vendor(Protocol):
    """A double of one vendor: it holds state in memory and behaves as that vendor's documentation says."""

    @property
    def name(self) -> str:
        """Return its short name, such as `pagerduty`."""
        ...

    @property
    def faults(self) -> Faults:
        """Return its switches."""
        ...

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the vendor's own API, and below `/_` what only the demo's people do."""
        ...

    def state(self) -> Mapping[str, Any]:
        """Return what it holds as JSON, for the page and for tests."""
        ...


@dataclass(slots=True)
class VendorServer:
    """Serves one double on a loopback port of its own; an async context manager."""

    vendor: Vendor
    port: int = 0
    url: str = field(init=False, default="")
    _runner: web.AppRunner | None = field(init=False, default=None)

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(vendor_app(self.vendor), access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        host, port = self._runner.addresses[0][:2]
        self.port, self.url = port, f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()


def vendor_app(vendor: Vendor) -> web.Application:
    """Return a double's application: its routes behind its faults, and the demo's own door to both."""

    async def state(_: web.Request) -> web.Response:
        return web.json_response(dict(vendor.state()))

    async def set_faults(request: web.Request) -> web.Response:
        try:
            vendor.faults.set(**await request.json())
        except (TypeError, json.JSONDecodeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"ok": True})

    app = web.Application(middlewares=[_faulty(vendor.faults)], client_max_size=4 * 1024 * 1024)
    app.add_routes([web.get(STATE, state), web.post(FAULTS, set_faults), *vendor.routes()])
    return app


def _faulty(faults: Faults) -> Any:
    @web.middleware
    async def misbehave(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_") or not faults.spend():
            return await handler(request)
        if faults.slow:
            # What was sent takes effect in the end, also when the sender has long given up.
            await request.read()
            await asyncio.sleep(faults.slow_seconds)
        if faults.down:
            return web.Response(status=503, text="Service Unavailable")
        if faults.rate_limited:
            headers = {} if faults.retry_after is None else {"Retry-After": f"{faults.retry_after:g}"}
            return web.json_response({"error": "rate limited"}, status=429, headers=headers)
        answer = await handler(request)
        if faults.lost_answer and request.transport is not None:
            request.transport.abort()
        return answer

    return misbehave
