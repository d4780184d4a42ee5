"""`ops-monitor replay`: recorded deliveries through the real pipeline, on a clock and a database of their own.

Nothing is sent and nothing is asked: every backend is taken out of the settings before anything is built.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.app.core import secrets_of
from agent.app.recovery import open_guarded
from agent.app.replay_parts import ReplayChat, ReplayClock, ReplayJobs
from agent.app.replay_proposals import Plan, plan_for
from agent.app.replay_words import comparison_lines, report_lines
from agent.brain.toolbelt import build_toolbelt
from agent.diagnosis.replay_quality import Home
from agent.domain.decision import Autonomy
from agent.errors import BadInput
from agent.execution.scene import RecoveryKit
from agent.intake.alertmanager import parse_webhook
from agent.intake.pipeline import Pipeline, PipelineResult
from agent.intake.process import Processor
from agent.intake.windows import Windows
from agent.intake.work import INVESTIGATE, SETTLE
from agent.lifecycle import changes
from agent.operations.replay_report import IncidentRow, ReplayReport, compare
from agent.operations.replay_sources import Recorded, recorded
from agent.operations.replay_truth import judged, read_edges, read_troubles, suspects_of
from agent.operations.topology import Edges, load_edges
from agent.policy.load import Policies
from agent.ports.jobs import Job
from agent.ports.store import Tx
from agent.settings import Settings
from agent.store.engine import SqlStore, open_store
from agent.telemetry.logs import configure_logs

# What only shows symptoms waits for the first looks before a recovery begins; the bot waits as long.
_FIRST_LOOKS = timedelta(seconds=20)
_LOOK = "replay.look"
_MOST_SKIPPED = 20
_MOST_SERVICES = 20
_UNREACHED = (
    "prometheus_url",
    "alertmanager_url",
    "elasticsearch_url",
    "elasticsearch_api_key",
    "kubernetes_url",
    "kubernetes_token",
    "kubernetes_write_token",
    "kubernetes_write_kubeconfig",
    "kubeconfig",
    "redis_url",
    "postgresql_url",
    "requests_postgresql_url",
    "slack_bot_token",
    "slack_app_token",
    "anthropic_api_key",
)


@dataclass(slots=True)
class Replay:
    """One recording on its way through the pipeline; memory holds a few words per incident."""

    store: SqlStore
    clock: ReplayClock
    jobs: ReplayJobs
    chat: ReplayChat
    processor: Processor
    kit: RecoveryKit
    policies: Policies
    autonomy: Autonomy | None
    deliveries: int = 0
    alerts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    opened: dict[str, str] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    homes: dict[str, Home] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    async def receive(self, one: Recorded, *, remember: bool) -> None:
        """Take one delivery at its time; one that cannot be read is skipped and named, as the door would refuse it."""
        at = self.clock.now() + timedelta(seconds=1) if one.at is None else _time(one)
        await self._work_until(at)
        self.clock.reach(at)
        try:
            group = parse_webhook(one.body, self.clock.now())
        except BadInput as error:
            self._skip(one, error)
            return
        async with self.store.write() as tx:
            item = await tx.inbox.get(await tx.inbox.add(group))
            assert item is not None
            result = await self.processor.pipeline.process(tx, item)
            await self.chat.deliver(tx, self.policies, self.clock.now())
        self._count(result, len(group.alerts))
        if remember:
            now = self.clock.now().timestamp()
            homes = {d.fingerprint: Home(d.incident_id, now) for d in result.decisions if d.incident_id}
            self.homes.update({name: homes[mark] for name, mark in one.alerts if mark in homes})

    async def finish(self) -> None:
        """Let the time run on until nothing waits any more."""
        await self._work_until(None)

    async def rows(self) -> tuple[IncidentRow, ...]:
        """Return every incident in the order of opening."""
        async with self.store.read() as tx:
            return tuple([await self._row(tx, name, key) for name, key in self.opened.items()])

    def _count(self, result: PipelineResult, alerts: int) -> None:
        self.deliveries += 1
        self.alerts += alerts
        self.outcomes.update(decision.outcome.value for decision in result.decisions)
        for decision in result.decisions:
            if decision.incident_id in result.opened and decision.incident_id not in self.opened:
                self.opened[decision.incident_id] = f"{decision.fingerprint}@{self.clock.now().isoformat()}"

    def _skip(self, one: Recorded, error: BadInput) -> None:
        if len(self.skipped) < _MOST_SKIPPED:
            self.skipped.append(f"{one.place}: {error.field}: {error.user_message}")
        self.outcomes["unreadable deliveries"] += 1

    async def _work_until(self, until: datetime | None) -> None:
        while (found := self.jobs.due(until)) is not None:
            at, job = found
            if job.kind == INVESTIGATE:
                await self._later(job, at)
                continue
            self.clock.reach(at)
            await self._work(job)

    async def _later(self, job: Job, at: datetime) -> None:
        incident_id = str(job.payload.get("incident_id", ""))
        if incident_id in self.plans:
            return
        look = Job(
            kind=_LOOK,
            payload=job.payload,
            run_at=at + _FIRST_LOOKS,
            dedupe_key=f"{_LOOK}:{incident_id}",
        )
        async with self.store.read() as tx:
            await self.jobs.enqueue(tx, look)

    async def _work(self, job: Job) -> None:
        if job.kind == SETTLE:
            await self.processor.settle(dict(job.payload))
            async with self.store.write() as tx:
                await self.chat.deliver(tx, self.policies, self.clock.now())
            return
        incident_id = str(job.payload.get("incident_id", ""))
        if job.kind == _LOOK:
            plan = await plan_for(self.kit, incident_id, self.autonomy)
            if plan is not None:
                self.plans[incident_id] = plan

    async def _row(self, tx: Tx, incident_id: str, key: str) -> IncidentRow:
        incident = await tx.incidents.get(incident_id)
        assert incident is not None
        tallies = await tx.alerts.tallies([incident_id])
        card = await tx.outbox.get(f"card:{incident_id}")
        told, plan = self.chat.of(incident_id), self.plans.get(incident_id)
        services = sorted({t.service for t in tallies if t.service})
        return IncidentRow(
            name=incident.name,
            key=key,
            opened_at=incident.times.opened_at,
            resolved_at=incident.times.resolved_at,
            service=incident.service,
            services=tuple(services[:_MOST_SERVICES]),
            title=incident.title,
            priority=incident.priority,
            rule=incident.priority_reason.rule,
            alerts=sum(t.total for t in tallies),
            channel=card.channel if card else incident.conversation.channel,
            pages=tuple(sorted(told.pages)),
            mentions=tuple(sorted(told.mentions)),
            pings=told.pings,
            posts=told.posts,
            edits=told.edits,
            recovery=plan.recovery if plan else None,
            proposed=plan.proposed if plan else (),
        )


async def replay(
    settings: Settings, path: Path, policies: Path | None, against: Path | None, as_json: bool
) -> int:
    """Replay a recording and print what would have happened; with `against`, under both sets of policies."""
    configure_logs(level="error", form="console", secrets=secrets_of(settings))
    report = await replayed(settings, path, policies or settings.policies_dir)
    if against is None:
        lines = [json.dumps(report.as_json(), ensure_ascii=False)] if as_json else report_lines(report)
    else:
        other = await replayed(settings, path, against)
        found = compare(report, other)
        if as_json:
            changed = [change.model_dump(mode="json") for change in found]
            both = {"first": report.as_json(), "second": other.as_json(), "changes": changed}
            lines = [json.dumps(both, ensure_ascii=False)]
        else:
            lines = comparison_lines(report, other, found)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


async def replayed(settings: Settings, path: Path, policies: Path) -> ReplayReport:
    """Run a recording through the pipeline under a set of policies."""
    troubles = read_troubles(path)
    edges = read_edges(path) | (load_edges(settings.topology_file) if settings.topology_file else frozenset())
    async with _opened(settings, policies, edges) as run:
        for one in recorded(path):
            await run.receive(one, remember=troubles is not None)
        await run.finish()
        rows = await run.rows()
        return ReplayReport(
            policies=str(policies),
            digest=run.policies.digest,
            deliveries=run.deliveries,
            alerts=run.alerts,
            outcomes=dict(run.outcomes.most_common()),
            incidents=rows,
            skipped=tuple(run.skipped),
            suspects=suspects_of(path),
            quality=judged(path, troubles, rows, list(run.opened), run.homes),
        )


@asynccontextmanager
async def _opened(settings: Settings, policies: Path, edges: Edges) -> AsyncIterator[Replay]:
    clock = ReplayClock()
    jobs = ReplayJobs(clock)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ops-monitor-"))
        apart = _alone(settings, policies, Path(folder))
        store = await open_store(apart.database_url)
        stack.push_async_callback(store.close)
        toolbelt = build_toolbelt(apart, clock)
        stack.push_async_callback(toolbelt.close)
        guarded = await open_guarded(stack, apart, store, jobs, toolbelt, None, clock)
        rules = guarded.book.current
        kit = RecoveryKit(
            store,
            jobs,
            guarded.desk,
            toolbelt,
            guarded.book,
            changes,
            clock,
            apart.environment,
            apart.language,
        )
        pipeline = Pipeline(
            clock=clock,
            policies=rules,
            topology=lambda: edges,
            changes=changes,
            jobs=jobs,
            environment=apart.environment,
            windows=Windows(
                correlation=timedelta(seconds=apart.correlation_window_seconds),
                quiet=timedelta(seconds=apart.quiet_period_seconds),
            ),
        )
        processor = Processor(store, pipeline)
        yield Replay(store, clock, jobs, ReplayChat(), processor, kit, rules, settings.autonomy)


def _alone(settings: Settings, policies: Path, folder: Path) -> Settings:
    """Return settings that reach nothing: no backend, no account, no model, and a database that is thrown away."""
    nothing = dict.fromkeys(_UNREACHED)
    mine = {
        "database_url": f"sqlite:///{folder / 'replay.db'}",
        "policies_dir": policies,
        "autonomy": Autonomy.OFF,
    }
    return settings.model_copy(update={**nothing, **mine})


def _time(one: Recorded) -> datetime:
    try:
        return datetime.fromtimestamp(one.at or 0.0, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise BadInput(f"{one.place}: {one.at} is no time in unix seconds.", field="replay") from error
