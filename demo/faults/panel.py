"""The workspace's fault panel: one switch per fault."""

from demo.faults.catalogue import FAULTS, fault_named
from demo.faults.fault import Stage
from demo.workspace.panel import PanelItem, PanelState


class FaultPanel:
    """Shows which faults are active, and turns one on or off when it is pressed."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._busy: set[str] = set()

    async def describe(self) -> PanelState:
        """Return the switches as they stand in the world."""
        items = [
            PanelItem(
                id=fault.name,
                title=fault.title,
                description=fault.description,
                active=await fault.active(self._stage),
                busy=fault.name in self._busy,
            )
            for fault in FAULTS
        ]
        return PanelState(title="Faults", items=tuple(items))

    async def press(self, item_id: str, user: str) -> None:
        """Inject the fault, or clear it when it is active; raise FaultUnknown for an unknown id."""
        await self.turn(item_id)

    async def turn(self, name: str, on: bool | None = None) -> bool:
        """Inject (True), clear (False) or toggle (None) a fault and return whether it is active now."""
        fault = fault_named(name)
        wanted = not await fault.active(self._stage) if on is None else on
        self._busy.add(name)
        try:
            await (fault.inject(self._stage) if wanted else fault.clear(self._stage))
        finally:
            self._busy.discard(name)
        return wanted
