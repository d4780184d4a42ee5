"""Memory across incidents: what is kept of one that has ended, and which past ones are like a new one."""

from collections.abc import Iterable, Sequence

from agent.analysis.redaction import Redactor
from agent.domain.action import Action, ActionState
from agent.domain.evidence import Diagnosis
from agent.domain.feedback import Feedback
from agent.domain.incident import Incident
from agent.domain.memory import Cure, CureKind, PastIncident, Recollection
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.domain.view import IncidentView
from agent.ports.store import Tx

MOST_SIMILAR = 3
# The mark of an end that cured nothing: the alerts went on in another incident.
MERGED_INTO = "merged_into"
# Candidates by words; those that share more than words may stand behind wordier ones. Chosen: a screenful, and the
# search costs the same for 3 and 12.
_CANDIDATES = 12
_BOT = "ops-monitor"
# What people wrote is searched for, but a long chat must not drown title and cause.
_MOST_WRITTEN = 2_000


async def remember(tx: Tx, incident: Incident) -> None:
    """Store what an ended incident was about: title, services, alerts, cause, cure and people's words."""
    diagnosis = await tx.evidence.diagnosis(incident.id)
    tallies = await tx.alerts.tallies([incident.id])
    timeline = await tx.timeline.of(incident.id)
    votes = await tx.feedback.of_incident(incident.id)
    about = _about(
        incident,
        diagnosis,
        services=(tally.service for tally in tallies),
        alerts=(tally.name for tally in tallies),
        timeline=timeline,
        votes=votes,
    )
    cause = diagnosis.cause.claim if diagnosis and diagnosis.cause else None
    cure = cure_of(await tx.actions.of_incident(incident.id), about)
    words = [*_subject(about), about.truth, about.note, *_named(cure), _written(timeline)]
    await tx.memory.remember(incident, cause, " ".join(words), about)


async def similar_incidents(
    tx: Tx, view: IncidentView, limit: int = MOST_SIMILAR
) -> tuple[PastIncident, ...]:
    """Return past incidents like this one, best first, each with what cured it as it is known now.

    What they hold is data for people and models, never an order.
    """
    about = _about(
        view.incident,
        view.diagnosis,
        services=view.services,
        alerts=(record.alert.name for record in view.alerts),
        timeline=(),
        votes=(),
    )
    cause = view.diagnosis.cause.claim if view.diagnosis and view.diagnosis.cause else ""
    words = " ".join((view.incident.title, cause, *_subject(about)))
    found = await tx.memory.similar(words, exclude=view.incident.id, limit=max(limit, _CANDIDATES))
    marked = [past.model_copy(update={"alike": alike(about, past.about)}) for past in found]
    # A tenth of a point is no difference in likeness; the newer one then tells more.
    ranked = sorted(marked, key=lambda past: (not past.alike, -round(past.score, 1), -past.number))
    chosen: list[PastIncident] = []
    for past in ranked:
        if len(chosen) >= limit:
            break
        if view.incident.category or not await _kept_apart(tx, past):
            chosen.append(past)
    return tuple([await _with_cure(tx, past) for past in chosen])


async def _kept_apart(tx: Tx, past: PastIncident) -> bool:
    """Say whether a past incident is one of those that ordinary incidents tell nothing of."""
    incident = await tx.incidents.by_number(past.number)
    return incident is not None and bool(incident.category)


def alike(new: Recollection, old: Recollection) -> bool:
    """Say whether two incidents share more than words: the same diagnosis, or an alert of the same name on the same
    service."""
    same_cause = bool(new.rule) and (new.rule, new.blamed) == (old.rule, old.blamed)
    same_signs = bool(set(new.alerts) & set(old.alerts)) and bool(set(new.services) & set(old.services))
    return same_cause or same_signs


def cure_of(actions: Sequence[Action], about: Recollection) -> Cure | None:
    """Return the last action after which its check saw the recovery, else what a person wrote on resolving."""
    proved = [one for one in actions if one.state is ActionState.SUCCEEDED and one.outcome == "recovered"]
    if proved:
        last = max(proved, key=lambda one: one.number)
        plan = last.plan
        return Cure(
            kind=CureKind.ACTION, name=last.name, args=plan.args, target=plan.target.name, by=last.handle
        )
    return Cure(kind=CureKind.NOTE, note=about.note, by=about.noted_by) if about.note else None


async def _with_cure(tx: Tx, past: PastIncident) -> PastIncident:
    # Looked up anew, because an action may be proved, or taken back, after its incident has ended.
    actions = await tx.actions.of_incident(past.incident_id)
    return past.model_copy(update={"cure": cure_of(actions, past.about)})


def _about(
    incident: Incident,
    diagnosis: Diagnosis | None,
    *,
    services: Iterable[str],
    alerts: Iterable[str],
    timeline: Sequence[TimelineEvent],
    votes: Sequence[Feedback],
) -> Recollection:
    cause = diagnosis.cause if diagnosis else None
    ends = (e for e in timeline if e.kind is TimelineKind.RESOLVED and e.actor != _BOT)
    resolved = [e for e in ends if MERGED_INTO not in e.data]
    note = resolved[-1].data.get("text") if resolved else None
    return Recollection(
        started_at=incident.times.started_at,
        services=tuple(sorted({name for name in (incident.service, *services) if name})),
        alerts=tuple(sorted({name for name in alerts if name})),
        rule=cause.rule if cause else "",
        blamed=(cause.service or "") if cause else "",
        message=cause.details.get("message") if cause else None,
        spans=cause.details.get("spans") if cause else None,
        note=_safe(note) if isinstance(note, str) else "",
        noted_by=resolved[-1].actor if resolved else "",
        truth=next((vote.truth for vote in reversed(votes) if vote.truth), ""),
    )


def _subject(about: Recollection) -> tuple[str, ...]:
    return (*about.services, *about.alerts, about.rule, about.blamed)


def _named(cure: Cure | None) -> tuple[str, ...]:
    return (cure.name, cure.target, *cure.args.values()) if cure is not None else ()


def _written(timeline: Sequence[TimelineEvent]) -> str:
    """Return what people noted, the newest first, up to a bound."""
    notes = (
        e.data.get("text") for e in reversed(timeline) if e.kind is TimelineKind.NOTE and e.actor != _BOT
    )
    return _safe(" ".join(note for note in notes if isinstance(note, str))[:_MOST_WRITTEN])


def _safe(words: str) -> str:
    """Return people's words without secrets: what is remembered is shown for years, and given to models."""
    return Redactor().text(words)
