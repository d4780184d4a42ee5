"""When people are told of an incident again, as far as the rhythm of its audiences says."""

from datetime import datetime, timedelta

from agent.domain.update import UpdateState
from agent.domain.view import IncidentView
from agent.policy.communications import cadence
from agent.policy.load import Policies

_TOLD = frozenset({UpdateState.WAITING, UpdateState.SENDING, UpdateState.SENT})


def next_update(view: IncidentView, policies: Policies) -> datetime | None:
    """Return the earliest time at which any audience is due; None for an ended incident, or without a rhythm."""
    if not view.incident.status.open:
        return None
    told: dict[str, datetime] = {}
    for one in view.updates:
        if one.state in _TOLD:
            told[one.audience] = max(one.at, told.get(one.audience, one.at))
    due = []
    rhythms = cadence(policies, view.incident.priority, view.incident.category)
    for name, rhythm in rhythms.items():
        last = told.get(name)
        if last is None:
            # A first word that is due is on its way already; only one that is still to come is worth a mention.
            first = view.incident.times.opened_at + timedelta(seconds=rhythm.first_seconds)
            due += [first] if first > view.as_of else []
        elif rhythm.every_seconds is not None:
            due.append(last + timedelta(seconds=rhythm.every_seconds))
    return min(due, default=None)
