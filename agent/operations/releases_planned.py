"""Releases that are announced before they begin: kept as plans until they begin or are called off."""

from agent.domain.deployment import Deployment, DeploymentSignal, PlannedRelease, PlanState
from agent.operations.releases import ReleaseKit, take
from agent.operations.releases_merge import id_of
from agent.ports.store import Tx

_LONGEST_NAME = 120


async def hear(kit: ReleaseKit, tx: Tx, signal: DeploymentSignal) -> Deployment | PlannedRelease | None:
    """Keep a plan, or take a release; what fails before it began was a plan that is called off.

    Returns None for another environment's plans and releases, and for old ones.
    """
    key = id_of(signal)
    known, begun = await tx.planned_releases.get(key), await tx.deployments.get(key)
    if signal.status == "planned":
        return begun or await _planned(kit, tx, signal, known)
    if known is None or known.state is not PlanState.PLANNED:
        return await take(kit, tx, signal)
    off = signal.status == "failed" and begun is None
    state = PlanState.DROPPED if off else PlanState.BEGUN
    ended = await tx.planned_releases.save(known.model_copy(update={"state": state}))
    return ended if off else await take(kit, tx, signal)


async def _planned(
    kit: ReleaseKit, tx: Tx, signal: DeploymentSignal, known: PlannedRelease | None
) -> PlannedRelease | None:
    policies, redactor = kit.book.current, kit.redactor
    environment = policies.deployments.environment_of(signal.environment) or kit.environment
    if environment != kit.environment or signal.started_at is None:
        return None
    image = signal.image.rpartition("/")[2]
    plan = PlannedRelease(
        id=id_of(signal),
        # The store gives the number.
        number=0,
        at=signal.started_at,
        service=redactor.text(policies.services.bare(policies.deployments.name_of(signal.service))),
        environment=environment,
        release=redactor.text(signal.release or image or signal.commit[:10])[:_LONGEST_NAME],
        actor=redactor.text(signal.actor),
    )
    if known is None:
        await tx.planned_releases.add_once(plan)
        return await tx.planned_releases.get(plan.id)
    said = {"at": plan.at, "release": plan.release, "actor": plan.actor, "state": PlanState.PLANNED}
    return await tx.planned_releases.save(known.model_copy(update=said))
