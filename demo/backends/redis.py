"""A real Redis on a loopback port that keeps nothing on disk."""

import secrets
from pathlib import Path
from types import TracebackType
from typing import Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from demo.backends.process import ServerProcess, find_program, free_port

INSTALL = "apt-get install --no-install-recommends redis-server"
PROGRAMS = ("redis-server",)


class RedisServer:
    """A Redis process with a password of its own; an async context manager."""

    def __init__(self, directory: Path, *, port: int = 0, max_memory: str = "64mb") -> None:
        self.directory = directory
        self.port = free_port(port)
        self._password = secrets.token_urlsafe(18)
        self._max_memory = max_memory
        self._process: ServerProcess | None = None
        self.url = f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    async def __aenter__(self) -> Self:
        program = find_program(PROGRAMS, INSTALL)
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "redis.conf"
        # In a file and not on the command line, which everybody on the machine may read.
        config.touch(0o600)
        config.write_text(self._configuration())
        self._process = ServerProcess("redis", [program, str(config)], self.directory, self._ready)
        await self._process.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int | None:
        """Return the server's pid while it runs."""
        return self._process.pid if self._process else None

    async def stop(self) -> None:
        """Stop the server; what it held is gone."""
        if self._process:
            await self._process.stop()

    async def start(self) -> None:
        """Start a stopped server again, empty."""
        await self.__aenter__()

    def _configuration(self) -> str:
        lines = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self._password,
            "save": '""',
            "appendonly": "no",
            "daemonize": "no",
            "dir": str(self.directory),
            "maxmemory": self._max_memory,
            "loglevel": "warning",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    async def _ready(self) -> bool:
        client = Redis.from_url(self.url, socket_connect_timeout=1, socket_timeout=1)
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False
        finally:
            await client.aclose()
