"""The proxy beside one client: it splits calls by the routes, leaves ejected endpoints out, and counts both."""

import random
import time
from collections.abc import Sequence
from typing import Protocol

from demo.mesh.outliers import Clock, OutlierRule, Outliers
from demo.mesh.rules import Share
from demo.shop.calls import Endpoint
from demo.shop.telemetry import PodTelemetry


class Plane(Protocol):
    """What proxies are told: routes, rules and endpoints as they stand now."""

    def split(self, kind: str, namespace: str, name: str) -> tuple[Share, ...]:
        """Return how the calls to a parent (a Service or a Gateway) are split; empty means not at all."""
        ...

    def outlier(self, namespace: str, service: str) -> OutlierRule | None:
        """Return a Service's outlier detection."""
        ...

    def endpoints(self, namespace: str, service: str) -> list[Endpoint]:
        """Return the ready endpoints of a Service."""
        ...


class Sidecar:
    """Balances the calls of one client; `parent` is Gateway for the proxy at the edge."""

    def __init__(
        self,
        plane: Plane,
        namespace: str,
        telemetry: PodTelemetry | None = None,
        *,
        parent: str = "Service",
        clock: Clock = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self._plane = plane
        self._namespace = namespace
        self._parent = parent
        self._clock = clock
        self._chance = chance or random.Random()
        self._outliers: dict[str, Outliers] = {}
        self._members: dict[str, list[Endpoint]] = {}
        self._active = self._enforced = None
        if telemetry:
            where = ("cluster_name",)
            name = "envoy_cluster_outlier_detection_ejections"
            self._active = telemetry.gauge(f"{name}_active", "Endpoints ejected now", where)
            self._enforced = telemetry.counter(f"{name}_enforced", "Ejections so far", where)

    def route(self, name: str) -> Sequence[Endpoint]:
        """Return the endpoints of which any may take the next call; empty when nobody can."""
        backend = self._backend(name)
        if backend is None:
            return ()
        members = self._members[backend] = self._plane.endpoints(self._namespace, backend)
        rule = self._plane.outlier(self._namespace, backend)
        outliers = self._outliers.setdefault(backend, Outliers(self._clock))
        if rule is None:
            outliers.forget()
            usable = members
        else:
            names = set(outliers.usable(rule, [pod for _, _, pod in members]))
            usable = [endpoint for endpoint in members if endpoint[2] in names]
        self._show(backend, outliers)
        return usable

    def _backend(self, name: str) -> str | None:
        shares = self._plane.split(self._parent, self._namespace, name)
        if not shares:
            return name
        weights = [share.weight for share in shares]
        if not any(weights):
            return None
        return self._chance.choices([share.service for share in shares], weights)[0]

    def answered(self, endpoint: Endpoint, status: int) -> None:
        """Take note of what an endpoint answered."""
        for backend, members in self._members.items():
            rule = self._plane.outlier(self._namespace, backend)
            if rule is None or endpoint not in members:
                continue
            outliers = self._outliers[backend]
            ejected = outliers.answered(rule, endpoint[2], status, [pod for _, _, pod in members])
            if ejected and self._enforced:
                self._enforced.labels(_cluster(backend, self._namespace)).inc()
            self._show(backend, outliers)

    def ejected(self, service: str) -> frozenset[str]:
        """Return the Pods of a Service that this client leaves out."""
        found = self._outliers.get(service)
        return found.ejected if found else frozenset()

    def _show(self, backend: str, outliers: Outliers) -> None:
        if self._active:
            self._active.labels(_cluster(backend, self._namespace)).set(len(outliers.ejected))


def _cluster(service: str, namespace: str) -> str:
    return f"outbound|80||{service}.{namespace}.svc.cluster.local"
