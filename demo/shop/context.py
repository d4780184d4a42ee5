"""What a running container gives to the service inside it: identity, log, metrics, calls, and its troubles."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from demo.shop.calls import ServiceCalls
from demo.shop.logbook import LogBook
from demo.shop.telemetry import PodTelemetry

MIB = 1024 * 1024


@dataclass(slots=True)
class Trouble:
    """What a fault has done to one Pod; it stays with the Pod's uid, so a new Pod is free of it.

    Restarting only the container keeps the trouble, as an emptyDir volume or a bad node-local state would.
    """

    answer_delay: float = 0.0
    leak_bytes_per_second: float = 0.0
    hold_connections: bool = False
    cache_down: bool = False
    no_files_left: bool = False
    hung: bool = False
    under_attack: bool = False
    creates_nothing: bool = False
    burns_tokens: bool = False


@dataclass(slots=True)
class Usage:
    """The accounted use of CPU and memory; the shop charges for work instead of burning the machine."""

    memory_limit: int
    memory: float = 0.0
    cpu_seconds: float = 0.0
    cpu_cores: float = 0.0


def _nothing() -> Mapping[str, str]:
    return {}


@dataclass(slots=True)
class PodContext:
    """Everything that a service may touch; `settings` reads the mounted ConfigMap as it stands now."""

    service: str
    version: str
    pod: str
    env: Mapping[str, str]
    log: LogBook
    telemetry: PodTelemetry
    calls: ServiceCalls
    trouble: Trouble
    usage: Usage
    chance: random.Random = field(default_factory=random.Random)
    settings: Callable[[], Mapping[str, str]] = _nothing
