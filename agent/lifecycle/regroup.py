"""Splitting and merging incidents by hand; each becomes a rule that correlation obeys from then on."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.alert import AlertRecord, Reason
from agent.domain.correlation import CorrelationRule, side_of
from agent.domain.incident import Incident
from agent.domain.lingering import let_go, over
from agent.domain.noun import Json
from agent.errors import BadInput, NotFound
from agent.lifecycle.changes import BOT, note, open_incident, resolve, set_priority
from agent.locale.messages import text
from agent.policy.load import Policies
from agent.ports.store import Tx


async def split(
    tx: Tx,
    policies: Policies,
    incident_id: str,
    *,
    alert: str,
    service: str,
    by: str,
    at: datetime,
    language: str = "en",
) -> tuple[Incident, CorrelationRule]:
    """Move an incident's alerts of this name (and service, if given) into an incident of their own.

    Returns the new incident and the rule "never together"; raises NotFound or BadInput.
    """
    incident = await _get(tx, incident_id)
    going, staying = await _parted(tx, incident, alert, service, language)
    new = await _opened(tx, policies, incident, going, by=by, at=at)
    rule = await _decide(
        tx, going, staying, together=False, by=by, at=at, why=f"{new.name} ≠ {incident.name}"
    )
    await _move(tx, going, new, _split_from(incident))
    words = text(language, "note-split", alert=going[0].alert.name, new=new.name, rule=rule.name)
    await note(tx, policies, incident_id, text=words, by=by, at=at)
    if over(staying):
        # Nothing of it fires any more, so no delivery would ever end it.
        await resolve(tx, policies, incident_id, by=BOT, at=at, why=text(language, "why-split-over"))
        await tx.alerts.upsert(let_go(staying, at))
    return new, rule


async def _parted(
    tx: Tx, incident: Incident, alert: str, service: str, language: str
) -> tuple[list[AlertRecord], list[AlertRecord]]:
    """Return the alerts that go and those that stay; raises NotFound or BadInput when it is no split."""
    records = await tx.alerts.of_incident(incident.id)
    going = [r for r in records if _named(r, alert, service)]
    staying = [r for r in records if not _named(r, alert, service)]
    if not going:
        raise NotFound(text(language, "split-no-alert", name=incident.name, alert=alert[:80]))
    if not staying:
        raise BadInput(text(language, "split-no-other", name=incident.name), field="alert")
    if not any(r.alert.firing for r in going):
        raise BadInput(text(language, "split-quiet", alert=alert[:80]), field="alert")
    return going, staying


async def _opened(
    tx: Tx, policies: Policies, incident: Incident, going: Sequence[AlertRecord], *, by: str, at: datetime
) -> Incident:
    about = going[0].service or incident.service
    names: list[Json] = [*sorted({r.alert.name for r in going})]
    return await open_incident(
        tx,
        policies,
        title=f"{about}: {going[0].alert.name}"[:200],
        service=about,
        environment=incident.environment,
        namespace=incident.namespace,
        cluster=incident.cluster,
        category=incident.category,
        priority=incident.priority,
        reason=Reason(
            rule="split-by-hand",
            sentence=f"taken over from {incident.name}",
            message="taken-over",
            args={"name": incident.name},
        ),
        started_at=min(*(r.alert.starts_at for r in going), at),
        at=at,
        data={"alerts": names, "count": len(going), "alone": _split_from(incident).sentence},
        by=by,
    )


def _split_from(incident: Incident) -> Reason:
    sentence = f"split from {incident.name} by hand"
    return Reason(rule="split-by-hand", sentence=sentence, args={"name": incident.name})


async def merge(
    tx: Tx,
    policies: Policies,
    incident_id: str,
    into_id: str,
    *,
    by: str,
    at: datetime,
    language: str = "en",
) -> tuple[Incident, CorrelationRule | None]:
    """Move all alerts of an incident into another open one, which becomes as urgent and as confidential, and end the first.

    Returns the other incident and the rule "always together" (None when one had no alerts); raises BadInput.
    """
    source, target = await _get(tx, incident_id), await _get(tx, into_id)
    if source.id == target.id:
        raise BadInput(text(language, "merge-itself"), field="incident")
    for one in (source, target):
        if not one.status.open:
            raise BadInput(text(language, "merge-over", name=one.name), field="incident")
    going, there = [await tx.alerts.of_incident(i) for i in (incident_id, into_id)]
    rule = None
    if going and there:
        why = f"{source.name} = {target.name}"
        await _lift(tx, going, there)
        rule = await _decide(tx, going, there, together=True, by=by, at=at, why=why)
    sentence = f"merged from {source.name} by hand"
    reason = Reason(rule="merged-by-hand", sentence=sentence, args={"name": source.name})
    await _move(tx, going, target, reason)
    if source.category and not target.category:
        # Nobody outside may hear of it by the clock from now on.
        target = await tx.incidents.save(target.model_copy(update={"category": source.category}))
    if source.priority.rank < target.priority.rank:
        target = await set_priority(
            tx, policies, into_id, priority=source.priority, reason=reason, by=by, at=at
        )
    said, named = ("note-merged-rule", {"rule": rule.name}) if rule else ("note-merged", {})
    words = text(language, said, name=source.name, **named)
    await note(tx, policies, into_id, text=words, by=by, at=at)
    why = text(language, "why-merged", into=target.name)
    await resolve(tx, policies, incident_id, by=by, at=at, why=why, merged_into=target.id)
    return target, rule


async def unrule(tx: Tx, number: int, language: str = "en") -> CorrelationRule:
    """End a rule; what it joined or parted stays so. Raises NotFound."""
    rule = await tx.correlation.remove(number)
    if rule is None:
        raise NotFound(text(language, "rule-unknown", rule=f"R-{number}"))
    return rule


async def _move(tx: Tx, records: Sequence[AlertRecord], home: Incident, reason: Reason) -> None:
    change = {"incident_id": home.id, "reason": reason}
    await tx.alerts.upsert([record.model_copy(update=change) for record in records])


async def _decide(
    tx: Tx,
    one: Sequence[AlertRecord],
    other: Sequence[AlertRecord],
    *,
    together: bool,
    by: str,
    at: datetime,
    why: str,
) -> CorrelationRule:
    rule = CorrelationRule(
        number=await tx.correlation.next_number(),
        together=together,
        one=side_of(_kinds(one)),
        other=side_of(_kinds(other)),
        by=by,
        at=at,
        why=why,
    )
    await tx.correlation.add(rule)
    return rule


async def _lift(tx: Tx, one: Sequence[AlertRecord], other: Sequence[AlertRecord]) -> None:
    """End the rules that keep apart what a person now puts together: the newest word counts."""
    for rule in await tx.correlation.standing():
        if not rule.together and rule.concerns(_kinds(one), _kinds(other)):
            await tx.correlation.remove(rule.number)


def _kinds(records: Sequence[AlertRecord]) -> frozenset[tuple[str, str]]:
    return frozenset((record.alert.name, record.service) for record in records)


def _named(record: AlertRecord, alert: str, service: str) -> bool:
    same = record.alert.name.casefold() == alert.casefold()
    return same and (not service or record.service.casefold() == service.casefold())


async def _get(tx: Tx, incident_id: str) -> Incident:
    incident = await tx.incidents.get(incident_id)
    if incident is None:
        raise NotFound("There is no such incident.", code="no-incident")
    return incident
