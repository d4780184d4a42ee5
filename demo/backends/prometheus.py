"""A real Prometheus on a loopback port: its configuration, file-based targets, rules and reload."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import yaml

from demo.backends.process import ServerProcess, answers, find_program, free_port, run_tool

INSTALL = "apt-get install --no-install-recommends prometheus"


@dataclass(frozen=True, slots=True)
class ScrapeJob:
    """One scrape job; its targets are files that may change while Prometheus runs."""

    name: str
    metrics_path: str = "/metrics"
    relabel: tuple[Mapping[str, Any], ...] = ()
    metric_relabel: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One address to scrape with the labels that its series shall carry."""

    address: str
    labels: Mapping[str, str] = field(default_factory=dict)


class PrometheusServer:
    """A Prometheus process with its data in one directory; an async context manager."""

    def __init__(
        self,
        directory: Path,
        *,
        jobs: Sequence[ScrapeJob] = (),
        rules: Mapping[str, Mapping[str, Any]] | None = None,
        alertmanager_url: str | None = None,
        external_labels: Mapping[str, str] | None = None,
        port: int = 0,
        interval: str = "1s",
        retention: str = "1d",
        lookback: str = "5m",
    ) -> None:
        self.directory = directory
        self.data = directory / "tsdb"
        self.jobs = tuple(jobs)
        self.rules = dict(rules or {})
        self.alertmanager_url = alertmanager_url
        self.external_labels = dict(external_labels or {})
        self.interval = interval
        self.retention = retention
        self.lookback = lookback
        self.port = free_port(port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: ServerProcess | None = None

    def configuration(self) -> dict[str, Any]:
        """Return the content of prometheus.yml."""
        content: dict[str, Any] = {
            "global": {
                "scrape_interval": self.interval,
                "scrape_timeout": self.interval,
                "evaluation_interval": self.interval,
                "external_labels": self.external_labels,
            },
            "rule_files": [str(self.directory / "rules" / "*.yaml")],
            "scrape_configs": [self._scrape(job) for job in self.jobs],
        }
        if self.alertmanager_url:
            address = self.alertmanager_url.removeprefix("http://")
            content["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [address]}]}]}
        return content

    def _scrape(self, job: ScrapeJob) -> dict[str, Any]:
        return {
            "job_name": job.name,
            "metrics_path": job.metrics_path,
            "file_sd_configs": [{"files": [str(self._target_file(job.name))], "refresh_interval": "5s"}],
            "relabel_configs": [dict(rule) for rule in job.relabel],
            "metric_relabel_configs": [dict(rule) for rule in job.metric_relabel],
        }

    def _target_file(self, job: str) -> Path:
        return self.directory / "targets" / f"{job}.json"

    def write_files(self) -> None:
        """Write the configuration, the rules and empty target files."""
        (self.directory / "rules").mkdir(parents=True, exist_ok=True)
        (self.directory / "targets").mkdir(exist_ok=True)
        for stale in (self.directory / "rules").glob("*.yaml"):
            stale.unlink()
        for name, content in self.rules.items():
            path = self.directory / "rules" / f"{name}.yaml"
            path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
        for job in self.jobs:
            if not self._target_file(job.name).exists():
                self._target_file(job.name).write_text("[]")
        (self.directory / "prometheus.yml").write_text(yaml.safe_dump(self.configuration(), sort_keys=False))

    def set_targets(self, job: str, targets: Sequence[Target]) -> None:
        """Replace the targets of a job; Prometheus sees the change at once."""
        content = [{"targets": [t.address], "labels": dict(t.labels)} for t in targets]
        draft = self._target_file(job).with_suffix(".tmp")
        draft.write_text(json.dumps(content))
        # A rename is the only write that Prometheus can never read half of.
        os.replace(draft, self._target_file(job))

    async def __aenter__(self) -> Self:
        program = find_program(["prometheus"], INSTALL)
        self.write_files()
        self._process = ServerProcess("prometheus", self._command(program), self.directory, self._ready)
        await self._process.start()
        return self

    def _command(self, program: str) -> list[str]:
        return [
            program,
            f"--config.file={self.directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.data}",
            f"--storage.tsdb.retention.time={self.retention}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--web.enable-lifecycle",
            "--web.enable-admin-api",
            f"--query.lookback-delta={self.lookback}",
            "--rules.alert.resend-delay=5s",
            "--log.level=warn",
        ]

    async def _ready(self) -> bool:
        return await answers(f"{self.url}/-/ready")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            await self._process.stop()

    async def reload(self) -> None:
        """Make the running server read its configuration again."""
        async with aiohttp.ClientSession() as http, http.post(f"{self.url}/-/reload") as response:
            response.raise_for_status()

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the instant vector of an expression, or a scalar as one sample without labels."""
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{self.url}/api/v1/query", params={"query": expression}) as response,
        ):
            response.raise_for_status()
            data = (await response.json())["data"]
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        return list(data["result"])

    async def firing(self) -> list[dict[str, Any]]:
        """Return the alerts that fire now, as the alerts API writes them."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.url}/api/v1/alerts") as response:
            response.raise_for_status()
            alerts = (await response.json())["data"]["alerts"]
        return [alert for alert in alerts if alert["state"] == "firing"]


async def check_rules(path: Path) -> str:
    """Check a rule file with promtool and return what it says; raise BackendFailed on a bad one."""
    return await run_tool([find_program(["promtool"], INSTALL), "check", "rules", str(path)])


async def backfill(openmetrics: Path, data: Path) -> None:
    """Write blocks of past samples into the data directory of a stopped Prometheus."""
    await asyncio.to_thread(data.mkdir, parents=True, exist_ok=True)
    promtool = find_program(["promtool"], INSTALL)
    # One large block: promtool reads the whole file once per block, and a month in blocks of two hours takes minutes.
    command = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=10000h", "--quiet"]
    await run_tool([promtool, *command, str(openmetrics), str(data)])
