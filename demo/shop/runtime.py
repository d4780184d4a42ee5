"""Runs the Pods of the cluster as services of the shop inside this process (`PodRuntime`)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from demo.cluster.runtime import PodSpec
from demo.shop.calls import Endpoint, PlainProxy, Proxy, ServiceCalls
from demo.shop.context import MIB, PodContext, Trouble, Usage
from demo.shop.images import node_images
from demo.shop.logbook import LogBook, Sink
from demo.shop.pod import Pace, ShopPod
from demo.shop.service import Service
from demo.shop.services.batch import BatchReport
from demo.shop.services.catalog import Catalog
from demo.shop.services.checkout import Checkout
from demo.shop.services.ledger_db import LedgerDb
from demo.shop.services.payment import Payment
from demo.shop.services.storefront import Storefront
from demo.shop.services.tasks import LedgerBackup, LedgerRestoreTest, LedgerUpkeep, ShopChecks
from demo.shop.services.textbook import Textbook
from demo.shop.services.tutor import Tutor
from demo.shop.telemetry import PodTelemetry

SERVICES: Mapping[str, type[Service]] = {
    "storefront": Storefront,
    "checkout": Checkout,
    "payment": Payment,
    "ledger-db": LedgerDb,
    "catalog": Catalog,
    "textbook": Textbook,
    "tutor": Tutor,
    "batch-report": BatchReport,
}
# What runs to an end, in Jobs.
TASKS: Mapping[str, type[Service]] = {
    "shop-checks": ShopChecks,
    "ledger-upkeep": LedgerUpkeep,
    "ledger-backup": LedgerBackup,
    "ledger-restore-test": LedgerRestoreTest,
}
DEFAULT_LIMIT = "512Mi"
UNITS = {"Ki": 1024, "Mi": MIB, "Gi": 1024 * MIB}
SettingsReader = Callable[[str], Mapping[str, str]]
NamespacedResolver = Callable[[str, str], Sequence[Endpoint]]
ProxyMaker = Callable[[str, PodTelemetry], Proxy]


class UnknownImage(LookupError):
    """No service of the shop has this image."""


def split_image(image: str) -> tuple[str, str]:
    """Return service and version of an image such as `registry.example/payment:v2`."""
    name, _, tag = image.rpartition("/")[2].partition(":")
    return name, tag or "latest"


def parse_bytes(quantity: str) -> int:
    """Return the bytes of a Kubernetes memory quantity such as `256Mi`."""
    for unit, factor in UNITS.items():
        if quantity.endswith(unit):
            return int(float(quantity.removesuffix(unit)) * factor)
    return int(quantity)


class ShopRuntime:
    """Starts containers; remembers the log and the trouble of each Pod across container restarts."""

    def __init__(
        self,
        *,
        sink: Sink | None = None,
        environment: Mapping[str, str] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._sink = sink
        self._environment = dict(environment or {})
        self.pace = pace or Pace()
        self._proxy: ProxyMaker = lambda namespace, telemetry: PlainProxy(lambda service: ())
        self._settings: SettingsReader = lambda namespace: {}
        self._troubles: dict[str, Trouble] = {}
        self.pods: dict[str, ShopPod] = {}
        self.specs: dict[str, PodSpec] = {}

    def connect(self, resolve: NamespacedResolver) -> None:
        """Tell how a service's ready endpoints are found: (namespace, service) -> [(host, port, pod)]."""
        self._proxy = lambda namespace, telemetry: PlainProxy(lambda service: resolve(namespace, service))

    def join(self, proxy: ProxyMaker) -> None:
        """Let every container that starts from now on call through a proxy of its own."""
        self._proxy = proxy

    def mount(self, settings: SettingsReader) -> None:
        """Tell how the shop's settings, which every container has mounted, are read: (namespace) -> {key: value}."""
        self._settings = settings

    def trouble(self, uid: str) -> Trouble:
        """Return what faults may change about the Pod with this uid."""
        return self._troubles.setdefault(uid, Trouble())

    def pods_of(self, namespace: str, service: str) -> dict[str, ShopPod]:
        """Return the containers that run for a service, by the uid of their Pod."""
        return {
            uid: pod
            for uid, pod in self.pods.items()
            if (self.specs[uid].namespace, split_image(self.specs[uid].image)[0]) == (namespace, service)
        }

    async def start(self, pod: PodSpec) -> ShopPod:
        """Start the Pod's first container; raise UnknownImage when no service has its image."""
        name, version = split_image(pod.image)
        kind = SERVICES.get(name) or TASKS.get(name)
        if kind is None:
            raise UnknownImage(f"image {pod.image} is not found")
        before = self.pods.get(pod.uid)
        lines = before.logs(tail=None, previous=False, since=None) if before else []
        running = ShopPod(kind(self._context(pod, name, version)), pace=self.pace, previous_lines=lines)
        self.pods[pod.uid] = running
        self.specs[pod.uid] = pod
        await running.open()
        return running

    def _context(self, pod: PodSpec, service: str, version: str) -> PodContext:
        identity = {
            "namespace": pod.namespace,
            "pod": pod.name,
            "uid": pod.uid,
            "node": pod.node,
            "image": pod.image,
            "service": service,
            "version": version,
        }
        telemetry = PodTelemetry()
        return PodContext(
            service=service,
            version=version,
            pod=pod.name,
            env={**self._environment, **pod.env},
            log=LogBook(identity, self._sink),
            telemetry=telemetry,
            calls=ServiceCalls(self._proxy(pod.namespace, telemetry), telemetry.called),
            trouble=self.trouble(pod.uid),
            settings=lambda: self._settings(pod.namespace),
            usage=Usage(memory_limit=parse_bytes(pod.env.get("MEMORY_LIMIT", DEFAULT_LIMIT))),
        )

    def node_status(self, node: str) -> Mapping[str, Any]:
        """Return what a Node's status says beside the usual: the images that it holds."""
        return {"images": node_images(SERVICES)}

    def forget(self, uids_alive: set[str]) -> None:
        """Drop what is remembered of Pods that no longer exist."""
        for uid in set(self.pods) - uids_alive:
            self.pods.pop(uid, None)
            self.specs.pop(uid, None)
            self._troubles.pop(uid, None)
