"""Records Events: repeated ones are counted, many similar ones are combined."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from demo.cluster.api import Api
from demo.cluster.decoding import Call
from demo.cluster.objects import Obj, clone, micro_stamp, name_of, namespace_of, stamp, suffix, uid_of
from demo.cluster.status import ApiError

_SIMILAR = 10
_WINDOW = 600.0
_REMEMBERED = 4096
BUCKET = ("", "events")


@dataclass(slots=True)
class _Group:
    messages: set[str] = field(default_factory=set)
    last: float = 0.0


class Recorder:
    """Writes Events about objects on behalf of components."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._groups: OrderedDict[tuple[str, ...], _Group] = OrderedDict()
        self._written: OrderedDict[tuple[str, ...], str] = OrderedDict()

    def emit(self, about: Obj, kind: str, reason: str, message: str, component: str) -> None:
        """Record something that a controller did or could not do."""
        group_key = (component, uid_of(about), kind, reason)
        combined = self._is_combined(group_key, message)
        text = f"(combined from similar events): {message}" if combined else message
        key = group_key if combined else (*group_key, message)
        namespace = namespace_of(about) or "default"
        present = self._api.store.get(BUCKET, namespace, self._written.get(key, ""))
        if present is not None:
            again = clone(present)
            again |= {"count": int(present.get("count", 1)) + 1, "lastTimestamp": stamp(), "message": text}
            self._api.store.put(BUCKET, again)
            return
        event = self._event(about, kind, reason, text)
        event |= {
            "source": {"component": component},
            "firstTimestamp": stamp(),
            "lastTimestamp": stamp(),
            "count": 1,
        }
        event["reportingComponent"] = "" if combined else component
        self._create(namespace, event)
        self._remember(key, name_of(event))

    def schedule(self, pod: Obj, kind: str, reason: str, message: str, action: str) -> None:
        """Record what the scheduler did, in its own newer form."""
        event = self._event(pod, kind, reason, message)
        event |= {"eventTime": micro_stamp(), "action": action, "reportingComponent": "default-scheduler"}
        event["reportingInstance"] = "default-scheduler-demo"
        self._create(namespace_of(pod), event)

    def report(self, pod: Obj, kind: str, reason: str, message: str, node: str, count: int = 1) -> None:
        """Record what a kubelet saw; the same again raises the count."""
        key = ("kubelet", uid_of(pod), kind, reason, message)
        present = self._api.store.get(BUCKET, namespace_of(pod), self._written.get(key, ""))
        if present is not None:
            again = {
                **clone(present),
                "count": int(present.get("count", 1)) + count,
                "lastTimestamp": stamp(),
            }
            self._api.store.put(BUCKET, again)
            return
        event = self._event(pod, kind, reason, message)
        event["metadata"] = {
            "name": f"{name_of(pod)}.{suffix()}",
            "generateName": f"{name_of(pod)}.",
            "namespace": namespace_of(pod),
        }
        event["involvedObject"].pop("resourceVersion", None)
        event |= {"source": {"component": "kubelet", "host": node}, "count": count}
        event |= {"firstTimestamp": stamp(), "lastTimestamp": stamp()}
        self._create(namespace_of(pod), event)
        self._remember(key, name_of(event))

    def _is_combined(self, key: tuple[str, ...], message: str) -> bool:
        now = time.monotonic()
        group = self._groups.setdefault(key, _Group())
        if now - group.last > _WINDOW:
            group.messages.clear()
        group.last = now
        group.messages.add(message)
        while len(self._groups) > _REMEMBERED:
            self._groups.popitem(last=False)
        return len(group.messages) >= _SIMILAR

    def _remember(self, key: tuple[str, ...], name: str) -> None:
        self._written[key] = name
        while len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)

    @staticmethod
    def _event(about: Obj, kind: str, reason: str, message: str) -> Obj:
        reference = {"kind": about["kind"], "name": name_of(about), "uid": uid_of(about)}
        reference["apiVersion"] = about["apiVersion"]
        namespace = namespace_of(about)
        if namespace:
            reference["namespace"] = namespace
            reference["resourceVersion"] = about["metadata"].get("resourceVersion", "")
        return {
            "metadata": {"name": f"{name_of(about)}.{time.time_ns():x}", "namespace": namespace or "default"},
            "involvedObject": reference,
            "reason": reason,
            "message": message,
            "type": kind,
        }

    def _create(self, namespace: str, event: Obj) -> None:
        kind = self._api.kinds.by_plural("", "events")
        try:
            self._api.create(kind, namespace, event, Call())
        except ApiError:
            # Events are best effort: a namespace that is going away takes no more of them.
            return
