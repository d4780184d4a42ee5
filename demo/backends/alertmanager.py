"""A real Alertmanager on a loopback port, given its configuration as plain data."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import yaml

from demo.backends.process import ServerProcess, answers, find_program, free_port

INSTALL = "apt-get install --no-install-recommends prometheus-alertmanager"
PROGRAMS = ("prometheus-alertmanager", "alertmanager")


def webhook_configuration(
    webhook_url: str, *, token_file: Path | None = None, group_wait: str = "1s", group_interval: str = "1s"
) -> dict[str, Any]:
    """Return a configuration that sends every alert, firing and resolved, to one webhook."""
    webhook: dict[str, Any] = {"url": webhook_url, "send_resolved": True}
    if token_file:
        webhook["http_config"] = {
            "authorization": {"type": "Bearer", "credentials_file": str(token_file)},
        }
    route = {
        "receiver": "webhook",
        "group_by": ["alertname", "cluster", "service"],
        "group_wait": group_wait,
        "group_interval": group_interval,
        "repeat_interval": "12h",
    }
    return {"route": route, "receivers": [{"name": "webhook", "webhook_configs": [webhook]}]}


class AlertmanagerServer:
    """An Alertmanager process with its data in one directory; an async context manager."""

    def __init__(self, directory: Path, configuration: Mapping[str, Any], *, port: int = 0) -> None:
        self.directory = directory
        self.configuration = dict(configuration)
        self.port = free_port(port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: ServerProcess | None = None

    async def __aenter__(self) -> Self:
        program = find_program(PROGRAMS, INSTALL)
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "alertmanager.yml"
        config.write_text(yaml.safe_dump(self.configuration, sort_keys=False))
        command = [
            program,
            f"--config.file={config}",
            f"--storage.path={self.directory / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            # An empty value, else it opens a gossip port on every address of the machine.
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        self._process = ServerProcess("alertmanager", command, self.directory, self._ready)
        await self._process.start()
        return self

    async def _ready(self) -> bool:
        return await answers(f"{self.url}/-/ready")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            await self._process.stop()

    async def post_alerts(self, alerts: list[dict[str, Any]]) -> None:
        """Send alerts to the v2 API as a Prometheus would."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/api/v2/alerts", json=alerts) as response,
        ):
            response.raise_for_status()

    async def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that the v2 API lists."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/api/v2/alerts") as response:
            response.raise_for_status()
            return list(await response.json())
