"""Requests for resources: from route and verb to the call that answers them."""

from __future__ import annotations

from aiohttp import web

from demo.cluster.api import Api
from demo.cluster.apply import apply_patch
from demo.cluster.conversion import to_served, to_stored
from demo.cluster.decoding import decode
from demo.cluster.deletion import delete, read_options
from demo.cluster.demand import Answer, Demand, changed, present, read_call, to_stored_body
from demo.cluster.identity import Identity
from demo.cluster.kinds import Kind
from demo.cluster.kubelet import Kubelet
from demo.cluster.listing import list_objects, read_query, selector
from demo.cluster.managed import Writer
from demo.cluster.metrics import API as METRICS
from demo.cluster.metrics import Metrics
from demo.cluster.negotiation import APPLY, accepted_form, read_body, read_patch
from demo.cluster.objects import Obj, name_of
from demo.cluster.rbac import Attempt, Authorizer
from demo.cluster.reviews import answer_review
from demo.cluster.routes import Route
from demo.cluster.status import PlainNotFoundError, invalid, method_not_allowed, no_such_resource, required
from demo.cluster.subresources import Subresources
from demo.cluster.tables import partial, table
from demo.cluster.watching import Watch

_SHARED = (("", "events"), ("autoscaling", "horizontalpodautoscalers"))


class Resources:
    """Answers requests for objects of every kind."""

    def __init__(self, api: Api, authorizer: Authorizer, kubelet: Kubelet, metrics: Metrics | None) -> None:
        self._api = api
        self._authorizer = authorizer
        self._subresources = Subresources(api, kubelet)
        self._metrics = metrics

    async def answer(
        self, request: web.Request, route: Route, attempt: Attempt, identity: Identity, query: dict[str, str]
    ) -> Answer | Watch | web.StreamResponse:
        """Answer a request; raise the refusal when there is one."""
        if self._metrics is not None and f"{route.group}/{route.version}" == METRICS:
            return Answer(self._metrics.answer(attempt, read_query(query)))
        kind = self._kind(route, attempt.verb)
        form = accepted_form(request.headers.get("Accept", "")) if not route.subresource else "json"
        call = read_call(request, attempt.verb, identity, query)
        demand = Demand(request, route, attempt, kind, query, call, form)
        if route.subresource:
            if route.subresource == "status" and attempt.verb == "patch":
                return self._patch(demand, await request.read(), demand.media, "status")
            return await self._subresources.answer(demand)
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

    async def _object(self, demand: Demand) -> Answer | Watch:
        kind, api, verb = demand.kind, self._api, demand.attempt.verb
        if verb == "get":
            return present(demand, api.read(kind, demand.namespace, demand.route.name))
        if verb in ("list", "watch"):
            return self._many(demand)
        raw = await demand.request.read()
        media = demand.media if raw else ""
        if verb == "create":
            body = to_stored_body(kind, read_body(kind, raw, media))
            if not kind.stored:
                return Answer(answer_review(kind, body, demand.call.identity, self._authorizer), 201)
            return present(
                demand, api.create(self._write_kind(kind), demand.namespace, body, demand.call), 201
            )
        if verb == "update":
            body = to_stored_body(kind, read_body(kind, raw, media))
            name = demand.route.name
            return present(
                demand, api.replace(self._write_kind(kind), demand.namespace, name, body, demand.call)
            )
        if verb == "patch":
            return self._patch(demand, raw, media)
        return self._delete(demand, read_body(kind, raw, media) if raw else {})

    def _write_kind(self, kind: Kind) -> Kind:
        """Return the kind in the version that is stored, for groups that share storage."""
        return self._api.kinds.by_plural(*kind.bucket) if kind.bucket in _SHARED else kind

    def _many(self, demand: Demand) -> Answer | Watch:
        query = read_query(demand.query)
        if query.watch:
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

    def _patch(self, demand: Demand, raw: bytes, media: str, sub: str = "") -> Answer:
        kind = demand.kind
        form, patch = read_patch(kind, raw, media)
        stored = self._write_kind(kind)
        if form == APPLY:
            return self._apply(demand, patch, sub)

        def change(obj: Obj) -> Obj:
            served = to_served(kind, obj)
            return to_stored(kind, changed(form, served, patch))

        obj = self._api.patch(stored, demand.namespace, demand.route.name, change, demand.call, sub)
        return present(demand, obj)

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
            return present(demand, self._api.create(kind, demand.namespace, result, call, applied=True), 201)
        return present(demand, self._api.update(kind, old, result, call, sub, applied=True))

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
