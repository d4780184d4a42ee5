"""Makes Jobs from CronJobs when their time has come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from demo.cluster.api import Api
from demo.cluster.controllers.events import Recorder
from demo.cluster.controllers.jobs import JOBS, finished
from demo.cluster.controllers.pods import owner_key
from demo.cluster.decoding import Call
from demo.cluster.deletion import DeleteOptions, delete
from demo.cluster.objects import (
    Obj,
    clone,
    controller_uid,
    dig,
    is_deleting,
    name_of,
    namespace_of,
    now,
    owner_reference,
    parse_time,
    stamp,
    uid_of,
)
from demo.cluster.schedules import parse_schedule
from demo.cluster.status import ApiError
from demo.cluster.storage import Change, Key, Store

CRON_JOBS = ("batch", "cronjobs")


class CronJobs:
    """The CronJob controller; a schedule runs on the real clock."""

    def __init__(self, api: Api, recorder: Recorder, scale: float) -> None:
        self._api = api
        self._recorder = recorder
        self._scale = scale
        self._kind = api.kinds.by_plural(*CRON_JOBS)
        self._jobs = api.kinds.by_plural(*JOBS)

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed CronJob, or the one that owns a changed Job."""
        if change.bucket == CRON_JOBS and change.after is not None:
            yield owner_key(change.subject)
        if change.bucket == JOBS:
            yield from owner_key(change.subject, "CronJob", optional=True)

    def reconcile(self, key: Key) -> float | None:
        """Make the Job whose time has come, and write which ones run."""
        cron = self._api.store.get(CRON_JOBS, *key)
        if cron is None or is_deleting(cron):
            return None
        wait = None
        if not dig(cron, "spec", "suspend", default=False):
            schedule = parse_schedule(cron["spec"]["schedule"])
            due, coming = schedule.last(now()), schedule.next(now())
            last = dig(cron, "status", "lastScheduleTime") or cron["metadata"]["creationTimestamp"]
            # Of all that were missed, as while it was suspended, only the latest is made up for.
            if due is not None and due > parse_time(last):
                cron = self._make(cron, due)
            if coming is not None:
                wait = (coming - now()).total_seconds() + 0.01
        self._write_status(cron)
        return wait / self._scale if wait is not None else None

    def _make(self, cron: Obj, due: datetime) -> Obj:
        name = f"{name_of(cron)}-{int(due.timestamp()) // 60}"
        body = job_of(cron, name)
        body["metadata"].setdefault("annotations", {})["batch.kubernetes.io/cronjob-scheduled-timestamp"] = (
            stamp(due)
        )
        try:
            self._api.create(self._jobs, namespace_of(cron), body, Call())
            self._emit(cron, "Normal", "SuccessfulCreate", f"Created job {name}")
        except ApiError as refused:
            if refused.reason != "AlreadyExists":
                self._emit(cron, "Warning", "FailedCreate", f"Error creating job: {refused.message}")
        status = {**clone(dig(cron, "status", default={})), "lastScheduleTime": stamp(due)}
        return self._api.put_status(self._kind, {**clone(cron), "status": status})

    def _emit(self, cron: Obj, kind: str, reason: str, message: str) -> None:
        self._recorder.emit(cron, kind, reason, message, "cronjob-controller")

    def _write_status(self, cron: Obj) -> None:
        owned = [job for job in jobs_of(self._api.store, cron) if not is_deleting(job)]
        running = [job for job in owned if not finished(job)]
        status = clone(dig(cron, "status", default={}))
        status.pop("active", None)
        if running:
            status["active"] = [
                {"kind": "Job", "namespace": namespace_of(job), "name": name_of(job), "uid": uid_of(job)}
                for job in running
            ]
        ends = [dig(job, "status", "completionTime", default="") for job in owned]
        if any(ends):
            status["lastSuccessfulTime"] = max(ends)
        if status != cron.get("status"):
            self._api.put_status(self._kind, {**clone(cron), "status": status})
        for ending, field in (
            ("Complete", "successfulJobsHistoryLimit"),
            ("Failed", "failedJobsHistoryLimit"),
        ):
            over = sorted((job for job in owned if finished(job) == ending), key=_created)
            for job in over[: max(len(over) - cron["spec"][field], 0)]:
                options = DeleteOptions(propagation="Background")
                delete(self._api, self._jobs, namespace_of(job), name_of(job), options)


def _created(job: Obj) -> str:
    return str(job["metadata"]["creationTimestamp"])


def jobs_of(store: Store, cron: Obj) -> list[Obj]:
    """List the Jobs that a CronJob controls."""
    return [job for job in store.select(JOBS, namespace_of(cron)) if controller_uid(job) == uid_of(cron)]


def job_of(cron: Obj, name: str) -> Obj:
    """Build a Job from a CronJob's template."""
    template = dig(cron, "spec", "jobTemplate", default={})
    fields = clone(template.get("metadata") or {})
    fields |= {"name": name, "namespace": namespace_of(cron), "ownerReferences": [owner_reference(cron)]}
    return {"kind": "Job", "apiVersion": "batch/v1", "metadata": fields, "spec": clone(template["spec"])}
