"""Webhooks that tell of releases: signed, parsed, and taken in one transaction; the answer is 2xx only after its commit."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from agent.domain.deployment import Deployment, DeploymentSignal, PlannedRelease
from agent.errors import NotPermitted, OpsError
from agent.intake.deployments import parse_deployment
from agent.intake.deployments_argocd import parse_argocd
from agent.intake.deployments_github import parse_github
from agent.ports.clock import Clock
from agent.ports.store import Store, Tx
from agent.telemetry.metrics import Metrics
from agent.transport.http.auth import require_bearer
from agent.transport.http.bodies import read_body
from agent.transport.http.middleware import error_response
from agent.transport.http.signatures import GITHUB_EVENT, github_webhook, standard_webhook

Take = Callable[[Tx, DeploymentSignal], Awaitable[Deployment | PlannedRelease | None]]
Read = Callable[[web.Request, str], Awaitable[tuple[str, DeploymentSignal | None]]]
_SETTINGS = {
    "deployments": "OPS_DEPLOYMENT_WEBHOOK_SECRET",
    "github": "OPS_GITHUB_WEBHOOK_SECRET",
    "argocd": "OPS_ARGOCD_WEBHOOK_TOKEN",
}


@dataclass(frozen=True, slots=True)
class DeploymentSecrets:
    """What each sender proves itself with; None keeps its door shut."""

    deployments: str | None = field(default=None, repr=False)
    github: str | None = field(default=None, repr=False)
    argocd: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Door:
    store: Store
    clock: Clock
    metrics: Metrics
    take: Take
    secrets: DeploymentSecrets
    max_bytes: int

    async def generic(self, request: web.Request) -> web.Response:
        return await self._answer(request, "deployments", self.secrets.deployments, self._generic)

    async def github(self, request: web.Request) -> web.Response:
        return await self._answer(request, "github", self.secrets.github, self._github)

    async def argocd(self, request: web.Request) -> web.Response:
        return await self._answer(request, "argocd", self.secrets.argocd, self._argocd)

    async def _generic(self, request: web.Request, secret: str) -> tuple[str, DeploymentSignal | None]:
        body, now = await read_body(request, self.max_bytes), self.clock.now()
        delivery = standard_webhook(request.headers, body, secret, now)
        return delivery, parse_deployment(body, now)

    async def _github(self, request: web.Request, secret: str) -> tuple[str, DeploymentSignal | None]:
        body = await read_body(request, self.max_bytes)
        delivery = github_webhook(request.headers, body, secret)
        return delivery, parse_github(request.headers.get(GITHUB_EVENT, ""), body, self.clock.now())

    async def _argocd(self, request: web.Request, secret: str) -> tuple[str, DeploymentSignal | None]:
        require_bearer(request, secret)
        return "", parse_argocd(await read_body(request, self.max_bytes), self.clock.now())

    async def _answer(
        self, request: web.Request, receiver: str, secret: str | None, read: Read
    ) -> web.Response:
        started, code = time.perf_counter(), 500
        try:
            if not secret:
                response = _shut(receiver)
            else:
                delivery, signal = await read(request, secret)
                response = await self._taken(receiver, delivery, signal)
            code = response.status
            return response
        except OpsError as error:
            response = error_response(error)
            if isinstance(error, NotPermitted) and receiver != "argocd":
                # These senders prove themselves by a signature and not by a token.
                response.headers.pop("WWW-Authenticate", None)
            code = response.status
            return response
        finally:
            self.metrics.webhook_requests.labels(receiver=receiver, code=str(code)).inc()
            self.metrics.webhook_duration.labels(receiver=receiver).observe(time.perf_counter() - started)

    async def _taken(self, receiver: str, delivery: str, signal: DeploymentSignal | None) -> web.Response:
        if signal is None:
            return web.json_response({"accepted": False, "why": "nothing to do with this"}, status=202)
        async with self.store.write() as tx:
            now = self.clock.now()
            if delivery and not await tx.seen.first_time(f"release:{receiver}:{delivery}", now):
                return web.json_response({"accepted": True, "repeated": True})
            kept = await self.take(tx, signal)
        if kept is None:
            why = "another environment's release, or an old one"
            return web.json_response({"accepted": False, "why": why}, status=202)
        return web.json_response({"accepted": True, "release": kept.number, "state": kept.state.value})


def _shut(receiver: str) -> web.Response:
    setting = _SETTINGS[receiver]
    return web.json_response({"error": f"This webhook is closed: {setting} is not set."}, status=403)


def deployment_routes(
    store: Store,
    clock: Clock,
    metrics: Metrics,
    take: Take,
    *,
    secrets: DeploymentSecrets,
    max_bytes: int,
) -> list[web.RouteDef]:
    """Return the routes; `take` keeps a signal in the transaction that it is given."""
    door = _Door(store, clock, metrics, take, secrets, max_bytes)
    return [
        web.post("/webhooks/deployments", door.generic),
        web.post("/webhooks/github", door.github),
        web.post("/webhooks/argocd", door.argocd),
    ]
