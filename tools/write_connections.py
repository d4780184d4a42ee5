"""The connectors that may change the world, and how to build them from plain values; built only when that is wanted."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.connectors.alertmanager_silences import AlertmanagerSilences
from tools.connectors.elasticsearch_indices import ElasticsearchIndices
from tools.connectors.grafana import GrafanaDashboards
from tools.connectors.index_writers import IndexWriter
from tools.connectors.kubernetes import ClusterAccess, inside_cluster
from tools.connectors.kubernetes_rehearsal import RehearsingCluster
from tools.connectors.kubernetes_writer import KubernetesWriter
from tools.connectors.postgres_sessions import PostgresSessions
from tools.connectors.prometheus import PrometheusMetrics
from tools.connectors.readers import Backend, MetricsReader
from tools.connectors.redis_cache import RedisCache
from tools.connectors.writers import (
    CacheWriter,
    ClusterWriter,
    DashboardWriter,
    DatabaseWriter,
    SilenceWriter,
)
from tools.signals import SignalBook


@dataclass(frozen=True, slots=True)
class WriteAddresses:
    """Where the backends are and with what accounts we may change something; None means not configured."""

    kubernetes_url: str | None = None
    kubernetes_token: str | None = None
    kubeconfig: Path | None = None
    alertmanager_url: str | None = None
    redis_url: str | None = None
    postgresql_url: str | None = None
    grafana_url: str | None = None
    grafana_token: str | None = None
    prometheus_url: str | None = None
    elasticsearch_url: str | None = None
    elasticsearch_key: str | None = None
    log_indices: str = ""
    namespaces: tuple[str, ...] = ("default",)


@dataclass(frozen=True, slots=True)
class WriteConnections:
    """One writer per kind of backend; None where none is configured. `rehearsed` says that none can change anything.

    `metrics` is only read, and tells a dashboard's writer with `signals` what its panels can ask for.
    """

    cluster: ClusterWriter | None = None
    silences: SilenceWriter | None = None
    cache: CacheWriter | None = None
    database: DatabaseWriter | None = None
    dashboards: DashboardWriter | None = None
    metrics: MetricsReader | None = None
    indices: IndexWriter | None = None
    signals: SignalBook = field(default_factory=SignalBook)
    namespaces: tuple[str, ...] = ("default",)
    rehearsed: bool = False

    @property
    def backends(self) -> Mapping[str, Backend | None]:
        """Return the writers by the backend's short name."""
        return {
            "kubernetes": self.cluster,
            "alertmanager": self.silences,
            "redis": self.cache,
            "postgresql": self.database,
            "grafana": self.dashboards,
            "elasticsearch": self.indices,
        }

    async def close(self) -> None:
        """Let go of every connection."""
        held = (*self.backends.values(), self.metrics)
        await asyncio.gather(*(backend.close() for backend in held if backend))


def connect_writers(
    addresses: WriteAddresses, *, timeout_seconds: float, signals: SignalBook | None = None
) -> WriteConnections:
    """Build the writers; nothing is contacted yet. The cluster's needs an account of its own, never the readers'."""
    a, seconds = addresses, timeout_seconds
    has_account = bool(a.kubernetes_token or a.kubeconfig)
    access = ClusterAccess(a.kubernetes_url if a.kubernetes_token else None, a.kubernetes_token, a.kubeconfig)
    return WriteConnections(
        cluster=KubernetesWriter(access, timeout_seconds=seconds) if has_account else None,
        silences=AlertmanagerSilences(a.alertmanager_url, timeout_seconds=seconds)
        if a.alertmanager_url
        else None,
        cache=RedisCache(a.redis_url, timeout_seconds=seconds) if a.redis_url else None,
        database=PostgresSessions(a.postgresql_url, timeout_seconds=seconds) if a.postgresql_url else None,
        dashboards=GrafanaDashboards(a.grafana_url, token=a.grafana_token, timeout_seconds=seconds)
        if a.grafana_url and a.grafana_token
        else None,
        indices=ElasticsearchIndices(
            a.elasticsearch_url,
            api_key=a.elasticsearch_key,
            timeout_seconds=seconds,
            log_indices=a.log_indices,
        )
        if a.elasticsearch_url
        else None,
        metrics=PrometheusMetrics(a.prometheus_url, timeout_seconds=seconds) if a.prometheus_url else None,
        signals=signals or SignalBook(),
        namespaces=a.namespaces,
    )


def connect_rehearsal(
    access: ClusterAccess, namespaces: tuple[str, ...], *, timeout_seconds: float
) -> WriteConnections | None:
    """Build what plans changes of the cluster with the account that reads, or None without a cluster to read."""
    if not (access.url or access.kubeconfig or inside_cluster()):
        return None
    cluster = RehearsingCluster(access, timeout_seconds=timeout_seconds)
    return WriteConnections(cluster=cluster, namespaces=namespaces, rehearsed=True)
