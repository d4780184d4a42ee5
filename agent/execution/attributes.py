"""Gathers what a decision about an action is made by: service, tier, priority, freezes and the error budget."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from agent.domain.action import HANDOFF, MODEL, ActionRequest, Plan
from agent.domain.decision import Autonomy
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.incident import Incident
from agent.domain.results import TableResult
from agent.errors import OpsError
from agent.execution.needs import Book
from agent.execution.scene import ORIGIN, step_of_origin
from agent.execution.targets import service_of_target
from agent.policy.facts import ActionFacts
from agent.ports.clock import Clock
from agent.ports.reads import Reads
from agent.ports.store import Store
from tools.base import Write
from tools.sla_tracker.told import NAME_ROW

BUDGET = "sla_tracker.budget"
_KEPT = timedelta(seconds=60)
_UNDO = "undo:"


@dataclass(slots=True)
class GatheredAttributes:
    """Implements the Attributes that execution needs; `autonomy` overrides autonomy.yaml for this environment."""

    store: Store
    reads: Reads
    book: Book
    clock: Clock
    environment: str
    autonomy: Autonomy | None = None
    budget_timeout_seconds: float = 2.0
    _budgets: dict[str, tuple[datetime, float, str]] = field(default_factory=dict)

    async def facts(
        self, request: ActionRequest, write: type[Write] | Write, plan: Plan, incident: Incident | None
    ) -> ActionFacts:
        """Return the facts of a wish as they are now; what is not known is None."""
        policies, now = self.book.current, self.clock.now()
        service = service_of_target(plan, incident, policies.services)
        async with self.store.read() as tx:
            freezes = await tx.brakes.freezes(now)
        left = await self.budget_left(service) if service else None
        budget_of = self._budgets[service][2] if service and left is not None else ""
        promised = policies.slos.promised(service) if service and left is None else None
        if promised is not None:
            # It was promised, so that it cannot be told is no reason to ask nobody.
            budget_of = promised.name
        return ActionFacts(
            action=request.name,
            environment=self.environment,
            requester=request.by,
            origin=_origin(request.origin),
            risk=write.risk,
            reversible=plan.reversible,
            target=plan.target,
            service=service,
            tier=policies.services.tier_of(service) if service else None,
            priority=incident.priority if incident else None,
            radius=plan.radius,
            plan=plan.facts,
            freezes=tuple(f.reason for f in freezes if f.environment in ("", self.environment)),
            error_budget_left=left,
            error_budget_of=budget_of,
            error_budget_window=next(
                (slo.window for slo in policies.slos.objectives if slo.name == budget_of), None
            ),
            now=now,
            autonomy=await self._autonomy(request),
        )

    async def budget_left(self, service: str) -> float | None:
        """Return the share of the error budget that is left, at most a minute old; None when nobody can tell.

        It is of the service's availability objective where it has one.
        """
        now = self.clock.now()
        kept = self._budgets.get(service)
        if kept is not None and now - kept[0] < _KEPT:
            return kept[1]
        try:
            async with asyncio.timeout(self.budget_timeout_seconds):
                evidence = await self.reads.run(ReadRequest(tool=BUDGET, params={"service": service}))
        except (OpsError, TimeoutError):
            return None
        value = evidence.reading.value
        if not evidence.ok or value is None:
            return None
        self._budgets[service] = (now, value.value, _objective(evidence))
        return value.value

    async def _autonomy(self, request: ActionRequest) -> Autonomy | None:
        """Return how far the bot may go; a step that says `ask`, and a model's wish, never runs without people."""
        if not await self._asks(request.origin):
            return self.autonomy
        level = self.autonomy or self.book.current.autonomy.of(self.environment)
        return Autonomy.APPROVE if level is Autonomy.AUTO else level

    async def _asks(self, origin: str) -> bool:
        if origin == MODEL:
            return True
        if not origin.startswith(ORIGIN):
            return False
        async with self.store.read() as tx:
            step = await step_of_origin(tx, self.book.current.recoveries, origin)
        # A step that the policies no longer hold has lost its right to go without asking.
        return step is None or step.decision == "ask"


def _objective(evidence: Evidence) -> str:
    """Return the name of the objective that a budget was read of; empty for the default of 30 days."""
    result = evidence.reading.result
    rows = result.rows if isinstance(result, TableResult) else ()
    return next((row[1] for row in rows if len(row) > 1 and row[0] == NAME_ROW), "")


def _origin(origin: str) -> Literal["person", "recovery", "undo"]:
    if origin.startswith((ORIGIN, HANDOFF)):
        return "recovery"
    return "undo" if origin.startswith(_UNDO) else "person"
