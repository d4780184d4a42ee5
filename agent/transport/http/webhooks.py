"""Webhooks: check, parse, store; the answer is 2xx only after the commit."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from aiohttp import web

from agent.analysis.redaction import Redactor
from agent.domain.alert import AlertGroup
from agent.errors import NotFound, OpsError
from agent.intake.alertmanager import parse_webhook
from agent.intake.batch import Batch
from agent.intake.clean import without_secrets
from agent.intake.falco import FALCO, read_falco
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
Read = Callable[[bytes, datetime], Batch]
_SLOW_SENDER_SECONDS = 15.0
_LARGE = 256 * 1024
_MOST_REFUSED = 20
# The good part was stored, so the sender must not send it again; the bad part is told with its place.
_MULTI_STATUS = 207


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
        return await self._take(request, "alertmanager", lambda: _all_of(parse_webhook))

    async def falco(self, request: web.Request) -> web.Response:
        return await self._take(request, FALCO, lambda: read_falco)

    async def generic(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return await self._take(
            request, name if name in self.mappings else "unknown", lambda: _all_of(self._mapped(name))
        )

    def _mapped(self, name: str) -> Parse:
        mapping = self.mappings.get(name)
        if mapping is None:
            raise NotFound("There is no mapping for this webhook.")
        return lambda body, received_at: parse_generic(body, mapping, received_at, source=name)

    def _safely(self, read: Read) -> Read:
        """Keep secrets out of what is stored: whoever writes an alert's labels may have seen some."""

        def safe(body: bytes, received_at: datetime) -> Batch:
            found = read(body, received_at)
            return replace(found, group=without_secrets(found.group, self.redactor))

        return safe

    async def _take(self, request: web.Request, receiver: str, reader: Callable[[], Read]) -> web.Response:
        started = time.perf_counter()
        code = 500
        try:
            require_bearer(request, self.token)
            read = self._safely(reader())
            body = await read_body(request, self.max_bytes, seconds=_SLOW_SENDER_SECONDS)
            received_at = self.clock.now()
            # Parsing megabytes takes long enough to hold up other senders.
            large = len(body) > _LARGE
            found = await asyncio.to_thread(read, body, received_at) if large else read(body, received_at)
            inbox_id = await receive(self.store, self.jobs, found.group, bound=self.queue_bound)
            self.metrics.alerts_received.inc(len(found.group.alerts))
            code = _MULTI_STATUS if found.refused else 200
            return web.json_response(_told(found, inbox_id), status=code)
        except OpsError as error:
            response = error_response(error)
            code = response.status
            return response
        finally:
            self.metrics.webhook_requests.labels(receiver=receiver, code=str(code)).inc()
            self.metrics.webhook_duration.labels(receiver=receiver).observe(time.perf_counter() - started)


def _all_of(parse: Parse) -> Read:
    """Return a reader of whole bodies: one bad part of them refuses everything."""
    return lambda body, received_at: Batch(parse(body, received_at))


def _told(found: Batch, inbox_id: int) -> dict[str, object]:
    told: dict[str, object] = {"accepted": len(found.group.alerts), "delivery": inbox_id}
    if found.refused:
        shown = [{"field": one.field, "error": one.problem} for one in found.refused[:_MOST_REFUSED]]
        told |= {"refused": len(found.refused), "problems": shown}
    return told


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
