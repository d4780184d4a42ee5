"""Third parties for tests: small real servers whose answers are set, and the policy that looks at them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from agent.policy.outposts import Outpost, OutpostPolicy


@dataclass
class ThirdParty:
    """A server: what it answers, and how often each path was asked for."""

    url: str = ""
    status: int = 200
    body: bytes = b"all ok"
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer anything in the same way."""
        self.asked.append(request.path)
        self.seen.append(dict(request.headers))
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@asynccontextmanager
async def third_party() -> AsyncIterator[ThirdParty]:
    """Serve a third party on a port of its own."""
    party = ThirdParty()
    app = web.Application()
    app.router.add_get("/{path:.*}", party.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        party.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield party
    finally:
        await runner.cleanup()


def outpost(url: str = "https://gateway.example/health", **changes: Any) -> Outpost:
    """Return a third party as a file names it; its address may be inside."""
    whole = {"id": "card-gateway", "name": "Card gateway", "kind": "http_probe", "url": url, "private": True}
    return Outpost.model_validate(whole | changes, strict=False)


def looking_at(*outposts: Outpost) -> OutpostPolicy:
    """Return a policy with these third parties and the usual damping."""
    return OutpostPolicy(outposts=outposts)
