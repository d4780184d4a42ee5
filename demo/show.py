"""The whole demo: workspace, world and bot together, and a first fault that comes by itself."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import yaml

from demo.backends.process import free_port
from demo.backends.prometheus import Target
from demo.bot import BotProcess, as_environment, bot_settings
from demo.faults.door import write_private
from demo.faults.panel import FaultPanel
from demo.outside import OutsideWorld
from demo.settings import DemoSettings
from demo.shop.fleet import BOT_JOB
from demo.staged import Staged
from demo.workspace.panel import PanelState
from demo.workspace.seed import demo_seed
from demo.workspace.server import WorkspaceServer
from demo.world import World

MANIFEST = Path(__file__).resolve().parent.parent / "deploy" / "slack-manifest.yaml"
FIRST_FAULT = "bad-deployment"
ENVIRONMENT = "bot.env"


class LatePanel:
    """The page's fault panel from the first moment on; its switches appear once the world is there."""

    def __init__(self) -> None:
        self.panel: FaultPanel | None = None

    async def describe(self) -> PanelState:
        """Return the faults as they stand."""
        if self.panel is None:
            return PanelState(title="Faults (the shop is still opening)")
        return await self.panel.describe()

    async def press(self, item_id: str, user: str) -> None:
        """Turn one fault on or off."""
        if self.panel is not None:
            await self.panel.press(item_id, user)


class Show(Staged):
    """Everything that `make demo` starts; an async context manager."""

    def __init__(self, settings: DemoSettings, *, say: Callable[[str], None] = print) -> None:
        ports = {
            "bot_port": free_port(settings.bot_port),
            "workspace_port": free_port(settings.workspace_port),
            "outside_port": free_port(settings.outside_port),
        }
        self.settings = settings.model_copy(update=ports)
        self._say = say
        super().__init__()

    async def _start(self) -> None:
        home = self.settings.home
        home.mkdir(parents=True, exist_ok=True)
        for old in home.glob("ops-monitor.db*"):
            # The workspace is new each time, so an old memory of its messages would only mislead.
            old.unlink()
        shutil.rmtree(home / "ops-monitor", ignore_errors=True)
        bot = f"http://127.0.0.1:{self.settings.bot_port}"
        self.outside = await self._stack.enter_async_context(
            OutsideWorld(bot, port=self.settings.outside_port)
        )
        panel = LatePanel()
        seed = demo_seed(yaml.safe_load(MANIFEST.read_text()))
        self.workspace = await self._stack.enter_async_context(
            WorkspaceServer(
                seed,
                port=self.settings.workspace_port,
                panel=panel,
                links={
                    "Phones, mail, status page": self.outside.page.url,
                    "Grafana (a stand-in)": self.outside.urls["grafana"],
                },
                ack_seconds=self.settings.slack_patience_seconds,
                trigger_seconds=self.settings.slack_patience_seconds,
            )
        )
        self.world = await self._stack.enter_async_context(
            World(self.settings, alert_webhook_url=f"{bot}/webhooks/alertmanager", say=self._say)
        )
        panel.panel = self.world.panel
        settings = bot_settings(self.world, self.workspace, self.outside)
        # For the terminal's commands, which are to ask this demo as they ask a production.
        await asyncio.to_thread(write_private, home / ENVIRONMENT, as_environment(settings))
        self.bot = await self._stack.enter_async_context(BotProcess(settings, home / "bot.log", self._say))
        self._scrape_bot()

    def _scrape_bot(self) -> None:
        address = f"127.0.0.1:{self.settings.bot_port}"
        self.world.prometheus.set_targets(BOT_JOB, [Target(address, {"instance": "ops-monitor"})])

    async def first_fault(self, after_seconds: float) -> None:
        """Break the shop once, unless somebody has broken it already."""
        await asyncio.sleep(after_seconds)
        state = await self.world.panel.describe()
        if not any(item.active for item in state.items):
            self._say(f"fault: {FIRST_FAULT} (watch #alerts-critical)")
            await self.world.panel.turn(FIRST_FAULT, True)
