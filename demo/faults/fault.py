"""What a fault is, and the handles on the world that it may turn."""

from dataclasses import dataclass, field
from typing import Protocol

from demo.shop.card_network import CardNetwork
from demo.shop.falco import FalcoSensor
from demo.shop.kube import KubeApi
from demo.shop.model_gateway import ModelGateway
from demo.shop.runtime import ShopRuntime
from demo.shop.rush import Rush

NAMESPACE = "shop"


@dataclass(frozen=True, slots=True)
class Stage:
    """The parts of the world that faults act on."""

    kube: KubeApi
    runtime: ShopRuntime
    gateway: ModelGateway
    rush: Rush = field(default_factory=Rush)
    falco: FalcoSensor = field(default_factory=FalcoSensor)
    card_network: CardNetwork = field(default_factory=CardNetwork)


class Fault(Protocol):
    """One thing that can be broken and mended; whether it is broken is read from the world, not remembered."""

    @property
    def name(self) -> str:
        """Return the name used on the command line."""
        ...

    @property
    def title(self) -> str:
        """Return the name that people read."""
        ...

    @property
    def description(self) -> str:
        """Return what happens, in one sentence."""
        ...

    async def inject(self, stage: Stage) -> None:
        """Break it."""
        ...

    async def clear(self, stage: Stage) -> None:
        """Mend it."""
        ...

    async def active(self, stage: Stage) -> bool:
        """Tell whether it is broken now."""
        ...
