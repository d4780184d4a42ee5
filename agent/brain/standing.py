"""What an open incident already says of a service, so that an answer about it begins there."""

from collections.abc import Sequence
from datetime import datetime

from agent.domain.evidence import Diagnosis
from agent.domain.incident import Incident
from agent.domain.route import Route
from agent.domain.view import MOST_ALERTS, IncidentView
from agent.ports.store import Store, Tx

# Worst first; a question may wait for a few look-ups, not for hundreds.
_LOOKED_AT = 20


async def standing_view(
    store: Store, service: str | None, now: datetime, *, whole: bool = True
) -> IncidentView | None:
    """Return the open incident that a service is part of, diagnosed ones first; without a service the worst.

    Without `whole` only ordinary ones count.
    """
    async with store.read() as tx:
        found = await tx.incidents.open()
        still_open = [one for one in found if whole or not one.category][:_LOOKED_AT]
        diagnoses = {one.id: await tx.evidence.diagnosis(one.id) for one in still_open}
        chosen = await _chosen(tx, still_open, diagnoses, service)
        if chosen is None:
            return None
        return IncidentView(
            incident=chosen,
            route=Route(rule="question", channel=chosen.conversation.channel),
            alerts=tuple(await tx.alerts.of_incident(chosen.id, most=MOST_ALERTS)),
            evidence=tuple(await tx.evidence.of_incident(chosen.id, newest=200)),
            diagnosis=diagnoses[chosen.id],
            as_of=now,
        )


def concerns(view: IncidentView, service: str) -> bool:
    """Say whether an incident is about a service: one that alerts, or the one that causes it."""
    return service in view.services or service == _blamed(view.diagnosis)


async def _chosen(
    tx: Tx, still_open: Sequence[Incident], diagnoses: dict[str, Diagnosis | None], service: str | None
) -> Incident | None:
    mine = list(still_open)
    if service is not None:
        tallies = await tx.alerts.tallies([one.id for one in still_open])
        alerted = {t.incident_id for t in tallies if t.service == service}
        mine = [
            one
            for one in still_open
            if one.id in alerted or service in (one.service, _blamed(diagnoses[one.id]))
        ]
        # The very service's own trouble is meant before one that it is only part of.
        mine.sort(key=lambda one: (_blamed(diagnoses[one.id]) is None, one.service != service))
    return mine[0] if mine else None


def _blamed(diagnosis: Diagnosis | None) -> str | None:
    return diagnosis.cause.service if diagnosis is not None and diagnosis.cause is not None else None
