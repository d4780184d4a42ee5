"""The one list of dashboards."""

from collections.abc import Callable
from difflib import get_close_matches

from agent.errors import BadInput
from tools.dashboard_builder import application, executive, infrastructure, objectives, operations, own, seeds
from tools.dashboard_builder.model import Board
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect

Maker = Callable[[Dialect], Board]

MAKERS: tuple[Maker, ...] = (
    executive.executive,
    operations.operations,
    application.application,
    infrastructure.infrastructure,
    lambda _: seeds.ecommerce(),
    lambda _: seeds.system_overview(),
    lambda _: seeds.business(),
    seeds.security,
    objectives.objectives,
    lambda _: own.bot(),
)
"""In the order in which they are listed; incidents have one each, made when it is asked for."""


def boards(dialect: Dialect = DEFAULT_DIALECT) -> tuple[Board, ...]:
    """Return every standing dashboard."""
    return tuple(make(dialect) for make in MAKERS)


def names() -> tuple[str, ...]:
    """Return what people may type."""
    return tuple(board.name for board in boards())


def board_named(name: str, dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return a dashboard by what people type; raises BadInput that names those that are like it."""
    wanted = name.strip().lower().removeprefix("ops-")
    for board in boards(dialect):
        if wanted in (board.name, board.title.lower()):
            return board
    typed = name.strip()[:40]
    known = ", ".join(get_close_matches(wanted, names(), n=2) or names())
    raise BadInput(
        f"There is no dashboard called “{typed}”. There are: {known}.",
        field="dashboard",
        code="dashboard-unknown",
        facts={"name": typed, "known": known},
    )
