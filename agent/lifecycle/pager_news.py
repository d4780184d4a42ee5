"""What PagerDuty tells of an incident that it was told of by us: an answer to the call, or something for the timeline."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

from agent.domain.incident import Incident
from agent.domain.notification import PagerNote
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.lifecycle.announce import announce
from agent.lifecycle.changes import note
from agent.policy.load import Policies
from agent.policy.oncall import Person
from agent.ports.store import Tx

News = Literal["acknowledged", "resolved", "escalated", "reassigned", "priority_updated", "annotated"]
Answered = Callable[[Tx, Policies, str, str, datetime, str], Awaitable[Incident]]
"""Told that a person (their id over there, or a name) answers for an incident; the last one is the answer's own key."""

_LONGEST_TEXT = 500


def person_of(policies: Policies, user: str, name: str) -> str:
    """Return how a PagerDuty user is called here: their Slack id or name from oncall.yaml, else their name over there."""
    known = _known(policies, user)
    if known is not None:
        return known.slack or known.name
    # A name that somebody gave themselves there may not look like one of our own people.
    return f"{name or user or 'somebody'} (PagerDuty)"


async def take_news(
    tx: Tx,
    policies: Policies,
    incident: Incident,
    news: News,
    *,
    user: str,
    name: str,
    words: str,
    at: datetime,
    key: str,
    answered: Answered,
) -> bool:
    """Record news of an incident; say False for what was only the echo of our own doing.

    An incident that is resolved over there stays open here: only the end of its alerts, or a person here, ends it.
    """
    actor = person_of(policies, user, name)
    if news == "acknowledged":
        if not user or not incident.status.open:
            return False
        await answered(tx, policies, incident.id, user if _known(policies, user) else actor, at, key)
        return True
    if news == "annotated":
        if not words or await _our_own(tx, incident.id, words):
            return False
        await note(tx, policies, incident.id, text=words, by=actor, at=at)
        return True
    if news == "resolved" and not incident.status.open:
        return False
    data: dict[str, Json] = {"event": news, "text": words[:_LONGEST_TEXT]}
    await tx.timeline.append(incident.id, TimelineKind.PAGER_SAID, actor, at, data)
    await announce(tx, incident, policies, at)
    return True


def _known(policies: Policies, user: str) -> Person | None:
    return next((one for one in policies.oncall.people if user and one.pagerduty == user), None)


async def _our_own(tx: Tx, incident_id: str, words: str) -> bool:
    sent = await tx.notifications.of_incident(incident_id)
    return any(isinstance(one.content, PagerNote) and one.content.content.strip() == words for one in sent)
