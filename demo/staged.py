"""How parts of the demo start: in steps, and what was started is closed again when a later step fails."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self


class Staged:
    """An async context manager for whatever starts several things; `_start` leaves each of them to the stack."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()

    async def _start(self) -> None:
        """Start everything."""

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
