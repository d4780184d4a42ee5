"""The mesh as one thing to start and stop: the rules that proxies follow, cert-manager and the gateways."""

import asyncio
import logging
from collections.abc import Mapping

from demo.cluster.controllers.endpoints import SERVICES
from demo.cluster.server import ClusterServer
from demo.cluster.storage import Feed
from demo.mesh.certmanager import CertManager
from demo.mesh.gateways import Gateways, Listener
from demo.mesh.objects import CERTIFICATES, GATEWAYS, ROUTES, RULES, SECRETS
from demo.mesh.outliers import OutlierRule
from demo.mesh.routes import report_routes
from demo.mesh.rules import Share, outlier_of, split_of
from demo.mesh.sidecar import Sidecar
from demo.shop.calls import Endpoint
from demo.shop.telemetry import PodTelemetry
from demo.shop.tls import Authority

_log = logging.getLogger(__name__)
EDGE = "edge"
_WATCHED = (CERTIFICATES, GATEWAYS, ROUTES, SECRETS)
# Certificates come due by the clock, without any change.
_LOOK_SECONDS = 1.0


class Mesh:
    """The control plane over one cluster."""

    def __init__(
        self, cluster: ClusterServer, authority: Authority, listeners: Mapping[str, Listener] | None = None
    ) -> None:
        self._cluster = cluster
        self._certificates = CertManager(cluster, authority)
        self._gateways = Gateways(cluster, listeners or {})
        self._task: asyncio.Task[None] | None = None
        self._feed: Feed | None = None
        self._ended = asyncio.Event()

    async def start(self) -> None:
        """Issue what is missing, serve it, and begin to watch."""
        self._feed = Feed(self._cluster.store)
        await self._look()
        self._task = asyncio.create_task(self._watch(self._feed), name="mesh")

    async def stop(self) -> None:
        """Stop watching; a look that has begun is finished, so that no certificate is left half made."""
        self._ended.set()
        if self._task:
            await self._task
        if self._feed:
            self._feed.close()

    def proxy(self, namespace: str, telemetry: PodTelemetry | None = None) -> Sidecar:
        """Return a proxy for a new client, which counts in its telemetry when it has some."""
        return Sidecar(self, namespace, telemetry)

    def edge(self, namespace: str) -> Sidecar:
        """Return the proxy through which users come; it routes by the name of a Gateway."""
        return Sidecar(self, namespace, parent="Gateway")

    def split(self, kind: str, namespace: str, name: str) -> tuple[Share, ...]:
        """Return how the calls to a parent are split; empty means not at all."""
        return split_of(self._cluster.store.select(ROUTES, namespace), kind, namespace, name)

    def outlier(self, namespace: str, service: str) -> OutlierRule | None:
        """Return a Service's outlier detection."""
        return outlier_of(self._cluster.store.select(RULES, namespace), namespace, service)

    def endpoints(self, namespace: str, service: str) -> list[Endpoint]:
        """Return the ready endpoints of a Service."""
        if self._cluster.store.get(SERVICES, namespace, service) is None:
            return []
        return self._cluster.endpoints(namespace, service)

    async def _watch(self, feed: Feed) -> None:
        while not self._ended.is_set():
            await self._until_something(feed)
            try:
                await self._look()
            except Exception:  # noqa: BLE001 - the edge of a background task: one bad object must not end it
                _log.exception("the mesh could not follow a change")

    async def _until_something(self, feed: Feed) -> None:
        waiting = {asyncio.create_task(_concerning(feed)), asyncio.create_task(self._ended.wait())}
        await asyncio.wait(waiting, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    async def _look(self) -> None:
        report_routes(self._cluster)
        await self._certificates.look()
        await self._gateways.look()


async def _concerning(feed: Feed) -> bool:
    while (await feed.next()).bucket not in _WATCHED:
        pass
    return True
