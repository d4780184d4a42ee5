"""Keeps Prometheus' targets in step with the Pods and serves the exporters beside them."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from demo.backends.prometheus import PrometheusServer, ScrapeJob, Target
from demo.shop.exporter import Exporter
from demo.shop.kube import KubeApi, KubeRefused
from demo.shop.nodes import NodeGauges
from demo.shop.runtime import SERVICES, ShopRuntime, split_image
from demo.shop.state_metrics import (
    container_families,
    deployment_families,
    pod_families,
    vulnerability_families,
)

# A container that is down has no port; a closed one makes its scrape fail as it would in a real cluster.
CLOSED_PORT = 9
WATCH_SECONDS = 1.0
GATEWAY_JOB = "ecommerce-api"
# Its target is known once the bot runs.
BOT_JOB = "ops-monitor"


def job_of(service: str) -> str:
    """Return the scrape job of a service."""
    return f"ai-textbook-{service}"


def scrape_jobs() -> list[ScrapeJob]:
    """Return all scrape jobs of the demo."""
    # prometheus_client doubles every counter with a created-at series that nobody reads.
    created = {"source_labels": ["__name__"], "regex": ".*_created", "action": "drop"}
    nothing = {"source_labels": ["__name__"], "regex": ".*", "action": "drop"}
    itself = "prometheus_(tsdb|rule|notifications)_.*"
    of_itself = {"source_labels": ["__name__"], "regex": itself, "action": "keep"}
    return [
        *(ScrapeJob(job_of(service), metric_relabel=(created,)) for service in SERVICES),
        # Only `up` of this job is wanted: its series are those of the storefront's own job.
        ScrapeJob(GATEWAY_JOB, metric_relabel=(nothing,)),
        ScrapeJob("node"),
        ScrapeJob("kube-state-metrics"),
        ScrapeJob("probe-tls"),
        ScrapeJob(BOT_JOB),
        # What the metrics store says of itself; its hundreds of other series tell nothing here.
        ScrapeJob("prometheus", metric_relabel=(of_itself,)),
    ]


def _ended_before(pod: dict[str, Any]) -> bool:
    statuses = pod.get("status", {}).get("containerStatuses") or []
    return any(
        s.get("restartCount") or s.get("lastState") or "terminated" in s.get("state", {}) for s in statuses
    )


class Fleet:
    """Watches the Pods once a second."""

    def __init__(
        self, kube: KubeApi, runtime: ShopRuntime, prometheus: PrometheusServer, nodes: Sequence[str]
    ) -> None:
        self._kube = kube
        self._runtime = runtime
        self._prometheus = prometheus
        self._pods: list[dict[str, Any]] = []
        self._deployments: list[dict[str, Any]] = []
        self._state = Exporter(self._state_page)
        self.nodes = {
            name: NodeGauges(name, self._uses_of(name), slow_disk=self._slow_disk_of(name)) for name in nodes
        }
        self._node_exporters = {name: Exporter(gauges.page) for name, gauges in self.nodes.items()}
        self._written: dict[str, list[Target]] = {}
        self._task: asyncio.Task[None] | None = None

    def _uses_of(self, node: str) -> Callable[[], Sequence[tuple[float, int]]]:
        def uses() -> list[tuple[float, int]]:
            pods = self._runtime.pods.items()
            return [pod.usage() for uid, pod in pods if self._runtime.specs[uid].node == node]

        return uses

    def _slow_disk_of(self, node: str) -> Callable[[], bool]:
        def slow() -> bool:
            specs = self._runtime.specs.items()
            return any(s.node == node and self._runtime.trouble(uid).answer_delay > 0 for uid, s in specs)

        return slow

    async def start(self) -> None:
        """Open the exporters and begin to watch."""
        await self._state.start()
        for exporter in self._node_exporters.values():
            await exporter.start()
        nodes = [Target(e.address, {"instance": n, "node": n}) for n, e in self._node_exporters.items()]
        self._prometheus.set_targets("node", nodes)
        state = Target(self._state.address, {"instance": "kube-state-metrics"})
        self._prometheus.set_targets("kube-state-metrics", [state])
        itself = Target(self._prometheus.url.removeprefix("http://"), {"instance": "prometheus"})
        self._prometheus.set_targets("prometheus", [itself])
        await self._look()
        self._task = asyncio.create_task(self._watch(), name="fleet")

    async def stop(self) -> None:
        """Stop watching and close the exporters."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for exporter in (self._state, *self._node_exporters.values()):
            await exporter.stop()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            with contextlib.suppress(KubeRefused):
                await self._look()

    async def _look(self) -> None:
        self._pods = await self._kube.pods()
        self._deployments = await self._kube.deployments()
        alive = {pod["metadata"]["uid"] for pod in self._pods}
        self._runtime.forget(alive)
        for service in SERVICES:
            self._write(job_of(service), [t for pod in self._pods if (t := self._target(pod, service))])
        self._write(GATEWAY_JOB, self._written[job_of("storefront")])

    def _target(self, pod: dict[str, Any], service: str) -> Target | None:
        meta = pod["metadata"]
        running = self._runtime.pods.get(meta["uid"])
        name, version = split_image(pod["spec"]["containers"][0]["image"])
        # A Pod that is being deleted is expected to be silent and must not count as down.
        if name != service or running is None or meta.get("deletionTimestamp"):
            return None
        host, port = running.address
        if not port and not _ended_before(pod):
            # A Pod that starts for the first time is not down yet; counting it would make each rollout an outage.
            return None
        labels = {
            "instance": meta["name"],
            "namespace": meta["namespace"],
            "pod": meta["name"],
            "service": service,
            "version": version,
            "node": pod["spec"].get("nodeName", ""),
        }
        return Target(f"{host}:{port or CLOSED_PORT}", labels)

    def _write(self, job: str, targets: list[Target]) -> None:
        if self._written.get(job) != targets:
            self._prometheus.set_targets(job, targets)
            self._written[job] = targets

    async def _state_page(self) -> str:
        return "".join(
            (
                container_families(self._pods),
                pod_families(self._pods),
                deployment_families(self._deployments),
                vulnerability_families(self._pods),
            )
        )
