"""Real metric stores beside Prometheus on free ports: VictoriaMetrics and InfluxDB 1, filled by their own writing APIs."""

from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from demo.backends.process import ServerProcess, answers, find_program, free_port

_INSTALL = "apt-get install --no-install-recommends"
_AT_ONCE = 8_000
_PATIENCE = aiohttp.ClientTimeout(total=120)


class VictoriaMetricsServer:
    """A VictoriaMetrics process with its data in one directory; an async context manager."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: ServerProcess | None = None

    async def __aenter__(self) -> Self:
        program = find_program(["victoria-metrics"], f"{_INSTALL} victoria-metrics")
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [
            program,
            f"-httpListenAddr=127.0.0.1:{self.port}",
            f"-storageDataPath={self.directory / 'data'}",
            # Samples older than the retention, a month as shipped, are dropped without a word.
            "-retentionPeriod=6",
            "-memory.allowedBytes=64MB",
            "-loggerLevel=WARN",
        ]
        self._process = ServerProcess("victoria-metrics", command, self.directory, self._ready)
        await self._process.start()
        return self

    async def _ready(self) -> bool:
        return await answers(f"{self.url}/health")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            await self._process.stop()

    async def fill(self, openmetrics: str) -> None:
        """Write the samples of an OpenMetrics text, and make them visible to queries."""
        lines = [_in_milliseconds(line) for line in openmetrics.splitlines() if line and line[0] != "#"]
        async with aiohttp.ClientSession(timeout=_PATIENCE) as http:
            for first in range(0, len(lines), _AT_ONCE):
                body = "\n".join(lines[first : first + _AT_ONCE])
                async with http.post(f"{self.url}/api/v1/import/prometheus", data=body) as answer:
                    answer.raise_for_status()
            async with http.get(f"{self.url}/internal/force_flush") as answer:
                answer.raise_for_status()


def _in_milliseconds(line: str) -> str:
    sample, _, at = line.rpartition(" ")
    return f"{sample} {int(at) * 1000}"


_INFLUX = """reporting-disabled = true
bind-address = "127.0.0.1:{own}"
[meta]
dir = "{home}/meta"
[data]
dir = "{home}/data"
wal-dir = "{home}/wal"
query-log-enabled = false
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
[monitor]
store-enabled = false
[logging]
level = "error"
"""


class InfluxServer:
    """An InfluxDB 1 process with one database in one directory; an async context manager."""

    def __init__(self, directory: Path, database: str = "ops") -> None:
        self.directory = directory
        self.database = database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: ServerProcess | None = None

    async def __aenter__(self) -> Self:
        program = find_program(["influxd"], f"{_INSTALL} influxdb")
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / "influx.conf"
        path.write_text(_INFLUX.format(own=free_port(), port=self.port, home=self.directory))
        command = [program, "-config", str(path)]
        self._process = ServerProcess("influxd", command, self.directory, self._ready)
        await self._process.start()
        async with (
            aiohttp.ClientSession(timeout=_PATIENCE) as http,
            http.post(f"{self.url}/query", data={"q": f'CREATE DATABASE "{self.database}"'}) as answer,
        ):
            answer.raise_for_status()
        return self

    async def _ready(self) -> bool:
        return await answers(f"{self.url}/ping", status=204)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            await self._process.stop()

    async def fill(self, lines: list[str]) -> None:
        """Write points in the line protocol, with seconds."""
        async with aiohttp.ClientSession(timeout=_PATIENCE) as http:
            for first in range(0, len(lines), _AT_ONCE):
                body = "\n".join(lines[first : first + _AT_ONCE])
                place = f"{self.url}/write?db={self.database}&precision=s"
                async with http.post(place, data=body) as answer:
                    answer.raise_for_status()
