"""What the bot's own watching knew before the first alert of an incident: a line in its timeline with its evidence."""

import asyncio
from datetime import UTC, datetime, timedelta

from agent.diagnosis.watch import Episode
from agent.diagnosis.watch_alerts import SOURCE
from agent.domain.evidence import Evidence, ReadRequest
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.errors import OpsError
from agent.locale.format import duration
from agent.locale.messages import text
from agent.operations.watch import MINUTE, Watch
from agent.ports.clock import Clock
from agent.ports.reads import Reads
from agent.ports.store import Store
from agent.telemetry.logs import LogEvent, get_log
from agent.telemetry.metrics import Metrics

# What began much earlier is another story; what is told must fit in one line.
BEFORE = timedelta(hours=1)
_MOST_TOLD = 3
# An investigation waits for this; catching up after a few minutes of others' turns takes less.
_PATIENCE = 3.0
_WORTH_CATCHING_UP = timedelta(hours=1)
_BOT = "ops-monitor"
_log = get_log("watch")


class Leads:
    """Tells once for each incident since when its services had been abnormal, if that was before its first alert."""

    def __init__(
        self,
        watch: Watch,
        store: Store,
        reads: Reads,
        clock: Clock,
        *,
        language: str = "en",
        metrics: Metrics | None = None,
    ) -> None:
        self._watch = watch
        self._store = store
        self._reads = reads
        self._clock = clock
        self._language = language
        self._metrics = metrics

    async def note(self, incident_id: str) -> None:
        """Look, and write the line with its evidence; whatever fails here is no reason to hold an investigation up."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._note(incident_id)
        except TimeoutError:
            _log.info(LogEvent.TASK_FAILED, task="watch lead", error="no answer in time")
        except OpsError as error:
            _log.info(LogEvent.TASK_FAILED, task="watch lead", error=error.user_message)

    async def _note(self, incident_id: str) -> None:
        async with self._store.read() as tx:
            incident = await tx.incidents.get(incident_id)
            records = await tx.alerts.of_incident(incident_id)
        others = [record for record in records if record.alert.source != SOURCE]
        if incident is None or not others:
            return
        await self._refresh()
        first = min(record.alert.starts_at for record in others)
        services = {name for name in (incident.service, *(r.about for r in others)) if name}
        found = [
            e
            for e in self._watch.about(services, first)
            if first - BEFORE <= datetime.fromtimestamp(e.since, UTC) < first
        ]
        if found:
            await self._write(incident, found[:_MOST_TOLD], first)

    async def _refresh(self) -> None:
        """Learn what other replicas may have seen meanwhile."""
        behind = self._watch.behind(self._clock.now())
        if behind is not None and 2 * MINUTE < behind < _WORTH_CATCHING_UP:
            await self._watch.catch_up(self._clock.now().replace(second=0, microsecond=0) - MINUTE)

    async def _write(self, incident: Incident, found: list[Episode], first: datetime) -> None:
        seen = [await self._read(incident, episode) for episode in found]
        lead = first - datetime.fromtimestamp(found[0].since, UTC)
        now = self._clock.now()
        data: dict[str, Json] = {
            "text": "; ".join(self._words(episode, first) for episode in found),
            "lead_seconds": lead.total_seconds(),
            "evidence": [one.id for one in seen],
        }
        async with self._store.write() as tx:
            if not await tx.seen.first_time(f"watch.lead:{incident.id}", now):
                return
            for one in seen:
                await tx.evidence.add(one)
            await tx.timeline.append(incident.id, TimelineKind.NOTE, _BOT, now, data)
        if self._metrics is not None:
            self._metrics.detection_lead.observe(lead.total_seconds())

    async def _read(self, incident: Incident, episode: Episode) -> Evidence:
        """Repeat the look at the series, so that the exact query stands beside the claim."""
        params: dict[str, Json] = {
            "signal": episode.key.signal,
            "service": episode.key.service,
            "minutes": 60,
        }
        request = ReadRequest(tool="metrics_collector.signal", params=params)
        return await self._reads.run(request, incident_id=incident.id)

    def _words(self, episode: Episode, first: datetime) -> str:
        since = datetime.fromtimestamp(episode.since, UTC)
        return text(
            self._language,
            "watch-abnormal-since",
            signal=text(self._language, f"signal-{episode.key.signal}"),
            service=episode.key.service,
            at=f"{since:%H:%M}",
            lead=duration(self._language, first - since),
        )
