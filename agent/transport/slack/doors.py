"""The doors to people's work that the Slack app may be given: sub-agents, who is on call, and what is learnt afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agent.domain.noun import Noun
from agent.handoffs.risk_manager.register import RiskRegister
from agent.lifecycle.oncall import Roster
from agent.ports.handoffs import Handoffs


class Draft(Noun):
    """A post-mortem draft as Markdown, with the name of its file."""

    title: str
    markdown: str


class Learning(Protocol):
    """What is written and counted after an incident."""

    async def postmortem(self, incident_id: str, *, by: str, language: str) -> Draft:
        """Return the draft; raises NotFound, and BadInput while there is nothing to learn from."""
        ...

    async def figures(self, language: str) -> Sequence[str]:
        """Return one plain line per figure of the last thirty days."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """Each is None where that part of the house is not built."""

    handoffs: Handoffs | None = None
    roster: Roster | None = field(default=None, repr=False)
    register: RiskRegister | None = field(default=None, repr=False)
    learning: Learning | None = field(default=None, repr=False)
