"""The metrics API: what Pods and nodes use, as their runtime measures it."""

from __future__ import annotations

from demo.cluster.kinds import Kind
from demo.cluster.kubelet import Kubelet
from demo.cluster.listing import ListQuery
from demo.cluster.objects import Obj, dig, labels_of, name_of, namespace_of, stamp
from demo.cluster.rbac import Attempt
from demo.cluster.selectors import matches, parse_labels
from demo.cluster.status import ApiError, no_such_resource
from demo.cluster.storage import Store

API = "metrics.k8s.io/v1beta1"


def _usage(cores: float, size: int) -> dict[str, str]:
    return {"cpu": f"{round(cores * 1e9)}n", "memory": f"{size // 1024}Ki"}


def metric_kinds() -> list[Kind]:
    """List the kinds of the metrics API, so that discovery shows them."""
    verbs = ("get", "list")
    return [
        Kind("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", False, verbs=verbs),
        Kind("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", True, verbs=verbs),
    ]


class Metrics:
    """Answers the paths of metrics.k8s.io/v1beta1."""

    def __init__(self, store: Store, kubelet: Kubelet) -> None:
        self._store = store
        self._kubelet = kubelet

    def answer(self, attempt: Attempt, query: ListQuery) -> Obj:
        """Answer a get or list of nodes or pods; raise 404 for anything else."""
        if attempt.resource == "nodes" and not attempt.namespace:
            return self._answer(self._nodes(), "NodeMetrics", attempt, query)
        if attempt.resource == "pods":
            pods = [item for item in self._pods() if attempt.namespace in ("", namespace_of(item))]
            return self._answer(pods, "PodMetrics", attempt, query)
        raise no_such_resource()

    @staticmethod
    def _answer(items: list[Obj], kind: str, attempt: Attempt, query: ListQuery) -> Obj:
        if attempt.verb == "get":
            for item in items:
                if name_of(item) == attempt.name:
                    return item
            message = f'{attempt.resource}.metrics.k8s.io "{attempt.name}" not found'
            details = {"name": attempt.name, "group": "metrics.k8s.io", "kind": attempt.resource}
            raise ApiError(404, "NotFound", message, details=details)
        labels = parse_labels(query.label)
        shown = [item for item in items if matches(labels, labels_of(item))]
        return {"kind": f"{kind}List", "apiVersion": API, "metadata": {}, "items": shown}

    def _pods(self) -> list[Obj]:
        found = []
        for pod, cores, size in self._kubelet.usage():
            containers = dig(pod, "spec", "containers", default=[])
            used = [
                {"name": item["name"], "usage": _usage(cores if not index else 0.0, size if not index else 0)}
                for index, item in enumerate(containers)
            ]
            found.append({**_head("PodMetrics", pod), "containers": used})
        return found

    def _nodes(self) -> list[Obj]:
        totals: dict[str, tuple[float, int]] = {}
        for pod, cores, size in self._kubelet.usage():
            node = dig(pod, "spec", "nodeName", default="")
            before = totals.get(node, (0.0, 0))
            totals[node] = (before[0] + cores, before[1] + size)
        return [
            {**_head("NodeMetrics", node), "usage": _usage(*totals.get(name_of(node), (0.0, 0)))}
            for node in self._store.select(("", "nodes"))
        ]


def _head(kind: str, obj: Obj) -> Obj:
    fields: Obj = {"name": name_of(obj), "creationTimestamp": stamp()}
    if namespace_of(obj):
        fields["namespace"] = namespace_of(obj)
    if labels_of(obj):
        fields["labels"] = labels_of(obj)
    return {"kind": kind, "apiVersion": API, "metadata": fields, "timestamp": stamp(), "window": "15s"}
