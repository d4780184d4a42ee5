"""Two log stores that speak Elasticsearch: osmem behind a media-type shim, and noida-db as it is."""

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.backends.media_shim import MediaTypeShim
from demo.backends.process import BackendMissing, ServerProcess, answers, free_port

INSTALL_OSMEM = "pip install osmem-server"
INSTALL_NOIDA = "pip install noida-db"
# It would spend half of its time on collecting garbage; it may take that much memory instead.
THRIFT = {"GOGC": "400", "GOMEMLIMIT": "600MiB"}


def _packaged(package: str, inside: str, install: str) -> str:
    """Return the path of a program that a Python package carries, or raise BackendMissing."""
    spec = importlib.util.find_spec(package)
    program = Path(spec.origin).parent / inside if spec and spec.origin else None
    if program is None or not program.exists():
        raise BackendMissing(f"the log store {package} is not installed; install it with: {install}")
    return str(program)


class LogStore(ABC):
    """A log store on a loopback port; an async context manager."""

    def __init__(self, directory: Path, *, port: int = 0) -> None:
        self.directory = directory
        self.port = free_port(port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = self._program()

    @abstractmethod
    def _program(self) -> ServerProcess:
        """Return the program to run, not yet started."""

    async def __aenter__(self) -> Self:
        await self._process.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._process.stop()


class OsmemStore(LogStore):
    """An in-memory OpenSearch that the official client can talk to."""

    def _program(self) -> ServerProcess:
        self._inner_port = free_port()
        self._shim = MediaTypeShim(f"http://127.0.0.1:{self._inner_port}", self.port)
        program = _packaged("osmem_server", "bin/osmem-server", INSTALL_OSMEM)
        command = [program, "-addr", f"127.0.0.1:{self._inner_port}", "-no-stdin-watch"]
        return ServerProcess("osmem", command, self.directory, self._ready, environment=THRIFT)

    async def _ready(self) -> bool:
        return await answers(f"http://127.0.0.1:{self._inner_port}/")

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        try:
            await self._shim.start()
        except OSError:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._shim.stop()
        await super().__aexit__(kind, error, trace)


class NoidaStore(LogStore):
    """noida-db's Elasticsearch door, with its data on disk."""

    def _program(self) -> ServerProcess:
        program = _packaged("noida_db", "noida-db", INSTALL_NOIDA)
        only = ["--only", "elasticsearch", "--elasticsearch-port", str(self.port)]
        command = [program, "start", *only, "--data-dir", str(self.directory / "data")]
        return ServerProcess("noida-db", command, self.directory, self._ready)

    async def _ready(self) -> bool:
        return await answers(f"{self.url}/")


STORES: Mapping[str, type[LogStore]] = {"osmem": OsmemStore, "noida": NoidaStore}
