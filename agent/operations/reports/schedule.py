"""When reports are due and how each comes to be exactly once: a record and a job, in one transaction per occurrence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from agent.domain.report import Written
from agent.operations.cron import CronEntry
from agent.operations.reports.periods import Period, last_period
from agent.policy.load import Policies
from agent.policy.reports import ReportPolicy, ReportRule
from agent.ports.clock import Clock
from agent.ports.jobs import Job, Jobs
from agent.ports.store import Tx

WRITE = "report.write"
_TRIES = 12


@dataclass(frozen=True, slots=True)
class ReportClock:
    """Orders reports: by the schedule of reports.yaml, or because a person asks."""

    jobs: Jobs
    clock: Clock
    rules: Callable[[], Policies]
    language: Literal["en", "ko"]

    def entries(self) -> list[CronEntry]:
        """Return when each report that somebody gets is due."""
        policy = self.rules().reports
        return [self._entry(policy, rule) for rule in policy.reports if rule.sent]

    def _entry(self, policy: ReportPolicy, rule: ReportRule) -> CronEntry:
        zone = policy.zone_of(rule)

        async def start(tx: Tx, occurrence: datetime) -> None:
            period = last_period(rule.kind, zone, occurrence)
            record = self._record(rule.name, period).model_copy(
                update={
                    "language": rule.language or self.language,
                    "channels": rule.channels,
                    "emails": rule.emails,
                    "forms": rule.forms,
                }
            )
            await self._want(tx, record)

        return CronEntry(
            name=f"report:{rule.name}",
            schedule=rule.schedule,
            zone=zone,
            catch_up=timedelta(seconds=rule.catch_up),
            start=start,
        )

    async def ask(
        self, tx: Tx, period: Period, *, channel: str, by: str, key: str, language: Literal["en", "ko"]
    ) -> Written:
        """Order a report for a person; the same `key` is the same wish."""
        record = self._record(period.kind.value, period)
        wanted = record.model_copy(
            update={
                "id": f"{record.id}:{key}",
                "channels": (channel,),
                "asked_by": by,
                "language": language,
                "forms": ("pdf", "md"),
            }
        )
        await self._want(tx, wanted)
        return wanted

    def _record(self, name: str, period: Period) -> Written:
        return Written(
            id=f"{name}:{period.name}",
            number=1,
            at=self.clock.now(),
            kind=period.kind,
            name=name,
            period=period.name,
            zone=period.zone,
            language=self.language,
            start=period.start,
            end=period.end,
        )

    async def _want(self, tx: Tx, record: Written) -> None:
        if await tx.reports.add_once(record):
            await self.jobs.enqueue(tx, writing(record.id))


def writing(record_id: str) -> Job:
    """Return the job that writes and sends a report."""
    return Job(
        kind=WRITE, payload={"report": record_id}, group_key=WRITE, dedupe_key=record_id, max_attempts=_TRIES
    )
