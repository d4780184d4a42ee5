"""What hand-offs need from their neighbours; whoever builds them passes it in."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from agent.domain.incident import Incident
from agent.domain.view import IncidentView
from agent.policy.load import Policies
from agent.ports.store import Tx


class Rules(Protocol):
    """The policies in force, which may be read anew while the bot runs."""

    @property
    def current(self) -> Policies:
        """Return the policies that hold now."""
        ...


Announce = Callable[[Tx, Incident, Policies, datetime], Awaitable[None]]
"""Has an incident's card shown anew and its life looked at; implemented by `agent.lifecycle.announce.announce`."""

ViewOf = Callable[[str], Awaitable[IncidentView | None]]
"""Gathers an incident as a whole, in a transaction of its own."""

Lead = Callable[[str], str | None]
"""Proposes who owns a service's risks, such as its team's lead; None when nobody is known."""


def nobody(service: str) -> str | None:
    """Stand in where no owner can be proposed."""
    return None
