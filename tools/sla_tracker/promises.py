"""What the tools must know of the policies: which objectives there are, and when maintenance was planned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.analysis.slo import Span
from agent.domain.evidence import Window
from agent.domain.slo import Budgeting, SliKind, Slo

OWN = "incidents"
"""The source of objectives that the bot counts of its own record."""


def _none() -> Sequence[Slo]:
    return ()


def _never(slo: Slo, window: Window) -> Sequence[Span]:
    return ()


@dataclass(slots=True)
class Promises:
    """Filled in when the policies are read, which is after the tools are built; empty until then."""

    objectives: Callable[[], Sequence[Slo]] = _none
    maintenance: Callable[[Slo, Window], Sequence[Span]] = _never

    def of_service(self, service: str) -> Slo | None:
        """Return the availability objective that speaks for a service: the team's own before the customers'."""
        mine = [one for one in self.objectives() if one.service == service and one.source != OWN]
        found = [one for one in mine if one.kind is SliKind.AVAILABILITY]
        found = found or [one for one in mine if one.kind is SliKind.ERROR_RATE]
        ranked = sorted(found, key=lambda one: (one.agreement, one.budgeting is not Budgeting.OCCURRENCES))
        return ranked[0] if ranked else None

    def named(self, name: str) -> Slo | None:
        """Return an objective by its name."""
        return next((one for one in self.objectives() if one.name == name), None)
