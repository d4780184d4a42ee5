"""What runs a Pod: the protocols between the kubelet and whoever starts the processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Protocol, cast, runtime_checkable


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a Pod."""

    name: str
    image: str
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PodSpec:
    """A Pod as its runtime needs to know it; image, env and port are the first container's."""

    namespace: str
    name: str
    uid: str
    image: str
    env: Mapping[str, str]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    node: str
    service_port: int
    containers: Sequence[Container] = ()


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container ended: its code, and "OOMKilled", "Error" or "Completed"."""

    code: int
    reason: str


class RunningPod(Protocol):
    """A started Pod."""

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port where it listens."""
        ...

    def ready(self) -> bool:
        """Tell whether it can take requests."""
        ...

    async def wait(self) -> Exit:
        """Return when its container died."""
        ...

    async def stop(self, grace_seconds: float) -> None:
        """Stop it, by force when the grace is over."""
        ...

    def logs(self, *, tail: int | None, previous: bool, since: datetime | None) -> list[str]:
        """Return log lines, oldest first."""
        ...

    def usage(self) -> tuple[float, int]:
        """Return CPU cores and bytes of memory in use."""
        ...


class PodRuntime(Protocol):
    """Starts Pods."""

    async def start(self, pod: PodSpec) -> RunningPod:
        """Start a Pod; an exception counts as a container that could not start."""
        ...


@dataclass(frozen=True, slots=True)
class ScriptedState:
    """A container state that a runtime dictates instead of living through it."""

    waiting: str
    message: str
    event: str
    restarts: int = 0
    last: Exit | None = None


@runtime_checkable
class ScriptedPod(Protocol):
    """A Pod that may dictate its containers' state."""

    def scripted(self) -> ScriptedState | None:
        """Return the state to report, or None to report what really happens."""
        ...


def scripted_of(pod: RunningPod | None) -> ScriptedPod | None:
    """Return a Pod as one that may dictate its state, if it is such a Pod."""
    kind: Any = type(pod)
    return cast(ScriptedPod, pod) if _dictates(kind) else None


@cache
def _dictates(kind: Any) -> bool:
    # Every Pod is asked many times a second, and looking for a protocol's methods takes long.
    return issubclass(kind, ScriptedPod)


@runtime_checkable
class NodeReporter(Protocol):
    """A runtime that also says what its nodes are like."""

    def node_status(self, node: str) -> Mapping[str, Any]:
        """Return the fields of a Node's status that differ from the usual."""
        ...
