"""A runtime without processes: a Pod's annotations say how it fares and what it logs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from demo.cluster.objects import parse_time
from demo.cluster.runtime import Exit, PodSpec, ScriptedState

STATE = "fakelet/state"
LOGS = "fakelet/logs"
_DEFAULT_LOG = "started\nlistening on :8080\n"
_PREVIOUS_LOG = ["panic: boom", "exit 2"]
_BACK_OFF = "back-off 5m0s restarting failed container"
_CRASHES = {"CrashLoopBackOff": Exit(2, "Error"), "OOMKilled": Exit(137, "OOMKilled")}
_NODE_CONDITIONS = ("MemoryPressure", "DiskPressure", "PIDPressure")


class AnnotatedPod:
    """A Pod that does nothing but report."""

    def __init__(self, pod: PodSpec) -> None:
        self._pod = pod
        self._state = pod.annotations.get(STATE, "")
        self._gone = asyncio.Event()

    @property
    def address(self) -> tuple[str, int]:
        """Return a port on the loopback that nobody listens on."""
        return ("127.0.0.1", self._pod.service_port)

    def ready(self) -> bool:
        """Tell whether the annotation lets the Pod be ready."""
        return self._state == ""

    def scripted(self) -> ScriptedState | None:
        """Return the state that the annotation asks for."""
        if self._state in _CRASHES:
            event = "Back-off restarting failed container"
            return ScriptedState("CrashLoopBackOff", _BACK_OFF, event, 5, _CRASHES[self._state])
        if self._state == "ImagePullBackOff":
            message = f'Back-off pulling image "{self._pod.image}"'
            return ScriptedState("ImagePullBackOff", message, "Back-off pulling image")
        return None

    async def wait(self) -> Exit:
        """Return when the Pod was stopped."""
        await self._gone.wait()
        return Exit(0, "Completed")

    async def stop(self, grace_seconds: float) -> None:
        """Stop at once."""
        self._gone.set()

    def logs(self, *, tail: int | None, previous: bool, since: datetime | None) -> list[str]:
        """Return the lines of the annotation."""
        lines = _PREVIOUS_LOG if previous else self._pod.annotations.get(LOGS, _DEFAULT_LOG).splitlines()
        if since is not None:
            lines = [line for line in lines if _at(line) is None or _at(line) >= since]  # type: ignore[operator]
        return lines if tail is None else lines[len(lines) - min(tail, len(lines)) :]

    def usage(self) -> tuple[float, int]:
        """Return a small constant use."""
        return 0.01, 32 * 1024 * 1024


def _at(line: str) -> datetime | None:
    try:
        return parse_time(line.split(" ", 1)[0])
    except ValueError:
        return None


class AnnotatedRuntime:
    """Starts annotated Pods and describes nodes as plainly as can be."""

    async def start(self, pod: PodSpec) -> AnnotatedPod:
        """Start a Pod, which is ready at once unless its annotation says otherwise."""
        return AnnotatedPod(pod)

    def node_status(self, node: str) -> Mapping[str, Any]:
        """Return the status of a node without a kubelet worth the name."""
        return {
            "reasons": {"Ready": "KubeletReady"} | dict.fromkeys(_NODE_CONDITIONS, "x"),
            "capacity": {"cpu": "4", "ephemeral-storage": "50Gi", "memory": "8Gi", "pods": "110"},
            "nodeInfo": {"kernelVersion": "6.1", "osImage": "fake", "containerRuntimeVersion": "fake://1"},
        }
