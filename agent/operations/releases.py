"""Releases as senders tell of them: kept once, shown once, and watched from the moment they are out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.analysis.redaction import Redactor
from agent.domain.deployment import Deployment, DeploymentSignal, DeploymentState
from agent.domain.incident import Incident, Priority
from agent.domain.timeline import TimelineKind
from agent.operations.releases_merge import filled, id_of, same_release
from agent.policy.book import PolicyBook
from agent.policy.deployments import watch_of
from agent.policy.routing import route
from agent.ports.clock import Clock
from agent.ports.jobs import Job, Jobs
from agent.ports.outbox import SlotKind
from agent.ports.store import Tx
from agent.telemetry.metrics import Metrics

BOT = "ops-monitor"
RELEASE_LOOK = "release.look"
# News of a release that is older than this is history, and nothing that a watch could be about.
OLDEST = timedelta(hours=24)
_KNOWN = 30
_NEVER_GIVE_UP = 10_000

Announce = Callable[[Tx, Incident, datetime], Awaitable[None]]
"""Wants an incident's messages shown anew; lifecycle's, because operations does not know it."""


@dataclass(frozen=True, slots=True)
class ReleaseKit:
    """What everything about releases works with; `environment` is the bot's own."""

    jobs: Jobs
    book: PolicyBook
    clock: Clock
    metrics: Metrics
    redactor: Redactor
    announce: Announce
    environment: str


def looking(deployment: Deployment, at: datetime) -> Job:
    """Return the job of the next look at a release."""
    return Job(
        kind=RELEASE_LOOK,
        payload={"id": deployment.id, "at": at.isoformat()},
        group_key=f"release:{deployment.id}",
        dedupe_key=f"release:{deployment.id}",
        priority=4,
        run_at=at,
        max_attempts=_NEVER_GIVE_UP,
    )


async def show(kit: ReleaseKit, tx: Tx, deployment: Deployment, incident: Incident | None = None) -> None:
    """Want the one message of a release shown: in the thread of the service's incident, else in the releases' channel."""
    policies = kit.book.current
    slot = await tx.outbox.get(f"release:{deployment.id}")
    labels = {
        "service": deployment.service,
        "environment": deployment.environment,
        "namespace": deployment.namespace,
        "tier": policies.services.tier_of(deployment.service),
    }
    quiet = policies.deployments.channel or route(policies, Priority.P3, labels).channel
    threaded = incident is not None and slot is None
    await tx.outbox.request(
        f"release:{deployment.id}",
        SlotKind.REPLY,
        channel=incident.conversation.channel if incident is not None and threaded else quiet,
        priority=3,
        incident_id=incident.id if incident is not None and threaded else None,
        thread_of=f"card:{incident.id}" if incident is not None and threaded else None,
        payload={"release": deployment.id},
        at=kit.clock.now(),
    )


async def incident_of(tx: Tx, deployment: Deployment) -> Incident | None:
    """Return the open incident that is about a release's service: by its name, its alerts, or its diagnosed cause."""
    here = [one for one in await tx.incidents.open() if one.environment in ("", deployment.environment)]
    for incident in here:
        if incident.service == deployment.service:
            return incident
    for incident in here:
        about = {record.about for record in await tx.alerts.of_incident(incident.id) if record.alert.firing}
        diagnosis = await tx.evidence.diagnosis(incident.id)
        cause = diagnosis.cause.service if diagnosis is not None and diagnosis.cause is not None else None
        if deployment.service in (*about, cause):
            return incident
    return None


async def take(kit: ReleaseKit, tx: Tx, signal: DeploymentSignal, *, own: bool = False) -> Deployment | None:
    """Keep what a sender said, in the caller's transaction; a repeat changes nothing.

    Returns None for another environment's releases and for old ones. `own` are the bot's own actions: they are kept, and
    neither watched nor told of, since their own verification does that.
    """
    said = _ours(kit, signal)
    if said is None:
        return None
    policy = kit.book.current.deployments
    known = await tx.deployments.of_subject(said.service, _KNOWN)
    within = timedelta(seconds=policy.same_release_within)
    at = said.finished_at or said.started_at or said.told_at
    found = same_release(known, said, at, within)
    if found is None:
        found = _new(said)
        if not await tx.deployments.add_once(found):
            return await tx.deployments.get(found.id)
        found = await tx.deployments.get(found.id) or found
        return await _moved(kit, tx, found, said, {}, own=own)
    return await _moved(kit, tx, found, said, filled(found, said), own=own)


def _ours(kit: ReleaseKit, signal: DeploymentSignal) -> DeploymentSignal | None:
    """Return a signal with the names that are used here, its times in order, and without secrets."""
    policies = kit.book.current
    environment = policies.deployments.environment_of(signal.environment) or kit.environment
    now = signal.told_at
    finished = min(signal.finished_at or now, now) if signal.status != "started" else None
    started = min(signal.started_at, finished or now) if signal.started_at else None
    if environment != kit.environment or now - (finished or started or now) > OLDEST:
        return None
    service = policies.services.bare(policies.deployments.name_of(signal.service))
    change = {
        "service": kit.redactor.text(service),
        "environment": environment,
        "actor": kit.redactor.text(signal.actor),
        "title": kit.redactor.text(signal.title),
        "url": signal.url if kit.redactor.text(signal.url) == signal.url else "",
        "started_at": started,
        "finished_at": finished,
    }
    return signal.model_copy(update=change)


def _new(said: DeploymentSignal) -> Deployment:
    return Deployment(
        id=id_of(said),
        # The store gives the number.
        number=0,
        at=said.started_at or said.finished_at or said.told_at,
        source=said.source,
        service=said.service,
        environment=said.environment,
        namespace=said.namespace,
        workload=said.workload,
        revision=said.revision,
        image=said.image,
        release=said.release,
        commit=said.commit,
        actor=said.actor,
        title=said.title,
        url=said.url,
        was_image=said.was_image,
        was_revision=said.was_revision,
    )


async def _moved(
    kit: ReleaseKit,
    tx: Tx,
    known: Deployment,
    said: DeploymentSignal,
    change: dict[str, object],
    *,
    own: bool,
) -> Deployment:
    """Move a release on as far as the signal says; what is out never goes back to having failed or begun."""
    waiting = known.state in (DeploymentState.STARTED, DeploymentState.FAILED)
    if own and known.state is DeploymentState.STARTED:
        ended = {"state": DeploymentState.OWN, "finished_at": said.finished_at, "ended_at": said.finished_at}
        saved = await tx.deployments.save(known.model_copy(update={**change, **ended}))
        await _supersede(kit, tx, saved, "replaced")
        return saved
    if waiting and said.status == "succeeded":
        return await _out(kit, tx, known, said, change)
    if known.state is DeploymentState.STARTED and said.status == "failed":
        return await _failed(kit, tx, known, said, change)
    if not change:
        return known
    saved = await tx.deployments.save(known.model_copy(update=change))
    if saved.state is not DeploymentState.STARTED:
        await show(kit, tx, saved)
    return saved


async def _out(
    kit: ReleaseKit, tx: Tx, known: Deployment, said: DeploymentSignal, change: dict[str, object]
) -> Deployment:
    """Begin the watch over a release that is out."""
    policies, finished = kit.book.current, said.finished_at or said.told_at
    tier = policies.services.tier_of(known.service)
    rule = watch_of(policies.deployments, service=known.service, tier=tier, environment=known.environment)
    incident = await incident_of(tx, known)
    was = await _before(tx, known)
    told = known.model_copy(update=change)
    moved = {
        **change,
        **({} if told.was_image or was is None else {"was_image": was.image}),
        **({} if told.was_release or was is None else {"was_release": was.spoken}),
        "state": DeploymentState.WATCHING,
        "at": min(known.at, finished),
        "finished_at": finished,
        "watch_until": finished + timedelta(seconds=rule.lasts),
        "incident_id": incident.id if incident is not None else None,
        "because": "",
        "ended_at": None,
    }
    saved = await tx.deployments.save(known.model_copy(update=moved))
    await _supersede(kit, tx, saved, "superseded")
    await kit.jobs.enqueue(tx, looking(saved, kit.clock.now()))
    await tell_incident(kit, tx, saved, incident)
    await show(kit, tx, saved, incident)
    return saved


async def _failed(
    kit: ReleaseKit, tx: Tx, known: Deployment, said: DeploymentSignal, change: dict[str, object]
) -> Deployment:
    at = said.finished_at or said.told_at
    incident = await incident_of(tx, known)
    moved = {
        **change,
        "state": DeploymentState.FAILED,
        "ended_at": at,
        "because": "unfinished" if said.source == "kubernetes" else "",
        "incident_id": incident.id if incident is not None else None,
    }
    saved = await tx.deployments.save(known.model_copy(update=moved))
    kit.metrics.deployments.labels(source=saved.source, verdict=saved.state.value).inc()
    await tell_incident(kit, tx, saved, incident)
    await show(kit, tx, saved, incident)
    return saved


async def _before(tx: Tx, known: Deployment) -> Deployment | None:
    """Return the release that ran before, as far as anybody told of one."""
    past = await tx.deployments.of_subject(known.service, _KNOWN)
    out = [
        one for one in past if one.finished_at and one.environment == known.environment and one.id != known.id
    ]
    return max(out, key=lambda one: one.number, default=None)


async def _supersede(kit: ReleaseKit, tx: Tx, newest: Deployment, why: str) -> None:
    """End the watch over earlier releases of the service: what is measured from now on is no longer theirs.

    What the last look saw stands, for nobody will see more of it.
    """
    for one in await tx.deployments.of_subject(newest.service, _KNOWN):
        same = one.environment == newest.environment and one.id != newest.id
        if same and one.state is DeploymentState.WATCHING:
            worse = any(contrast.worse for contrast in one.contrasts)
            state = DeploymentState.REGRESSION if worse else DeploymentState.INCONCLUSIVE
            change = {"state": state, "because": why, "ended_at": kit.clock.now()}
            saved = await tx.deployments.save(one.model_copy(update=change))
            kit.metrics.deployments.labels(source=saved.source, verdict=saved.state.value).inc()
            await show(kit, tx, saved)


async def tell_incident(kit: ReleaseKit, tx: Tx, deployment: Deployment, incident: Incident | None) -> None:
    """Tell an open incident of the service of it, on its timeline; None is nobody to tell."""
    if incident is None:
        return
    await tx.timeline.append(
        incident.id,
        TimelineKind.DEPLOYMENT_SEEN,
        deployment.actor or BOT,
        kit.clock.now(),
        {
            "deployment": deployment.id,
            "service": deployment.service,
            "release": deployment.spoken,
            "state": deployment.state.value,
            "summary": f"{deployment.service} {deployment.spoken}".strip(),
        },
    )
    await kit.announce(tx, incident, kit.clock.now())
