"""The demo's world without the bot, and what fires in it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import demo.world
from demo.faults.door import ask_door
from demo.settings import DemoSettings
from demo.world import World
from tests.support.backends import WebhookSink, eventually, webhook_sink
from tests.support.without_speed import without_speed

Named = tuple[str, str]


@dataclass
class Stand:
    """The running world with what it sent to the bot's place."""

    world: World
    sink: WebhookSink
    injected: set[str] = field(default_factory=set)
    seen: set[Named] = field(default_factory=set)

    async def firing(self) -> set[Named]:
        """Return name and service (or instance) of the alerts that fire in Prometheus."""
        alerts = [alert["labels"] for alert in await self.world.prometheus.firing()]
        found = {(a["alertname"], a.get("service") or a.get("instance", "")) for a in alerts}
        self.seen |= found
        return found

    async def inject(self, faults: Iterable[str]) -> None:
        """Inject the faults that have not been injected yet, through the door."""
        for name in set(faults) - self.injected:
            await ask_door(self.world.settings.control_file, "POST", f"/faults/{name}")
            self.injected.add(name)

    async def raises(self, alerts: set[Named], within: float) -> None:
        """Wait until each of the alerts has fired since the start; fail with what did and what does."""

        async def all_seen() -> bool:
            await self.firing()
            return alerts <= self.seen

        try:
            await eventually(all_seen, within=within, every=0.5)
        except TimeoutError as late:
            told = f"never fired: {sorted(alerts - self.seen)}, firing: {sorted(await self.firing())}"
            raise AssertionError(f"{told}; pods: {await self._pods()}") from late

    async def _pods(self) -> list[str]:
        found = await self.world.kube.pods()
        return sorted(f"{pod['metadata']['name']} {pod['status'].get('phase')}" for pod in found)

    async def calm(self) -> bool:
        """Tell whether no alert fires."""
        return not await self.firing()

    async def calms(self, within: float) -> None:
        """Wait until no alert fires; fail with the names of those that still do."""
        try:
            await eventually(self.calm, within=within, every=0.5)
        except TimeoutError as late:
            raise AssertionError(f"still firing: {sorted(await self.firing())}") from late


@asynccontextmanager
async def standing(home: Path) -> AsyncIterator[Stand]:
    """Run the world with ports of its own, and without alerts about response times: a busy machine is no trouble of it."""
    settings = DemoSettings(home=home).with_free_ports()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.world, "demo_rules", without_speed)
        async with (
            webhook_sink() as sink,
            World(settings, alert_webhook_url=sink.url, say=lambda _: None) as world,
        ):
            yield Stand(world, sink)
