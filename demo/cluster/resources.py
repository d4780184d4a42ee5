"""Requests for resources: from route and verb to the call that answers them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from demo.cluster.api import Api
from demo.cluster.apply import apply_patch
from demo.cluster.conversion import to_served, to_stored
from demo.cluster.decoding import Call, decode
from demo.cluster.deletion import check_dry_run, delete, read_options
from demo.cluster.evictions import evict
from demo.cluster.identity import Identity
from demo.cluster.jsonpatches import json_patch, merge_patch
from demo.cluster.kinds import Kind
from demo.cluster.kubelet import Kubelet
from demo.cluster.listing import list_objects, read_query, selector
from demo.cluster.managed import Writer
from demo.cluster.metrics import API as METRICS
from demo.cluster.metrics import Metrics
from demo.cluster.negotiation import APPLY, JSON_PATCH, STRATEGIC, accepted_form, read_body, read_patch
from demo.cluster.objects import Obj, name_of
from demo.cluster.podlogs import LogQuery, read_log, read_log_query
from demo.cluster.rbac import Attempt, Authorizer
from demo.cluster.reviews import answer_review
from demo.cluster.routes import Route
from demo.cluster.scales import scale_of, write_scale
from demo.cluster.status import (
    ApiError,
    Cause,
    PlainNotFoundError,
    invalid,
    method_not_allowed,
    no_such_resource,
    required,
)
from demo.cluster.strategic import strategic_merge
from demo.cluster.tables import partial, table
from demo.cluster.watching import Watch

_OPTIONS = {
    "create": "CreateOptions",
    "update": "UpdateOptions",
    "patch": "PatchOptions",
    "delete": "DeleteOptions",
}


@dataclass(slots=True)
class Answer:
    """A finished answer, before it is put on the wire."""

    body: Obj | None = None
    code: int = 200
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Demand:
    """One request, read as far as every verb needs it."""

    request: web.Request
    route: Route
    attempt: Attempt
    kind: Kind
    query: dict[str, str]
    call: Call
    form: str

    @property
    def namespace(self) -> str:
        """Return the namespace that the object lives in."""
        return self.route.namespace if self.kind.namespaced else ""


class Resources:
    """Answers requests for objects of every kind."""

    def __init__(self, api: Api, authorizer: Authorizer, kubelet: Kubelet, metrics: Metrics | None) -> None:
        self._api = api
        self._authorizer = authorizer
        self._kubelet = kubelet
        self._metrics = metrics

    def extra_resources(self, group: str, version: str) -> Obj | None:
        """Describe the metrics API when there is one."""
        served = self._metrics is not None and f"{group}/{version}" == METRICS
        return self._metrics.resources() if served and self._metrics is not None else None

    async def answer(
        self, request: web.Request, route: Route, attempt: Attempt, identity: Identity, query: dict[str, str]
    ) -> Answer | Watch | web.StreamResponse:
        """Answer a request; raise the refusal when there is one."""
        if self._metrics is not None and f"{route.group}/{route.version}" == METRICS:
            return Answer(self._metrics.answer(attempt, read_query(query)))
        kind = self._kind(route, attempt.verb)
        form = accepted_form(request.headers.get("Accept", "")) if not route.subresource else "json"
        call = self._call(request, attempt.verb, identity, query)
        demand = Demand(request, route, attempt, kind, query, call, form)
        if route.subresource:
            return await self._subresource(demand)
        return await self._object(demand)

    def _kind(self, route: Route, verb: str) -> Kind:
        kind = self._api.kinds.find(route.group, route.version, route.plural)
        if kind is None:
            if not self._api.kinds.knows(route.group, route.version):
                raise PlainNotFoundError
            raise no_such_resource()
        if route.subresource:
            if kind.subresource(route.subresource) is None:
                raise no_such_resource()
            return kind
        on_object = bool(route.name)
        if (
            (verb == "create" and on_object)
            or (verb in ("update", "patch") and not on_object)
            or verb not in kind.verbs
        ):
            raise method_not_allowed()
        return kind

    @staticmethod
    def _call(request: web.Request, verb: str, identity: Identity, query: dict[str, str]) -> Call:
        agent = request.headers.get("User-Agent", "unknown").split("/")[0]
        options = _OPTIONS.get(verb.replace("deletecollection", "delete"), "")
        dry = check_dry_run(options, request.query.getall("dryRun", [])) if options else False
        validation = query.get("fieldValidation") or "Warn"
        if options and validation not in ("Ignore", "Warn", "Strict"):
            why = f'Unsupported value: "{validation}": supported values: "", "Ignore", "Strict", "Warn"'
            raise invalid(
                "meta.k8s.io", options, "", [Cause("fieldValidation", "FieldValueNotSupported", why)]
            )
        return Call(identity, query.get("fieldManager") or agent, dry, validation)

    async def _object(self, demand: Demand) -> Answer | Watch:
        kind, api, verb = demand.kind, self._api, demand.attempt.verb
        if verb == "get":
            return self._present(demand, api.read(kind, demand.namespace, demand.route.name))
        if verb in ("list", "watch"):
            return self._many(demand)
        raw = await demand.request.read()
        media = demand.request.headers.get("Content-Type", "") if raw else ""
        if verb == "create":
            body = to_stored_body(kind, read_body(kind, raw, media))
            if not kind.stored:
                return Answer(answer_review(kind, body, demand.call.identity, self._authorizer), 201)
            return self._present(
                demand, api.create(self._write_kind(kind), demand.namespace, body, demand.call), 201
            )
        if verb == "update":
            body = to_stored_body(kind, read_body(kind, raw, media))
            name = demand.route.name
            return self._present(
                demand, api.replace(self._write_kind(kind), demand.namespace, name, body, demand.call)
            )
        if verb == "patch":
            return self._patch(demand, raw, media)
        return self._delete(demand, read_body(kind, raw, media) if raw else {})

    def _write_kind(self, kind: Kind) -> Kind:
        """Return the kind in the version that is stored, for groups that share storage."""
        return (
            kind
            if ((kind.group, kind.plural) == kind.bucket
            and kind.version != "v1")
            or (kind.bucket not in (("", "events"), ("autoscaling", "horizontalpodautoscalers")))
            else self._api.kinds.by_plural(*kind.bucket)
        )

    def _many(self, demand: Demand) -> Answer | Watch:
        query = read_query(demand.query)
        if query.watch:
            if demand.form != "json" and demand.form != "table":
                return Watch(self._api.store, demand.kind, demand.namespace, query)
            return Watch(self._api.store, demand.kind, demand.namespace, query)
        found = list_objects(self._api.store, demand.kind, demand.namespace, query)
        if demand.form == "table":
            return Answer(table(demand.kind, found["items"], found["metadata"]))
        if demand.form == "partial":
            head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
            return Answer(
                {**head, "metadata": found["metadata"], "items": [partial(item) for item in found["items"]]}
            )
        return Answer(found)

    @staticmethod
    def _present(demand: Demand, obj: Obj, code: int = 200) -> Answer:
        served = to_served(demand.kind, obj)
        if demand.form == "table":
            fields = {"resourceVersion": served["metadata"].get("resourceVersion", "")}
            served = table(demand.kind, [obj], fields)
        elif demand.form == "partial":
            served = partial(served)
        return Answer(served, code, warnings=demand.call.warnings)

    def _patch(self, demand: Demand, raw: bytes, media: str, sub: str = "") -> Answer:
        kind = demand.kind
        form, patch = read_patch(kind, raw, media)
        stored = self._write_kind(kind)
        if form == APPLY:
            return self._apply(demand, patch, sub)

        def change(obj: Obj) -> Obj:
            served = to_served(kind, obj)
            return to_stored(kind, _changed(form, served, patch))

        obj = self._api.patch(stored, demand.namespace, demand.route.name, change, demand.call, sub)
        return self._present(demand, obj)

    def _apply(self, demand: Demand, config: Obj, sub: str) -> Answer:
        kind, name, call = demand.kind, demand.route.name, demand.call
        if not demand.query.get("fieldManager"):
            cause = required("fieldManager", "is required for apply patch")
            raise invalid("meta.k8s.io", "PatchOptions", "", [cause])
        wanted = {**config, "metadata": {**(config.get("metadata") or {})}}
        wanted["metadata"].setdefault("name", name)
        typed = decode(kind, wanted, call)
        typed["metadata"].pop("managedFields", None)
        if sub != "status" and kind.has_status:
            typed.pop("status", None)
        writer = Writer(call.manager, "Apply", sub)
        old = self._api.store.get(kind.bucket, demand.namespace, name)
        force = demand.query.get("force", "").lower() in ("true", "1")
        result = apply_patch(old, typed, writer, force=force, custom=kind.custom)
        if old is None:
            result.setdefault("metadata", {})["name"] = name
            return self._present(
                demand, self._api.create(kind, demand.namespace, result, call, applied=True), 201
            )
        return self._present(demand, self._api.update(kind, old, result, call, sub, applied=True))

    def _delete(self, demand: Demand, body: Obj) -> Answer:
        kind, api = demand.kind, self._api
        options = read_options(
            body, demand.query, dry_run=demand.call.dry_run or "All" in (body.get("dryRun") or [])
        )
        if demand.route.name:
            return Answer(delete(api, kind, demand.namespace, demand.route.name, options))
        wanted = selector(kind, demand.namespace, read_query(demand.query))
        doomed = [obj for obj in api.store.select(kind.bucket) if wanted(obj)]
        for obj in doomed:
            delete(api, kind, obj["metadata"].get("namespace", ""), name_of(obj), options)
        fields = {"resourceVersion": str(api.store.revision)}
        items = [to_served(kind, obj) for obj in doomed]
        return Answer(
            {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": fields, "items": items}
        )

    async def _subresource(self, demand: Demand) -> Answer | web.StreamResponse:
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
                self._api, kind, namespace, name, lambda old: _changed(form, old, patch), demand.call
            )
        return Answer(obj, warnings=demand.call.warnings)

    def _status(self, demand: Demand, raw: bytes, media: str) -> Answer:
        kind, namespace, name = demand.kind, demand.namespace, demand.route.name
        if demand.attempt.verb == "get":
            return self._present(demand, self._api.read(kind, namespace, name))
        if demand.attempt.verb == "patch":
            return self._patch(demand, raw, media, "status")
        body = to_stored_body(kind, read_body(kind, raw, media))
        return self._present(demand, self._api.replace(kind, namespace, name, body, demand.call, "status"))

    async def _log(self, demand: Demand) -> Answer | web.StreamResponse:
        query = read_log_query(demand.route.name, demand.query)
        pod = self._api.read(demand.kind, demand.namespace, demand.route.name)
        text = read_log(self._kubelet, pod, query)
        if text is None:
            return Answer(code=204)
        return await self._follow(demand, pod, query, text) if query.follow else Answer(text=text)

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


def to_stored_body(kind: Kind, body: Obj) -> Obj:
    """Turn a body of a version that is served but not stored into the stored one."""
    given = {"kind": kind.kind, "apiVersion": kind.api_version, **body}
    if (given["apiVersion"], given["kind"]) != (kind.api_version, kind.kind):
        return body
    return to_stored(kind, given)


def _changed(form: str, obj: Obj, patch: Obj) -> Obj:
    changed: Obj
    if form == JSON_PATCH:
        changed = json_patch(obj, patch)
    elif form == STRATEGIC:
        changed = strategic_merge(obj, patch)
    else:
        changed = merge_patch(obj, patch)
    return changed
