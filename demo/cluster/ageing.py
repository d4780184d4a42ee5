"""Lets what stands in a fresh cluster look as if it had stood there for days."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from demo.cluster.objects import Obj, clone, parse_time, stamp
from demo.cluster.storage import Bucket, Store

EVENTS: Bucket = ("", "events")
PODS: Bucket = ("", "pods")
AGED: tuple[Bucket, ...] = (
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("", "configmaps"),
    ("", "services"),
    PODS,
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def older(value: Any, by: timedelta) -> Any:
    """Return a copy of JSON in which every time lies earlier; other strings stay as they are."""
    if isinstance(value, dict):
        return {key: older(item, by) for key, item in value.items()}
    if isinstance(value, list):
        return [older(item, by) for item in value]
    if isinstance(value, str) and _TIME.fullmatch(value):
        return stamp(parse_time(value) - by)
    return value


def age(store: Store, by: timedelta) -> None:
    """Make workloads, their Pods and configuration older, and forget the events of their making."""
    for bucket in AGED:
        for obj in store.select(bucket):
            store.put(bucket, _aged(obj, by))
    for event in store.select(EVENTS):
        store.remove(EVENTS, event["metadata"]["namespace"], event["metadata"]["name"])


def _aged(obj: Obj, by: timedelta) -> Obj:
    # Times elsewhere, such as in data, belong to whoever wrote them.
    parts = {part: older(obj[part], by) for part in ("metadata", "status") if part in obj}
    return {**clone(obj), **parts}
