"""The cluster as one thing to start and stop: API server, controllers, scheduler and kubelet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import TracebackType

from aiohttp import web

from demo.cluster.ageing import age
from demo.cluster.api import NAMESPACES, Api
from demo.cluster.bootstrap import NAMESPACES as FIRST_NAMESPACES
from demo.cluster.bootstrap import cluster_role_bindings, cluster_roles
from demo.cluster.catalogue import builtin_kinds
from demo.cluster.controllers.budgets import Autoscalers, Budgets, Quotas
from demo.cluster.controllers.cronjobs import CronJobs
from demo.cluster.controllers.deployments import Deployments
from demo.cluster.controllers.endpoints import SERVICES, Endpoints, selected_pods
from demo.cluster.controllers.events import Recorder
from demo.cluster.controllers.garbage import Garbage, Namespaces
from demo.cluster.controllers.jobs import Jobs
from demo.cluster.controllers.loop import Controller, Worker
from demo.cluster.controllers.nodes import Nodes
from demo.cluster.controllers.pods import is_ready
from demo.cluster.controllers.replicasets import ReplicaSets
from demo.cluster.controllers.scheduling import Scheduler
from demo.cluster.controllers.statefulsets import StatefulSets
from demo.cluster.customs import builtin_customs
from demo.cluster.decoding import Call, decode
from demo.cluster.discovery import Discovery
from demo.cluster.http import Http
from demo.cluster.identity import Identity
from demo.cluster.kinds import KindTable
from demo.cluster.kubelet import Kubelet
from demo.cluster.machines import node_of, refreshed
from demo.cluster.metrics import Metrics, metric_kinds
from demo.cluster.objects import Obj, clone, dig, name_of
from demo.cluster.rbac import Authorizer
from demo.cluster.resources import Resources
from demo.cluster.runtime import PodRuntime
from demo.cluster.storage import Store

_MANAGER = "demo"


class ClusterServer:
    """A small Kubernetes cluster on the loopback; use it as an async context manager."""

    def __init__(
        self,
        *,
        runtime: PodRuntime,
        nodes: Sequence[str] = ("node-1", "node-2"),
        tokens: Mapping[str, Identity],
        host: str = "127.0.0.1",
        port: int = 0,
        time_scale: float = 1.0,
        metrics: bool = False,
    ) -> None:
        self.store = Store()
        self.kinds = KindTable([*builtin_kinds(), *builtin_customs(), *(metric_kinds() if metrics else ())])
        self.api = Api(self.store, self.kinds)
        self._nodes = tuple(nodes)
        self._runtime = runtime
        self._tokens = dict(tokens)
        self._host, self._port = host, port
        self._recorder = Recorder(self.api)
        self.kubelet = Kubelet(self.api, runtime, self._recorder, time_scale)
        self._workers = {
            name: Worker(found, self.store, time_scale)
            for name, found in self._controllers(time_scale).items()
        }
        self._http = self._face(metrics)
        self._runner: web.AppRunner | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def _controllers(self, scale: float) -> dict[str, Controller]:
        return {
            "deployments": Deployments(self.api, self._recorder, scale),
            "replicasets": ReplicaSets(self.api, self._recorder),
            "statefulsets": StatefulSets(self.api, self._recorder),
            "jobs": Jobs(self.api, self._recorder, scale),
            "cronjobs": CronJobs(self.api, self._recorder, scale),
            "endpoints": Endpoints(self.api),
            "disruption": Budgets(self.api),
            "quota": Quotas(self.api),
            "autoscaling": Autoscalers(self.api, scale),
            "garbage": Garbage(self.api),
            "namespaces": Namespaces(self.api),
            "nodes": Nodes(self.api, self._recorder, self.kubelet.speaks, scale),
            "scheduler": Scheduler(self.api, self._recorder),
        }

    def _face(self, metrics: bool) -> Http:
        authorizer = Authorizer(self.store)
        source = Metrics(self.store, self.kubelet) if metrics else None
        resources = Resources(self.api, authorizer, self.kubelet, source)
        return Http(self._tokens, authorizer, resources, Discovery(self.kinds, self.store))

    async def __aenter__(self) -> ClusterServer:
        self._bootstrap()
        self._tasks = [asyncio.create_task(worker.run()) for worker in self._workers.values()]
        self._tasks.append(asyncio.create_task(self.kubelet.run()))
        # Let every task begin to listen before the first request can change anything.
        await asyncio.sleep(0)
        self._runner = web.AppRunner(self._http.application(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    def _bootstrap(self) -> None:
        call = Call(manager="kube-apiserver")
        for name in FIRST_NAMESPACES:
            self.api.create(self.kinds.by_plural(*NAMESPACES), "", {"metadata": {"name": name}}, call)
        group = "rbac.authorization.k8s.io"
        roles = self.kinds.by_plural(group, "clusterroles")
        for name, rules in cluster_roles().items():
            self.api.create(roles, "", {"metadata": {"name": name}, "rules": rules}, call)
        bindings = self.kinds.by_plural(group, "clusterrolebindings")
        for name, role, subjects in cluster_role_bindings():
            body = {"metadata": {"name": name}, "roleRef": role, "subjects": subjects}
            self.api.create(bindings, "", body, call)
        for name in self._nodes:
            node = node_of(name, self._runtime)
            created = self.api.create(self.kinds.by_plural("", "nodes"), "", node, Call(manager="kubelet"))
            self.api.put_status(
                self.kinds.by_plural("", "nodes"), {**clone(created), "status": node["status"]}
            )

    @property
    def url(self) -> str:
        """Return the address of the API server."""
        return f"http://{self._host}:{self._port}"

    def kubeconfig(self, identity: str, *, for_kubectl: bool = False) -> Obj:
        """Build a kubeconfig for the identity of a name; raise KeyError when it has no token.

        kubectl leaves tokens out over plain HTTP, so for it the address itself carries the token.
        """
        token = next((token for token, found in self._tokens.items() if found.name == identity), None)
        if token is None:
            raise KeyError(identity)
        server = f"http://token:{token}@{self._host}:{self._port}" if for_kubectl else self.url
        context = {"cluster": "demo", "user": identity, "namespace": "default"}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "demo",
            "clusters": [{"name": "demo", "cluster": {"server": server}}],
            "users": [{"name": identity, "user": {"token": token}}],
            "contexts": [{"name": "demo", "context": context}],
        }

    def endpoints(self, namespace: str, service: str) -> list[tuple[str, int, str]]:
        """List host, port and Pod name of the ready Pods behind a Service; empty when there is none."""
        found = self.store.get(SERVICES, namespace, service)
        if found is None:
            return []
        ready = [pod for pod in selected_pods(self.store, found) if is_ready(pod)]
        running = [(pod, self.kubelet.running(pod)) for pod in ready]
        return [(*process.address, name_of(pod)) for pod, process in running if process is not None]

    async def apply(self, manifest: Obj) -> Obj:
        """Create an object from a manifest, or bring the present one up to it; raise ApiError when refused."""
        kind = self.kinds.by_kind(str(manifest.get("apiVersion", "")), str(manifest.get("kind", "")))
        if kind is None:
            raise ValueError(f"unknown kind {manifest.get('apiVersion')}/{manifest.get('kind')}")
        namespace = str(dig(manifest, "metadata", "namespace", default="default")) if kind.namespaced else ""
        call = Call(manager=_MANAGER)
        present = self.store.get(kind.bucket, namespace, name_of(manifest))
        if present is None:
            return self.api.create(kind, namespace, clone(manifest), call)
        wanted = decode(kind, clone(manifest), call)
        kept = {key: value for key, value in present["metadata"].items() if key not in wanted["metadata"]}
        wanted["metadata"] = {**kept, **wanted["metadata"]}
        return self.api.update(kind, present, wanted, call)

    def age(self, by: timedelta) -> None:
        """Let everything that runs now have run for longer, without the events of its making."""
        self.kubelet.aged(by)
        age(self.store, by)

    def compact(self) -> int:
        """Forget the past, so that old revisions answer 410; return the revision it was forgotten at."""
        return self.store.compact()

    def halt(self, controller: str, *, halted: bool = True) -> None:
        """Stop or resume one controller by name; raise KeyError for an unknown one."""
        self._workers[controller].halt(halted=halted)

    def silence_node(self, name: str, *, silent: bool = True) -> None:
        """Let a node's kubelet fall silent, or speak again."""
        self.kubelet.silence(name, silent=silent)
        nodes = self.kinds.by_plural("", "nodes")
        node = self.store.get(nodes.bucket, "", name)
        if node is not None and not silent:
            self.api.put_status(nodes, refreshed(node, self._runtime))
