"""Guarded recovery as the composition root builds it: rules, catalogue, desk and runner, and the writers only when wanted."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from agent.analysis.redaction import Redactor
from agent.app.signals import check_signals
from agent.brain.toolbelt import READS, Toolbelt
from agent.domain.audit import AuditKind
from agent.domain.decision import Autonomy
from agent.domain.probe import Probe
from agent.errors import Misconfigured, Unavailable
from agent.execution.attributes import GatheredAttributes
from agent.execution.catalogue import WRITES, build_catalogue
from agent.execution.desk import RecoveryDesk
from agent.execution.judge import ExpressionJudge
from agent.execution.kit import BOT, Pace
from agent.execution.needs import Edges, nobody_calls
from agent.execution.recoveries import Recoveries
from agent.handoffs.asking import Asking
from agent.lifecycle import changes
from agent.lifecycle.view import load_view
from agent.policy.access import Allowed
from agent.policy.book import PolicyBook
from agent.policy.checks import unknown_actions
from agent.policy.deployments_check import check_deployments
from agent.policy.load import Policies
from agent.policy.recovery_check import check_recoveries
from agent.ports.clock import Clock
from agent.ports.jobs import Handler, Jobs
from agent.ports.recovery import Groups
from agent.settings import Settings
from agent.store.engine import SqlStore
from agent.telemetry.logs import LogEvent, get_log
from tools.connectors.kubernetes import ClusterAccess
from tools.signals import SIGNALS, SignalBook
from tools.write_connections import WriteAddresses, WriteConnections, connect_rehearsal, connect_writers

RELOAD_SECONDS = 5.0
RUNS = frozenset({Autonomy.APPROVE, Autonomy.AUTO})
_log = get_log("app")


class NoGroups:
    """Stands in where no Slack is configured: nobody is in any group."""

    async def members(self, group: str) -> frozenset[str]:
        """Raise Unavailable, because nobody can be asked."""
        raise Unavailable(f"Slack is not configured, so nobody can be in @{group}.", backend="slack")


@dataclass(frozen=True, slots=True)
class LiveAccess:
    """The access rules in force now, whatever they were at start."""

    book: PolicyBook

    def allows(
        self, command: str, channel: str | Collection[str], groups: Collection[str], language: str = "en"
    ) -> Allowed:
        """Judge a command by the rules in force."""
        return self.book.current.access.allows(command, channel, groups, language)


@dataclass(frozen=True, slots=True)
class Guarded:
    """Everything about changes of the world; `writers` is None where nothing is even planned."""

    book: PolicyBook
    desk: RecoveryDesk
    recoveries: Recoveries
    access: LiveAccess
    autonomy: Autonomy
    writers: WriteConnections | None
    store: SqlStore
    clock: Clock
    environment: str

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers of actions and recoveries."""
        return {**self.desk.handlers(), **self.recoveries.handlers()}

    def windows(self, now: datetime) -> Sequence[str]:
        """Return the names of the freezes of freezes.yaml that hold."""
        return self.book.current.freezes.active(now, self.environment, None)

    async def watch_policies(self) -> None:
        """Read changed policy files while the bot runs; a wrong one leaves the last good rules in force, and says so."""
        while True:
            await asyncio.sleep(RELOAD_SECONDS)
            before, said = self.book.current.digest, self.book.problem
            problem = await asyncio.to_thread(self.book.reload)
            if problem is not None and problem != said:
                _log.warning(LogEvent.POLICY_KEPT, problem=problem, kept=before)
            if self.book.current.digest != before:
                _log.info(LogEvent.POLICY_CHANGED, digest=self.book.current.digest)
                await self._record(before)

    async def _record(self, before: str) -> None:
        data = {"before": before, "after": self.book.current.digest}
        async with self.store.write() as tx:
            await tx.audit.append(AuditKind.POLICY_CHANGED, BOT, self.clock.now(), dict(data))

    def probes(self) -> list[Probe]:
        """Say how far the bot may go and whether its rules are the ones that stand in the files."""
        found = [Probe(name="Recovery", ok=True, detail=self._reach(), fix=None)]
        if self.book.problem is not None:
            kept = f"the last good rules ({self.book.current.digest[:12]}) stay in force: {self.book.problem}"
            found.append(
                Probe(name="Policies", ok=False, detail=kept, fix="Mend the file; it is read again.")
            )
        return found

    def _reach(self) -> str:
        if self.writers is None:
            return f"autonomy {self.autonomy.value}: nothing can be changed"
        if self.writers.rehearsed:
            return f"autonomy {self.autonomy.value}: actions are shown, planned with the reading account, and none can run"
        able = [name for name, backend in self.writers.backends.items() if backend is not None]
        return f"autonomy {self.autonomy.value}, changes through {', '.join(able) or 'nothing configured'}"


async def open_guarded(
    stack: AsyncExitStack,
    settings: Settings,
    store: SqlStore,
    jobs: Jobs,
    toolbelt: Toolbelt,
    groups: Groups | None,
    clock: Clock,
    *,
    known_secrets: Sequence[str] = (),
    edges: Edges = nobody_calls,
) -> Guarded:
    """Build guarded recovery; raises Misconfigured for rules that name what does not exist."""
    book = PolicyBook(settings.policies_dir, lambda policies: _demand_known(policies, settings.policies_dir))
    autonomy = settings.autonomy or book.current.autonomy.of(settings.environment)
    writers = _writers(settings, autonomy, toolbelt.signals)
    if writers is not None:
        stack.push_async_callback(writers.close)
    attributes = GatheredAttributes(
        store, toolbelt, book, clock, settings.environment, autonomy=settings.autonomy
    )
    desk = RecoveryDesk(
        store,
        jobs,
        build_catalogue(writers),
        book,
        groups or NoGroups(),
        clock,
        attributes=attributes,
        judge=ExpressionJudge(store, toolbelt, book, clock, language=settings.language),
        life=changes,
        view=load_view,
        environment=settings.environment,
        team=None,
        language=settings.language,
        pace=Pace(verify=settings.verify_seconds),
        redactor=Redactor(known_secrets),
        handoffs=Asking(jobs, clock, book),
        edges=edges,
    )
    return Guarded(
        book=book,
        desk=desk,
        recoveries=_runner(settings, store, jobs, desk, toolbelt, book, clock),
        access=LiveAccess(book),
        autonomy=autonomy,
        writers=writers,
        store=store,
        clock=clock,
        environment=settings.environment,
    )


def _runner(
    settings: Settings,
    store: SqlStore,
    jobs: Jobs,
    desk: RecoveryDesk,
    toolbelt: Toolbelt,
    book: PolicyBook,
    clock: Clock,
) -> Recoveries:
    return Recoveries(
        store,
        jobs,
        desk,
        toolbelt,
        book,
        changes,
        clock,
        environment=settings.environment,
        language=settings.language,
        time_scale=settings.recovery_time_scale,
        autonomy=settings.autonomy,
    )


def _writers(settings: Settings, autonomy: Autonomy, signals: SignalBook) -> WriteConnections | None:
    """Build what may change the world only where something may run; suggestions are planned with the reading account."""
    if autonomy in RUNS:
        return _write_accounts(settings, signals)
    if autonomy is Autonomy.OFF:
        return None
    access = ClusterAccess(settings.kubernetes_url, _revealed(settings.kubernetes_token), settings.kubeconfig)
    return connect_rehearsal(access, settings.namespaces, timeout_seconds=settings.read_timeout_seconds * 2)


def _revealed(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def _write_accounts(settings: Settings, signals: SignalBook) -> WriteConnections:
    if settings.kubernetes_write_token and not settings.kubernetes_url:
        raise Misconfigured("OPS_KUBERNETES_WRITE_TOKEN needs OPS_KUBERNETES_URL beside it.")
    addresses = WriteAddresses(
        kubernetes_url=settings.kubernetes_url,
        kubernetes_token=_revealed(settings.kubernetes_write_token),
        kubeconfig=settings.kubernetes_write_kubeconfig,
        alertmanager_url=settings.alertmanager_url,
        redis_url=_revealed(settings.redis_url),
        postgresql_url=_revealed(settings.postgresql_url),
        grafana_url=settings.grafana_url,
        grafana_token=_revealed(settings.grafana_token),
        prometheus_url=settings.prometheus_url,
        elasticsearch_url=_writable_logs(settings),
        elasticsearch_key=_revealed(settings.elasticsearch_write_api_key),
        log_indices=settings.log_indices,
        namespaces=settings.namespaces,
    )
    return connect_writers(addresses, timeout_seconds=settings.read_timeout_seconds * 2, signals=signals)


def _writable_logs(settings: Settings) -> str | None:
    """Return the log store's address where we hold a writing account, or the store asks nobody for one."""
    asks_nobody = settings.elasticsearch_api_key is None
    return settings.elasticsearch_url if settings.elasticsearch_write_api_key or asks_nobody else None


def _demand_known(policies: Policies, folder: Path) -> None:
    """A rule or recovery that names what does not exist guards nothing, and must not look as if it did."""
    actions = {write.name: write.params.model_json_schema() for write in WRITES}
    reads = {read.name: read.params.model_json_schema() for read in READS}
    wrong = [
        *unknown_actions(policies, actions, folder),
        *check_recoveries(policies.recoveries, actions, reads),
        *check_deployments(policies.deployments, policies.services, SIGNALS),
        *check_signals(policies.signals, folder),
    ]
    if wrong:
        raise Misconfigured("\n".join(wrong))
