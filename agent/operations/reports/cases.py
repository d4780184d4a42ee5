"""Collects the incidents of a period: who noticed them, what they were, whether they were any, and who was told."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from agent.domain.action import Action, ActionState
from agent.domain.evidence import Window
from agent.domain.incident import Incident
from agent.domain.memory import Cure, CureKind, PastIncident
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.domain.update import UpdateState
from agent.operations.reports.facts import Case, FalseAlarm
from agent.policy.load import Policies
from agent.policy.routing import route_incident
from agent.ports.store import Tx

BOT = "ops-monitor"
MOST_INCIDENTS = 5_000
MERGED_INTO = "merged_into"
_FIRST = (TimelineKind.OPENED, TimelineKind.DECLARED)
# An update may follow its incident by a day or two.
_UPDATES_AFTER = timedelta(days=3)
FALSE_ALARM_WORDS = (
    "false alarm",
    "false positive",
    "false alert",
    "no real problem",
    "not a real",
    "오탐",
    "거짓 경보",
    "허위 경보",
    "오경보",
)
"""What people write in a resolution, or as the true cause, when there was no trouble."""


async def cases_of(tx: Tx, policies: Policies, window: Window) -> tuple[tuple[Case, ...], bool]:
    """Return the incidents that were opened in a window, oldest first, and whether there were more than are read.

    One that was joined to another is no incident of its own.
    """
    newest = await tx.incidents.recent(MOST_INCIDENTS)
    cut = len(newest) == MOST_INCIDENTS and newest[-1].times.opened_at >= window.start
    found = [one for one in newest if window.start <= one.times.opened_at < window.end]
    told = await _told(tx, window)
    cases = [await _case(tx, policies, one, told) for one in reversed(found)]
    return tuple(one for one in cases if one is not None), cut


async def _told(tx: Tx, window: Window) -> frozenset[str]:
    """Return the incidents of which customers were told in public."""
    updates = await tx.updates.since(window.start)
    until = window.end + _UPDATES_AFTER
    sent = (one for one in updates if one.public and one.state is UpdateState.SENT and one.at < until)
    return frozenset(one.incident_id for one in sent if one.incident_id)


async def _case(tx: Tx, policies: Policies, incident: Incident, told: Collection[str]) -> Case | None:
    timeline = await tx.timeline.of(incident.id)
    ends = [event for event in timeline if event.kind is TimelineKind.RESOLVED]
    if ends and ends[-1].data.get(MERGED_INTO):
        return None
    past = await tx.memory.recall(incident.id)
    actions = await tx.actions.of_incident(incident.id)
    diagnosis = None if past is not None else await tx.evidence.diagnosis(incident.id)
    said = _said(ends) + ([past.about.truth] if past is not None else [])
    return Case(
        incident=incident,
        by_person=_by_person(timeline),
        false_alarm=_judged(incident, said, timeline, actions),
        told_customers=incident.id in told,
        target_seconds=route_incident(policies, incident).resolve_within_seconds,
        past=_cured(past, actions),
        cause=diagnosis.cause if diagnosis is not None else None,
    )


def _cured(past: PastIncident | None, actions: Sequence[Action]) -> PastIncident | None:
    """Say what cured it: the last verified action, else the words with which a person resolved it."""
    if past is None:
        return None
    proved = [one for one in actions if one.state is ActionState.SUCCEEDED]
    cure = None
    if proved:
        last = proved[-1]
        plan = last.plan
        cure = Cure(
            kind=CureKind.ACTION, name=last.name, args=plan.args, target=plan.target.name, by=last.handle
        )
    elif past.about.note:
        cure = Cure(kind=CureKind.NOTE, note=past.about.note, by=past.about.noted_by)
    return past.model_copy(update={"cure": cure})


def _by_person(timeline: Sequence[TimelineEvent]) -> bool:
    first = next((event for event in timeline if event.kind in _FIRST), None)
    return first is not None and first.kind is TimelineKind.DECLARED and first.actor != BOT


def _said(ends: Sequence[TimelineEvent]) -> list[str]:
    return [str(event.data.get("text", "")) for event in ends if event.actor != BOT]


def _judged(
    incident: Incident, said: Sequence[str], timeline: Sequence[TimelineEvent], actions: Sequence[Action]
) -> FalseAlarm:
    """Say how people judged that there was no trouble: in words, or by muting it while nothing was done about it."""
    if any(word in one.casefold() for one in said for word in FALSE_ALARM_WORDS):
        return "said"
    muted = any(event.kind is TimelineKind.NOTE and "mutes" in event.data for event in timeline)
    worked = any(one.times.applied_at is not None for one in actions)
    helped = incident.commander is not None or any(said)
    return "muted" if muted and not worked and not helped and not incident.status.open else ""
