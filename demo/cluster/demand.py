"""One request for a resource as every verb needs it, and the answer before it is put on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from demo.cluster.conversion import to_served, to_stored
from demo.cluster.decoding import Call
from demo.cluster.deletion import check_dry_run
from demo.cluster.identity import Identity
from demo.cluster.jsonpatches import json_patch, merge_patch
from demo.cluster.kinds import Kind
from demo.cluster.negotiation import JSON_PATCH, STRATEGIC
from demo.cluster.objects import Obj
from demo.cluster.rbac import Attempt
from demo.cluster.routes import Route
from demo.cluster.status import Cause, invalid
from demo.cluster.strategic import strategic_merge
from demo.cluster.tables import partial, table

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

    @property
    def media(self) -> str:
        """Return the content type that the client sent."""
        return self.request.headers.get("Content-Type", "")


def read_call(request: web.Request, verb: str, identity: Identity, query: dict[str, str]) -> Call:
    """Read how a request wants to be treated; raise 422 for options that do not exist."""
    agent = request.headers.get("User-Agent", "unknown").split("/")[0]
    options = _OPTIONS.get(verb.replace("deletecollection", "delete"), "")
    dry = check_dry_run(options, request.query.getall("dryRun", [])) if options else False
    validation = query.get("fieldValidation") or "Warn"
    if options and validation not in ("Ignore", "Warn", "Strict"):
        why = f'Unsupported value: "{validation}": supported values: "", "Ignore", "Strict", "Warn"'
        raise invalid("meta.k8s.io", options, "", [Cause("fieldValidation", "FieldValueNotSupported", why)])
    return Call(identity, query.get("fieldManager") or agent, dry, validation)


def present(demand: Demand, obj: Obj, code: int = 200) -> Answer:
    """Show one object in the form that the client accepts."""
    served = to_served(demand.kind, obj)
    if demand.form == "table":
        fields = {"resourceVersion": served["metadata"].get("resourceVersion", "")}
        served = table(demand.kind, [obj], fields)
    elif demand.form == "partial":
        served = partial(served)
    return Answer(served, code, warnings=demand.call.warnings)


def to_stored_body(kind: Kind, body: Obj) -> Obj:
    """Turn a body of a version that is served but not stored into the stored one."""
    given = {"kind": kind.kind, "apiVersion": kind.api_version, **body}
    if (given["apiVersion"], given["kind"]) != (kind.api_version, kind.kind):
        return body
    return to_stored(kind, given)


def changed(form: str, obj: Obj, patch: Obj) -> Obj:
    """Apply a patch of any form to an object."""
    result: Obj
    if form == JSON_PATCH:
        result = json_patch(obj, patch)
    elif form == STRATEGIC:
        result = strategic_merge(obj, patch)
    else:
        result = merge_patch(obj, patch)
    return result
