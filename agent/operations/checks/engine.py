"""What a check is: what it is given to look with, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from agent.domain.checklist import CHECKLIST, ItemState, Proposal, Said
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.noun import Json
from agent.policy.documents import Rulebook
from agent.policy.load import Policies
from agent.ports.clock import Clock
from agent.ports.objectives import Objectives
from agent.ports.reads import Reads
from agent.ports.store import Store

P_contra = TypeVar("P_contra", bound=Rulebook, contravariant=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a check: a sentence (message id and arguments), lines below it, and what could be done.

    `state` is OK, ATTENTION, UNKNOWN (with `why`: nothing could be seen) or PERSON (a person has to look). The evidence
    that was looked at through the kit belongs to it by itself; `evidence_ids` adds other rows of the store.
    `service` is what an incident opened from it would be about.
    """

    state: ItemState
    message: str
    args: dict[str, Json] = field(default_factory=dict)
    details: tuple[Said, ...] = ()
    evidence_ids: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    service: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class CheckKit:
    """What one item looks with. `since` is when this checklist was last due, and what is new is newer than that.

    `seen` gathers every piece of evidence that `look` brought; the engine stores it with the item.
    """

    checklist: str
    due_at: datetime
    since: datetime
    zone: str
    environment: str
    store: Store
    reads: Reads
    clock: Clock
    policies: Policies
    objectives: Objectives | None = None
    seen: list[Evidence] = field(default_factory=list)

    async def look(self, tool: str, **params: Json) -> Evidence:
        """Run a read within its deadline; a failing backend comes back as evidence with status `error`."""
        owner = f"{CHECKLIST}{self.checklist}"
        found = await self.reads.run(ReadRequest(tool=tool, params=params), incident_id=owner)
        self.seen.append(found)
        return found


class Check(Protocol[P_contra]):
    """One kind of check; `name` is what policies/checks/*.yaml calls it, its parameters are `PARAMS[name]` of
    agent/policy/check_params.py.

    It may be run twice after a crash and must change nothing. What raises becomes UNKNOWN with the reason.
    """

    @property
    def name(self) -> str:
        """Return what policies call it."""
        ...

    async def run(self, kit: CheckKit, params: P_contra) -> Outcome:
        """Look, and say what came of it; raises OpsError when it cannot look."""
        ...


def unseen(evidence: Evidence) -> Outcome:
    """Return the outcome of a look that brought an error: unknown, with the backend's words."""
    return Outcome(ItemState.UNKNOWN, "check-unseen", why=evidence.error or "")


def no_data(what: str = "") -> Outcome:
    """Return the outcome of a look that brought nothing: unknown, never fine."""
    return Outcome(ItemState.UNKNOWN, "check-no-data", {"what": what})


def worst(states: Sequence[ItemState]) -> ItemState:
    """Return the state of a whole whose parts are in these: what needs somebody comes first, no part is no data."""
    order = (ItemState.ATTENTION, ItemState.UNKNOWN, ItemState.PERSON)
    if not states:
        return ItemState.UNKNOWN
    return next((state for state in order if state in states), ItemState.OK)
