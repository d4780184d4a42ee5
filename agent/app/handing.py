"""Hand-offs as the composition root builds them: the desk, and the sub-agents that answer there."""

from collections.abc import Sequence
from functools import partial

from agent.app.deploying import deployment_manager
from agent.app.ground import Ground, Wing
from agent.app.informing import communicator
from agent.handoffs.desk import HandoffDesk
from agent.handoffs.risk_manager.agent import RiskManager
from agent.handoffs.risk_manager.assessing import Assessing
from agent.handoffs.risk_manager.digest import RiskDigest
from agent.handoffs.risk_manager.recurrence import Recurrence
from agent.handoffs.risk_manager.register import RiskRegister
from agent.handoffs.risk_manager.reviews import Reviews
from agent.lifecycle.announce import announce
from agent.policy.book import PolicyBook
from agent.ports.handoffs import Agent

TEAM_LEAD = "Team Lead"
"""The role of oncall.yaml whose first person is proposed for a risk that nobody looks after yet."""


def agents_of(ground: Ground) -> Sequence[Agent]:
    """Return every sub-agent."""
    return (communicator(ground), deployment_manager(ground), risk_manager(ground))


def risk_manager(ground: Ground) -> RiskManager:
    """Return the sub-agent that assesses actions and reviews what recurs."""
    language = ground.settings.language
    return RiskManager(
        Assessing(ground.store, ground.book, ground.counsel, ground.redactor, language=language),
        Recurrence(
            ground.store, ground.book, ground.clock, partial(_team_lead, ground.book), language=language
        ),
        language=language,
    )


def _team_lead(book: PolicyBook, service: str) -> str | None:
    """Propose whoever leads the team; roles are the whole team's, whatever the service."""
    rota = book.current.oncall
    leads = [rota.person(one) for one in rota.roles.get(TEAM_LEAD, ())]
    return next((one.slack or one.id for one in leads if one is not None), None)


def risk_register(ground: Ground) -> RiskRegister:
    """Return the register as people keep it."""
    return RiskRegister(
        ground.book, ground.clock, language=ground.settings.language, redactor=ground.redactor
    )


def open_handoffs(ground: Ground) -> tuple[HandoffDesk, Wing]:
    """Build the desk and the wing that works it."""
    digest = RiskDigest(
        ground.store, ground.book, ground.clock, risk_register(ground), language=ground.settings.language
    )
    desk = HandoffDesk(
        ground.store,
        ground.jobs,
        ground.clock,
        ground.book,
        agents_of(ground),
        view=ground.view,
        announce=announce,
        language=ground.settings.language,
        metrics=ground.metrics,
    )
    reviews = Reviews(ground.store, ground.book, ground.clock, desk, ground.view)
    return desk, Wing(
        handlers=desk.handlers(), loops={"risk digest": digest.run, "risk reviews": reviews.run}
    )
