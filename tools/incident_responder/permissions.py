"""Which rights each change of the cluster needs, and its mere preview; `deploy/kubernetes/` grants exactly these."""

from collections.abc import Mapping

from tools.connectors.readers import Permission

_ROUTES = "gateway.networking.k8s.io"
_MESH = "networking.istio.io"
_CERTIFICATES = "cert-manager.io"


def _all(resource: str, *verbs: str, group: str = "", subresource: str = "") -> tuple[Permission, ...]:
    return tuple(Permission(verb, resource, group, subresource) for verb in verbs)


_DEPLOYMENT = (
    *_all("deployments", "get", "patch", group="apps"),
    *_all("replicasets", "list", group="apps"),
    *_all("pods", "list"),
)
_WORKLOAD = (*_DEPLOYMENT, *_all("statefulsets", "get", "patch", group="apps"))
_NODE = _all("nodes", "get", "list", "patch")
_BEHIND_SERVICE = (*_all("services", "get"), *_all("pods", "list"))
_MEMBERSHIP = (
    *_all("pods", "get", "list", "patch"),
    *_all("services", "list"),
    *_all("replicasets", "get", group="apps"),
)

WRITE_PERMISSIONS: Mapping[str, tuple[Permission, ...]] = {
    "restart_workload": _WORKLOAD,
    "roll_back_workload": _DEPLOYMENT,
    "roll_forward_workload": _DEPLOYMENT,
    "scale_workload": (*_WORKLOAD, *_all("horizontalpodautoscalers", "list", group="autoscaling")),
    "set_workload_env": _WORKLOAD,
    "pause_rollout": _DEPLOYMENT,
    "resume_rollout": _DEPLOYMENT,
    "set_config_key": (
        *_all("configmaps", "get", "patch"),
        *_all("deployments", "list", group="apps"),
        *_all("statefulsets", "list", group="apps"),
    ),
    "delete_pod": _all("pods", "get", "list", "delete"),
    "take_out_of_service": _MEMBERSHIP,
    "put_back_in_service": _MEMBERSHIP,
    "shift_traffic": (*_all("httproutes", "get", "patch", group=_ROUTES), *_BEHIND_SERVICE),
    "enable_circuit_breaker": (
        *_all("destinationrules", "get", "list", "create", "patch", group=_MESH),
        *_BEHIND_SERVICE,
    ),
    "disable_circuit_breaker": (
        *_all("destinationrules", "get", "patch", group=_MESH),
        *_BEHIND_SERVICE,
    ),
    "renew_certificate": (
        *_all("certificates", "get", group=_CERTIFICATES),
        *_all("certificates", "patch", group=_CERTIFICATES, subresource="status"),
    ),
    "update_gateway_certificate": (
        *_all("gateways", "get", "patch", group=_ROUTES),
        *_all("certificates", "list", group=_CERTIFICATES),
    ),
    "run_maintenance_job": (
        *_all("cronjobs", "get", group="batch"),
        *_all("jobs", "get", "create", group="batch"),
    ),
    "schedule_verification": _all("cronjobs", "get", "patch", group="batch"),
}
"""The rights by action, to be held in every namespace that may be changed."""

NODE_PERMISSIONS: Mapping[str, tuple[Permission, ...]] = {
    "cordon_node": _NODE,
    "uncordon_node": _NODE,
    "drain_node": (*_NODE, *_all("pods", "get", "list"), *_all("pods", "create", subresource="eviction")),
}
"""The rights by action that reach over all namespaces, because nodes do; optional as a whole."""

_BUDGETS = _all("poddisruptionbudgets", "list", group="policy")


def preview_permissions() -> Mapping[str, tuple[Permission, ...]]:
    """Return the rights by action that an account needs which only plans: to read what the change would look at."""
    found = {}
    for action, rights in (*WRITE_PERMISSIONS.items(), *NODE_PERMISSIONS.items()):
        reading = tuple(right for right in rights if right.verb in ("get", "list"))
        found[action] = (*reading, *_BUDGETS) if action == "drain_node" else reading
    return found
