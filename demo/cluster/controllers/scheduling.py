"""Gives Pods their nodes, and says why when no node will do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from demo.cluster.api import Api
from demo.cluster.controllers.events import Recorder
from demo.cluster.objects import Obj, clone, dig, is_deleting, labels_of, name_of, namespace_of, stamp
from demo.cluster.quantity import parse_quantity
from demo.cluster.storage import Change, Key

PODS = ("", "pods")
NODES = ("", "nodes")
_USELESS = (
    " no new claims to deallocate, preemption: 0/{count} nodes are available: "
    "{count} Preemption is not helpful for scheduling."
)
_ORDER = ("Insufficient", "Too many")


class Scheduler:
    """The scheduler: first what cannot be, then the node with the fewest Pods."""

    def __init__(self, api: Api, recorder: Recorder) -> None:
        self._api = api
        self._recorder = recorder
        self._pods = api.kinds.by_plural(*PODS)

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a Pod without a node, or all of them when room may have come up."""
        if change.bucket == PODS and change.after is not None and _waits(change.after):
            yield (namespace_of(change.subject), name_of(change.subject))
        elif change.bucket == NODES or (change.bucket == PODS and change.after is None):
            for pod in self._api.store.select(PODS):
                if _waits(pod):
                    yield (namespace_of(pod), name_of(pod))

    def reconcile(self, key: Key) -> float | None:
        """Bind a Pod to a node or write why it cannot be."""
        pod = self._api.store.get(PODS, *key)
        if pod is None or not _waits(pod):
            return None
        nodes = self._api.store.select(NODES)
        refusals = {name_of(node): self._refusal(pod, node) for node in nodes}
        fitting = [node for node in nodes if not refusals[name_of(node)]]
        if not fitting:
            self._refuse(pod, len(nodes), Counter(refusals.values()))
            return None
        least = min(len(self._on(name_of(node))) for node in fitting)
        self._bind(pod, [name_of(node) for node in fitting if len(self._on(name_of(node))) == least][-1])
        return None

    def _on(self, node: str) -> list[Obj]:
        return [
            pod
            for pod in self._api.store.select(PODS)
            if dig(pod, "spec", "nodeName") == node
            and dig(pod, "status", "phase") not in ("Succeeded", "Failed")
        ]

    def _refusal(self, pod: Obj, node: Obj) -> str:
        if dig(node, "spec", "unschedulable") and not _tolerates(
            pod, "node.kubernetes.io/unschedulable", "NoSchedule"
        ):
            return "node(s) were unschedulable"
        wanted = dig(pod, "spec", "nodeSelector", default={})
        if not wanted.items() <= labels_of(node).items():
            return "node(s) didn't match Pod's node affinity/selector"
        for taint in dig(node, "spec", "taints", default=[]):
            hard = taint.get("effect") in ("NoSchedule", "NoExecute")
            if hard and not _tolerates(pod, taint["key"], taint["effect"]):
                return f"node(s) had untolerated taint(s) {{{taint['key']}: {taint.get('value', '')}}}"
        return self._lack(pod, node)

    def _lack(self, pod: Obj, node: Obj) -> str:
        room = dig(node, "status", "allocatable", default={})
        others = self._on(name_of(node))
        for resource in ("cpu", "memory"):
            taken = sum((_request(item, resource) for item in others), Fraction(0))
            asked = _request(pod, resource)
            if asked and taken + asked > parse_quantity(room.get(resource, "0")):
                return f"Insufficient {resource}"
        return "Too many pods" if len(others) >= int(parse_quantity(room.get("pods", "110"))) else ""

    def _bind(self, pod: Obj, node: str) -> None:
        bound = clone(pod)
        bound["spec"]["nodeName"] = node
        bound["status"]["conditions"] = [_condition("True")]
        # Binding is the one way to set a node; an ordinary update of the spec is refused.
        self._api.store.put(PODS, bound)
        target = f"{namespace_of(pod)}/{name_of(pod)}"
        self._recorder.schedule(
            pod, "Normal", "Scheduled", f"Successfully assigned {target} to {node}", "Binding"
        )

    def _refuse(self, pod: Obj, count: int, reasons: Counter[str]) -> None:
        listed = sorted(f"{number} {reason}" for reason, number in reasons.items())
        message = f"0/{count} nodes are available: {', '.join(listed)}." + _USELESS.format(count=count)
        if not count:
            message = "no nodes available to schedule pods"
        condition = {
            **_condition("False"),
            "observedGeneration": dig(pod, "metadata", "generation", default=1),
            "reason": "Unschedulable",
            "message": message,
        }
        present = dig(pod, "status", "conditions", default=[])
        if present and present[0].get("message") == message:
            return
        self._recorder.schedule(pod, "Warning", "FailedScheduling", message, "Scheduling")
        self._api.put_status(
            self._pods, {**clone(pod), "status": {**pod["status"], "conditions": [condition]}}
        )


def _waits(pod: Obj) -> bool:
    return not dig(pod, "spec", "nodeName") and not is_deleting(pod)


def _request(pod: Obj, resource: str) -> Fraction:
    containers = dig(pod, "spec", "containers", default=[])
    amounts = [dig(container, "resources", "requests", resource, default="0") for container in containers]
    return sum((parse_quantity(amount) for amount in amounts), Fraction(0))


def _tolerates(pod: Obj, key: str, effect: str) -> bool:
    return any(
        item.get("key") in (key, None, "") and item.get("effect") in (effect, None, "")
        for item in dig(pod, "spec", "tolerations", default=[])
    )


def _condition(value: str) -> Obj:
    return {"type": "PodScheduled", "status": value, "lastProbeTime": None, "lastTransitionTime": stamp()}
