"""What every step of an investigation works with."""

import time
from dataclasses import dataclass
from datetime import datetime

from agent.domain.evidence import Evidence
from agent.domain.view import IncidentView
from agent.graph.state import State
from agent.lifecycle.view import load_view
from agent.policy.load import Policies
from agent.ports.brain import Brain
from agent.ports.clock import Clock
from agent.ports.reads import Reads
from agent.ports.store import Store, Tx

# Changes are looked at for an hour or so; nobody approves more actions than this in one.
_DEEDS = 100


@dataclass(frozen=True, slots=True)
class Kit:
    """The ports, the policies and this run's limits; `deadline` is in seconds of the monotonic clock."""

    store: Store
    reads: Reads
    brain: Brain
    policies: Policies
    clock: Clock
    language: str
    max_iterations: int
    deadline: float

    @property
    def seconds_left(self) -> float:
        """Return how long this run may still read."""
        return max(0.0, self.deadline - time.monotonic())

    async def look(self, tx: Tx, state: State) -> tuple[IncidentView, tuple[Evidence, ...]]:
        """Return the incident as of the run's start, and this run's evidence."""
        view = await load_view(
            tx, state["incident_id"], self.policies, datetime.fromisoformat(state["started_at"])
        )
        if view is None:
            raise LookupError(f"incident {state['incident_id']} is gone")
        ours = set(state["evidence_ids"])
        deeds = tuple(await tx.actions.recent(_DEEDS))
        return view.model_copy(update={"deeds": deeds}), tuple(e for e in view.evidence if e.id in ours)
