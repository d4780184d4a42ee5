"""Rounds of a loop in the server: a look again and again, where one that fails leaves it to the next."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from agent.errors import OpsError
from agent.telemetry.logs import LogEvent


async def go_round(
    look: Callable[[], Awaitable[object]], *, task: str, every_seconds: float, log: Any
) -> None:
    """Look, tell the log when that fails with an error of ours, rest, and look again until cancelled."""
    while True:
        try:
            await look()
        except OpsError as error:
            log.warning(LogEvent.TASK_FAILED, task=task, error=error.user_message)
        await asyncio.sleep(every_seconds)
