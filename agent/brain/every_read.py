"""The one list of everything that may be looked at, and how its reads are built from what is configured."""

from tools.alert_manager.reads import FiringRead, RulesRead, SilencesRead
from tools.base import Read
from tools.charts import Painter
from tools.connections import Connections
from tools.incident_responder.certificate_reads import CertificateRead
from tools.incident_responder.reads import DescribeRead, EventsRead, LogsRead, PodsRead, RolloutsRead, TopRead
from tools.incident_responder.scope import Scope
from tools.incident_responder.upkeep_reads import ImagesRead, JobsRead, QuotasRead
from tools.log_analyzer.index_reads import IndexRetentionRead
from tools.log_analyzer.reads import ErrorsByServiceRead, PatternsRead, SearchRead
from tools.metrics_collector.capacity_reads import CapacityChartRead, CapacityRead
from tools.metrics_collector.chart_reads import ChartRead
from tools.metrics_collector.endpoint_reads import SlowEndpointsRead, SlowRequestsRead
from tools.metrics_collector.expression_reads import ExpressionRead
from tools.metrics_collector.period_reads import PeriodRead
from tools.metrics_collector.reads import CompareRead, QueryRead, ServicesRead, SignalRead, TopologyRead
from tools.metrics_collector.sampling import Sampler
from tools.metrics_collector.store_reads import StoreHealthRead
from tools.pictures import Pictures
from tools.signals import SignalBook
from tools.sla_tracker.judge import Judge
from tools.sla_tracker.objective_reads import BudgetChartRead, ObjectiveRead
from tools.sla_tracker.reads import BudgetRead

READS: tuple[type[Read], ...] = (
    SignalRead,
    QueryRead,
    CompareRead,
    ServicesRead,
    TopologyRead,
    ChartRead,
    ExpressionRead,
    SlowEndpointsRead,
    SlowRequestsRead,
    BudgetRead,
    ObjectiveRead,
    BudgetChartRead,
    SearchRead,
    ErrorsByServiceRead,
    PatternsRead,
    FiringRead,
    RulesRead,
    SilencesRead,
    PodsRead,
    DescribeRead,
    EventsRead,
    LogsRead,
    RolloutsRead,
    TopRead,
    CertificateRead,
    CapacityRead,
    CapacityChartRead,
    StoreHealthRead,
    IndexRetentionRead,
    QuotasRead,
    JobsRead,
    ImagesRead,
    PeriodRead,
)


def build_reads(
    connections: Connections,
    painter: Painter,
    pictures: Pictures,
    judge: Judge | None = None,
    signals: SignalBook | None = None,
) -> tuple[Read, ...]:
    """Return the reads whose backend is configured; `judge` knows the objectives, `signals` the team's own."""
    reads: list[Read] = [CertificateRead(connections.handshakes)] if connections.handshakes else []
    metrics, logs, alerts, cluster = (
        connections.metrics,
        connections.logs,
        connections.alerts,
        connections.cluster,
    )
    if metrics:
        sampler = Sampler(metrics, signals)
        reads += [SignalRead(metrics, sampler), QueryRead(metrics), CompareRead(sampler)]
        reads += [ServicesRead(metrics, sampler), TopologyRead(metrics), RulesRead(metrics)]
        reads += [
            ChartRead(metrics, sampler, painter, pictures),
            ExpressionRead(metrics),
        ]
        reads.append(PeriodRead(metrics, sampler))
        reads.append(SlowEndpointsRead(metrics))
        reads += [CapacityRead(metrics, sampler), CapacityChartRead(metrics, sampler, painter, pictures)]
    if metrics or judge:
        reads.append(BudgetRead(metrics, judge))
    if connections.requests:
        reads.append(SlowRequestsRead(connections.requests))
    if judge:
        reads += [ObjectiveRead(judge), BudgetChartRead(judge, painter, pictures)]
    if connections.metrics_store:
        reads.append(StoreHealthRead(connections.metrics_store))
    if connections.indices:
        reads.append(IndexRetentionRead(connections.indices))
    if logs:
        reads += [SearchRead(logs), ErrorsByServiceRead(logs), PatternsRead(logs)]
    if alerts:
        reads += [FiringRead(alerts), SilencesRead(alerts)]
    if cluster:
        scope = Scope(cluster, connections.namespaces)
        reads += [PodsRead(scope), DescribeRead(scope), EventsRead(scope)]
        reads += [LogsRead(scope), RolloutsRead(scope), TopRead(scope)]
        reads += [QuotasRead(scope), JobsRead(scope), ImagesRead(scope)]
    return tuple(reads)
