"""The reads of incident_responder about upkeep: quotas, scheduled jobs, and images that nobody uses."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.results import Quantity, TableResult
from tools.base import Name, Params, nothing
from tools.connectors.readers import JsonObject
from tools.incident_responder.objects import at, items, name_of
from tools.incident_responder.scope import Scope
from tools.incident_responder.upkeep import (
    JobStanding,
    UnusedImage,
    job_standing,
    quota_uses,
    unused_images,
)
from tools.quantities import words

BACKEND = "kubernetes"
SHOWN = 100
MOST_PODS = 2000
QUOTA_COLUMNS = ("namespace", "quota", "resource", "used", "hard", "percent")
JOB_COLUMNS = (
    "namespace",
    "cronjob",
    "schedule",
    "purpose",
    "state",
    "last success",
    "hours since",
    "failed since",
    "suspended",
)
IMAGE_COLUMNS = ("node", "image", "size", "MiB")


class QuotasParams(Params):
    """Which namespace; the configured ones when left out."""

    namespace: Name | None = None


class JobsParams(Params):
    """Which scheduled jobs: by name, by their label `ops-monitor.dev/purpose`, or all."""

    namespace: Name | None = None
    name: Name | None = None
    purpose: Literal["backup", "restore-test", "maintenance", "verification"] | None = None


class ImagesParams(Params):
    """Which node; all of them when left out."""

    node: Name | None = None


def _now(now: datetime) -> Window:
    return Window(start=now, end=now)


async def _listed(
    scope: Scope, kind: Literal["resourcequotas", "cronjobs", "jobs", "replicasets"], namespace: str | None
) -> list[JsonObject]:
    found = await asyncio.gather(*(scope.cluster.list(kind, where) for where in scope.chosen(namespace)))
    return [item for group in found for item in group]


@dataclass(frozen=True, slots=True)
class QuotasRead:
    """How full the quotas are."""

    name: ClassVar[str] = "incident_responder.quotas"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "Resource quotas of the namespaces: used, hard limit and share, fullest first."
    )
    params: ClassVar[type[Params]] = QuotasParams
    scope: Scope

    async def run(self, params: QuotasParams, now: datetime) -> Reading:
        """List them, the fullest first."""
        where = ",".join(self.scope.chosen(params.namespace))
        query = f"kubectl get resourcequotas -n {where}"
        quotas = await _listed(self.scope, "resourcequotas", params.namespace)
        uses = [use for quota in quotas for use in quota_uses(quota)]
        uses.sort(key=lambda use: (-(use.share or 0.0), use.namespace, use.resource))
        if not uses:
            return nothing(query, f"There is no quota in {where}.", _now(now))
        first = uses[0]
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"{len(uses)} limits; the fullest is {first.resource} of {first.namespace}: "
            f"{first.used} of {first.hard}",
            window=_now(now),
            value=Quantity(value=first.share or 0.0, unit="ratio"),
            result=TableResult(
                columns=QUOTA_COLUMNS,
                rows=tuple(
                    (u.namespace, u.quota, u.resource, u.used, u.hard, f"{(u.share or 0.0) * 100:.1f}")
                    for u in uses[:SHOWN]
                ),
            ),
        )


@dataclass(frozen=True, slots=True)
class JobsRead:
    """How scheduled jobs stand."""

    name: ClassVar[str] = "incident_responder.jobs"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "Scheduled jobs (CronJobs) with schedule, last success, what came of the newest run, and failures since."
    )
    params: ClassVar[type[Params]] = JobsParams
    scope: Scope

    async def run(self, params: JobsParams, now: datetime) -> Reading:
        """List the CronJobs and what came of the Jobs that they own."""
        where = ",".join(self.scope.chosen(params.namespace))
        query = f"kubectl get cronjobs,jobs -n {where}"
        crons, jobs = await asyncio.gather(
            _listed(self.scope, "cronjobs", params.namespace), _listed(self.scope, "jobs", params.namespace)
        )
        found = [
            standing
            for standing in (job_standing(cron, jobs) for cron in crons)
            if params.name in (None, standing.name) and params.purpose in (None, standing.purpose)
        ]
        found.sort(key=lambda one: (one.namespace, one.name))
        if not found:
            return nothing(query, f"There is no such scheduled job in {where}.", _now(now))
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary="; ".join(_job_words(one, now) for one in found[:6]),
            window=_now(now),
            value=Quantity(value=len(found)),
            result=TableResult(columns=JOB_COLUMNS, rows=tuple(_job_row(one, now) for one in found[:SHOWN])),
        )


def _hours(one: JobStanding, now: datetime) -> float | None:
    return None if one.last_success is None else (now - one.last_success).total_seconds() / 3600


def _job_words(one: JobStanding, now: datetime) -> str:
    hours = _hours(one, now)
    last = "never succeeded" if hours is None else f"last succeeded {hours:.1f} hours ago"
    failed = f", failed {one.failures} times since" if one.failures else ""
    return f"{one.name} {last}{failed}{', suspended' if one.suspended else ''}"


def _job_row(one: JobStanding, now: datetime) -> tuple[str, ...]:
    hours = _hours(one, now)
    return (
        one.namespace,
        one.name,
        one.schedule,
        one.purpose,
        one.state,
        one.last_success.strftime("%Y-%m-%d %H:%M UTC") if one.last_success else "",
        "" if hours is None else f"{hours:.2f}",
        str(one.failures),
        "yes" if one.suspended else "no",
    )


@dataclass(frozen=True, slots=True)
class ImagesRead:
    """Images that take room on nodes and that no pod there uses."""

    name: ClassVar[str] = "incident_responder.images"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "Images on the nodes that no pod, kept revision or scheduled job uses, with their size; a kubelet names its 50 "
        "largest only."
    )
    params: ClassVar[type[Params]] = ImagesParams
    scope: Scope

    async def run(self, params: ImagesParams, now: datetime) -> Reading:
        """Compare the images of every node with those of its pods, of all namespaces, and with what may start again."""
        query = f"kubectl get nodes,pods -A; kubectl get replicasets,cronjobs -n {','.join(self.scope.chosen(None))}"
        nodes, pods, revisions, crons = await asyncio.gather(
            self.scope.cluster.list("nodes", ""),
            self.scope.cluster.list("pods", ""),
            _listed(self.scope, "replicasets", None),
            _listed(self.scope, "cronjobs", None),
        )
        told = [
            node
            for node in nodes
            if params.node in (None, name_of(node)) and items(at(node, "status", "images"))
        ]
        if not told:
            return nothing(query, "No node tells which images it holds.", _now(now))
        if len(pods) >= MOST_PODS:
            return nothing(query, f"There are more than {MOST_PODS} pods; what is unused cannot be told.")
        idle = unused_images(told, pods, [*revisions, *crons])
        found = [one for one in idle if not one.needed]
        total, kept = sum(one.size_bytes for one in found), len(idle) - len(found)
        left_out = f"; {kept} more are named by kept revisions and scheduled jobs" if kept else ""
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=f"{len(found)} unused images with {words(total, 'bytes')} on {len(told)} nodes{left_out}",
            window=_now(now),
            value=Quantity(value=total, unit="bytes"),
            result=TableResult(columns=IMAGE_COLUMNS, rows=_image_rows(found)),
        )


def _image_rows(found: Sequence[UnusedImage]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (one.node, one.image, words(one.size_bytes, "bytes"), f"{one.size_bytes / 2**20:.1f}")
        for one in found[:SHOWN]
    )
