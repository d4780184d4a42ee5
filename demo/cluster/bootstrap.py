"""What every cluster holds from its first moment: namespaces, roles and their bindings."""

from __future__ import annotations

from demo.cluster.objects import Obj

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")

_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "deletecollection", "patch", "update"]
_CORE = ["configmaps", "endpoints", "events", "persistentvolumeclaims", "pods", "replicationcontrollers"]
_CORE += ["resourcequotas", "serviceaccounts", "services"]
_APPS = ["controllerrevisions", "daemonsets", "deployments", "deployments/scale", "replicasets"]
_APPS += ["replicasets/scale", "statefulsets", "statefulsets/scale"]
_PATHS = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz"]
_OPEN = ["/healthz", "/livez", "/readyz", "/version", "/version/"]


def _rule(groups: list[str], resources: list[str], verbs: list[str]) -> Obj:
    return {"verbs": verbs, "apiGroups": groups, "resources": resources}


def _url_rule(paths: list[str]) -> Obj:
    return {"verbs": ["get"], "nonResourceURLs": paths}


def _workloads(verbs: list[str]) -> list[Obj]:
    return [
        _rule([""], [*_CORE, "pods/log", "pods/status", "namespaces"], verbs),
        _rule(["apps"], _APPS, verbs),
        _rule(["autoscaling"], ["horizontalpodautoscalers"], verbs),
        _rule(["batch"], ["cronjobs", "jobs"], verbs),
        _rule(["policy"], ["poddisruptionbudgets"], verbs),
        _rule(["networking.k8s.io"], ["ingresses", "networkpolicies"], verbs),
        _rule(["discovery.k8s.io"], ["endpointslices"], verbs),
    ]


def cluster_roles() -> dict[str, list[Obj]]:
    """List the cluster roles by name with their rules."""
    secrets = _rule([""], ["secrets", "pods/eviction"], [*_WRITE, *_READ])
    own = _rule(["rbac.authorization.k8s.io"], ["roles", "rolebindings"], [*_WRITE, *_READ])
    everything = [_rule(["*"], ["*"], ["*"]), {"verbs": ["*"], "nonResourceURLs": ["*"]}]
    reviews = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
    return {
        "cluster-admin": everything,
        "admin": [*_workloads([*_WRITE, *_READ]), secrets, own],
        "edit": [*_workloads([*_WRITE, *_READ]), secrets],
        "view": _workloads(_READ),
        "system:basic-user": [
            _rule(["authorization.k8s.io"], reviews, ["create"]),
            _rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
        ],
        "system:public-info-viewer": [_url_rule(_OPEN)],
        "system:discovery": [_url_rule([*_PATHS, "/version", "/version/"])],
        "system:service-account-issuer-discovery": [_url_rule(["/.well-known", "/.well-known/*"])],
    }


_EVERYBODY = ("system:authenticated",)
_BOUND = {
    "cluster-admin": ("system:masters",),
    "system:basic-user": _EVERYBODY,
    "system:discovery": _EVERYBODY,
    "system:public-info-viewer": ("system:authenticated", "system:unauthenticated"),
    "system:service-account-issuer-discovery": _EVERYBODY,
}


def cluster_role_bindings() -> list[tuple[str, Obj, list[Obj]]]:
    """List the bindings as name, role reference and subjects."""
    group = "rbac.authorization.k8s.io"
    found = []
    for role, groups in _BOUND.items():
        subjects = [{"kind": "Group", "apiGroup": group, "name": name} for name in groups]
        found.append((role, {"apiGroup": group, "kind": "ClusterRole", "name": role}, subjects))
    return found


ROOT_CA_NOTE = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)


def namespace_config_maps() -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """List the ConfigMaps of every namespace as name, annotations and data."""
    return [
        (
            "kube-root-ca.crt",
            {"kubernetes.io/description": ROOT_CA_NOTE},
            {"ca.crt": "(no certificate: plain HTTP)\n"},
        ),
        (
            "openshift-service-ca.crt",
            {"service.beta.openshift.io/inject-cabundle": "true"},
            {"service-ca.crt": ""},
        ),
    ]
