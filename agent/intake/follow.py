"""Lets each touched incident follow its alerts: timeline, priority, end, card."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.domain.alert import AlertRecord, Reason
from agent.domain.incident import Incident
from agent.domain.lingering import let_go, lingers, over
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.intake.changes import Changes
from agent.intake.records import Ledger
from agent.intake.sighting import Outcome, Verdict
from agent.intake.tell import names_of, text_of
from agent.intake.windows import Windows
from agent.intake.work import settling
from agent.policy.load import Policies
from agent.policy.priority import AlertFact, IncidentFacts, decide_priority
from agent.ports.jobs import Jobs
from agent.ports.store import AlertTally, Tx
from agent.telemetry.metrics import Metrics

BOT = "ops-monitor"
_MOST_LINGERING = 20
_WHY_OVER = "all its alerts have ended, except those that linger behind them"


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything that writing needs beside the transaction."""

    policies: Policies
    changes: Changes
    jobs: Jobs
    environment: str
    windows: Windows
    metrics: Metrics | None


@dataclass(slots=True)
class Touched:
    """What a delivery did to one incident so far: `placed` alerts, those of them that `joined` it while it was open."""

    incident: Incident
    placed: list[Verdict] = field(default_factory=list)
    joined: list[tuple[Verdict, Reason]] = field(default_factory=list)
    investigate: bool = False
    announced: bool = False
    lingering: bool = False


class Follower:
    """Writes the news of incidents, and changes what follows from their alerts."""

    def __init__(self, effects: Effects, tx: Tx, ledger: Ledger, now: datetime, notes: Sequence[str]) -> None:
        self._do = effects
        self._tx = tx
        self._ledger = ledger
        self._now = now
        self._notes = notes

    async def tell(self, touched: Touched, ended: Sequence[AlertRecord]) -> None:
        """Write the timeline: one event per kind of news, never one per alert; flapping alerts only once."""
        changed = [*(v.sighting.alert for v, _ in touched.joined), *(record.alert for record in ended)]
        touched.lingering = any(lingers(alert) is not None for alert in changed)
        news = [(v, r) for v, r in touched.joined if not self._ledger.record(v).flapping]
        for kind, outcome in (
            (TimelineKind.ALERT_ADDED, Outcome.NEW),
            (TimelineKind.ALERT_REFIRED, Outcome.REFIRED),
        ):
            some = [(v, r) for v, r in news if v.outcome is outcome]
            if some:
                why = {reason.rule: reason.sentence for _, reason in some}
                await self._event(touched, kind, names_of(v for v, _ in some), len(some), why)
        steady = [record for record in ended if not record.flapping]
        if steady:
            names = sorted({f"{r.alert.name} on {r.service}" for r in steady})
            await self._event(touched, TimelineKind.ALERT_RESOLVED, names, len(steady), {})
        seen = [*(self._ledger.record(v) for v in touched.placed), *ended]
        flapping = [record for record in seen if self._ledger.began_flapping(record)]
        if flapping:
            names = sorted({f"{r.alert.name} on {r.service}" for r in flapping})
            await self._event(touched, TimelineKind.FLAPPING, names, len(flapping), {})

    async def _event(
        self, touched: Touched, kind: TimelineKind, names: Sequence[str], count: int, why: dict[str, str]
    ) -> None:
        data: dict[str, Json] = {
            "text": text_of(names, self._notes, count),
            "alerts": list(names),
            "count": count,
            "why": dict(why),
            "notes": list(self._notes),
        }
        await self._tx.timeline.append(touched.incident.id, kind, BOT, self._now, data)
        touched.announced = False

    async def follow(self, touched: Touched, tallies: Sequence[AlertTally]) -> None:
        """Let priority and status follow the alerts: a priority only rises by itself, and never to what a person took
        away; the end needs every alert."""
        incident, policies = touched.incident, self._do.policies
        if not incident.status.open:
            if touched.lingering:
                # What lingers behind it has come or gone, and its card says so.
                await self._do.changes.announce(self._tx, incident, policies, self._now)
            return
        facts = IncidentFacts(
            alerts=tuple(
                AlertFact(name=t.name, service=t.service, severity=t.severity) for t in tallies if t.firing
            ),
            environment=incident.environment,
            category=incident.category,
        )
        priority, reason = decide_priority(policies, facts)
        if incident.rises_to(priority):
            touched.incident = await self._do.changes.set_priority(
                self._tx, policies, incident.id, priority=priority, reason=reason, by=BOT, at=self._now
            )
            touched.announced = True
        if tallies and await self._may_be_over(incident, tallies):
            await self._end(touched)
        elif not touched.announced:
            await self._do.changes.announce(self._tx, touched.incident, policies, self._now)

    async def _may_be_over(self, incident: Incident, tallies: Sequence[AlertTally]) -> bool:
        """Say whether nothing fires but what may linger; cheap, however many alerts there are."""
        firing = sum(tally.firing for tally in tallies)
        if firing == 0:
            return True
        if firing > _MOST_LINGERING or firing == sum(tally.total for tally in tallies):
            return False
        found = await self._tx.alerts.firing_of(incident.id, _MOST_LINGERING)
        return all(lingers(record.alert) is not None for record in found)

    async def _end(self, touched: Touched) -> None:
        records = await self._tx.alerts.of_incident(touched.incident.id)
        if not over(records):
            if not touched.announced:
                await self._do.changes.announce(self._tx, touched.incident, self._do.policies, self._now)
            return
        if any(record.flapping for record in records):
            quiet_at = self._now + self._do.windows.quiet
            await self._do.jobs.enqueue(self._tx, settling(touched.incident.id, quiet_at))
            if not touched.announced:
                await self._do.changes.announce(self._tx, touched.incident, self._do.policies, self._now)
            return
        lingering = let_go(records, self._now)
        touched.incident = await self._do.changes.resolve(
            self._tx,
            self._do.policies,
            touched.incident.id,
            by=BOT,
            at=self._now,
            why=_WHY_OVER if lingering else "all its alerts have ended",
        )
        await self._tx.alerts.upsert(lingering)
        if self._do.metrics:
            self._tx.after_commit(self._do.metrics.incidents_resolved.inc)
