"""Two log stores that speak Elasticsearch: osmem behind a media-type shim, and noida-db as it is."""

import importlib.util
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.backends.media_shim import MediaTypeShim
from demo.backends.process import BackendMissing, ServerProcess, answers, free_port

INSTALL_OSMEM = "pip install osmem-server"
INSTALL_NOIDA = "pip install noida-db"


def _packaged(package: str, inside: str, install: str) -> str:
    """Return the path of a program that a Python package carries, or raise BackendMissing."""
    spec = importlib.util.find_spec(package)
    program = Path(spec.origin).parent / inside if spec and spec.origin else None
    if program is None or not program.exists():
        raise BackendMissing(f"the log store {package} is not installed; install it with: {install}")
    return str(program)


class OsmemStore:
    """An in-memory OpenSearch that the official client can talk to; an async context manager."""

    def __init__(self, directory: Path, *, port: int = 0) -> None:
        self.directory = directory
        self.port = free_port(port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._inner_port = free_port()
        self._shim = MediaTypeShim(f"http://127.0.0.1:{self._inner_port}", self.port)
        self._process: ServerProcess | None = None

    async def __aenter__(self) -> Self:
        program = _packaged("osmem_server", "bin/osmem-server", INSTALL_OSMEM)
        address = f"127.0.0.1:{self._inner_port}"
        command = [program, "-addr", address, "-no-stdin-watch"]
        self._process = ServerProcess("osmem", command, self.directory, self._ready)
        await self._process.start()
        await self._shim.start()
        return self

    async def _ready(self) -> bool:
        return await answers(f"http://127.0.0.1:{self._inner_port}/")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._shim.stop()
        if self._process:
            await self._process.stop()


class NoidaStore:
    """noida-db's Elasticsearch door, with its data on disk; an async context manager."""

    def __init__(self, directory: Path, *, port: int = 0) -> None:
        self.directory = directory
        self.port = free_port(port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: ServerProcess | None = None

    async def __aenter__(self) -> Self:
        program = _packaged("noida_db", "noida-db", INSTALL_NOIDA)
        only = ["--only", "elasticsearch", "--elasticsearch-port", str(self.port)]
        command = [program, "start", *only, "--data-dir", str(self.directory / "data")]
        self._process = ServerProcess("noida-db", command, self.directory, self._ready)
        await self._process.start()
        return self

    async def _ready(self) -> bool:
        return await answers(f"{self.url}/")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            await self._process.stop()
