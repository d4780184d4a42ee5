"""The demo's world: a cluster with the shop in it, real backends beside it, and a door for faults."""

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from demo.backends.alertmanager import AlertmanagerServer
from demo.backends.data import DataBackends
from demo.backends.logstore import STORES
from demo.backends.process import end_leftovers, free_port
from demo.backends.prometheus import PrometheusServer, Target, backfill
from demo.backends.rules import DEPLOY, demo_routing, demo_rules
from demo.cluster.identity import MASTERS, Identity
from demo.cluster.server import ClusterServer
from demo.faults.door import ControlDoor, write_private
from demo.faults.fault import NAMESPACE, Stage
from demo.faults.panel import FaultPanel
from demo.mesh.mesh import EDGE, Mesh
from demo.settings import DemoSettings
from demo.shop.baseline import openmetrics
from demo.shop.card_network import HEALTH, CardNetwork
from demo.shop.falco import FalcoSensor
from demo.shop.fleet import Fleet, scrape_jobs
from demo.shop.kube import KubeApi
from demo.shop.load import SyntheticUsers
from demo.shop.model_gateway import ModelGateway
from demo.shop.past_logs import earlier_errors, past_documents
from demo.shop.pod import Pace
from demo.shop.runtime import SERVICES, ShopRuntime
from demo.shop.rush import Rush
from demo.shop.settings_mount import mounted_settings
from demo.shop.shipper import LogShipper
from demo.staged import Staged

MANIFESTS = Path(__file__).parent / "shop" / "manifests"
ADMIN = Identity("demo-admin", (MASTERS,))
BOT = Identity(
    "system:serviceaccount:monitoring:ops-monitor",
    ("system:serviceaccounts", "system:serviceaccounts:monitoring"),
)
WRITER = Identity(
    "system:serviceaccount:monitoring:ops-monitor-writer",
    ("system:serviceaccounts", "system:serviceaccounts:monitoring"),
)
# A minute of the cluster's own waits (back-off, grace, progress deadline) is fifteen seconds in the demo.
CLUSTER_TIME = 0.25
# The shop has been in production for a while.
STANDS_SINCE = timedelta(days=9, hours=5, minutes=17)
# The past ends when the first live scrape is due, so that no rate sees a gap.
PAST_LEADS = 2.5
# The report of the noisy neighbour is no part of the shop.
SHOP_SERVICES = tuple(name for name in SERVICES if name != "batch-report")
# Kinds that others need come first.
FIRST = ("Namespace", "ConfigMap", "ServiceAccount")


def manifests() -> list[dict[str, Any]]:
    """Return the objects of the shop and the bot's rights in the order in which they can be created."""
    files = [*sorted(MANIFESTS.glob("*.yaml")), *sorted((DEPLOY / "kubernetes").glob("rbac*.yaml"))]
    objects = [item for file in files for item in yaml.safe_load_all(file.read_text()) if item]
    return sorted(
        objects, key=lambda item: FIRST.index(item["kind"]) if item["kind"] in FIRST else len(FIRST)
    )


class World(Staged):
    """Everything but the workspace and the bot; an async context manager."""

    def __init__(
        self,
        settings: DemoSettings,
        *,
        alert_webhook_url: str,
        alert_token_file: Path | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.settings = settings
        self.alert_token_file = (alert_token_file or settings.alert_token_file).resolve()
        self._webhook = alert_webhook_url
        self._say = say
        super().__init__()
        self._home = settings.home.resolve()
        self._admin_token = secrets.token_urlsafe(24)
        self.bot_token = secrets.token_urlsafe(24)
        self.writer_token = secrets.token_urlsafe(24)
        self.gateway = ModelGateway(self._home / "tls")
        self.card_network = CardNetwork()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say("stopping the world")
        self.runtime.pace.linger = 0.0
        await super().__aexit__(kind, error, trace)

    @property
    def prometheus_url(self) -> str:
        """Return the address of Prometheus."""
        return self.prometheus.url

    @property
    def alertmanager_url(self) -> str:
        """Return the address of Alertmanager."""
        return self.alertmanager.url

    @property
    def logstore_url(self) -> str:
        """Return the address of the log store, which speaks Elasticsearch."""
        return self.logstore.url

    @property
    def kubeconfig_file(self) -> Path:
        """Return the kubeconfig with which the bot reaches the cluster."""
        return self._home / "kubeconfig.yaml"

    @property
    def write_kubeconfig_file(self) -> Path:
        """Return the kubeconfig of the account that may change what the catalogue changes."""
        return self._home / "kubeconfig-writer.yaml"

    async def _start(self) -> None:
        await asyncio.to_thread(self._clean)
        self._say("backends: log store, Alertmanager, model gateway, Redis, PostgreSQL")
        self.data = DataBackends(self._home, say=self._say)
        await asyncio.gather(
            self._start_stores(),
            self._run(self.gateway),
            self._run(self.card_network),
            self._stack.enter_async_context(self.data),
        )
        self._say(f"  log store    {self.logstore_url}")
        self._say(f"  Alertmanager {self.alertmanager_url}")
        await self._start_shop()
        self._say(f"  cluster      {self.cluster.url}")
        await self._start_users()
        self._opened = datetime.now(UTC)
        await self._write_past()
        await self._start_prometheus()
        self._say(f"  Prometheus   {self.prometheus_url}")
        await self._start_door()
        rate = self.settings.requests_per_second
        for invented in (past_documents, earlier_errors):
            self.shipper.backfill(await asyncio.to_thread(invented, self._opened, rate=rate))
        self._say("the shop is open")

    def _clean(self) -> None:
        end_leftovers(self._home)
        for name in ("prometheus", "alertmanager", "logstore", "tls"):
            shutil.rmtree(self._home / name, ignore_errors=True)
        self._home.mkdir(parents=True, exist_ok=True)
        if not self.alert_token_file.exists():
            write_private(self.alert_token_file, secrets.token_urlsafe(24))

    async def _run(self, part: Any) -> None:
        """Start a part and see to it that it is stopped in the end."""
        await part.start()
        self._stack.push_async_callback(part.stop)

    async def _start_stores(self) -> None:
        settings = self.settings
        store = STORES[settings.log_store](self._home / "logstore", port=settings.logstore_port)
        self.logstore = await self._stack.enter_async_context(store)
        self.shipper = LogShipper(self.logstore_url)
        await self._run(self.shipper)
        routing = demo_routing(self._webhook, self.alert_token_file)
        self.alertmanager = await self._stack.enter_async_context(
            AlertmanagerServer(self._home / "alertmanager", routing, port=settings.alertmanager_port)
        )

    async def _write_past(self) -> None:
        directory = self._home / "prometheus"
        self.prometheus = PrometheusServer(
            directory,
            jobs=scrape_jobs(),
            rules=demo_rules(),
            external_labels={"cluster": "demo"},
            port=self.settings.prometheus_port,
            interval=self.settings.scrape_interval,
            # Budgets look back a month.
            retention="40d",
            # Series of the past have no end mark; they must not count as present for long.
            lookback="20s",
        )
        past = await asyncio.to_thread(self._past_file, directory)
        await backfill(past, self.prometheus.data)
        await asyncio.to_thread(past.unlink)

    def _past_file(self, directory: Path) -> Path:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / "past.om"
        path.write_text(openmetrics(time.time() + PAST_LEADS, rate=self.settings.requests_per_second))
        return path

    async def _start_shop(self) -> None:
        environment = {
            "MODEL_GATEWAY_URL": self.gateway.url,
            "MODEL_GATEWAY_CA": str(self.gateway.authority_file),
            "CARD_NETWORK_URL": f"{self.card_network.url}{HEALTH}",
            **self.data.environment,
        }
        self.runtime = ShopRuntime(sink=self.shipper.add, environment=environment, pace=Pace())
        self.cluster = await self._stack.enter_async_context(
            ClusterServer(
                runtime=self.runtime,
                nodes=self.settings.nodes,
                tokens={self._admin_token: ADMIN, self.bot_token: BOT, self.writer_token: WRITER},
                port=free_port(self.settings.cluster_port),
                time_scale=CLUSTER_TIME,
                metrics=True,
            )
        )
        self.mesh = Mesh(self.cluster, self.gateway.authority, {self.gateway.name: self.gateway})
        self.runtime.join(self.mesh.proxy)
        self.runtime.mount(mounted_settings(self.cluster))
        self.kube = await self._stack.enter_async_context(KubeApi(self.cluster.url, self._admin_token))
        for manifest in manifests():
            await self.cluster.apply(manifest)
        await self._run(self.mesh)
        for who, file in ((BOT, self.kubeconfig_file), (WRITER, self.write_kubeconfig_file)):
            await asyncio.to_thread(write_private, file, yaml.safe_dump(self.cluster.kubeconfig(who.name)))
        await self._until_open()
        # What has just been created would look like the change behind the first trouble.
        self.cluster.age(STANDS_SINCE)

    async def _until_open(self, within: float = 180.0) -> None:
        async with asyncio.timeout(within):
            while not all(self.cluster.endpoints(NAMESPACE, name) for name in SHOP_SERVICES):
                await asyncio.sleep(0.1)

    async def _start_prometheus(self) -> None:
        self.prometheus.alertmanager_url = self.alertmanager_url
        await asyncio.to_thread(self.prometheus.write_files)
        fleet = Fleet(self.kube, self.runtime, self.prometheus, self.settings.nodes)
        await self._run(fleet)
        named = {
            "instance": self.gateway.name,
            "target": self.gateway.url.removeprefix("https://"),
            "service": "tutor",
        }
        probe = Target(self.gateway.probe.address, named)
        self.prometheus.set_targets("probe-tls", [probe])
        await self._stack.enter_async_context(self.prometheus)

    async def _start_users(self) -> None:
        rate = self.settings.requests_per_second
        edge = self.mesh.edge(NAMESPACE)
        self.users = SyntheticUsers(lambda: edge.route(EDGE), rate=rate, answered=edge.answered)
        await self._run(self.users)
        self.rush = Rush(lambda: edge.route(EDGE))
        self._stack.push_async_callback(self.rush.stop)

    async def _start_door(self) -> None:
        falco = FalcoSensor(self._webhook.replace("/alertmanager", "/falco"), self.alert_token_file)
        self.stage = Stage(self.kube, self.runtime, self.gateway, self.rush, falco, self.card_network)
        self.panel = FaultPanel(self.stage)
        await self._run(ControlDoor(self.panel, self.settings.control_file.resolve()))
