"""Every change of an incident, each with its timeline event and a fresh card; repeats of a change do nothing."""

from datetime import datetime
from uuid import uuid4

from agent.domain.alert import Reason
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.domain.noun import Json
from agent.domain.timeline import A_MOMENT, TimelineKind
from agent.errors import BadInput, NotFound
from agent.lifecycle.announce import announce, announce_raise
from agent.lifecycle.memory import MERGED_INTO, remember
from agent.lifecycle.moot import withdraw_cures
from agent.lifecycle.mute_labels import kinds_of
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.store import Mute, Tx

__all__ = [
    "acknowledge",
    "announce",
    "close",
    "declare",
    "mitigate",
    "mute",
    "note",
    "open_incident",
    "reopen",
    "resolve",
    "set_priority",
]

BOT = "ops-monitor"
_MOST_MUTES = 20
_LONGEST_NOTE = 3000


async def open_incident(
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
    by: str = BOT,
    kind: TimelineKind = TimelineKind.OPENED,
) -> Incident:
    """Store a new incident and ask for its first card."""
    draft = Incident(
        id=uuid4().hex,
        number=await tx.incidents.next_number(),
        title=title,
        status=IncidentStatus.TRIAGE,
        priority=priority,
        priority_reason=reason,
        service=service,
        environment=environment,
        namespace=namespace,
        cluster=cluster,
        category=category,
        times=Times(started_at=started_at, opened_at=at),
        conversation=Conversation(channel=""),
    )
    channel = route_incident(policies, draft).channel
    incident = draft.model_copy(update={"conversation": Conversation(channel=channel)})
    await tx.incidents.create(incident)
    shown: dict[str, Json] = {
        "text": title,
        "priority": priority.value,
        "rule": reason.rule,
        "because": reason.sentence,
    }
    await tx.timeline.append(incident.id, kind, by, at, shown | data)
    await announce(tx, incident, policies, at)
    return incident


async def declare(
    tx: Tx,
    policies: Policies,
    *,
    title: str,
    service: str,
    priority: Priority,
    by: str,
    at: datetime,
    environment: str,
    namespace: str = "",
) -> Incident:
    """Open an incident because a person says so."""
    if not title.strip():
        raise BadInput("An incident needs a title.", field="title", code="no-title")
    return await open_incident(
        tx,
        policies,
        title=title.strip()[:200],
        service=service.strip() or "unknown",
        environment=environment,
        namespace=namespace,
        priority=priority,
        reason=Reason(rule="declared", sentence="a person declared it"),
        started_at=at,
        at=at,
        data={},
        by=by,
        kind=TimelineKind.DECLARED,
    )


async def acknowledge(tx: Tx, policies: Policies, incident_id: str, *, by: str, at: datetime) -> Incident:
    """Record that somebody cares; the first one stays."""
    incident = await _get(tx, incident_id)
    if incident.acknowledged_by is not None or not incident.status.open:
        return incident
    status = IncidentStatus.ACTIVE if incident.status is IncidentStatus.TRIAGE else incident.status
    times = incident.times.model_copy(update={"acknowledged_at": at})
    change = {"acknowledged_by": by, "status": status, "times": times}
    return await _changed(tx, policies, incident, change, TimelineKind.ACKNOWLEDGED, by, at, {})


async def resolve(
    tx: Tx,
    policies: Policies,
    incident_id: str,
    *,
    by: str,
    at: datetime,
    why: str = "",
    merged_into: str = "",
) -> Incident:
    """End an incident and remember it for later ones; what goes on in another one is remembered with that."""
    incident = await _get(tx, incident_id)
    if not incident.status.open:
        return incident
    times = incident.times.model_copy(update={"resolved_at": at})
    change = {"status": IncidentStatus.RESOLVED, "times": times}
    data: dict[str, Json] = {"text": why} if why else {}
    if merged_into:
        data[MERGED_INTO] = merged_into
    saved = await _changed(tx, policies, incident, change, TimelineKind.RESOLVED, by, at, data)
    await withdraw_cures(tx, saved, at)
    if not merged_into:
        await remember(tx, saved)
    return saved


async def mitigate(
    tx: Tx, policies: Policies, incident_id: str, *, by: str, at: datetime, why: str = ""
) -> Incident:
    """Record that the harm is held off; only the end of its alerts, or a person, resolves an incident."""
    incident = await _get(tx, incident_id)
    if not incident.status.open or incident.status is IncidentStatus.MITIGATED:
        return incident
    times = incident.times.model_copy(update={"mitigated_at": at})
    change = {"status": IncidentStatus.MITIGATED, "times": times}
    data: dict[str, Json] = {"text": why} if why else {}
    return await _changed(tx, policies, incident, change, TimelineKind.MITIGATED, by, at, data)


async def reopen(
    tx: Tx, policies: Policies, incident_id: str, *, by: str, at: datetime, why: str = ""
) -> Incident:
    """Bring an ended incident back to life, in its old place."""
    incident = await _get(tx, incident_id)
    if incident.status.open:
        return incident
    change = {"status": IncidentStatus.ACTIVE, **_opened_again(incident, at)}
    data: dict[str, Json] = {"text": why} if why else {}
    return await _changed(tx, policies, incident, change, TimelineKind.REOPENED, by, at, data)


def _opened_again(incident: Incident, at: datetime) -> dict[str, object]:
    """Return what a new opening changes: somebody has to take it up anew, unless the end lasted but a moment."""
    ended = incident.times.resolved_at
    marks: dict[str, object] = {"resolved_at": None, "closed_at": None, "mitigated_at": None}
    if ended is not None and at - ended <= A_MOMENT:
        return {"times": incident.times.model_copy(update=marks)}
    marks |= {"reopened_at": at, "acknowledged_at": None}
    times = incident.times.model_copy(update=marks)
    return {"times": times, "opening": incident.opening + 1, "acknowledged_by": None, "overruled": None}


async def set_priority(
    tx: Tx,
    policies: Policies,
    incident_id: str,
    *,
    priority: Priority,
    reason: Reason,
    by: str,
    at: datetime,
    overruled: Priority | None = None,
) -> Incident:
    """Give an incident another priority with the rule that says so; one that a person takes away is `overruled`."""
    incident = await _get(tx, incident_id)
    if incident.priority is priority:
        return incident
    data: dict[str, Json] = {
        "text": f"{incident.priority.value} → {priority.value}: {reason.sentence}",
        "before": incident.priority.value,
        "after": priority.value,
        "rule": reason.rule,
        "because": reason.sentence,
        "reason": reason.model_dump(exclude_defaults=True),
    }
    change = {"priority": priority, "priority_reason": reason, "overruled": overruled}
    saved = await _changed(tx, policies, incident, change, TimelineKind.PRIORITY_CHANGED, by, at, data)
    if priority.rank < incident.priority.rank:
        await announce_raise(tx, saved, policies, at)
    return saved


async def note(tx: Tx, policies: Policies, incident_id: str, *, text: str, by: str, at: datetime) -> Incident:
    """Add a person's words to the timeline."""
    incident = await _get(tx, incident_id)
    if not text.strip():
        raise BadInput("A note needs some text.", field="text", code="no-text")
    await tx.timeline.append(incident_id, TimelineKind.NOTE, by, at, {"text": text.strip()[:_LONGEST_NOTE]})
    await announce(tx, incident, policies, at)
    return incident


async def mute(
    tx: Tx, policies: Policies, incident_id: str, *, until: datetime, reason: str, by: str, at: datetime
) -> Incident:
    """Keep alerts like this incident's silent until a time: same name and same service or machine."""
    incident = await _get(tx, incident_id)
    if until <= at:
        raise BadInput("A mute must end in the future.", field="until", code="mute-past")
    kinds = await kinds_of(tx, incident_id)
    if not kinds:
        said, facts = f"{incident.name} has no alerts to mute.", {"name": incident.name}
        raise BadInput(said, field="incident", code="nothing-to-mute", facts=facts)
    for labels in kinds[:_MOST_MUTES]:
        await tx.mutes.add(Mute(id=uuid4().hex, labels=labels, until=until, by=by, reason=reason))
    # The clock of its life lets calls that can wait for a morning wait for this, too.
    await tx.life.done(incident_id, f"muted:{until.isoformat()}", at)
    data: dict[str, Json] = {
        "text": f"Muted until {until:%Y-%m-%d %H:%M} UTC: {reason}",
        "mutes": len(kinds),
        "until": until.isoformat(),
        "reason": reason,
    }
    await tx.timeline.append(incident_id, TimelineKind.NOTE, by, at, data)
    await announce(tx, incident, policies, at)
    return incident


async def close(tx: Tx, policies: Policies, incident_id: str, *, by: str, at: datetime) -> Incident:
    """Put a resolved incident away once it has stayed quiet; it can still be reopened."""
    incident = await _get(tx, incident_id)
    if incident.status is not IncidentStatus.RESOLVED:
        return incident
    times = incident.times.model_copy(update={"closed_at": at})
    change = {"status": IncidentStatus.CLOSED, "times": times}
    return await _changed(tx, policies, incident, change, TimelineKind.CLOSED, by, at, {})


async def _get(tx: Tx, incident_id: str) -> Incident:
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        raise NotFound("There is no such incident.", code="no-incident")
    return incident


async def _changed(
    tx: Tx,
    policies: Policies,
    incident: Incident,
    change: dict[str, object],
    kind: TimelineKind,
    by: str,
    at: datetime,
    data: dict[str, Json],
) -> Incident:
    saved = await tx.incidents.save(incident.model_copy(update=change))
    await tx.timeline.append(saved.id, kind, by, at, data)
    await announce(tx, saved, policies, at)
    return saved
