"""The parts of the house that care for people's work in incidents, in the order in which they are built."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import chain

from aiohttp import web

from agent.app.checking import Checking, open_checking
from agent.app.dashboards import DashboardDesk, open_dashboards
from agent.app.deploying import open_deploying
from agent.app.ground import Ground, Wing
from agent.app.handing import open_handoffs, risk_register
from agent.app.informing import open_informing
from agent.app.learning import Learnt, open_learning
from agent.app.living import open_living
from agent.app.notifying import open_notifying
from agent.app.objectives import open_objectives
from agent.app.outposts import open_outposts
from agent.app.reporting import Reporting, open_reporting
from agent.app.security import open_security
from agent.app.signals import configure_signals
from agent.domain.probe import Probe
from agent.handoffs.risk_manager.register import RiskRegister
from agent.lifecycle.oncall import Roster
from agent.operations.objectives import ObjectiveDesk
from agent.ports.handoffs import Handoffs
from agent.ports.jobs import Handler
from agent.ports.objectives import Objectives


@dataclass(frozen=True, slots=True)
class Wings:
    """Every wing, and the doors that other parts of the house may use."""

    all: tuple[Wing, ...] = ()
    handoffs: Handoffs | None = None
    risks: RiskRegister | None = None
    roster: Roster | None = None
    learning: Learnt | None = None
    checking: Checking | None = None
    objectives: Objectives | None = None
    dashboards: DashboardDesk | None = None
    standing: ObjectiveDesk | None = None
    reporting: Reporting | None = None

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers of every wing."""
        return dict(chain.from_iterable(wing.handlers.items() for wing in self.all))

    def routes(self) -> list[web.RouteDef]:
        """Return the webhooks of every wing."""
        return [route for wing in self.all for route in wing.routes]

    async def probes(self) -> list[Probe]:
        """Return the checks of every wing."""
        return [probe for wing in self.all for probe in await wing.probes()]

    def wake(self) -> None:
        """Have every loop look at once, because a job or a person has changed something."""
        for wing in self.all:
            wing.wake()


async def open_wings(stack: AsyncExitStack, ground: Ground) -> Wings:
    """Build every wing; what needs closing is left to the stack."""
    configure_signals(ground)
    handoffs, handing = open_handoffs(ground)
    notifying = open_notifying(stack, ground)
    learning, aftermath, learnt = open_learning(ground)
    roster, living = open_living(stack, ground, handoffs, notifying.wake, aftermath)
    objectives, measuring = open_objectives(stack, ground)
    reporting, writing = open_reporting(stack, ground, objectives, notifying.wake)
    checking, checks = open_checking(ground, objectives=lambda: objectives, more=(reporting.entries,))
    dashboards, drawing = open_dashboards(stack, ground)
    wings: Sequence[Wing] = (
        handing,
        notifying,
        living,
        learnt,
        open_informing(ground),
        open_deploying(ground, handoffs),
        checks,
        measuring,
        writing,
        open_security(ground),
        open_outposts(stack, ground),
        drawing,
    )
    risks = risk_register(ground)
    return Wings(
        all=tuple(wings),
        handoffs=handoffs,
        risks=risks,
        roster=roster,
        learning=learning,
        checking=checking,
        objectives=objectives,
        standing=ObjectiveDesk(objectives, ground.toolbelt, ground.store),
        reporting=reporting,
        dashboards=dashboards,
    )
