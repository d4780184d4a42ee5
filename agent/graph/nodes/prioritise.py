"""Raises the priority when what was measured is worse than what the alerts' labels say."""

from agent.diagnosis.facts import Facts
from agent.diagnosis.gather import gather
from agent.domain.alert import Reason
from agent.domain.incident import Priority
from agent.domain.view import IncidentView
from agent.graph.kit import Kit
from agent.graph.state import State, Update
from agent.lifecycle import changes
from agent.policy.load import Policies
from agent.policy.priority import AlertFact, IncidentFacts, decide_priority


async def prioritise(state: State, kit: Kit) -> Update:
    """Decide anew with this run's measurements; only a person lowers a priority."""
    async with kit.store.write() as tx:
        view, evidence = await kit.look(tx, state)
        incident = view.incident
        decided = measured_priority(view, gather(view, evidence), kit.policies)
        if incident.status.open and decided is not None and incident.rises_to(decided[0]):
            await changes.set_priority(
                tx,
                kit.policies,
                incident.id,
                priority=decided[0],
                reason=decided[1],
                by=kit.brain.name,
                at=kit.clock.now(),
            )
    return {}


def measured_priority(view: IncidentView, facts: Facts, policies: Policies) -> tuple[Priority, Reason] | None:
    """Return the strictest decision over the services with firing alerts, each judged by its own numbers."""
    decisions = [
        decide_priority(policies, _facts_of(service, view, facts))
        for service in sorted({record.about for record in view.firing if record.about})
    ]
    return min(decisions, key=lambda decision: decision[0].rank, default=None)


def _facts_of(service: str, view: IncidentView, facts: Facts) -> IncidentFacts:
    firing = {
        AlertFact(name=record.alert.name, service=service, severity=record.severity)
        for record in view.firing
        if record.about == service
    }
    return IncidentFacts(
        alerts=tuple(sorted(firing, key=lambda fact: fact.name)),
        environment=view.incident.environment,
        category=view.incident.category,
        error_ratio=_now(facts, service, "server_error_ratio"),
        latency_seconds=_now(facts, service, "latency_p95"),
        up_ratio=_now(facts, service, "up"),
    )


def _now(facts: Facts, service: str, signal: str) -> float | None:
    measure = facts.measure(service, signal)
    return measure.now.value if measure is not None else None
