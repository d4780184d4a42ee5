"""The door for PagerDuty's webhooks: signed, taken once, and answered with 2xx only after the commit."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from agent.analysis.redaction import Redactor
from agent.domain.incident import Incident
from agent.errors import BackendError, OpsError
from agent.lifecycle.pager_news import Answered, take_news
from agent.lifecycle.paging_words import incident_of, opening_of
from agent.policy.load import Policies
from agent.ports.clock import Clock
from agent.ports.store import Store
from agent.telemetry.metrics import Metrics
from agent.transport.http.bodies import read_body
from agent.transport.http.middleware import error_response
from agent.transport.http.pagerduty_events import PagerNews, parse_news, require_signature

PATH = "/webhooks/pagerduty"
PING = "pagey.ping"
_MOST_BYTES = 1024 * 1024
_OLDEST = timedelta(days=7)

KeyOf = Callable[[str], Awaitable[str | None]]
"""Returns the key by which a PagerDuty incident was opened, for the events that do not tell it."""


@dataclass(frozen=True, slots=True)
class PagerDoor:
    """What the door needs; `secret` may be several, separated by commas, while one replaces another."""

    store: Store
    clock: Clock
    metrics: Metrics
    policies: Callable[[], Policies]
    answered: Answered
    redactor: Redactor = field(repr=False)
    secret: str | None = field(repr=False)
    key_of: KeyOf | None = None
    wake: Callable[[], None] = lambda: None

    def routes(self) -> list[web.RouteDef]:
        """Return the route."""
        return [web.post(PATH, self._handle)]

    async def _handle(self, request: web.Request) -> web.Response:
        started, code = time.perf_counter(), 500
        try:
            response = await self._answer(request)
            code = response.status
            return response
        except OpsError as error:
            response = error_response(error)
            # PagerDuty proves itself by a signature and not by a token.
            response.headers.pop("WWW-Authenticate", None)
            code = response.status
            return response
        finally:
            self.metrics.webhook_requests.labels(receiver="pagerduty", code=str(code)).inc()
            self.metrics.webhook_duration.labels(receiver="pagerduty").observe(time.perf_counter() - started)

    async def _answer(self, request: web.Request) -> web.Response:
        secrets = [one.strip() for one in (self.secret or "").split(",") if one.strip()]
        if not secrets:
            said = "This webhook is closed: OPS_PAGERDUTY_WEBHOOK_SECRET is not set."
            return web.json_response({"error": said}, status=403)
        body = await read_body(request, _MOST_BYTES)
        require_signature(request.headers, body, secrets)
        news = parse_news(body)
        taken = await self._taken(news)
        return web.json_response({"taken": not taken, **({"why": taken} if taken else {})})

    async def _taken(self, news: PagerNews) -> str:
        """Take an event; return why nothing followed from it, empty when something did."""
        if news.kind == PING:
            return "hello, Pagey"
        if news.said is None:
            return f"nothing follows from {news.kind}"
        key = news.key or await self._looked_up(news.incident)
        incident_id = incident_of(key)
        if incident_id is None:
            return "no incident of ours"
        now = self.clock.now()
        if news.at is not None and now - news.at > _OLDEST:
            # Keys of events are forgotten one day; what was recorded on its way may not be played again then.
            return "too old"
        async with self.store.write() as tx:
            if not await tx.seen.first_time(f"pagerduty:{news.id}", now):
                return "taken before"
            incident = await tx.incidents.get(incident_id)
            if incident is None:
                return "no incident of ours"
            if news.said == "acknowledged" and opening_of(key) < incident.opening:
                # It may come late; who took up what is over has not taken up what came back.
                return "an earlier opening"
            took = await take_news(
                tx,
                self.policies(),
                incident,
                news.said,
                user=news.user,
                name=news.actor,
                words=self.redactor.text(news.words),
                at=_within(news.at, incident, now),
                key=news.id,
                answered=self.answered,
            )
            tx.after_commit(self.wake)
        return "" if took else "our own doing"

    async def _looked_up(self, incident: str) -> str:
        if self.key_of is None or not incident:
            return ""
        try:
            return await self.key_of(incident) or ""
        except BackendError as error:
            if error.retryable:
                raise
            return ""


def _within(told: datetime | None, incident: Incident, now: datetime) -> datetime:
    """Return when it happened, by a clock that is not ours: neither before the incident nor in the future."""
    return min(max(told or now, incident.times.opened_at), now)
