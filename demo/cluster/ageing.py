"""Lets what stands in a fresh cluster look as if it had stood there for days."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from demo.cluster.controllers.cronjobs import CRON_JOBS
from demo.cluster.objects import Obj, clone, dig, now, parse_time, stamp
from demo.cluster.schedules import parse_schedule
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
_RUN_TAKES = timedelta(minutes=4)
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
    """Make workloads, their Pods, configuration and schedules older, and forget the events of their making."""
    for bucket in AGED:
        for obj in store.select(bucket):
            store.put(bucket, _aged(obj, by))
    for cron in store.select(CRON_JOBS):
        if not dig(cron, "spec", "suspend", default=False):
            store.put(CRON_JOBS, _ran(_aged(cron, by), now()))
    for event in store.select(EVENTS):
        store.remove(EVENTS, event["metadata"]["namespace"], event["metadata"]["name"])


def _aged(obj: Obj, by: timedelta) -> Obj:
    # Times elsewhere, such as in data, belong to whoever wrote them.
    parts = {part: older(obj[part], by) for part in ("metadata", "status") if part in obj}
    return {**clone(obj), **parts}


def _ran(cron: Obj, moment: datetime) -> Obj:
    """Return a CronJob that has run well whenever it was due, without making up for it now."""
    due = parse_schedule(cron["spec"]["schedule"]).last(moment)
    if due is None or due <= parse_time(cron["metadata"]["creationTimestamp"]):
        return cron
    ended = min(due + _RUN_TAKES, moment)
    status = {"lastScheduleTime": stamp(due), "lastSuccessfulTime": stamp(ended)}
    return {**cron, "status": {**dig(cron, "status", default={}), **status}}
