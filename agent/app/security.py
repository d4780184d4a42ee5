"""The part of the house that watches over security alerts: those that nobody else ends."""

from functools import partial

from agent.app.ground import Ground, Wing
from agent.intake.falco import FALCO
from agent.intake.receive import receive
from agent.operations.falco_ends import FalcoEnds


def open_security(ground: Ground) -> Wing:
    """Return the wing; one replica at a time ends what was quiet for long enough."""
    ends = FalcoEnds(
        ground.store,
        ground.clock,
        lambda: ground.book.current.security,
        partial(receive, ground.store, ground.jobs),
        group=FALCO,
    )
    return Wing(loops={"falco": ends.run}, in_turn=frozenset({"falco"}))
