"""What execution needs from its neighbours, as small Protocols; nobody below imports execution for them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, Protocol

from pydantic import Field

from agent.domain.action import Action, ActionRequest, Plan
from agent.domain.decision import Decision
from agent.domain.incident import Incident
from agent.domain.noun import Json, Noun
from agent.domain.view import IncidentView
from agent.policy.facts import ActionFacts
from agent.policy.load import Policies
from agent.ports.store import Tx
from tools.base import Write


class Judgement(Noun):
    """Whether things are better than when the action began, with the reason and the numbers behind it.

    `by_check` says that the action ends nothing by itself, so that its own effect is its proof; `settles_seconds` is how
    long the alerts' expressions look back, before which neither a cure nor a harm shows for sure; `rises_over_seconds` is
    over how long a value that is worse has clearly risen, 0 when it has not.
    """

    verdict: Literal["better", "same", "worse", "unverifiable"]
    sentence: str
    values: dict[str, Json] = Field(default_factory=dict)
    by_check: bool = False
    settles_seconds: float = Field(default=0.0, ge=0)
    rises_over_seconds: float = Field(default=0.0, ge=0)


class Attributes(Protocol):
    """Gathers what a decision is made by; what cannot be known is None, never a guess."""

    async def facts(
        self, request: ActionRequest, write: type[Write] | Write, plan: Plan, incident: Incident | None
    ) -> ActionFacts:
        """Return the facts of a wish as they are now."""
        ...


class Judge(Protocol):
    """Verifies an action against the alerts that it was to end."""

    async def judge(self, action: Action, view: IncidentView) -> Judgement:
        """Say how things stand now; raises a BackendError when nobody can tell."""
        ...


class Book(Protocol):
    """The policies in force, which may be read anew while the bot runs."""

    @property
    def current(self) -> Policies:
        """Return the policies that hold now."""
        ...


class Life(Protocol):
    """What execution needs done to incidents; implemented by `agent.lifecycle.changes`, which it never imports."""

    async def announce(self, tx: Tx, incident: Incident, policies: Policies, now: datetime) -> None:
        """Want the incident's card shown anew."""
        ...

    async def mitigate(
        self, tx: Tx, policies: Policies, incident_id: str, *, by: str, at: datetime, why: str = ""
    ) -> Incident:
        """Record that the harm is held off, though the cause may remain."""
        ...


Edges = Callable[[], frozenset[tuple[str, str]]]
"""Tells who calls whom, as (caller, callee) pairs; implemented by `agent.operations.topology.Topology`."""


def nobody_calls() -> frozenset[tuple[str, str]]:
    """Stand in where no topology is known."""
    return frozenset()


LoadView = Callable[[Tx, str, Policies, datetime], Awaitable[IncidentView | None]]
"""Gathers an incident as a whole; implemented by `agent.lifecycle.view.load_view`."""


class Decide(Protocol):
    """Judges a wish by the rules; implemented by `agent.policy.evaluate.decide`."""

    def __call__(self, policies: Policies, facts: ActionFacts, *, language: str = "en") -> Decision:
        """Return the verdict with everything that led to it."""
        ...


class Explain(Protocol):
    """Renders a decision; implemented by `agent.policy.explain.explain`."""

    def __call__(self, decision: Decision, *, language: str = "en") -> str:
        """Return the tree of reasons as Markdown."""
        ...
