"""What would have been proposed for an incident of a recording: the recovery that fits, and what the policy says to it."""

from dataclasses import dataclass

from agent.domain.decision import Autonomy, Verdict
from agent.domain.incident import Incident, IncidentStatus
from agent.execution.catalogue import WRITES
from agent.execution.scene import RecoveryKit, Scene, scene_of
from agent.execution.triggers import Match, find_recovery
from agent.operations.replay_report import Proposed
from agent.policy.action_case import ActionCase, needs_words
from agent.policy.evaluate import decide
from agent.policy.recoveries import Step

_WRITES = {write.name: write for write in WRITES}


@dataclass(frozen=True, slots=True)
class Plan:
    """A recovery that would have begun, with its actions in order."""

    recovery: str
    proposed: tuple[Proposed, ...]


async def plan_for(kit: RecoveryKit, incident_id: str, autonomy: Autonomy | None) -> Plan | None:
    """Return the recovery that fits an open incident by its alerts, or None; signals and causes are not recorded.

    What only the live system knows (replicas, shares, revisions) is an ordinary case, as in `policy explain`.
    """
    async with kit.store.read() as tx:
        scene = await scene_of(tx, incident_id, kit.environment, kit.clock.now())
    if scene is None or not _needs_help(scene):
        return None
    found = await find_recovery(kit, scene, kit.book.current.recoveries, kit.environment)
    if found.match is None:
        return None
    steps = [step for step in found.match.recovery.order if step.action is not None]
    proposed = tuple(_proposed(kit, step, found.match, scene.incident, autonomy) for step in steps)
    return Plan(found.match.recovery.id, proposed)


def _needs_help(scene: Scene) -> bool:
    status = scene.incident.status
    return status.open and status is not IncidentStatus.MITIGATED and bool(scene.firing)


def _proposed(
    kit: RecoveryKit, step: Step, match: Match, incident: Incident, autonomy: Autonomy | None
) -> Proposed:
    policies = kit.book.current
    action = step.action or ""
    write = _WRITES[action]
    service = match.service or incident.service
    case = ActionCase(
        name=action,
        environment=incident.environment,
        origin="recovery",
        risk=write.risk,
        reversible=write.reversible,
        namespace=incident.namespace or "default",
        service=service,
        tier=policies.services.tier_of(service),
        priority=incident.priority,
        services=(service,),
        at=kit.clock.now(),
        autonomy=autonomy or policies.autonomy.of(incident.environment),
    )
    decision = decide(policies, case.facts(), language=kit.language)
    verdict = decision.verdict
    if step.decision == "ask" and verdict is Verdict.PERMIT:
        verdict = Verdict.ASK
    why = decision.reasons[0] if decision.reasons else ""
    return Proposed(
        step=step.id, action=action, verdict=verdict.value, needs=needs_words(decision.requirements), why=why
    )
