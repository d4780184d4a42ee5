"""What intake needs done to incidents; implemented by the lifecycle, which intake never imports."""

from datetime import datetime
from typing import Protocol

from agent.domain.alert import Reason
from agent.domain.incident import Incident, Priority
from agent.domain.noun import Json
from agent.policy.load import Policies
from agent.ports.store import Tx


class OpenIncident(Protocol):
    """Stores a new incident and asks for its first card."""

    async def __call__(
        self,
        tx: Tx,
        policies: Policies,
        *,
        title: str,
        service: str,
        environment: str,
        namespace: str,
        priority: Priority,
        reason: Reason,
        started_at: datetime,
        at: datetime,
        data: dict[str, Json],
        cluster: str = "",
        category: str = "",
    ) -> Incident:
        """Return the incident as stored."""
        ...


class Changes(Protocol):
    """The lifecycle's changes, as far as alerts cause them; `agent.lifecycle.changes` is one."""

    @property
    def open_incident(self) -> OpenIncident:
        """Open an incident."""
        ...

    async def resolve(
        self, tx: Tx, policies: Policies, incident_id: str, *, by: str, at: datetime, why: str = ""
    ) -> Incident:
        """End an incident."""
        ...

    async def reopen(
        self, tx: Tx, policies: Policies, incident_id: str, *, by: str, at: datetime, why: str = ""
    ) -> Incident:
        """Bring an ended incident back."""
        ...

    async def set_priority(
        self,
        tx: Tx,
        policies: Policies,
        incident_id: str,
        *,
        priority: Priority,
        reason: Reason,
        by: str,
        at: datetime,
    ) -> Incident:
        """Give an incident another priority."""
        ...

    async def announce(self, tx: Tx, incident: Incident, policies: Policies, now: datetime) -> None:
        """Ask for the incident's messages to be shown anew."""
        ...
