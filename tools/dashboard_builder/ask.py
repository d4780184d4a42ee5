"""Asks a metrics store for every panel of a dashboard, and says which have data, which have none and why, and which fail."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.errors import BackendError
from tools.connectors.readers import MetricsReader
from tools.dashboard_builder.model import Board, Panel, Query
from tools.dashboard_builder.queries import asked, chosen

Outcome = Literal["data", "no data", "error"]
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class PanelAnswer:
    """What one query of a panel brought: so many series, or why none; `explained` is False for a fault."""

    board: str
    panel: str
    query: str
    outcome: Outcome
    series: int = 0
    detail: str = ""

    @property
    def explained(self) -> bool:
        """Say whether a sound system may answer so."""
        return self.outcome == "data" or (self.outcome == "no data" and bool(self.detail))


async def ask_boards(
    metrics: MetricsReader, boards: Sequence[Board], at: datetime
) -> tuple[PanelAnswer, ...]:
    """Ask for every query once, at one moment; an error of the store is an answer, never raised."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(board: Board, panel: Panel, query: Query) -> PanelAnswer:
        async with turn:
            return await _ask(metrics, board, panel, query, at)

    wanted = [
        one(board, panel, query) for board in boards for panel in board.panels() for query in panel.queries
    ]
    return tuple(await asyncio.gather(*wanted))


async def _ask(metrics: MetricsReader, board: Board, panel: Panel, query: Query, at: datetime) -> PanelAnswer:
    promql = asked(query.expr, service=chosen(board.services))
    try:
        series = await metrics.instant(promql, at)
    except BackendError as error:
        return PanelAnswer(board.name, panel.title, promql, "error", detail=error.user_message)
    if series:
        return PanelAnswer(board.name, panel.title, promql, "data", len(series))
    return PanelAnswer(board.name, panel.title, promql, "no data", detail=panel.no_data)
