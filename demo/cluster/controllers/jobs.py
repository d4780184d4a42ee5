"""Runs Jobs to completion."""

from __future__ import annotations

from collections.abc import Iterable

from demo.cluster.api import Api
from demo.cluster.controllers.events import Recorder
from demo.cluster.controllers.pods import is_active, is_ready, new_pod, owned_pods, owner_key
from demo.cluster.decoding import Call
from demo.cluster.objects import (
    Obj,
    clone,
    dig,
    is_deleting,
    name_of,
    namespace_of,
    now,
    parse_time,
    stamp,
)
from demo.cluster.status import ApiError
from demo.cluster.storage import Change, Key

JOBS = ("batch", "jobs")
_FIRST_RETRY, _LONGEST_RETRY = 10.0, 600.0


def finished(job: Obj) -> str:
    """Return Complete or Failed once a Job is over, or an empty string."""
    for condition in dig(job, "status", "conditions", default=[]):
        if condition["type"] in ("Complete", "Failed") and condition["status"] == "True":
            return str(condition["type"])
    return ""


class Jobs:
    """The Job controller."""

    def __init__(self, api: Api, recorder: Recorder, scale: float) -> None:
        self._api = api
        self._recorder = recorder
        self._scale = scale
        self._kind = api.kinds.by_plural(*JOBS)
        self._pods = api.kinds.by_plural("", "pods")

    def keys(self, change: Change) -> Iterable[Key]:
        """Name a changed Job, or the one that owns a changed Pod."""
        if change.bucket == JOBS and change.after is not None:
            yield owner_key(change.subject)
        if change.bucket == ("", "pods"):
            yield from owner_key(change.subject, "Job", optional=True)

    def reconcile(self, key: Key) -> float | None:
        """Start the Pods that are missing, and say how far the Job has come."""
        job = self._api.store.get(JOBS, *key)
        if job is None or is_deleting(job) or finished(job):
            return None
        pods = owned_pods(self._api.store, job)
        failed = [pod for pod in pods if dig(pod, "status", "phase") == "Failed"]
        active = [pod for pod in pods if is_active(pod)]
        done = sum(1 for pod in pods if dig(pod, "status", "phase") == "Succeeded")
        ended = self._ended(job, done, len(failed))
        wait = None
        if not ended and not dig(job, "spec", "suspend", default=False):
            wanted = min(job["spec"]["parallelism"], job["spec"]["completions"] - done)
            wait = self._start(job, wanted - len(active), len(failed))
        self._write_status(job, active, done, len(failed), ended)
        return wait

    @staticmethod
    def _ended(job: Obj, done: int, failed: int) -> str:
        if done >= job["spec"]["completions"]:
            return "Complete"
        return "Failed" if failed > job["spec"]["backoffLimit"] else ""

    def _start(self, job: Obj, missing: int, failed: int) -> float | None:
        if missing <= 0:
            return None
        if failed:
            since = (now() - parse_time(job["metadata"]["creationTimestamp"])).total_seconds()
            due: float = (
                sum(min(_FIRST_RETRY * 2**step, _LONGEST_RETRY) for step in range(failed)) * self._scale
            )
            if since < due:
                # The worker scales what it waits, so the rest is given in the cluster's own time.
                return (due - since) / self._scale
        for _ in range(missing):
            try:
                pod = self._api.create(
                    self._pods, namespace_of(job), new_pod(job, dig(job, "spec", "template")), Call()
                )
            except ApiError as refused:
                message = f"Error creating: {refused.message}"
                self._recorder.emit(job, "Warning", "FailedCreate", message, "job-controller")
                return _FIRST_RETRY
            message = f"Created pod: {name_of(pod)}"
            self._recorder.emit(job, "Normal", "SuccessfulCreate", message, "job-controller")
        return None

    def _write_status(self, job: Obj, active: list[Obj], done: int, failed: int, ended: str) -> None:
        status = {**clone(dig(job, "status", default={})), "uncountedTerminatedPods": {}}
        status.setdefault("startTime", stamp())
        status |= {"active": len(active), "ready": sum(map(is_ready, active)), "terminating": 0}
        status |= {"succeeded": done, "failed": failed}
        for name in ("active", "succeeded", "failed"):
            if not status[name]:
                del status[name]
        if ended:
            status["conditions"] = _conditions(ended)
            message = (
                "Job completed" if ended == "Complete" else "Job has reached the specified backoff limit"
            )
            reason = "Completed" if ended == "Complete" else "BackoffLimitExceeded"
            kind = "Normal" if ended == "Complete" else "Warning"
            self._recorder.emit(job, kind, reason, message, "job-controller")
        if ended == "Complete":
            status["completionTime"] = stamp()
        if status != job.get("status"):
            self._api.put_status(self._kind, {**clone(job), "status": status})


def _conditions(ended: str) -> list[Obj]:
    complete = ended == "Complete"
    reason = "CompletionsReached" if complete else "BackoffLimitExceeded"
    message = "Reached expected number of succeeded pods" if complete else "Job has reached the backoff limit"
    entry = {"status": "True", "lastProbeTime": stamp(), "lastTransitionTime": stamp()}
    return [
        {"type": kind, **entry, "reason": reason, "message": message}
        for kind in ("SuccessCriteriaMet" if complete else "FailureTarget", ended)
    ]
