"""The status that the kubelet reports for a Pod, and the Pod as its runtime sees it."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from demo.cluster.objects import (
    Obj,
    annotations_of,
    dig,
    labels_of,
    name_of,
    namespace_of,
    parse_time,
    stamp,
    uid_of,
)
from demo.cluster.runtime import Container, Exit, PodRuntime, PodSpec, RunningPod, ScriptedState, scripted_of

_LOOPBACK = "127.0.0.1"
_made_up = count(2)


def _env(container: Obj) -> dict[str, str]:
    return {
        item["name"]: str(item.get("value", ""))
        for item in container.get("env") or []
        if "valueFrom" not in item
    }


def pod_spec(pod: Obj) -> PodSpec:
    """Describe a Pod to its runtime."""
    containers = [
        Container(
            item["name"],
            item.get("image", ""),
            _env(item),
            tuple(port["containerPort"] for port in item.get("ports") or []),
            (*(item.get("command") or []), *(item.get("args") or [])),
        )
        for item in dig(pod, "spec", "containers", default=[])
    ]
    first = containers[0]
    return PodSpec(
        namespace_of(pod),
        name_of(pod),
        uid_of(pod),
        first.image,
        first.env,
        labels_of(pod),
        annotations_of(pod),
        dig(pod, "spec", "nodeName", default=""),
        first.ports[0] if first.ports else 0,
        containers,
    )


class PodView:
    """What the kubelet knows of one Pod."""

    def __init__(self, runtime: PodRuntime) -> None:
        self.runtime = runtime
        self.running: RunningPod | None = None
        # What ran last; its log is kept until the next container starts.
        self.ended: RunningPod | None = None
        self.last: Exit | None = None
        self.restarts = 0
        self.waiting = ""
        self.finished = False
        self._since = ""
        self._last_since = ""
        self._ended = ""
        self._ready = False
        self._address = ""

    def started(self, running: RunningPod) -> None:
        """Note that a container runs."""
        self.running, self._since = running, stamp()

    def aged(self, by: timedelta) -> None:
        """Let the running container have started earlier."""
        if self._since:
            self._since = stamp(parse_time(self._since) - by)

    def failed(self, ended: Exit) -> None:
        """Note that the container ended."""
        self.ended = self.running
        self.last, self.running = ended, self.running if scripted_of(self.running) else None
        self._last_since, self._ended = self._since or stamp(), stamp()

    def scripted(self) -> ScriptedState | None:
        """Return the state that the runtime dictates, if it does."""
        found = scripted_of(self.running)
        return found.scripted() if found is not None else None

    def ready(self) -> bool:
        """Tell whether the Pod can take requests."""
        return self.running is not None and self.scripted() is None and self.running.ready()

    def readiness_changed(self) -> bool:
        """Tell whether readiness differs from what was reported last."""
        return self.ready() != self._ready

    def reported(self, ready: bool) -> None:
        """Remember what was reported."""
        self._ready = ready

    def address(self) -> str:
        """Return the Pod's address."""
        if scripted_of(self.running):
            self._address = self._address or f"10.244.0.{next(_made_up) % 250 + 2}"
        elif self.running is not None:
            self._address = self.running.address[0]
        return self._address

    def mapped_address(self, pod: Obj) -> str:
        """Return host:port when the Pod does not listen on the port that its spec declares."""
        if self.running is None or scripted_of(self.running):
            return ""
        host, port = self.running.address
        return "" if port == pod_spec(pod).service_port else f"{host}:{port}"

    def state(self) -> tuple[Obj, Obj]:
        """Return the container's present and last state."""
        script = self.scripted()
        if script is not None:
            last = self._terminated(script.last, self._since, self._since) if script.last else {}
            return {"waiting": {"reason": script.waiting, "message": script.message}}, last
        last = self._terminated(self.last, self._last_since, self._ended) if self.last else {}
        if self.running is not None:
            return {"running": {"startedAt": self._since}}, last
        if self.finished or (self.last is not None and not self.waiting):
            return last, {}
        if self.waiting:
            message = "back-off restarting failed container"
            return {"waiting": {"reason": self.waiting, "message": message}}, last
        return {"waiting": {"reason": "ContainerCreating"}}, last

    @staticmethod
    def _terminated(ended: Exit, started: str, finished: str) -> Obj:
        return {
            "terminated": {
                "exitCode": ended.code,
                "reason": ended.reason,
                "startedAt": started,
                "finishedAt": finished,
            }
        }


def pod_status(pod: Obj, view: PodView) -> Obj:
    """Build the status of a Pod."""
    ready = view.ready()
    view.reported(ready)
    before = pod.get("status") or {}
    status: Obj = {"phase": _phase(view), "conditions": _conditions(before, ready, finished=view.finished)}
    address = view.address()
    status["hostIP"] = _LOOPBACK
    if address:
        status |= {"podIP": address, "podIPs": [{"ip": address}]}
    status["startTime"] = before.get("startTime") or stamp()
    specs = dig(pod, "spec", "containers", default=[])
    status["containerStatuses"] = [_container(item, pod, view, ready) for item in specs]
    status["qosClass"] = before.get("qosClass", "BestEffort")
    return status


def _phase(view: PodView) -> str:
    if view.finished:
        return "Succeeded" if view.last is not None and view.last.code == 0 else "Failed"
    script = view.scripted()
    if script is not None:
        return "Running" if script.last is not None else "Pending"
    return "Pending" if view.running is None and view.last is None else "Running"


def _conditions(before: Obj, ready: bool, *, finished: bool) -> list[Obj]:
    present = {item["type"]: item for item in before.get("conditions") or []}
    wanted = {"PodScheduled": True, "Initialized": True, "ContainersReady": ready, "Ready": ready}
    result = []
    for kind, value in wanted.items():
        text = "True" if value else "False"
        old = present.get(kind)
        changed = old["lastTransitionTime"] if old and old["status"] == text else stamp()
        entry: Obj = {"type": kind, "status": text, "lastProbeTime": None, "lastTransitionTime": changed}
        if finished and kind in ("ContainersReady", "Ready"):
            entry["reason"] = "PodCompleted"
        result.append(entry)
    return result


def _container(spec: Obj, pod: Obj, view: PodView, ready: bool) -> Obj:
    state, last = view.state()
    script = view.scripted()
    restarts = script.restarts if script is not None else view.restarts
    identity = f"demo://{uid_of(pod)}"
    pulled = script is None or script.last is not None
    for part in (state, last):
        if "terminated" in part:
            part["terminated"] = {**part["terminated"], "containerID": identity}
    status: Obj = {
        "name": spec["name"],
        "state": state,
        "lastState": last,
        "ready": ready,
        "restartCount": restarts,
        "image": spec.get("image", ""),
        "imageID": "sha256:0" if pulled else "",
    }
    if pulled and (view.running is not None or view.last is not None):
        status["containerID"] = identity
    status["started"] = "running" in state
    return status
