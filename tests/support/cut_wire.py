"""A wire to a real server that loses the answer to a chosen request: the effect takes place, and nobody hears of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class CutWire:
    """Forwards a TCP connection; once the client has sent `lose_after`, answers are swallowed and the wire is cut."""

    to_port: int
    lose_after: bytes = b""
    port: int = 0
    cuts: int = 0
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        lost = asyncio.Event()
        there = asyncio.create_task(self._there(reader, far_writer, lost))
        try:
            while answer := await far_reader.read(65536):
                if lost.is_set():
                    self.cuts += 1
                    self.lose_after = b""
                    break
                writer.write(answer)
                await writer.drain()
        except OSError:
            return
        finally:
            there.cancel()
            await asyncio.gather(there, return_exceptions=True)
            for each in (writer, far_writer):
                each.close()
                with contextlib.suppress(OSError):
                    await each.wait_closed()

    async def _there(
        self, reader: asyncio.StreamReader, far_writer: asyncio.StreamWriter, lost: asyncio.Event
    ) -> None:
        while asked := await reader.read(65536):
            if self.lose_after and self.lose_after in asked:
                lost.set()
            far_writer.write(asked)
            await far_writer.drain()
        far_writer.close()


@contextlib.asynccontextmanager
async def cut_wire(to_port: int, lose_after: bytes) -> AsyncIterator[CutWire]:
    """Give a wire to a port of this machine that loses the answer to the first request with these bytes."""
    wire = CutWire(to_port, lose_after)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        wire._tasks.add(task)
        await wire.serve(reader, writer)
        wire._tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        for task in list(wire._tasks):
            task.cancel()
        await asyncio.gather(*wire._tasks, return_exceptions=True)
        await server.wait_closed()
