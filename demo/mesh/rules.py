"""Routes and destination rules read from their objects: who gets which share of the calls, and who is ejected when."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from demo.cluster.objects import Obj, dig, name_of, namespace_of
from demo.mesh.outliers import OutlierRule

GATEWAY_GROUP = "gateway.networking.k8s.io"
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Share:
    """A Service behind a route and its part of the calls."""

    service: str
    weight: int


def seconds_of(duration: Any) -> float | None:
    """Return the seconds of a duration such as `1m30s`; None when it is not one."""
    if not isinstance(duration, str) or not duration:
        return None
    parts = _PART.findall(duration)
    if "".join(number + unit for number, unit in parts) != duration:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def split_of(routes: Iterable[Obj], kind: str, namespace: str, name: str) -> tuple[Share, ...]:
    """Return how the oldest route of a parent splits its calls; empty when no route is attached to it.

    Only the first rule counts, since the shop's routes do not tell requests apart.
    """
    attached = [route for route in routes if _is_attached(route, kind, namespace, name)]
    for route in sorted(
        attached, key=lambda item: (dig(item, "metadata", "creationTimestamp"), name_of(item))
    ):
        rules = dig(route, "spec", "rules", default=[])
        if rules:
            backends = rules[0].get("backendRefs") or []
            return tuple(Share(str(item.get("name", "")), int(item.get("weight", 1))) for item in backends)
    return ()


def _is_attached(route: Obj, kind: str, namespace: str, name: str) -> bool:
    group = GATEWAY_GROUP if kind == "Gateway" else ""
    for parent in dig(route, "spec", "parentRefs", default=[]):
        home = parent.get("namespace") or namespace_of(route)
        found = (parent.get("group", GATEWAY_GROUP), parent.get("kind", "Gateway"), home, parent.get("name"))
        if found == (group, kind, namespace, name):
            return True
    return False


def outlier_of(rules: Iterable[Obj], namespace: str, service: str) -> OutlierRule | None:
    """Return the outlier detection that a destination rule sets for a Service; None when there is none."""
    full = f"{service}.{namespace}.svc.cluster.local"
    hosts = {full, full.removesuffix(".cluster.local"), f"{service}.{namespace}"}
    for rule in rules:
        host = dig(rule, "spec", "host", default="")
        near = host == service and namespace_of(rule) == namespace
        found = dig(rule, "spec", "trafficPolicy", "outlierDetection")
        if (near or host in hosts) and isinstance(found, dict):
            return _rule(found)
    return None


def _rule(found: Obj) -> OutlierRule:
    usual = OutlierRule()
    percent = found.get("maxEjectionPercent")
    return OutlierRule(
        int(found.get("consecutive5xxErrors") or usual.consecutive_errors),
        seconds_of(found.get("interval")) or usual.interval_seconds,
        seconds_of(found.get("baseEjectionTime")) or usual.ejection_seconds,
        usual.max_ejection_percent if percent is None else int(percent),
    )
