"""The composition root: builds everything below the doors, and closes it in the reverse order."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from agent.analysis.redaction import Redactor
from agent.app.ground import Ground
from agent.app.model import open_claude
from agent.app.recovery import Guarded, open_guarded
from agent.app.watch import Watching, open_watch
from agent.app.wings import Wings, open_wings
from agent.brain.playbook import PlaybookBrain
from agent.brain.runbooks import load_runbooks
from agent.brain.toolbelt import Toolbelt, build_toolbelt
from agent.domain.probe import Probe
from agent.domain.runbook import Runbook
from agent.domain.view import IncidentView
from agent.graph.checkpoints import Checkpoints
from agent.graph.deepen import DEEPEN, Deepening
from agent.graph.run import Investigator
from agent.handoffs.asking import WORK
from agent.intake.pipeline import Pipeline
from agent.intake.process import Processor
from agent.intake.windows import Windows
from agent.intake.work import INVESTIGATE
from agent.jobs.leases import LeaseJobs
from agent.jobs.open import open_jobs
from agent.lifecycle import changes
from agent.lifecycle.view import load_view
from agent.operations.housekeeping import Housekeeping
from agent.operations.inquiry import Desk
from agent.operations.rerun import Rerunner
from agent.operations.status import Probes
from agent.operations.topology import Topology, load_edges
from agent.policy.load import Policies, load_policies
from agent.policy.severity import mapped
from agent.ports.brain import Brain, Deepener
from agent.ports.clock import Clock, SystemClock
from agent.ports.handoffs import Counsel
from agent.ports.recovery import Groups
from agent.settings import ROOT, Settings
from agent.store.engine import SqlStore, open_store, secrets_in
from agent.store.sole import serves_alone
from agent.telemetry.metrics import Metrics, build_metrics

# Each may wait long for a slow backend; the worker has room for ten jobs, and intake must find some of it.
AT_ONCE = {INVESTIGATE: 4, DEEPEN: 2, WORK: 2}
RUNBOOKS = ROOT / "prompts" / "runbooks"


@dataclass(frozen=True, slots=True)
class Core:
    """Everything below the doors."""

    settings: Settings
    clock: Clock
    store: SqlStore
    jobs: LeaseJobs
    policies: Policies
    runbooks: tuple[Runbook, ...]
    toolbelt: Toolbelt
    topology: Topology
    desk: Desk
    rerunner: Rerunner
    investigator: Investigator
    deepening: Deepening | None
    guarded: Guarded
    wings: Wings
    processor: Processor
    housekeeping: Housekeeping
    watching: Watching | None
    metrics: Metrics
    registry: CollectorRegistry
    probes: Probes

    async def view(self, incident_id: str) -> IncidentView | None:
        """Return an incident as a whole."""
        return await incident_view(self.store, self.policies, self.clock, incident_id)

    async def unmapped_severities(self) -> set[str]:
        """Return the severity words of firing alerts that the policy does not know; empty for a missing label."""
        label = self.policies.severity.label
        async with self.store.read() as tx:
            firing = await tx.alerts.firing(500)
        labels = (record.alert.labels for record in firing)
        return {found.get(label, "") for found in labels if not mapped(self.policies, found)}


async def incident_view(
    store: SqlStore, policies: Policies, clock: Clock, incident_id: str
) -> IncidentView | None:
    """Return an incident as a whole, or None when there is none."""
    async with store.read() as tx:
        return await load_view(tx, incident_id, policies, clock.now())


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return the values that must never be written anywhere."""
    values = (getattr(settings, name) for name in Settings.model_fields)
    secrets = (value.get_secret_value() for value in values if isinstance(value, SecretStr))
    # An address may hold a password in its middle, and a log would show the password alone.
    inside = (secrets_in(str(getattr(settings, name))) for name in ("database_url",))
    urls = (settings.redis_url, settings.postgresql_url, settings.requests_postgresql_url)
    hidden = (secrets_in(url.get_secret_value()) for url in urls if url is not None)
    return (*secrets, *(one for found in (*inside, *hidden) for one in found))


@asynccontextmanager
async def open_core(settings: Settings, groups: Groups | None = None) -> AsyncIterator[Core]:
    """Build everything below the doors, and close it in the reverse order; `groups` say who may approve."""
    clock = SystemClock()
    policies = load_policies(settings.policies_dir)
    runbooks = load_runbooks(RUNBOOKS, settings.runbooks_dir, Redactor(secrets_of(settings), emails=False))
    fixed = load_edges(settings.topology_file) if settings.topology_file else frozenset()
    registry = CollectorRegistry()
    metrics = build_metrics(registry)
    async with AsyncExitStack() as stack:
        store = await open_store(settings.database_url)
        stack.push_async_callback(store.close)
        jobs = open_jobs(store, clock, url=settings.database_url, limits=AT_ONCE, metrics=metrics)
        secrets = secrets_of(settings)
        toolbelt = build_toolbelt(settings, clock, known_secrets=secrets)
        stack.push_async_callback(toolbelt.close)
        topology = Topology(toolbelt, fixed | policies.outposts.edges)
        guarded = await open_guarded(
            stack, settings, store, jobs, toolbelt, groups, clock, known_secrets=secrets, edges=topology
        )

        async def probes() -> Sequence[Probe]:
            return [*await toolbelt.probe(), *guarded.probes(), *await wings.probes()]

        brain = PlaybookBrain(toolbelt, store, clock, runbooks=runbooks, language=settings.language)
        claude = await open_claude(
            stack, settings, brain, toolbelt, store, clock, guarded.desk.catalogue, metrics, secrets
        )
        counsel = claude.counsel() if claude else None
        wings = await open_wings(
            stack, _ground(settings, store, jobs, policies, clock, toolbelt, guarded, metrics, counsel)
        )
        checkpoints = Checkpoints(_progress_file(stack, settings.database_url))
        stack.push_async_callback(checkpoints.close)
        yield Core(
            settings=settings,
            clock=clock,
            store=store,
            jobs=jobs,
            policies=policies,
            runbooks=runbooks,
            toolbelt=toolbelt,
            topology=topology,
            desk=_desk(settings, store, toolbelt, claude or brain, policies, clock, jobs, probes),
            rerunner=Rerunner(store, toolbelt, clock, language=settings.language),
            investigator=_investigator(settings, store, toolbelt, brain, policies, clock, checkpoints),
            deepening=_deepening(store, jobs, claude, policies, clock, guarded, metrics),
            guarded=guarded,
            wings=wings,
            processor=Processor(store, _pipeline(settings, clock, policies, topology, jobs, metrics)),
            housekeeping=Housekeeping(store, jobs, clock, settings.retention_days),
            watching=open_watch(stack, settings, store, jobs, toolbelt, clock, metrics, Redactor(secrets)),
            metrics=metrics,
            registry=registry,
            probes=probes,
        )


def _ground(
    settings: Settings,
    store: SqlStore,
    jobs: LeaseJobs,
    policies: Policies,
    clock: Clock,
    toolbelt: Toolbelt,
    guarded: Guarded,
    metrics: Metrics,
    counsel: Counsel | None,
) -> Ground:
    return Ground(
        settings=settings,
        store=store,
        jobs=jobs,
        book=guarded.book,
        clock=clock,
        toolbelt=toolbelt,
        recovery=guarded.desk,
        metrics=metrics,
        redactor=Redactor(secrets_of(settings)),
        view=partial(incident_view, store, policies, clock),
        counsel=counsel,
    )


def _desk(
    settings: Settings,
    store: SqlStore,
    toolbelt: Toolbelt,
    brain: Brain,
    policies: Policies,
    clock: Clock,
    jobs: LeaseJobs,
    probes: Probes,
) -> Desk:
    return Desk(
        store,
        toolbelt,
        brain,
        policies,
        clock,
        view_of=partial(incident_view, store, policies, clock),
        jobs=jobs,
        probes=probes,
        language=settings.language,
        redactor=Redactor(secrets_of(settings)),
    )


def _investigator(
    settings: Settings,
    store: SqlStore,
    toolbelt: Toolbelt,
    brain: PlaybookBrain,
    policies: Policies,
    clock: Clock,
    checkpoints: Checkpoints,
) -> Investigator:
    return Investigator(
        store,
        toolbelt,
        brain,
        policies,
        clock,
        checkpoints=checkpoints,
        language=settings.language,
        max_iterations=settings.max_iterations,
        timeout_seconds=settings.investigate_timeout_seconds,
    )


def _deepening(
    store: SqlStore,
    jobs: LeaseJobs,
    claude: Deepener | None,
    policies: Policies,
    clock: Clock,
    guarded: Guarded,
    metrics: Metrics,
) -> Deepening | None:
    if claude is None:
        return None
    return Deepening(store, jobs, claude, policies, clock, recovery=guarded.desk, metrics=metrics)


def _progress_file(stack: AsyncExitStack, database_url: str) -> Path:
    """Return where investigations keep their progress: beside the database file, else in a folder of this process,
    since an investigation that is lost with its machine simply starts again."""
    if serves_alone(database_url):
        return Path(database_url.removeprefix("sqlite:///") + ".graph")
    return Path(stack.enter_context(TemporaryDirectory(prefix="ops-monitor-"))) / "progress.graph"


def _pipeline(
    settings: Settings,
    clock: Clock,
    policies: Policies,
    topology: Topology,
    jobs: LeaseJobs,
    metrics: Metrics,
) -> Pipeline:
    windows = Windows(
        correlation=timedelta(seconds=settings.correlation_window_seconds),
        quiet=timedelta(seconds=settings.quiet_period_seconds),
    )
    return Pipeline(
        clock=clock,
        policies=policies,
        topology=topology,
        changes=changes,
        jobs=jobs,
        environment=settings.environment,
        windows=windows,
        metrics=metrics,
    )
