"""The handlers of intake's jobs."""

import time
from dataclasses import dataclass, field
from datetime import datetime

from agent.domain.alert import AlertRecord
from agent.domain.lingering import let_go, over
from agent.domain.noun import Json
from agent.intake.follow import BOT
from agent.intake.pipeline import Pipeline
from agent.intake.work import PROCESS, SETTLE, processing_alone, settling
from agent.ports.jobs import Handler
from agent.ports.store import InboxItem, Store, Tx

_MOST_AT_ONCE = 4
# Webhooks wait for the same lock, so it is given up often.
_LOCK_SECONDS = 0.04


@dataclass(frozen=True, slots=True)
class Processor:
    """Runs stored deliveries through the pipeline, and ends incidents that were flapping.

    `suspects` failed just now among others; `apart` have a job of their own.
    """

    store: Store
    pipeline: Pipeline
    suspects: set[int] = field(default_factory=set)
    apart: set[int] = field(default_factory=set)

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by job kind."""
        return {PROCESS: self.process, SETTLE: self.settle}

    async def process(self, payload: dict[str, Json]) -> None:
        """Run the stages of every waiting delivery in order; one that fails gets a job of its own and holds up nobody."""
        if payload.get("alone"):
            await self._alone(int(str(payload["inbox_id"])))
            return
        if self.suspects:
            async with self.store.write() as tx:
                for inbox_id in sorted(self.suspects):
                    await self.pipeline.jobs.enqueue(tx, processing_alone(inbox_id))
            self.apart.update(self.suspects)
            self.suspects.clear()
        while await self._some():
            pass

    async def _some(self) -> bool:
        """Process as many deliveries as fit into a short transaction; say whether there may be more."""
        suspect: int | None = None
        try:
            async with self.store.write() as tx:
                items = await tx.inbox.oldest_waiting(_MOST_AT_ONCE, skip=sorted(self.apart))
                until = time.monotonic() + _LOCK_SECONDS
                for item in items:
                    suspect = item.id
                    await self._one(tx, item)
                    if time.monotonic() > until:
                        break
            suspect = None
        finally:
            if suspect is not None:
                self.suspects.add(suspect)
        return bool(items)

    async def _alone(self, inbox_id: int) -> None:
        async with self.store.write() as tx:
            item = await tx.inbox.get(inbox_id)
            if item is not None and item.processed_at is None:
                await self._one(tx, item)
        self.apart.discard(inbox_id)

    async def _one(self, tx: Tx, item: InboxItem) -> None:
        started = time.perf_counter()
        await self.pipeline.process(tx, item)
        if self.pipeline.metrics is not None:
            self.pipeline.metrics.intake_duration.observe(time.perf_counter() - started)

    async def settle(self, payload: dict[str, Json]) -> None:
        """End a flapping incident if it has been quiet for long enough; otherwise look again later."""
        incident_id = str(payload["incident_id"])
        async with self.store.write() as tx:
            incident = await tx.incidents.get(incident_id)
            records = await tx.alerts.of_incident(incident_id)
            if incident is None or not incident.status.open or (records and not over(records)):
                return
            now = self.pipeline.clock.now()
            quiet_at = max((r.changed_at for r in records), default=now) + self.pipeline.windows.quiet
            if quiet_at > now:
                await self.pipeline.jobs.enqueue(tx, settling(incident_id, quiet_at))
                return
            await self._calm(tx, records, now)
            seconds = round(self.pipeline.windows.quiet.total_seconds())
            await self.pipeline.changes.resolve(
                tx,
                self.pipeline.policies,
                incident_id,
                by=BOT,
                at=now,
                why=f"quiet for {seconds} s after flapping",
            )

    async def _calm(self, tx: Tx, records: list[AlertRecord], now: datetime) -> None:
        calmed = [r.model_copy(update={"flapping": False, "flips": ()}) for r in records if r.flapping]
        known = {record.alert.fingerprint: record for record in (*records, *calmed)}
        # Of two records of one alert the later counts.
        await tx.alerts.upsert([*calmed, *let_go(list(known.values()), now)])
