"""Stored releases as evidence: what pipelines told counts as a change, also where no cluster can be looked at."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.deployment import TOLD, Deployment, DeploymentState
from agent.domain.evidence import Evidence, EvidenceStatus, Reading, ReadRequest, Window, reading_digest
from agent.domain.incident import Incident
from agent.domain.results import Change, ChangesResult, Quantity
from agent.ports.store import Tx

BACKEND = "deployments"
# As the cluster is asked for its roll-outs; a release that is told late began before.
LEAST = timedelta(minutes=120)
MOST = 40
# Their image is known when the next one comes: so far back is looked for what ran before.
_EARLIER = 20


def told_request(incident: Incident, now: datetime) -> ReadRequest:
    """Return the request that stands for this look in the evidence."""
    age = now - incident.times.started_at + LEAST
    minutes = int(max(LEAST, age).total_seconds() // 60)
    return ReadRequest(tool=TOLD, params={"environment": incident.environment, "minutes": minutes})


async def told_releases(
    tx: Tx, request: ReadRequest, incident_id: str, evidence_id: str, now: datetime
) -> Evidence | None:
    """Return the releases of an environment that were told within the request's window, None when there are none."""
    minutes, environment = int(str(request.params["minutes"])), str(request.params["environment"])
    window = Window(start=now - timedelta(minutes=minutes), end=now)
    found = [
        one
        for one in await tx.deployments.since(window.start)
        if one.state is not DeploymentState.OWN and environment in ("", one.environment) and one.at <= now
    ]
    if not found:
        return None
    newest = sorted(found, key=lambda one: one.at, reverse=True)[:MOST]
    changes = tuple([await _change(tx, one) for one in newest])
    counted = "1 release was told" if len(newest) == 1 else f"{len(newest)} releases were told"
    reading = Reading(
        status=EvidenceStatus.SUCCESS,
        query=f"releases of {environment or 'every environment'} that were told of in {minutes} minutes",
        summary=f"{counted}; the newest at {newest[0].at:%H:%M} UTC: {newest[0].service} {changes[0].description}",
        window=window,
        value=Quantity(value=len(newest)),
        result=ChangesResult(changes=changes),
    )
    return Evidence(
        id=evidence_id,
        incident_id=incident_id,
        request=request,
        reading=reading,
        observed_at=now,
        digest=reading_digest(reading),
        backend=BACKEND,
    )


def nothing_told(old: Evidence, now: datetime) -> Evidence:
    """Return the evidence of a repeated look that found no release any more."""
    reading = Reading(
        status=EvidenceStatus.NO_DATA,
        query=old.reading.query,
        summary="Nobody tells of a release within that time.",
    )
    return old.model_copy(update={"reading": reading, "observed_at": now, "digest": reading_digest(reading)})


async def _change(tx: Tx, release: Deployment) -> Change:
    before = release.was_image or release.was_release
    if not before:
        before = _version(_before(release, await tx.deployments.of_subject(release.service, _EARLIER)))
    revision = int(release.revision) if release.revision.isdigit() and _is_cluster(release) else None
    return Change(
        at=release.at,
        # A roll-out that kept its image changed settings.
        change="config" if release.image and release.image == release.was_image else "deployment",
        service=release.service,
        description=release.spoken or release.title or release.service,
        before=before or None,
        after=_version(release) or None,
        revision=revision,
    )


def _before(release: Deployment, known: Sequence[Deployment]) -> Deployment | None:
    """Return the release that this one replaced: the newest of before that did not fail."""
    earlier = [
        one
        for one in known
        if one.at < release.at
        and one.environment == release.environment
        and one.state is not DeploymentState.FAILED
    ]
    return max(earlier, key=lambda one: one.at, default=None)


def _version(release: Deployment | None) -> str:
    return (release.image or release.release) if release is not None else ""


def _is_cluster(release: Deployment) -> bool:
    """Say whether a revision is the cluster's count; elsewhere it is a commit or a pipeline's own number."""
    return any(one.startswith("kubernetes:") for one in (release.id, *release.signals))
