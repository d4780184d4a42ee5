"""Hand-offs as the composition root builds them: the desk, and the sub-agents that answer there."""

from collections.abc import Sequence

from agent.app.deploying import deployment_manager
from agent.app.ground import Ground, Wing
from agent.handoffs.desk import HandoffDesk
from agent.lifecycle.announce import announce
from agent.ports.handoffs import Agent


def agents_of(ground: Ground) -> Sequence[Agent]:
    """Return every sub-agent."""
    return (deployment_manager(ground),)


def open_handoffs(ground: Ground) -> tuple[HandoffDesk, Wing]:
    """Build the desk and the wing that works it."""
    desk = HandoffDesk(
        ground.store,
        ground.jobs,
        ground.clock,
        ground.book,
        agents_of(ground),
        view=ground.view,
        announce=announce,
        language=ground.settings.language,
    )
    return desk, Wing(handlers=desk.handlers())
