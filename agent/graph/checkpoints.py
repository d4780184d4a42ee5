"""Where a run's progress is kept while it runs: a SQLite file of its own, one thread per run, dropped at its end."""

import asyncio
import os
import uuid
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from agent.loading import loaded

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

# A UUID of version 6 counts 100 ns steps from the first day of the Gregorian calendar.
GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)


def prepare_langgraph() -> None:
    """Set what LangGraph reads at import: only plain types in checkpoints, and no tracing to anybody."""
    os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
    os.environ["LANGSMITH_TRACING"] = "false"
    os.environ["LANGCHAIN_TRACING_V2"] = "false"


class Checkpoints:
    """Opens on first use, because LangGraph takes long to load; `path` is a file or `:memory:`."""

    def __init__(self, path: Path | str) -> None:
        self._path = str(path)
        self._stack = AsyncExitStack()
        self._saver: AsyncSqliteSaver | None = None
        self._opening = asyncio.Lock()

    async def saver(self) -> "AsyncSqliteSaver":
        """Return the open saver."""
        async with self._opening:
            if self._saver is None:
                prepare_langgraph()
                await loaded("langgraph.checkpoint.sqlite.aio")
                from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

                saver = await self._stack.enter_async_context(AsyncSqliteSaver.from_conn_string(self._path))
                await saver.setup()
                # The saver sets neither: without FULL a power cut may take a step, without a timeout a reader may.
                await saver.conn.execute("PRAGMA synchronous=FULL")
                await saver.conn.execute("PRAGMA busy_timeout=10000")
                self._saver = saver
            return self._saver

    async def drop(self, thread: str) -> None:
        """Forget a finished run."""
        await (await self.saver()).adelete_thread(thread)

    async def prune(self, older_than: timedelta, now: datetime) -> int:
        """Forget runs whose last step is older than that; return how many."""
        saver = await self.saver()
        cursor = await saver.conn.execute(
            "SELECT thread_id, max(checkpoint_id) FROM checkpoints GROUP BY thread_id"
        )
        stale = [thread for thread, last in await cursor.fetchall() if _made_at(last) < now - older_than]
        for thread in stale:
            await saver.adelete_thread(thread)
        return len(stale)

    async def close(self) -> None:
        """Close the file."""
        await self._stack.aclose()
        self._saver = None


def _made_at(checkpoint_id: str) -> datetime:
    number = uuid.UUID(checkpoint_id).int
    ticks = (number >> 80) << 12 | (number >> 64) & 0x0FFF
    return GREGORIAN + timedelta(microseconds=ticks / 10)
