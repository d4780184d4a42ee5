"""Keeps taints and conditions of nodes, and what follows for Pods when a node falls silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from demo.cluster.api import Api
from demo.cluster.controllers.events import Recorder
from demo.cluster.controllers.pods import is_ready
from demo.cluster.decoding import Call
from demo.cluster.deletion import DeleteOptions, delete
from demo.cluster.objects import Obj, clone, dig, is_deleting, name_of, namespace_of, now, parse_time, stamp
from demo.cluster.storage import Change, Key

NODES = ("", "nodes")
_CORDONED = "node.kubernetes.io/unschedulable"
_UNREACHABLE = "node.kubernetes.io/unreachable"
_SILENT = "Kubelet stopped posting node status."
COMPONENT = "node-controller"
_TAINT_STEP = 2.0


class Nodes:
    """The node controller; a function tells whether a node's kubelet still speaks."""

    def __init__(self, api: Api, recorder: Recorder, speaks: Callable[[str], bool], scale: float) -> None:
        self._api = api
        self._scale = scale
        self._tainted_at: dict[str, float] = {}
        self._recorder = recorder
        self._speaks = speaks
        self._kind = api.kinds.by_plural(*NODES)
        self._pods = api.kinds.by_plural("", "pods")

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed node."""
        if change.bucket == NODES and change.after is not None:
            yield ("", name_of(change.subject))

    def reconcile(self, key: Key) -> float | None:
        """Bring a node's taints and conditions up to what is known of it."""
        node = self._api.store.get(NODES, *key)
        if node is None:
            return None
        ready = _ready(node)
        if ready == "True" and not self._speaks(key[1]):
            self._lose(node)
            return 0.5
        present = dig(node, "spec", "taints", default=[])
        taints = _one_step(present, self._taints(node, ready))
        waited = time.monotonic() - self._tainted_at.get(key[1], 0.0)
        if taints != present and waited < _TAINT_STEP * self._scale:
            return _TAINT_STEP - waited / self._scale
        if taints != present:
            self._tainted_at[key[1]] = time.monotonic()
            tainted = clone(node)
            tainted["spec"]["taints"] = taints
            if not taints:
                tainted["spec"].pop("taints")
            self._api.update(self._kind, node, tainted, Call())
            return _TAINT_STEP
        if ready != "True":
            self._doubt_pods(key[1])
            return 1.0
        return 1.0

    @staticmethod
    def _taints(node: Obj, ready: str) -> list[Obj]:
        wanted = []
        if dig(node, "spec", "unschedulable"):
            wanted.append((_CORDONED, "NoSchedule"))
        if ready == "Unknown":
            wanted += [(_UNREACHABLE, "NoSchedule"), (_UNREACHABLE, "NoExecute")]
        present = dig(node, "spec", "taints", default=[])
        foreign = [item for item in present if item["key"] not in (_CORDONED, _UNREACHABLE)]
        kept = {(item["key"], item["effect"]): item for item in present}
        made = [
            kept.get(pair) or {"key": pair[0], "effect": pair[1], "timeAdded": stamp()} for pair in wanted
        ]
        return [*foreign, *made]

    def _lose(self, node: Obj) -> None:
        lost = clone(node)
        for condition in dig(lost, "status", "conditions", default=[]):
            condition |= {"status": "Unknown", "reason": "NodeStatusUnknown", "message": _SILENT}
            condition["lastTransitionTime"] = stamp()
        self._api.put_status(self._kind, lost)
        message = f"Node {name_of(node)} status is now: NodeNotReady"
        self._recorder.emit(node, "Normal", "NodeNotReady", message, COMPONENT)

    def _doubt_pods(self, node: str) -> None:
        for pod in self._api.store.select(("", "pods")):
            if dig(pod, "spec", "nodeName") != node or is_deleting(pod):
                continue
            if is_ready(pod):
                doubted = clone(pod)
                for condition in doubted["status"]["conditions"]:
                    if condition["type"] == "Ready":
                        condition |= {"status": "False", "lastTransitionTime": stamp()}
                self._api.put_status(self._pods, doubted)
                self._recorder.emit(pod, "Warning", "NodeNotReady", "Node is not ready", COMPONENT)
            elif _patience_over(pod):
                delete(self._api, self._pods, namespace_of(pod), name_of(pod), DeleteOptions())


def _one_step(present: list[Obj], wanted: list[Obj]) -> list[Obj]:
    """Change the NoSchedule taints first; the NoExecute ones follow in the next step."""
    gone = [item for item in present if item not in wanted]
    new = [item for item in wanted if item not in present]
    soon = [item for item in (*gone, *new) if item["effect"] != "NoExecute"]
    if not soon:
        return wanted
    later = [item for item in gone if item not in soon]
    return [*later, *(item for item in wanted if item in present or item in soon)]


def _ready(node: Obj) -> str:
    for condition in dig(node, "status", "conditions", default=[]):
        if condition["type"] == "Ready":
            return str(condition["status"])
    return "Unknown"


def _patience_over(pod: Obj) -> bool:
    for toleration in dig(pod, "spec", "tolerations", default=[]):
        if toleration.get("key") == _UNREACHABLE and toleration.get("effect") == "NoExecute":
            seconds = toleration.get("tolerationSeconds")
            return seconds is not None and _doubted_for(pod) > seconds
    return _doubted_for(pod) > 0


def _doubted_for(pod: Obj) -> float:
    for condition in dig(pod, "status", "conditions", default=[]):
        if condition["type"] == "Ready" and condition["status"] == "False":
            return (now() - parse_time(condition["lastTransitionTime"])).total_seconds()
    return 0.0
