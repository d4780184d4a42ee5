"""Writes what the stages decided: alerts go into incidents that exist, that are opened or that live again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from agent.domain.incident import Incident
from agent.domain.lingering import lingers
from agent.domain.noun import Json
from agent.intake.clean import clean_text
from agent.intake.correlate import Candidate, Match
from agent.intake.follow import BOT, Effects, Follower, Touched
from agent.intake.group import Bundle
from agent.intake.records import Ledger
from agent.intake.sighting import Outcome, began
from agent.intake.tell import delivery_notes, names_of, text_of
from agent.intake.work import investigation
from agent.policy.priority import AlertFact, IncidentFacts, decide_priority
from agent.policy.severity import mapped
from agent.ports.store import AlertTally, Tx
from agent.telemetry.metrics import Metrics

_WAVE = timedelta(seconds=3)


class Writer:
    """Carries out a delivery's decisions; `candidates` follow along, so that later bundles see earlier ones."""

    def __init__(self, effects: Effects, tx: Tx, ledger: Ledger, now: datetime) -> None:
        self._do = effects
        self._tx = tx
        self._ledger = ledger
        self._now = now
        self._notes = delivery_notes(ledger.group)
        self._candidates: dict[str, Candidate] = {}
        self.opened: list[str] = []
        self.touched: dict[str, Touched] = {}

    async def load_candidates(self) -> None:
        """Load the incidents that a bundle may join: open ones, and ended ones that it may reopen."""
        since = self._now - self._do.windows.correlation
        incidents = [*await self._tx.incidents.open(), *await self._tx.incidents.resolved_since(since)]
        tallies: dict[str, list[AlertTally]] = {}
        for tally in await self._tx.alerts.tallies([incident.id for incident in incidents]):
            tallies.setdefault(tally.incident_id, []).append(tally)
        self._candidates = {i.id: _candidate(i, tallies.get(i.id, [])) for i in incidents}

    @property
    def candidates(self) -> list[Candidate]:
        """Return the incidents that the next bundle may join."""
        return list(self._candidates.values())

    async def place(self, bundle: Bundle, match: Match) -> None:
        """Put a bundle into its incident, opening or reopening it as needed."""
        candidate = match.candidate
        if candidate is None:
            candidate = await self._open(bundle, match)
        else:
            touched = await self._join(candidate, bundle, match)
            touched.investigate |= bool(bundle.kinds - candidate.kinds)
            candidate = replace(candidate, incident=touched.incident)
        kinds = candidate.kinds | bundle.kinds
        self._candidates[candidate.incident.id] = replace(candidate, kinds=kinds, newest_at=self._now)
        self._ledger.place(bundle.verdicts, candidate.incident.id, match.reason)
        if not candidate.incident.status.open:
            self._ledger.let_go(bundle.verdicts, self._now)

    async def finish(self) -> None:
        """Store the records, then let each incident follow from its alerts."""
        await self._tx.alerts.upsert(self._ledger.records())
        ended = self._ledger.of(Outcome.RESOLVED)
        for incident_id in ended:
            await self._touch(incident_id)
        follower = Follower(self._do, self._tx, self._ledger, self._now, self._notes)
        for incident_id, tallies in (await self._tallies()).items():
            touched = self.touched[incident_id]
            await follower.tell(touched, ended.get(incident_id, []))
            await follower.follow(touched, tallies)
            if touched.investigate and touched.incident.status.open:
                # What joins an incident rarely comes alone: a second look waits for the rest of the wave.
                later = None if incident_id in self.opened else self._now + _WAVE
                await self._do.jobs.enqueue(self._tx, investigation(touched.incident, later))
        self._measure()

    async def _open(self, bundle: Bundle, match: Match) -> Candidate:
        worst, subject = bundle.worst.sighting, bundle.subject
        kinds = {AlertFact(name=v.sighting.alert.name, service=subject.service, severity=v.sighting.severity)
                 for v in bundle.verdicts}  # fmt: skip
        environment = subject.environment or self._do.environment
        ordered = tuple(sorted(kinds, key=lambda f: f.name))
        facts = IncidentFacts(alerts=ordered, environment=environment, category=subject.category)
        priority, reason = decide_priority(self._do.policies, facts)
        started_at = min(began(v.sighting.alert, self._now) for v in bundle.verdicts)
        data: dict[str, Json] = {
            "alerts": list(names_of(bundle.verdicts)),
            "count": len(bundle.verdicts),
            "grouped": bundle.reason.sentence,
            "alone": match.reason.sentence,
            "notes": list(self._notes),
        }
        incident = await self._do.changes.open_incident(
            self._tx,
            self._do.policies,
            title=clean_text(f"{subject.service}: {worst.alert.name}", limit=200),
            service=subject.service,
            environment=environment,
            namespace=subject.namespace,
            cluster=subject.cluster,
            category=subject.category,
            priority=priority,
            reason=reason,
            started_at=started_at,
            at=self._now,
            data=data,
        )
        self.opened.append(incident.id)
        self.touched[incident.id] = Touched(incident, investigate=True, announced=True)
        return Candidate(incident, frozenset(), self._now)

    async def _join(self, candidate: Candidate, bundle: Bundle, match: Match) -> Touched:
        touched = self.touched.setdefault(candidate.incident.id, Touched(candidate.incident))
        touched.placed.extend(bundle.verdicts)
        if touched.incident.status.open:
            touched.joined.extend((verdict, match.reason) for verdict in bundle.verdicts)
            return touched
        if await self._lingers(candidate, bundle):
            # The trouble is over: what comes of it late is noted, and brings nothing back.
            touched.joined.extend((verdict, match.reason) for verdict in bundle.verdicts)
            return touched
        why = text_of(names_of(bundle.verdicts), self._notes)
        touched.incident = await self._do.changes.reopen(
            self._tx, self._do.policies, candidate.incident.id, by=BOT, at=self._now, why=why
        )
        touched.investigate = touched.announced = True
        if self._do.metrics:
            self._tx.after_commit(self._do.metrics.incidents_reopened.inc)
        return touched

    async def _lingers(self, candidate: Candidate, bundle: Bundle) -> bool:
        """Say whether all of a bundle only lingers behind other alerts of an incident that has ended."""
        if any(lingers(verdict.sighting.alert) is None for verdict in bundle.verdicts):
            return False
        records = await self._tx.alerts.of_incident(candidate.incident.id)
        return any(lingers(record.alert) is None for record in records)

    async def _touch(self, incident_id: str) -> None:
        if incident_id not in self.touched:
            incident = await self._tx.incidents.get(incident_id)
            if incident is not None:
                self.touched[incident_id] = Touched(incident)

    async def _tallies(self) -> dict[str, list[AlertTally]]:
        found: dict[str, list[AlertTally]] = {incident_id: [] for incident_id in self.touched}
        for tally in await self._tx.alerts.tallies(list(found)):
            found[tally.incident_id].append(tally)
        return found

    def _measure(self) -> None:
        if self._do.metrics is not None:
            metrics = self._do.metrics
            self._tx.after_commit(lambda: self._count(metrics))

    def _count(self, metrics: Metrics) -> None:
        for verdict in self._ledger.verdicts:
            metrics.alerts_handled.labels(outcome=verdict.outcome.value).inc()
            if not mapped(self._do.policies, verdict.sighting.alert.labels):
                metrics.unmapped_severities.inc()
        for incident_id in self.opened:
            incident = self.touched[incident_id].incident
            metrics.incidents_opened.labels(priority=incident.priority.value).inc()
            waited = incident.times.opened_at - incident.times.started_at
            service = self._do.policies.services.counted_as(incident.service)
            seen = metrics.incident_detection.labels(priority=incident.priority.value, service=service)
            seen.observe(waited.total_seconds())


def _candidate(incident: Incident, tallies: Iterable[AlertTally]) -> Candidate:
    known = list(tallies)
    return Candidate(
        incident,
        frozenset((tally.name, tally.service) for tally in known),
        max((tally.newest_at for tally in known), default=incident.times.opened_at),
    )
