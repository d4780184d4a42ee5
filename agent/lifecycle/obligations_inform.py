"""Which audiences are owed a word: first, as often as the cadence says, and at a raise, a mitigation and the end."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.domain.incident import IncidentStatus
from agent.domain.timeline import A_MOMENT
from agent.domain.update import UpdateState
from agent.lifecycle.obligation import RAISED, Life, Obligation, Owed

_COUNTS = (UpdateState.WAITING, UpdateState.SENDING, UpdateState.SENT, UpdateState.WRITTEN)
# One that failed may have arrived at some of its places.
_HEARD = (*_COUNTS, UpdateState.FAILED)


def informs(life: Life) -> Iterator[Obligation]:
    """Yield the hand-offs to the stakeholder-communicator that are owed; `about` is an audience or a moment."""
    incident, opening = life.incident, life.incident.opening
    if incident.status.open:
        if f"{RAISED}{life.scope}" in life.done:
            # Before those who hear of it only now: whoever has heard it called milder is told that it is worse.
            yield Obligation(Owed.INFORM, f"inform:{opening}:{_tail(life)}", life.since, about="changed")
        for audience in life.cadence:
            yield from _next_word(life, audience)
    if not informed(life):
        return
    if incident.status is IncidentStatus.MITIGATED:
        key = f"inform:{opening}:mitigated"
        yield Obligation(Owed.INFORM, key, incident.times.mitigated_at or life.now, about="mitigated")
    ended = incident.times.resolved_at
    if incident.status is IncidentStatus.RESOLVED and ended is not None:
        yield Obligation(Owed.INFORM, f"inform:{opening}:resolved", ended + A_MOMENT, about="resolved")


def informed(life: Life) -> list[str]:
    """Return the audiences that have heard of this opening, by the clock or because a person had them told."""
    prefix = f"inform:{life.incident.opening}:"
    keys = (key.removeprefix(prefix).rpartition(":") for key in life.done if key.startswith(prefix))
    told = {audience for audience, _, number in keys if number.isdigit()}
    by_hand = {one.audience for one in life.updates if one.state in _HEARD and one.at >= life.began}
    return sorted(told | by_hand)


def _tail(life: Life) -> str:
    return f"{RAISED}{life.scope.partition(':')[2]}"


def _next_word(life: Life, audience: str) -> Iterator[Obligation]:
    rhythm = life.cadence[audience]
    prefix = f"inform:{life.incident.opening}:{audience}:"
    numbers = [
        int(key.removeprefix(prefix))
        for key in life.done
        if key.startswith(prefix) and key.removeprefix(prefix).isdigit()
    ]
    if not numbers:
        at = life.since + timedelta(seconds=rhythm.first_seconds)
        yield Obligation(Owed.INFORM, f"{prefix}0", at, about=audience)
    elif rhythm.every_seconds is not None:
        last = max(numbers)
        spoken = _latest(life, audience, life.base(f"{prefix}{last}"))
        at = spoken + timedelta(seconds=rhythm.every_seconds)
        yield Obligation(Owed.INFORM, f"{prefix}{last + 1}", at, level=last + 1, about=audience)


def _latest(life: Life, audience: str, asked: datetime) -> datetime:
    """Return when the audience last heard something: an update by hand puts the next one off."""
    told = (u.at for u in life.updates if u.audience == audience and u.state in _COUNTS and u.at <= life.now)
    return max([asked, *told])
