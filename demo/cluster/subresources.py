"""Requests for what lies below an object: logs, eviction, scale and status."""

from __future__ import annotations

import asyncio

from aiohttp import web

from demo.cluster.api import Api
from demo.cluster.deletion import read_options
from demo.cluster.demand import Answer, Demand, changed, present, to_stored_body
from demo.cluster.evictions import evict
from demo.cluster.kubelet import Kubelet
from demo.cluster.negotiation import read_body, read_patch
from demo.cluster.objects import Obj, dig
from demo.cluster.podlogs import LogQuery, read_log, read_log_query
from demo.cluster.scales import scale_of, write_scale
from demo.cluster.status import ApiError, method_not_allowed

_SETTLING_LOOKS = 50
_NOT_SERVED = ("attach", "exec", "portforward", "proxy", "ephemeralcontainers", "resize", "approval", "token")


class Subresources:
    """Answers requests below an object, except patches of its status."""

    def __init__(self, api: Api, kubelet: Kubelet) -> None:
        self._api = api
        self._kubelet = kubelet

    async def answer(self, demand: Demand) -> Answer | web.StreamResponse:
        """Answer a request; raise 405 for a verb that the subresource does not take."""
        sub, verb = demand.route.subresource, demand.attempt.verb
        known = demand.kind.subresource(sub)
        if known is None or verb not in known.verbs:
            raise method_not_allowed()
        if sub == "log":
            return await self._log(demand)
        if sub in (
            "attach",
            "exec",
            "portforward",
            "proxy",
            "ephemeralcontainers",
            "resize",
            "approval",
            "token",
        ):
            raise ApiError(501, "NotImplemented", f"{sub} is not served here", details={})
        raw = await demand.request.read() if verb != "get" else b""
        media = demand.request.headers.get("Content-Type", "") if raw else ""
        if sub == "eviction":
            body = read_body(demand.kind, raw, media) if raw else {}
            options = read_options(body.get("deleteOptions") or {}, demand.query, dry_run=demand.call.dry_run)
            return Answer(evict(self._api, demand.kind, demand.namespace, demand.route.name, options), 201)
        if sub == "scale":
            return self._scale(demand, raw, media)
        return self._status(demand, raw, media)

    def _scale(self, demand: Demand, raw: bytes, media: str) -> Answer:
        kind, namespace, name = demand.kind, demand.namespace, demand.route.name
        if demand.attempt.verb == "get":
            return Answer(scale_of(self._api.read(kind, namespace, name)))
        if demand.attempt.verb == "update":
            body = read_body(kind, raw, media)
            obj = write_scale(self._api, kind, namespace, name, lambda _: body, demand.call)
        else:
            form, patch = read_patch(kind, raw, media)
            obj = write_scale(
                self._api, kind, namespace, name, lambda old: changed(form, old, patch), demand.call
            )
        return Answer(obj, warnings=demand.call.warnings)

    def _status(self, demand: Demand, raw: bytes, media: str) -> Answer:
        kind, namespace, name = demand.kind, demand.namespace, demand.route.name
        if demand.attempt.verb == "get":
            return present(demand, self._api.read(kind, namespace, name))
        body = to_stored_body(kind, read_body(kind, raw, media))
        return present(demand, self._api.replace(kind, namespace, name, body, demand.call, "status"))

    async def _log(self, demand: Demand) -> Answer | web.StreamResponse:
        query = read_log_query(demand.route.name, demand.query)
        pod = await self._settled(demand)
        text = read_log(self._kubelet, pod, query)
        if text is None:
            return Answer(code=204)
        return await self._follow(demand, pod, query, text) if query.follow else Answer(text=text)

    async def _settled(self, demand: Demand) -> Obj:
        """Return a Pod when it has started or cannot be, for a client that asks right after its creation."""
        for _ in range(_SETTLING_LOOKS):
            pod = self._api.read(demand.kind, demand.namespace, demand.route.name)
            conditions = dig(pod, "status", "conditions", default=[])
            if any(item["status"] == "False" for item in conditions) or dig(
                pod, "status", "containerStatuses"
            ):
                break
            await asyncio.sleep(0.02)
        return self._api.read(demand.kind, demand.namespace, demand.route.name)

    async def _follow(self, demand: Demand, pod: Obj, query: LogQuery, text: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(demand.request)
        await response.write(text.encode())
        seen = len((self._whole(pod)).splitlines())
        while self._kubelet.running(pod) is not None:
            await asyncio.sleep(0.2)
            lines = self._whole(pod).splitlines()
            fresh = lines[seen:]
            seen = len(lines)
            if fresh:
                await response.write(("\n".join(fresh) + "\n").encode())
        await response.write_eof()
        return response

    def _whole(self, pod: Obj) -> str:
        running = self._kubelet.running(pod)
        return "\n".join(running.logs(tail=None, previous=False, since=None)) if running is not None else ""
