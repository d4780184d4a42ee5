"""What the writes need from a vendor, as small Protocols; only `tools/*/writes` and the connectors may name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from tools.connectors.readers import Backend, DashboardVersion, JsonObject, Permission, StoredDashboard

PatchKind = Literal["merge", "strategic", "json"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of Kubernetes object: its API group (empty for core), version, plural name and kind."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True


PODS = Resource("", "v1", "pods", "Pod")
NODES = Resource("", "v1", "nodes", "Node", namespaced=False)
SERVICES = Resource("", "v1", "services", "Service")
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
SECRETS = Resource("", "v1", "secrets", "Secret")
DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment")
STATEFUL_SETS = Resource("apps", "v1", "statefulsets", "StatefulSet")
REPLICA_SETS = Resource("apps", "v1", "replicasets", "ReplicaSet")
DISRUPTION_BUDGETS = Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
AUTOSCALERS = Resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
JOBS = Resource("batch", "v1", "jobs", "Job")
CRON_JOBS = Resource("batch", "v1", "cronjobs", "CronJob")
HTTP_ROUTES = Resource("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute")
GATEWAYS = Resource("gateway.networking.k8s.io", "v1", "gateways", "Gateway")
DESTINATION_RULES = Resource("networking.istio.io", "v1", "destinationrules", "DestinationRule")
CERTIFICATES = Resource("cert-manager.io", "v1", "certificates", "Certificate")


class ClusterWriter(Backend, Protocol):
    """A Kubernetes API server entered with the write account; a stale version raises Conflict, a disruption budget
    that says no raises Overloaded, an admission or validation error raises Refused with the server's sentence."""

    async def get(self, resource: Resource, namespace: str, name: str) -> JsonObject:
        """Return one object; raises NotFound."""
        ...

    async def list(
        self, resource: Resource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> tuple[JsonObject, ...]:
        """List objects; an empty namespace means all of a resource that has none."""
        ...

    async def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        body: object,
        *,
        kind: PatchKind = "strategic",
        subresource: str = "",
        dry_run: bool = False,
    ) -> JsonObject:
        """Change an object in one request; a body with `metadata.resourceVersion` (or `uid`) is a precondition."""
        ...

    async def create(
        self, resource: Resource, namespace: str, body: JsonObject, *, dry_run: bool = False
    ) -> JsonObject:
        """Create an object; raises Conflict when its name is taken."""
        ...

    async def delete(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        *,
        uid: str,
        grace_seconds: int | None = None,
        dry_run: bool = False,
    ) -> None:
        """Delete exactly the object with this uid; another one of the same name raises Conflict."""
        ...

    async def evict(self, namespace: str, pod: str, *, uid: str, dry_run: bool = False) -> None:
        """Ask for a pod's eviction, which respects disruption budgets."""
        ...

    async def allowed(self, permission: Permission, namespace: str) -> bool:
        """Say whether the write account holds a right."""
        ...


@dataclass(frozen=True, slots=True)
class CacheServer:
    """A cache server: its version, the id of this run of it, and the keys per database."""

    version: str
    run_id: str
    keys: tuple[tuple[int, int], ...]


class CacheWriter(Backend, Protocol):
    """A Redis server; each deletion leaves the marker `ops-monitor:action:KEY` in the same transaction."""

    async def look(self) -> CacheServer:
        """Return what the server holds."""
        ...

    async def count(self, database: int, prefix: str) -> int:
        """Count the keys that begin with a literal prefix."""
        ...

    async def delete_prefix(self, database: int, prefix: str, key: str) -> int:
        """Delete the keys that begin with a literal prefix, without blocking the server; return how many."""
        ...

    async def flush_database(self, database: int, key: str) -> None:
        """Empty one database."""
        ...

    async def flush_server(self, key: str) -> None:
        """Empty every database."""
        ...

    async def marked(self, key: str) -> bool:
        """Say whether the marker of an action is there."""
        ...

    async def lacks(self) -> tuple[str, ...]:
        """Return the commands that our account may not use; none where the server does not tell."""
        ...


@dataclass(frozen=True, slots=True)
class RunningQuery:
    """A session of a database, named by process id and start time together, because process ids are used again."""

    pid: int
    backend_start: datetime
    user: str
    application: str
    database: str
    state: str
    seconds: float
    query: str


class DatabaseWriter(Backend, Protocol):
    """A PostgreSQL server."""

    async def sessions(self, *, application: str = "") -> tuple[RunningQuery, ...]:
        """Return the sessions of clients, longest query first; our own is never among them."""
        ...

    async def end(self, sessions: Sequence[tuple[int, datetime]]) -> int:
        """End exactly these sessions (pid and start time must both fit) and return how many were ended."""
        ...

    async def connection_limit(self, role: str) -> int:
        """Return a role's connection limit; -1 means none."""
        ...

    async def set_connection_limit(self, role: str, limit: int, *, only_if: int) -> bool:
        """Set a role's connection limit if it still is `only_if`; say whether it was."""
        ...

    async def lacks(self) -> tuple[str, ...]:
        """Return the rights that our role has not got."""
        ...


class DashboardWriter(Backend, Protocol):
    """A Grafana; a save on a stale version raises Conflict."""

    async def dashboard(self, uid: str) -> StoredDashboard | None:
        """Return a dashboard, or None where there is none."""
        ...

    async def versions(self, uid: str) -> tuple[DashboardVersion, ...]:
        """Return the newest saves, newest first; none where there is no such dashboard."""
        ...

    async def content(self, uid: str, version: int) -> JsonObject:
        """Return what a dashboard held in one version; raises NotFound."""
        ...

    async def save(self, model: JsonObject, folder: str, *, version: int | None, message: str) -> int:
        """Save over exactly this version (None creates), and return the new version; raises Conflict."""
        ...

    async def delete(self, uid: str) -> None:
        """Delete a dashboard; raises NotFound."""
        ...

    async def has_folder(self, uid: str) -> bool:
        """Say whether a folder exists."""
        ...

    async def create_folder(self, uid: str, title: str) -> None:
        """Create a folder; one that is there already is fine."""
        ...

    async def teams(self, names: Sequence[str]) -> Mapping[str, int]:
        """Return the ids of those teams that exist, by their names."""
        ...

    async def let_read(self, folder: str, teams: Sequence[int]) -> None:
        """Let exactly these teams (and administrators) read a folder."""
        ...

    def link(self, uid: str, variables: Mapping[str, str]) -> str:
        """Return a dashboard's address."""
        ...


class SilenceWriter(Backend, Protocol):
    """An Alertmanager."""

    async def silence(self, silence_id: str) -> JsonObject:
        """Return a silence; raises NotFound."""
        ...

    async def silences(self) -> tuple[JsonObject, ...]:
        """Return every silence that is kept."""
        ...

    async def matching(self, matchers: Sequence[JsonObject]) -> int:
        """Count the alerts that these matchers would silence now."""
        ...

    async def create_silence(self, body: JsonObject) -> str:
        """Create a silence and return its id."""
        ...

    async def expire_silence(self, silence_id: str) -> None:
        """End a silence."""
        ...
