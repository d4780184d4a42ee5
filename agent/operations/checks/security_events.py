"""What happened in security since the last look: incidents, failed log-ins, and what metrics tell of weaknesses."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import ClassVar

from agent.domain.checklist import ItemState, Said
from agent.domain.evidence import Evidence
from agent.domain.incident import Incident, IncidentStatus
from agent.domain.noun import Json
from agent.domain.results import SeriesResult
from agent.operations.checks.answers import failed, newest_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.operations.checks.words import open_title
from agent.policy.check_params_upkeep import SecurityEvents

SIGNAL = "metrics_collector.signal"
LOGINS = "login_failures"
_MOST = 6
_RECENT = 500
_ENDED = (IncidentStatus.RESOLVED, IncidentStatus.CLOSED)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SecurityEventsCheck:
    """Looks at the incidents of security, and compares failed log-ins with the same time a day before."""

    name: ClassVar[str] = "security_events"

    async def run(self, kit: CheckKit, params: SecurityEvents) -> Outcome:
        """Name what was raised since the last look and what is open still."""
        minutes = max(30, min(24 * 60, round((kit.due_at - kit.since).total_seconds() / 60)))
        now = kit.clock.now()
        incidents, today, before, others = await asyncio.gather(
            _incidents(kit),
            _logins(kit, minutes, now),
            _logins(kit, minutes, now - _DAY),
            asyncio.gather(*(kit.look(SIGNAL, signal=name, minutes=60) for name in params.signals)),
        )
        details = [_incident_line(one) for one in incidents[:_MOST]]
        logins, many = _compared(today, before, minutes, params)
        details += [logins] if logins else []
        told = [line for name, one in zip(params.signals, others, strict=True) for line in _above(name, one)]
        broken = failed((today, before, *others))
        if broken is not None:
            details.append(Said(message="check-part-unseen", args={"why": broken.error or ""}))
        return _outcome(
            incidents, [*details, *told], broken, attention=many or bool(told), blind=logins is None
        )


def _outcome(
    incidents: list[Incident], details: list[Said], broken: Evidence | None, *, attention: bool, blind: bool
) -> Outcome:
    open_ones = [one for one in incidents if one.status not in _ENDED]
    args: dict[str, Json] = {"count": len(incidents), "open": len(open_ones)}
    if open_ones or attention:
        message = "check-security-open" if open_ones else "check-security-signs"
        return Outcome(ItemState.ATTENTION, message, args, tuple(details))
    if broken is not None:
        return unseen(broken)
    if blind and not incidents:
        return no_data(LOGINS)
    return Outcome(ItemState.OK, "check-security-quiet", args, tuple(details))


async def _incidents(kit: CheckKit) -> list[Incident]:
    """Return the incidents of security that were opened since the last look, and those that are open still."""
    kinds = set(kit.policies.security.values)
    async with kit.store.read() as tx:
        recent, still = await tx.incidents.recent(_RECENT), await tx.incidents.open()
    fresh = [one for one in recent if one.times.opened_at >= kit.since]
    known = {one.id: one for one in (*still, *fresh) if one.category in kinds}
    return sorted(known.values(), key=lambda one: (one.status in _ENDED, one.priority.rank, one.number))


def _incident_line(one: Incident) -> Said:
    message = "check-security-ended" if one.status in _ENDED else "check-security-one"
    args: dict[str, Json] = {
        "name": one.name,
        "title": open_title(one),
        "priority": one.priority.value,
        "at": {"at": one.times.opened_at.isoformat()},
    }
    return Said(message=message, args=args)


async def _logins(kit: CheckKit, minutes: int, end: datetime) -> Evidence:
    return await kit.look(SIGNAL, signal=LOGINS, minutes=minutes, end=end.isoformat())


def _count(found: Evidence, minutes: int) -> float | None:
    """Return how many there were, from the mean rate of every series; None where nothing was measured."""
    result = found.reading.result
    if not isinstance(result, SeriesResult):
        return None
    means = [fmean(value for _, value in one.points) for one in result.series if one.points]
    return sum(means) * minutes * 60 if means else None


def _compared(
    today: Evidence, before: Evidence, minutes: int, params: SecurityEvents
) -> tuple[Said | None, bool]:
    now, usual = _count(today, minutes), _count(before, minutes)
    if now is None:
        return None, False
    args: dict[str, Json] = {
        "count": round(now),
        "usual": None if usual is None else round(usual),
        "window": {"seconds": minutes * 60},
    }
    many = now >= params.failed_logins_from and usual is not None
    many = many and now >= params.failed_logins_factor * (usual or 0.0)
    if usual is None:
        return Said(message="check-security-logins-alone", args=args), False
    return Said(message="check-security-logins-many" if many else "check-security-logins", args=args), many


def _above(signal: str, found: Evidence) -> list[Said]:
    """Return what stands out: each series that is not at zero, of a signal that should be."""
    shown = [one for one in newest_of(found) if one.value > 0][:3]
    return [
        Said(
            message="check-security-signal",
            args={
                "signal": {"message": f"signal-{signal}"},
                "what": one.name,
                "value": round(one.value, 2),
            },
        )
        for one in shown
    ]
