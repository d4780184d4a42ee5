"""The connectors that are configured, and how to build them from plain values."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from agent.errors import Misconfigured
from tools.connectors.alertmanager import AlertmanagerAlerts
from tools.connectors.elasticsearch import ElasticsearchLogs
from tools.connectors.elasticsearch_indices import ElasticsearchIndices
from tools.connectors.influxdb import InfluxDatabase
from tools.connectors.kubernetes import ClusterAccess, KubernetesCluster, inside_cluster
from tools.connectors.postgres_requests import PostgresRequests
from tools.connectors.prometheus import PrometheusMetrics
from tools.connectors.readers import (
    AlertReader,
    Backend,
    ClusterReader,
    IndexReader,
    LogReader,
    MetricsReader,
    MetricsStore,
    Permission,
)
from tools.connectors.requests_reader import RequestsReader
from tools.connectors.tls import TlsHandshakes

READ_PERMISSIONS: tuple[Permission, ...] = (
    Permission("list", "pods"),
    Permission("get", "pods"),
    Permission("get", "pods", subresource="log"),
    Permission("list", "events"),
    Permission("list", "configmaps"),
    Permission("list", "deployments", group="apps"),
    Permission("list", "replicasets", group="apps"),
    Permission("list", "resourcequotas"),
    Permission("list", "cronjobs", group="batch"),
    Permission("list", "jobs", group="batch"),
    Permission("list", "nodes"),
)


@dataclass(frozen=True, slots=True)
class Connections:
    """One reader per kind of backend; None where none is configured."""

    metrics: MetricsReader | None = None
    alerts: AlertReader | None = None
    logs: LogReader | None = None
    cluster: ClusterReader | None = None
    namespaces: tuple[str, ...] = ("default",)
    handshakes: TlsHandshakes | None = None
    metrics_store: MetricsStore | None = None
    indices: IndexReader | None = None
    requests: RequestsReader | None = None
    influx: InfluxDatabase | None = None

    @property
    def backends(self) -> dict[str, Backend | None]:
        """Return the readers by the backend's short name; few have a table of requests or an InfluxDB,
        so nobody misses one."""
        return {
            "prometheus": self.metrics,
            "alertmanager": self.alerts,
            "elasticsearch": self.logs,
            "kubernetes": self.cluster,
            **({"requests": self.requests} if self.requests else {}),
            **({"influxdb": self.influx} if self.influx else {}),
        }

    async def close(self) -> None:
        """Let go of every connection."""
        every = (*self.backends.values(), self.indices)
        await asyncio.gather(*(backend.close() for backend in every if backend))


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the backends are and with what we enter; None means not configured."""

    prometheus_url: str | None = None
    alertmanager_url: str | None = None
    elasticsearch_url: str | None = None
    elasticsearch_api_key: str | None = None
    log_indices: str = "ai-textbook-*,logstash-*,ai-textbook-logs*"
    kibana_url: str | None = None
    requests_postgresql_url: str | None = None
    influxdb_url: str | None = None
    influxdb_database: str | None = None
    influxdb_user: str | None = None
    influxdb_password: str | None = None
    kubernetes_url: str | None = None
    kubernetes_token: str | None = None
    kubeconfig: Path | None = None
    namespaces: tuple[str, ...] = ("default",)
    tls_ca_file: Path | None = None


def connect(addresses: Addresses, *, timeout_seconds: float) -> Connections:
    """Build the connectors; nothing is contacted yet. Raises Misconfigured for an unusable address."""
    a, seconds = addresses, timeout_seconds
    access = ClusterAccess(a.kubernetes_url, a.kubernetes_token, a.kubeconfig)
    has_cluster = bool(a.kubernetes_url or a.kubeconfig) or inside_cluster()
    metrics = PrometheusMetrics(a.prometheus_url, timeout_seconds=seconds) if a.prometheus_url else None
    return Connections(
        metrics=metrics,
        metrics_store=metrics,
        alerts=AlertmanagerAlerts(a.alertmanager_url, timeout_seconds=seconds)
        if a.alertmanager_url
        else None,
        logs=ElasticsearchLogs(
            a.elasticsearch_url,
            indices=a.log_indices,
            api_key=a.elasticsearch_api_key,
            kibana_url=a.kibana_url,
            timeout_seconds=seconds,
        )
        if a.elasticsearch_url
        else None,
        cluster=KubernetesCluster(access, timeout_seconds=seconds) if has_cluster else None,
        indices=ElasticsearchIndices(
            a.elasticsearch_url, api_key=a.elasticsearch_api_key, timeout_seconds=seconds
        )
        if a.elasticsearch_url
        else None,
        requests=PostgresRequests(a.requests_postgresql_url, timeout_seconds=seconds)
        if a.requests_postgresql_url
        else None,
        influx=_influx(a, seconds),
        handshakes=TlsHandshakes(timeout_seconds=seconds, ca_file=a.tls_ca_file),
        namespaces=a.namespaces,
    )


def _influx(a: Addresses, seconds: float) -> InfluxDatabase | None:
    if a.influxdb_url is None:
        return None
    if not a.influxdb_database:
        raise Misconfigured("OPS_INFLUXDB_URL needs OPS_INFLUXDB_DATABASE, the name of the database.")
    return InfluxDatabase(
        a.influxdb_url,
        a.influxdb_database,
        user=a.influxdb_user,
        password=a.influxdb_password,
        timeout_seconds=seconds,
    )
