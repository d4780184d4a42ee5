"""Reading and writing cluster objects for the mesh's controllers: secrets, conditions, and whole statuses."""

import base64
from collections.abc import Iterable

from demo.cluster.decoding import Call
from demo.cluster.objects import Obj, clone, dig, name_of, namespace_of, stamp
from demo.cluster.server import ClusterServer

CERTIFICATES = ("cert-manager.io", "certificates")
GATEWAYS = ("gateway.networking.k8s.io", "gateways")
ROUTES = ("gateway.networking.k8s.io", "httproutes")
RULES = ("networking.istio.io", "destinationrules")
SECRETS = ("", "secrets")


def condition_of(obj: Obj, kind: str) -> Obj | None:
    """Return a condition of an object's status."""
    found: Iterable[Obj] = dig(obj, "status", "conditions", default=[])
    return next((item for item in found if item.get("type") == kind), None)


def with_condition(
    conditions: Iterable[Obj], kind: str, *, holds: bool, reason: str, message: str, generation: int
) -> list[Obj]:
    """Return the conditions with one of them set; its time moves only when its truth does."""
    before = next((item for item in conditions if item.get("type") == kind), None)
    status = "True" if holds else "False"
    moved = before is None or before.get("status") != status
    when = stamp() if moved or before is None else before.get("lastTransitionTime", stamp())
    entry = {"type": kind, "status": status, "lastTransitionTime": when, "reason": reason}
    entry |= {"message": message, "observedGeneration": generation}
    return [*(item for item in conditions if item.get("type") != kind), entry]


def decoded(secret: Obj, key: str) -> str:
    """Return a value of a Secret as text; empty when it is missing or no text."""
    try:
        return base64.b64decode(str(dig(secret, "data", key, default=""))).decode()
    except ValueError:
        return ""


def write_status(cluster: ClusterServer, bucket: tuple[str, str], obj: Obj, status: Obj) -> None:
    """Store a new status when it differs."""
    if status != obj.get("status"):
        kind = cluster.kinds.by_plural(*bucket)
        cluster.api.put_status(kind, {**clone(obj), "status": status}, Call(manager="mesh"))


def write_secret(cluster: ClusterServer, body: Obj) -> None:
    """Create a Secret or replace what it holds."""
    kind = cluster.kinds.by_plural(*SECRETS)
    present = cluster.store.get(SECRETS, namespace_of(body), name_of(body))
    call = Call(manager="cert-manager")
    if present is None:
        cluster.api.create(kind, namespace_of(body), body, call)
        return
    changed = {**clone(present), "data": body["data"]}
    changed["metadata"]["annotations"] = body["metadata"]["annotations"]
    cluster.api.update(kind, present, changed, call)
