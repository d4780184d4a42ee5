"""The product beside its demo world: `ops-monitor serve`, unmodified, in a process of its own that is kept alive."""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from demo.deployer import deployment_secret
from demo.outside import OutsideWorld
from demo.overlay import lay_out
from demo.shop.card_network import HEALTH
from demo.workspace.server import WorkspaceServer
from demo.world import World

_READY_WITHIN = 180.0
_GRACE = 15.0


def bot_settings(
    world: World, workspace: WorkspaceServer, outside: OutsideWorld | None = None
) -> dict[str, str]:
    """Return the environment that points the bot at the demo's world and workspace, and at the vendors outside it."""
    app = workspace.workspace.state.app.seed
    home = world.settings.home.resolve()
    data = {"OPS_REDIS_URL": world.data.redis_url, "OPS_POSTGRESQL_URL": world.data.postgresql_url}
    known = {name: url for name, url in data.items() if url} | (outside.settings if outside else {})
    return known | {
        "OPS_DATABASE_URL": f"sqlite:///{home / 'ops-monitor.db'}",
        "OPS_HTTP_PORT": str(world.settings.bot_port),
        "OPS_PUBLIC_URL": f"http://127.0.0.1:{world.settings.bot_port}",
        "OPS_POLICIES_DIR": str(lay_out(home / "policies", addresses=_third_parties(world))),
        "OPS_WEBHOOK_TOKEN": world.alert_token_file.read_text().strip(),
        "OPS_DEPLOYMENT_WEBHOOK_SECRET": deployment_secret(home),
        "OPS_SLACK_API_URL": workspace.api_url,
        "OPS_SLACK_BOT_TOKEN": app.bot_token,
        "OPS_SLACK_APP_TOKEN": app.app_token,
        "OPS_SLACK_SIGNING_SECRET": app.signing_secret,
        "OPS_PROMETHEUS_URL": world.prometheus_url,
        "OPS_ALERTMANAGER_URL": world.alertmanager_url,
        "OPS_ELASTICSEARCH_URL": world.logstore_url,
        "OPS_KUBECONFIG": str(world.kubeconfig_file),
        "OPS_KUBERNETES_WRITE_KUBECONFIG": str(world.write_kubeconfig_file),
        "OPS_KUBERNETES_NAMESPACES": "shop,batch",
        "OPS_TLS_CA_FILE": str(world.gateway.authority_file),
        "OPS_ENVIRONMENT": "demo",
        "OPS_LOG_LEVEL": "warning",
        # A recovery's half hour is half a minute here, and an action has less time to prove itself.
        "OPS_RECOVERY_TIME_SCALE": "0.02",
        "OPS_VERIFY_SECONDS": "60",
        # The demo's rules are time-scaled, so what counts as quiet or as one trouble is too.
        "OPS_QUIET_PERIOD_SECONDS": "20",
        "OPS_CORRELATION_WINDOW_SECONDS": "60",
        **world.settings.bot_environment,
    }


def as_environment(settings: Mapping[str, str]) -> str:
    """Return the settings as lines that a shell reads."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(settings.items()))


def _third_parties(world: World) -> dict[str, str]:
    url = world.card_network.url
    return {"card-network": f"{url}{HEALTH}", "card-settlement": url}


class BotProcess:
    """Runs the bot until left; `environment` is added to this process's own without its `OPS_` variables."""

    def __init__(self, environment: dict[str, str], log: Path, say: Callable[[str], None] = print) -> None:
        self.environment = environment
        self.url = f"http://127.0.0.1:{environment['OPS_HTTP_PORT']}"
        self._log = log
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._process = await self._spawn()
        try:
            await self._until_ready()
        except BaseException:
            await self._end()
            raise
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
        await self._end()

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _spawn(self) -> asyncio.subprocess.Process:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("OPS_")}
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "agent",
                "serve",
                env=inherited | self.environment,
                stdout=log,
                stderr=log,
            )

    async def _keep(self) -> None:
        while self._process is not None:
            code = await self._process.wait()
            self._say(f"the bot ended with code {code} and is started again; its log: {self._log}")
            await asyncio.sleep(1)
            self._process = await self._spawn()

    async def _until_ready(self) -> None:
        async with asyncio.timeout(_READY_WITHIN), aiohttp.ClientSession() as http:
            while True:
                if self._process is not None and self._process.returncode is not None:
                    tail = self._log.read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"the bot did not start; the end of its log {self._log}:\n{tail}")
                try:
                    async with http.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass  # not listening yet
                await asyncio.sleep(0.05)
