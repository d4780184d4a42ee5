"""The one list of everything that may be changed; what is not here cannot be done."""

from collections.abc import Mapping

from agent.execution.catalogue_type import Catalogue
from tools.alert_manager.writes import ExpireSilence, SilenceAlerts
from tools.base import Write
from tools.dashboard_builder.writes import PublishDashboard
from tools.incident_responder.writes.breakers import DisableCircuitBreaker, EnableCircuitBreaker
from tools.incident_responder.writes.cache import FlushCacheDatabase, FlushCacheKeys, FlushCacheServer
from tools.incident_responder.writes.certificates import RenewCertificate
from tools.incident_responder.writes.config import SetConfigKey
from tools.incident_responder.writes.database import (
    EndQueries,
    RaiseConnectionLimit,
    RestartDatabaseConnections,
)
from tools.incident_responder.writes.draining import DrainNode
from tools.incident_responder.writes.gateways import UpdateGatewayCertificate
from tools.incident_responder.writes.jobs import RunMaintenanceJob, ScheduleVerification
from tools.incident_responder.writes.membership import PutBackInService, TakeOutOfService
from tools.incident_responder.writes.nodes import CordonNode, UncordonNode
from tools.incident_responder.writes.pausing import PauseRollout, ResumeRollout
from tools.incident_responder.writes.pods import DeletePod
from tools.incident_responder.writes.rollouts import RollBackWorkload, RollForwardWorkload
from tools.incident_responder.writes.scaling import ScaleWorkload
from tools.incident_responder.writes.traffic import ShiftTraffic
from tools.incident_responder.writes.workloads import RestartWorkload, SetWorkloadEnv
from tools.log_analyzer.writes.deletion import DeleteIndices
from tools.log_analyzer.writes.lifecycle import SetIndexLifecycle
from tools.write_connections import WriteConnections

WORKLOADS = (
    RestartWorkload,
    RollBackWorkload,
    RollForwardWorkload,
    ScaleWorkload,
    DeletePod,
    CordonNode,
    UncordonNode,
    DrainNode,
    SetWorkloadEnv,
    SetConfigKey,
    PauseRollout,
    ResumeRollout,
)
TRAFFIC = (
    TakeOutOfService,
    PutBackInService,
    ShiftTraffic,
    EnableCircuitBreaker,
    DisableCircuitBreaker,
    RenewCertificate,
    UpdateGatewayCertificate,
    RunMaintenanceJob,
    ScheduleVerification,
)
CACHES = (FlushCacheKeys, FlushCacheDatabase, FlushCacheServer)
DATABASES = (EndQueries, RestartDatabaseConnections, RaiseConnectionLimit)
SILENCES = (SilenceAlerts, ExpireSilence)
DASHBOARDS = (PublishDashboard,)
INDICES = (DeleteIndices, SetIndexLifecycle)
WRITES: tuple[type[Write], ...] = (
    *WORKLOADS,
    *TRAFFIC,
    *CACHES,
    *DATABASES,
    *SILENCES,
    *DASHBOARDS,
    *INDICES,
)


def build_catalogue(connections: WriteConnections | None) -> Catalogue:
    """Return the catalogue; without connections every action is known and none can run."""
    if connections is None:
        return Catalogue(WRITES, {})
    return Catalogue(WRITES, _enabled(connections), rehearsed=connections.rehearsed)


def _enabled(found: WriteConnections) -> Mapping[str, Write]:
    """Build the writes whose backend is configured."""
    writes: list[Write] = []
    if found.cluster is not None:
        writes += [kind(found.cluster, found.namespaces) for kind in (*WORKLOADS, *TRAFFIC)]
    if found.cache is not None:
        writes += [kind(found.cache) for kind in CACHES]
    if found.database is not None:
        writes += [kind(found.database) for kind in DATABASES]
    if found.silences is not None:
        writes += [kind(found.silences) for kind in SILENCES]
    if found.indices is not None:
        writes += [kind(found.indices) for kind in INDICES]
    if found.dashboards is not None:
        writes += [kind(found.dashboards, found.metrics, found.signals) for kind in DASHBOARDS]
    return {write.name: write for write in writes}
