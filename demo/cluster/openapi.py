"""As much OpenAPI as kubectl needs to leave validation to the server: which paths take which parameters."""

from __future__ import annotations

from demo.cluster.kinds import Kind, KindTable
from demo.cluster.objects import Obj
from demo.cluster.status import PlainNotFoundError

_PARAMETERS = ("dryRun", "fieldManager", "fieldValidation")


def _root(kind: Kind) -> str:
    return f"apis/{kind.group}/{kind.version}" if kind.group else f"api/{kind.version}"


def index(kinds: KindTable) -> Obj:
    """Answer /openapi/v3: where the document of each group version is."""
    roots = sorted({_root(kind) for kind in kinds})
    return {"paths": {root: {"serverRelativeURL": f"/openapi/v3/{root}"} for root in roots}}


def document(kinds: KindTable, root: str) -> Obj:
    """Answer the document of a group version; an unknown one is a plain 404."""
    served = [kind for kind in kinds if _root(kind) == root]
    if not served:
        raise PlainNotFoundError
    paths = dict(_path(kind) for kind in served if "patch" in kind.verbs)
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.36.2"}, "paths": paths}


def _path(kind: Kind) -> tuple[str, Obj]:
    scope = "/namespaces/{namespace}" if kind.namespaced else ""
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _PARAMETERS]
    named = {"group": kind.group, "version": kind.version, "kind": kind.kind}
    operation = {
        "parameters": parameters,
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": named,
    }
    return f"/{_root(kind)}{scope}/{kind.plural}/{{name}}", {"patch": operation}
