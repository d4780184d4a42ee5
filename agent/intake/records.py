"""What is written down of each alert of a delivery: the new record, and the decision with its reason."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from agent.domain.alert import AlertGroup, AlertRecord, Reason
from agent.domain.lingering import let_go
from agent.intake.sighting import Decision, Outcome, Verdict
from agent.intake.windows import Windows

_STAGES = {Outcome.MUTED: "mute", Outcome.NEW: "correlate", Outcome.REFIRED: "correlate"}
_FLIPS = (Outcome.RESOLVED, Outcome.REFIRED)


class Ledger:
    """The records of one delivery by fingerprint, kept in step with what the stages decide."""

    def __init__(
        self, group: AlertGroup, verdicts: Sequence[Verdict], now: datetime, windows: Windows
    ) -> None:
        self.group = group
        self.verdicts = verdicts
        self._now = now
        self._windows = windows
        self._records = {
            verdict.sighting.alert.fingerprint: self._record(verdict)
            for verdict in verdicts
            if verdict.outcome is not Outcome.STALE
        }

    def place(self, verdicts: Iterable[Verdict], incident_id: str, reason: Reason) -> None:
        """Give alerts their incident and the reason for it."""
        for verdict in verdicts:
            key = verdict.sighting.alert.fingerprint
            placed = {"incident_id": incident_id, "reason": reason}
            self._records[key] = self._records[key].model_copy(update=placed)

    def let_go(self, verdicts: Iterable[Verdict], at: datetime) -> None:
        """Note of alerts that their incident was over at a moment, and did not wait for them."""
        for record in let_go([self.record(verdict) for verdict in verdicts], at):
            self._records[record.alert.fingerprint] = record

    def records(self) -> list[AlertRecord]:
        """Return every record to be stored."""
        return list(self._records.values())

    def record(self, verdict: Verdict) -> AlertRecord:
        """Return the record of one alert."""
        return self._records[verdict.sighting.alert.fingerprint]

    def of(self, outcome: Outcome) -> dict[str, list[AlertRecord]]:
        """Return the records with an outcome by incident."""
        found: dict[str, list[AlertRecord]] = {}
        for verdict in self.verdicts:
            if verdict.outcome is outcome:
                record = self.record(verdict)
                if record.incident_id is not None:
                    found.setdefault(record.incident_id, []).append(record)
        return found

    def began_flapping(self, record: AlertRecord) -> bool:
        """Say whether an alert counts as flapping from this delivery on."""
        before = next(
            (
                v.sighting.known
                for v in self.verdicts
                if v.sighting.alert.fingerprint == record.alert.fingerprint
            ),
            None,
        )
        return record.flapping and not (before is not None and before.flapping)

    def decisions(self) -> tuple[Decision, ...]:
        """Return what became of each alert."""
        return tuple(
            Decision(
                fingerprint=verdict.sighting.alert.fingerprint,
                alert=verdict.sighting.alert.name,
                outcome=verdict.outcome,
                stage=_STAGES.get(verdict.outcome, "dedup"),
                incident_id=self._incident_of(verdict),
                reason=self._reason_of(verdict),
            )
            for verdict in self.verdicts
        )

    def _incident_of(self, verdict: Verdict) -> str | None:
        record = self._records.get(verdict.sighting.alert.fingerprint) or verdict.sighting.known
        return record.incident_id if record else None

    def _reason_of(self, verdict: Verdict) -> Reason:
        if verdict.outcome in (Outcome.NEW, Outcome.REFIRED):
            return self.record(verdict).reason
        return verdict.reason

    def _record(self, verdict: Verdict) -> AlertRecord:
        sighting, known = verdict.sighting, verdict.sighting.known
        flips = self._flips(verdict)
        muted_by = verdict.muted_by
        if muted_by is None and known is not None and not sighting.alert.firing:
            muted_by = known.muted_by
        return AlertRecord(
            alert=sighting.alert,
            severity=sighting.severity,
            incident_id=known.incident_id if known else None,
            reason=known.reason if known and known.incident_id else verdict.reason,
            first_seen_at=known.first_seen_at if known else self._now,
            last_seen_at=self._now,
            flips=flips,
            flapping=len(flips) >= self._windows.flips,
            muted_by=muted_by,
            group_key=self.group.group_key,
            service=sighting.subject.service,
            let_go_until=known.let_go_until if known and verdict.outcome is Outcome.REPEAT else None,
        )

    def _flips(self, verdict: Verdict) -> tuple[datetime, ...]:
        known = verdict.sighting.known
        kept = known.flips if known else ()
        if verdict.outcome in _FLIPS:
            return (*(at for at in kept if self._now - at <= self._windows.flapping), self._now)
        return kept
