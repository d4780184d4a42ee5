"""Runs one server program: finds it, gives it a free port, waits until it is ready, stops it by its pid."""

import asyncio
import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

READY_WITHIN = 180.0
STOP_WITHIN = 5.0
# Below the range from which the system gives ports to outgoing connections: such a port stays free until it is used.
UNUSED_BY_THE_SYSTEM = (20_000, 32_000)
_promised: set[int] = set()


class BackendMissing(RuntimeError):
    """A needed program is not installed; the message says what to install."""


class BackendFailed(RuntimeError):
    """A program ended or stayed silent while it was being started."""


def find_program(names: Sequence[str], install: str) -> str:
    """Return the path of the first program on PATH, or raise BackendMissing with the install line."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    raise BackendMissing(f"{names[0]} is not on PATH; install it with: {install}")


def free_port(preferred: int = 0, host: str = "127.0.0.1", tries: int = 50) -> int:
    """Return the preferred port or the next free one after it, or any free one for 0; never the same one twice."""
    for attempt in range(tries):
        port = preferred + attempt if preferred else random.randrange(*UNUSED_BY_THE_SYSTEM)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((host, port))
                if port not in _promised:
                    _promised.add(port)
                    return port
    raise BackendFailed(f"no free port on {host} after {tries} tries from {preferred}")


async def answers(url: str, *, status: int = 200) -> bool:
    """Tell whether a GET of the url is answered with the status within one second."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as http,
            http.get(url) as response,
        ):
            return response.status == status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


class ServerProcess:
    """A child program with its output in a file; an async context manager."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        directory: Path,
        ready: Callable[[], Awaitable[bool]],
        *,
        ready_within: float = READY_WITHIN,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.command = tuple(command)
        self.output = directory / f"{name}.log"
        self._pid_file = directory / f"{name}.pid"
        self._ready = ready
        self._ready_within = ready_within
        self._user = user
        self._environment = dict(environment or {})
        self._stop_signal = stop_signal
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Return the child's pid while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the program and wait until it is ready; raise BackendFailed with its last words if not."""
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with self.output.open("wb") as sink:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                env=os.environ | self._environment,
                **_as_user(self._user),
            )
        self._pid_file.write_text(f"{self._process.pid} {self.command[0]}")
        try:
            await self._wait_ready(self._process)
        except BaseException:
            await self.stop()
            raise

    async def _wait_ready(self, process: asyncio.subprocess.Process) -> None:
        deadline = asyncio.get_running_loop().time() + self._ready_within
        while not await self._ready():
            if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                state = "ended" if process.returncode is not None else "did not become ready"
                raise BackendFailed(f"{self.name} {state}: {self.last_words()}")
            await asyncio.sleep(0.05)

    def last_words(self, lines: int = 5) -> str:
        """Return the last lines of the program's output as one line."""
        text = self.output.read_text(errors="replace") if self.output.exists() else ""
        return " | ".join(text.strip().splitlines()[-lines:]) or "no output"

    async def stop(self) -> None:
        """End the program by its stop signal, then SIGKILL when it does not end in time."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self._stop_signal)
            try:
                await asyncio.wait_for(process.wait(), STOP_WITHIN)
            except TimeoutError:
                # It may have ended just now, while nobody had time to notice.
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        self._pid_file.unlink(missing_ok=True)


def end_leftovers(directory: Path) -> None:
    """End the programs that a killed run left behind, provided that their pids still are those programs."""
    for pid_file in directory.glob("**/*.pid"):
        number, _, program = pid_file.read_text().partition(" ")
        with contextlib.suppress(OSError, ValueError):
            running = Path(f"/proc/{int(number)}/cmdline").read_bytes().split(b"\0")[0].decode()
            # A pid may have been given to a stranger since: only the very same program is ended.
            if running == program:
                os.kill(int(number), signal.SIGKILL)
        pid_file.unlink(missing_ok=True)


def _as_user(user: str | None) -> dict[str, Any]:
    """Return what makes a child run as that account, with its own groups; nothing for None."""
    if user is None:
        return {}
    account = pwd.getpwnam(user)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


async def run_tool(command: Sequence[str], *, within: float = 60.0, user: str | None = None) -> str:
    """Run a program to its end and return its output; raise BackendFailed when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        **_as_user(user),
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), within)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise BackendFailed(f"{command[0]} took longer than {within:.0f} s") from None
    text = output.decode(errors="replace")
    if process.returncode != 0:
        raise BackendFailed(f"{Path(command[0]).name} failed: {' | '.join(text.strip().splitlines()[-5:])}")
    return text
