"""Webhooks: check, parse, store; the answer is 2xx only after the commit."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from agent.analysis.redaction import Redactor
from agent.domain.alert import AlertGroup
from agent.errors import NotFound, OpsError
from agent.intake.alertmanager import parse_webhook
from agent.intake.clean import without_secrets
from agent.intake.falco import FALCO, parse_falco
from agent.intake.generic import Mapping as GenericMapping
from agent.intake.generic import parse_generic
from agent.intake.receive import receive
from agent.ports.clock import Clock
from agent.ports.jobs import Jobs
from agent.ports.store import Store
from agent.telemetry.metrics import Metrics
from agent.transport.http.auth import require_bearer
from agent.transport.http.bodies import read_body
from agent.transport.http.middleware import error_response

Parse = Callable[[bytes, datetime], AlertGroup]
_SLOW_SENDER_SECONDS = 15.0
_LARGE = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Webhooks:
    store: Store
    jobs: Jobs
    clock: Clock
    metrics: Metrics
    token: str | None = field(repr=False)
    max_bytes: int
    queue_bound: int
    mappings: Mapping[str, GenericMapping]
    redactor: Redactor = field(repr=False)

    async def alertmanager(self, request: web.Request) -> web.Response:
        return await self._take(request, "alertmanager", lambda: parse_webhook)

    async def falco(self, request: web.Request) -> web.Response:
        return await self._take(request, FALCO, lambda: parse_falco)

    async def generic(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return await self._take(
            request, name if name in self.mappings else "unknown", lambda: self._mapped(name)
        )

    def _mapped(self, name: str) -> Parse:
        mapping = self.mappings.get(name)
        if mapping is None:
            raise NotFound("There is no mapping for this webhook.")
        return lambda body, received_at: parse_generic(body, mapping, received_at, source=name)

    def _safely(self, parse: Parse) -> Parse:
        """Keep secrets out of what is stored: whoever writes an alert's labels may have seen some."""
        return lambda body, received_at: without_secrets(parse(body, received_at), self.redactor)

    async def _take(self, request: web.Request, receiver: str, parser: Callable[[], Parse]) -> web.Response:
        started = time.perf_counter()
        code = 500
        try:
            require_bearer(request, self.token)
            parse = self._safely(parser())
            body = await read_body(request, self.max_bytes, seconds=_SLOW_SENDER_SECONDS)
            received_at = self.clock.now()
            # Parsing megabytes takes long enough to hold up other senders.
            large = len(body) > _LARGE
            group = await asyncio.to_thread(parse, body, received_at) if large else parse(body, received_at)
            inbox_id = await receive(self.store, self.jobs, group, bound=self.queue_bound)
            self.metrics.alerts_received.inc(len(group.alerts))
            code = 200
            return web.json_response({"accepted": len(group.alerts), "delivery": inbox_id})
        except OpsError as error:
            response = error_response(error)
            code = response.status
            return response
        finally:
            self.metrics.webhook_requests.labels(receiver=receiver, code=str(code)).inc()
            self.metrics.webhook_duration.labels(receiver=receiver).observe(time.perf_counter() - started)


def webhook_routes(
    store: Store,
    jobs: Jobs,
    clock: Clock,
    metrics: Metrics,
    *,
    token: str | None,
    max_bytes: int,
    queue_bound: int,
    mappings: Mapping[str, GenericMapping],
    known_secrets: Iterable[str] = (),
) -> list[web.RouteDef]:
    """Return the webhook routes; `known_secrets` are never stored, whoever sends them."""
    redactor = Redactor(known_secrets, emails=False)
    door = _Webhooks(store, jobs, clock, metrics, token, max_bytes, queue_bound, mappings, redactor)
    return [
        web.post("/webhooks/alertmanager", door.alertmanager),
        web.post("/webhooks/falco", door.falco),
        web.post("/webhooks/generic/{name}", door.generic),
    ]
