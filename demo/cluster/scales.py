"""The scale subresource: a Scale made from a workload, and a workload changed by a Scale."""

from __future__ import annotations

from collections.abc import Callable

from demo.cluster.api import Api
from demo.cluster.decoding import Call
from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, clone, dig, name_of
from demo.cluster.policies import Admission, admit
from demo.cluster.selectors import selector_text
from demo.cluster.status import bad_request, bad_value, invalid


def scale_of(obj: Obj) -> Obj:
    """Describe a workload's size as a Scale."""
    names = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    fields = {name: obj["metadata"][name] for name in names if name in obj["metadata"]}
    replicas = dig(obj, "spec", "replicas", default=0)
    status: Obj = {"replicas": dig(obj, "status", "replicas", default=0)}
    selector = selector_text(dig(obj, "spec", "selector"))
    if selector:
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": fields,
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def _validated(scale: Obj, name: str) -> int:
    replicas = dig(scale, "spec", "replicas", default=0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request("Scale.spec.replicas must be a number")
    if replicas < 0:
        cause = bad_value("spec.replicas", str(replicas), "must be greater than or equal to 0")
        raise invalid("autoscaling", "Scale", name, [cause])
    return replicas


def write_scale(
    api: Api, kind: Kind, namespace: str, name: str, change: Callable[[Obj], Obj], call: Call
) -> Obj:
    """Change a workload's size by a function of its Scale, and return the new Scale."""
    old = api.read(kind, namespace, name)
    before = scale_of(old)
    after = change(clone(before))
    given = name_of(after)
    if given and given != name:
        raise bad_request(f"the name of the object ({given}) does not match the name on the URL ({name})")
    replicas = _validated(after, name)
    admission = Admission(kind, "UPDATE", name, namespace, after, before, call.identity, "scale")
    call.warnings.extend(admit(api.store, admission))
    obj = clone(old)
    # A Scale carries the workload's own version, so a stale one is refused like any other write.
    obj["metadata"]["resourceVersion"] = dig(after, "metadata", "resourceVersion", default="")
    uid = dig(after, "metadata", "uid", default="")
    if uid:
        obj["metadata"]["uid"] = uid
    obj["spec"]["replicas"] = replicas
    return scale_of(api.update(kind, old, obj, call))
