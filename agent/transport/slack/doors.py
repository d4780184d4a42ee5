"""The doors to people's work that the Slack app may be given: sub-agents, who is on call, and what is learnt afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from agent.domain.answer import Answer
from agent.domain.dashboard import DashboardLine, DashboardShown
from agent.domain.noun import Json
from agent.domain.report import ReportKind, Written
from agent.domain.view import IncidentView
from agent.handoffs.risk_manager.register import RiskRegister
from agent.lifecycle.oncall import Roster
from agent.operations.checks.beginning import CheckDesk
from agent.operations.postmortem_desk import Draft, Told
from agent.operations.reports.periods import Period
from agent.ports.handoffs import Handoffs
from agent.ports.store import Tx

__all__ = ["Doors", "Draft", "Learning"]


class Learning(Protocol):
    """What is written and counted after an incident."""

    async def postmortem(self, incident_id: str, *, by: str, language: str) -> Draft:
        """Return the draft; raises NotFound, and BadInput while there is nothing to learn from."""
        ...

    async def shown(self, incident_id: str, language: str) -> Draft:
        """Return the draft from what is stored, which nobody asked for; raises NotFound."""
        ...

    async def told(self, incident_id: str, language: str) -> Told:
        """Return what the message about a draft says; raises NotFound."""
        ...

    async def figures(self, language: str) -> Sequence[str]:
        """Return one plain line per figure of the last thirty days."""
        ...


class Standing(Protocol):
    """Where services stand against their objectives."""

    async def answer(self, words: str, language: str) -> Answer:
        """Answer about all objectives, or those of the service that the words name; raises NotFound."""
        ...

    async def worst(self, language: str, most: int = 5) -> Sequence[str]:
        """Return the objectives with the least budget left, one plain line each."""
        ...


class ReportOrders(Protocol):
    """Who takes orders for reports."""

    def period(self, kind: ReportKind, words: str = "") -> Period:
        """Read a period as people write it; raises BadInput."""
        ...

    async def ask(
        self, tx: Tx, period: Period, *, channel: str, by: str, key: str, language: Literal["en", "ko"]
    ) -> Written:
        """Order a report for a person; the same `key` is the same wish."""
        ...


class Dashboards(Protocol):
    """What dashboards there are, and where; raises BadInput for an unknown one."""

    @property
    def publishes(self) -> bool:
        """Say whether any can be published."""
        ...

    async def listed(self) -> Sequence[DashboardLine]:
        """Return every standing dashboard."""
        ...

    def address(self, name: str) -> str | None:
        """Return where a standing dashboard is once it was published; None for an unknown name or without Grafana."""
        ...

    def link_of(self, view: IncidentView) -> str | None:
        """Return the address of a dashboard that shows an incident's services; None without Grafana."""
        ...

    def wish(self, name: str) -> Mapping[str, Json]:
        """Return the parameters of the action that publishes a dashboard."""
        ...

    def incident_wish(self, view: IncidentView, link: str = "") -> Mapping[str, Json]:
        """Return the parameters of the action that publishes an incident's dashboard."""
        ...

    async def shown(self, name: str) -> DashboardShown:
        """Return where a dashboard is, or a picture of it."""
        ...

    async def of_incident(self, view: IncidentView) -> DashboardShown:
        """Return where an incident's dashboard is, or a picture of it."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """Each is None where that part of the house is not built."""

    handoffs: Handoffs | None = None
    roster: Roster | None = field(default=None, repr=False)
    register: RiskRegister | None = field(default=None, repr=False)
    learning: Learning | None = field(default=None, repr=False)
    checks: CheckDesk | None = field(default=None, repr=False)
    standing: Standing | None = field(default=None, repr=False)
    reports: ReportOrders | None = field(default=None, repr=False)
    dashboards: Dashboards | None = field(default=None, repr=False)
