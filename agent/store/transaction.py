"""One transaction, with every noun's rows within reach."""

from collections.abc import Callable

from agent.domain.checklist import Checklist
from agent.domain.cron import CronMark
from agent.domain.deployment import Deployment, PlannedRelease
from agent.domain.handoff import Handoff
from agent.domain.page import Page
from agent.domain.report import Written
from agent.domain.risk import RiskEntry
from agent.domain.task import Task
from agent.domain.update import Update
from agent.store.actions import SqlActions, SqlApprovals
from agent.store.alerts import SqlAlerts
from agent.store.audit import SqlAudit
from agent.store.connection import ThreadConnection
from agent.store.correlation import SqlCorrelation
from agent.store.evidence import SqlEvidence
from agent.store.feedback import SqlFeedback
from agent.store.inbox import SqlInbox
from agent.store.incidents import SqlIncidents
from agent.store.ledger import SqlLedger
from agent.store.life import SqlLifeClock, SqlPreferences
from agent.store.memory import SqlMemory
from agent.store.model import SqlModel
from agent.store.mutes import SqlMutes
from agent.store.notifications import SqlNotifications
from agent.store.outbox import SqlOutbox
from agent.store.records import SqlRecords
from agent.store.recoveries import SqlBrakes, SqlRecoveries
from agent.store.retention import SqlRetention
from agent.store.seen import SqlSeen
from agent.store.timeline import SqlTimeline


class SqlTx:
    """The transaction port on one SQLAlchemy connection."""

    def __init__(self, connection: ThreadConnection) -> None:
        self.connection = connection
        self.inbox = SqlInbox(connection)
        self.alerts = SqlAlerts(connection)
        self.incidents = SqlIncidents(connection)
        self.timeline = SqlTimeline(connection)
        self.evidence = SqlEvidence(connection)
        self.memory = SqlMemory(connection)
        self.feedback = SqlFeedback(connection)
        self.model = SqlModel(connection)
        self.mutes = SqlMutes(connection)
        self.correlation = SqlCorrelation(connection)
        self.seen = SqlSeen(connection)
        self.outbox = SqlOutbox(connection)
        self.actions = SqlActions(connection)
        self.approvals = SqlApprovals(connection)
        self.ledger = SqlLedger(connection)
        self.recoveries = SqlRecoveries(connection)
        self.brakes = SqlBrakes(connection)
        self.audit = SqlAudit(connection)
        self.tasks = SqlRecords(connection, "task", Task)
        self.pages = SqlRecords(connection, "page", Page)
        self.updates = SqlRecords(connection, "update", Update)
        self.handoffs = SqlRecords(connection, "handoff", Handoff)
        self.risks = SqlRecords(connection, "risk", RiskEntry)
        self.deployments = SqlRecords(connection, "deployment", Deployment)
        self.planned_releases = SqlRecords(connection, "planned_release", PlannedRelease)
        self.checklists = SqlRecords(connection, "checklist", Checklist)
        self.cron = SqlRecords(connection, "cron", CronMark)
        self.reports = SqlRecords(connection, "report", Written)
        self.notifications = SqlNotifications(connection)
        self.life = SqlLifeClock(connection)
        self.preferences = SqlPreferences(connection)
        self.retention = SqlRetention(connection)
        self._after: list[Callable[[], None]] = []

    def after_commit(self, do: Callable[[], None]) -> None:
        """Call something once the transaction is committed; never when it is rolled back."""
        self._after.append(do)

    def committed(self) -> None:
        """Call what waited for the commit."""
        for do in self._after:
            do()
