"""A real PostgreSQL on a loopback port, with its data in one directory and a password of its own."""

import os
import pwd
import secrets
import shutil
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from demo.backends.process import BackendMissing, ServerProcess, find_program, free_port, run_tool

INSTALL = "apt-get install --no-install-recommends postgresql"
OWNER = "ops"
# The account that the package makes; the server refuses to run as root.
ACCOUNT = "postgres"


class PostgresServer:
    """A PostgreSQL process; an async context manager that may be entered again on the same data.

    `fsync=False` is for tests that never pull the plug; `settings` are lines of postgresql.conf.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        fsync: bool = True,
        max_connections: int = 100,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.directory = directory
        self.port = free_port(port)
        self.password = secrets.token_urlsafe(18)
        self.url = self.url_of("postgres")
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            # Loopback only: a socket's path may not be longer than 107 bytes, and test folders often are.
            "unix_socket_directories": "",
            "fsync": "on" if fsync else "off",
            "synchronous_commit": "on" if fsync else "off",
            "max_connections": str(max_connections),
            "shared_buffers": "32MB",
            **(settings or {}),
        }
        self._user = ACCOUNT if os.geteuid() == 0 else None
        self._data: Path | None = None
        self._elsewhere: Path | None = None
        self._process: ServerProcess | None = None

    def url_of(self, database: str, *, user: str = OWNER, password: str | None = None) -> str:
        """Return the URL of a database of this server, for its owner or another role."""
        secret = self.password if password is None else password
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int | None:
        """Return the server's pid while it runs."""
        return self._process.pid if self._process else None

    async def __aenter__(self) -> Self:
        programs = find_binaries()
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._data is None:
            self._data = await self._new_data(programs)
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._process = ServerProcess(
            "postgres",
            [str(programs / "postgres"), "-D", str(self._data), *settings],
            self.directory,
            self._ready,
            user=self._user,
            # SIGTERM would wait for every client to leave by itself.
            stop_signal=signal.SIGINT,
        )
        await self._process.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if self._elsewhere is not None:
            shutil.rmtree(self._elsewhere, ignore_errors=True)
            self._data = self._elsewhere = None

    async def stop(self) -> None:
        """Stop the server and keep its data; clients are thrown out."""
        if self._process:
            await self._process.stop()

    async def start(self) -> None:
        """Start a stopped server again on its data."""
        await self.__aenter__()

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement of SQL as the owner, outside any transaction."""
        async with await psycopg.AsyncConnection.connect(
            self.url_of(database), autocommit=True
        ) as connection:
            await connection.execute(statement.encode())

    async def create_database(self, name: str, template: str = "template1") -> str:
        """Create a database, a copy of the template, and return its URL."""
        await self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url_of(name)

    async def _ready(self) -> bool:
        try:
            async with await psycopg.AsyncConnection.connect(self.url, connect_timeout=1):
                return True
        except psycopg.Error:
            return False

    async def _new_data(self, programs: Path) -> Path:
        home = self._home()
        secret = home / "password"
        secret.touch(0o600)
        secret.write_text(self.password)
        if self._user:
            shutil.chown(home, self._user)
            shutil.chown(secret, self._user)
        data = home / "data"
        command = [str(programs / "initdb"), "-D", str(data), "-U", OWNER, f"--pwfile={secret}"]
        options = [
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "--no-instructions",
        ]
        await run_tool([*command, *options], user=self._user)
        secret.unlink()
        return data

    def _home(self) -> Path:
        """Return a folder for the data that the server's account can reach; a root's private folders are closed to it."""
        home = self.directory / "postgres"
        parents = home.resolve().parents
        if self._user is None or all(parent.stat().st_mode & 0o001 for parent in parents):
            home.mkdir(mode=0o700)
            return home
        self._elsewhere = Path(tempfile.mkdtemp(prefix="ops-monitor-postgres-"))
        return self._elsewhere


def find_binaries() -> Path:
    """Return the folder of the newest PostgreSQL's programs, or raise BackendMissing with the install line."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    found = packaged[-1] if packaged else Path(find_program(["postgres"], INSTALL)).resolve()
    if os.geteuid() == 0 and ACCOUNT not in {entry.pw_name for entry in pwd.getpwall()}:
        raise BackendMissing(
            f"PostgreSQL refuses to run as root and there is no account {ACCOUNT}: {INSTALL}"
        )
    return found.parent


def _version(program: Path) -> int:
    name = program.parent.parent.name
    return int(name) if name.isdigit() else 0
