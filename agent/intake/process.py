"""The handlers of intake's jobs."""

import time
from dataclasses import dataclass
from datetime import timedelta

from agent.domain.alert import AlertRecord
from agent.domain.noun import Json
from agent.intake.follow import BOT
from agent.intake.pipeline import Pipeline
from agent.intake.work import PROCESS, PRUNE, SETTLE, settling
from agent.ports.jobs import Handler
from agent.ports.store import Store, Tx


@dataclass(frozen=True, slots=True)
class Processor:
    """Runs stored deliveries through the pipeline, ends incidents that were flapping, and forgets old deliveries."""

    store: Store
    pipeline: Pipeline
    retention_days: int = 90

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by job kind."""
        return {PROCESS: self.process, SETTLE: self.settle, PRUNE: self.prune}

    async def process(self, payload: dict[str, Json]) -> None:
        """Run one delivery's stages; a delivery that was processed before is left alone."""
        started = time.perf_counter()
        async with self.store.write() as tx:
            item = await tx.inbox.get(int(str(payload["inbox_id"])))
            if item is None or item.processed_at is not None:
                return
            await self.pipeline.process(tx, item)
        if self.pipeline.metrics is not None:
            self.pipeline.metrics.intake_duration.observe(time.perf_counter() - started)

    async def settle(self, payload: dict[str, Json]) -> None:
        """End a flapping incident if it has been quiet for long enough; otherwise look again later."""
        incident_id = str(payload["incident_id"])
        async with self.store.write() as tx:
            incident = await tx.incidents.get(incident_id)
            records = await tx.alerts.of_incident(incident_id)
            if incident is None or not incident.status.open or any(r.alert.firing for r in records):
                return
            now = self.pipeline.clock.now()
            quiet_at = max((r.changed_at for r in records), default=now) + self.pipeline.windows.quiet
            if quiet_at > now:
                await self.pipeline.jobs.enqueue(tx, settling(incident_id, quiet_at))
                return
            await self._calm(tx, records)
            seconds = round(self.pipeline.windows.quiet.total_seconds())
            await self.pipeline.changes.resolve(
                tx,
                self.pipeline.policies,
                incident_id,
                by=BOT,
                at=now,
                why=f"quiet for {seconds} s after flapping",
            )

    async def prune(self, payload: dict[str, Json]) -> None:
        """Forget processed deliveries and delivery keys that are older than the retention."""
        before = self.pipeline.clock.now() - timedelta(days=self.retention_days)
        async with self.store.write() as tx:
            await tx.inbox.prune(before)
            await tx.seen.prune(before)

    async def _calm(self, tx: Tx, records: list[AlertRecord]) -> None:
        calmed = [r.model_copy(update={"flapping": False, "flips": ()}) for r in records if r.flapping]
        await tx.alerts.upsert(calmed)
