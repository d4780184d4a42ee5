"""Plays whoever follows HTTPRoutes: says for each parent whether the route is accepted and its backends exist."""

from demo.cluster.controllers.endpoints import SERVICES
from demo.cluster.objects import Obj, clone, dig, namespace_of
from demo.cluster.server import ClusterServer
from demo.mesh.objects import ROUTES, with_condition, write_status

CONTROLLER = "demo.example/mesh"


def report_routes(cluster: ClusterServer) -> None:
    """Write the status of every route."""
    for route in cluster.store.select(ROUTES):
        missing = _missing(cluster, route)
        before = {_key(item): item for item in dig(route, "status", "parents", default=[])}
        parents = [
            _parent(parent, before.get(_key({"parentRef": parent})) or {}, missing, route)
            for parent in dig(route, "spec", "parentRefs", default=[])
        ]
        write_status(cluster, ROUTES, route, {**clone(dig(route, "status", default={})), "parents": parents})


def _key(entry: Obj) -> str:
    parent = entry["parentRef"]
    return f"{parent.get('kind', 'Gateway')}/{parent.get('name', '')}"


def _missing(cluster: ClusterServer, route: Obj) -> str:
    for rule in dig(route, "spec", "rules", default=[]):
        for backend in rule.get("backendRefs") or []:
            name = str(backend.get("name", ""))
            if cluster.store.get(SERVICES, namespace_of(route), name) is None:
                return f"Service {name} does not exist"
    return ""


def _parent(parent: Obj, before: Obj, missing: str, route: Obj) -> Obj:
    conditions = before.get("conditions") or []
    generation = route["metadata"]["generation"]
    for kind, holds, reason, message in (
        ("Accepted", True, "Accepted", ""),
        ("ResolvedRefs", not missing, "BackendNotFound" if missing else "ResolvedRefs", missing),
    ):
        conditions = with_condition(
            conditions, kind, holds=holds, reason=reason, message=message, generation=generation
        )
    return {"parentRef": clone(parent), "controllerName": CONTROLLER, "conditions": conditions}
