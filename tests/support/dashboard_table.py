"""The table of docs/dashboards.md as the code says it: each panel, where its query comes from, why it may be empty."""

from collections.abc import Iterator
from datetime import UTC, datetime

from tools.dashboard_builder.catalogue import boards
from tools.dashboard_builder.incident import Subject, incident
from tools.dashboard_builder.model import Board, Panel, Query

_ANY = Subject(number=1, services=("a",), since=datetime(2026, 1, 1, tzinfo=UTC))


def panel_rows() -> Iterator[str]:
    """Yield one row of the table for each panel."""
    for board in (*boards(), incident(_ANY)):
        name = "INC-n" if board.name.startswith("inc-") else board.name
        for panel in board.panels():
            yield f"| {name} | {panel.title} | {_sources(board, panel)} | {panel.no_data or '–'} |"


def board_rows() -> Iterator[str]:
    """Yield one row of the table for each standing dashboard."""
    for board in boards():
        readers = ", ".join(board.folder.readers)
        yield f"| `{board.name}` | {board.title} | {board.folder.title} | {readers} | {board.refresh} | {board.source} |"


def seed_rows() -> Iterator[str]:
    """Yield one row for each printed query that had to be put right."""
    for board in boards():
        for panel in board.panels():
            for query in panel.queries:
                if query.seed:
                    yield f"| {board.name} | {panel.title} | `{_cell(query.seed)}` | `{_cell(query.expr)}` |"


def _sources(board: Board, panel: Panel) -> str:
    return ", ".join(dict.fromkeys(_source(board, query) for query in panel.queries))


def _source(board: Board, query: Query) -> str:
    if query.signal:
        return f"signal `{query.signal}`"
    if "ops_monitor_" in query.expr:
        return "the bot's own metrics"
    if query.seed:
        return f"{board.source.partition(':')[0]}, put right"
    if board.source.startswith(("guide", "role: Grafana")):
        return (
            "own query"
            if board.name == "business" and _own(query)
            else f"{board.source.partition(':')[0]}, as printed"
        )
    return "own query"


def _own(query: Query) -> bool:
    return any(name in query.expr for name in ("transactions_total", "revenue_total", "checkout_"))


def _cell(query: str) -> str:
    return query.replace("|", "\\|")
