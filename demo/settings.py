"""Where the demo lives and which ports it prefers; a busy port gives way to the next free one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict


class DemoSettings(BaseModel):
    """All knobs of the demo; tests set every port to 0, which lets the system choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Path(".demo")
    prometheus_port: int = 19090
    alertmanager_port: int = 19093
    logstore_port: int = 19200
    cluster_port: int = 19443
    bot_port: int = 18080
    workspace_port: int = 18000
    outside_port: int = 18090
    requests_per_second: float = 12.0
    scrape_interval: str = "2s"
    nodes: tuple[str, ...] = ("node-1", "node-2")
    log_store: Literal["osmem", "noida"] = "osmem"
    # How long the local Slack waits for an acknowledgement, and how long a trigger of it lives.
    slack_patience_seconds: float = 3.0
    # Settings of the bot that differ from the demo's.
    bot_environment: Mapping[str, str] = {}

    @property
    def control_file(self) -> Path:
        """Return the file that holds the control door's address and token."""
        return self.home / "control.json"

    @property
    def alert_token_file(self) -> Path:
        """Return the file with the bearer token that Alertmanager shows to the bot."""
        return self.home / "alert-token"

    def with_free_ports(self) -> "DemoSettings":
        """Return the same settings with every port left to the system."""
        ports = [name for name in type(self).model_fields if name.endswith("_port")]
        return self.model_copy(update=dict.fromkeys(ports, 0))
