"""Starts a Job from a CronJob that its owner has opened for it, and wakes scheduled verification tests."""

import hashlib
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from agent.domain.action import BlastRadius, Plan, Risk, Target
from agent.domain.noun import Json
from agent.errors import BadInput, Conflict, NotFound
from tools.base import Applied, Check, CheckState, Happened, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import CRON_JOBS, JOBS, ClusterWriter, PatchKind
from tools.incident_responder.objects import at, items, name_of, service_of, word
from tools.incident_responder.writes import marks
from tools.incident_responder.writes.following import count
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.naming import LabelName, within
from tools.incident_responder.writes.one_way import OneWay
from tools.incident_responder.writes.patching import PatchWrite, Sketch
from tools.incident_responder.writes.preview import field_changes

PURPOSE = "ops-monitor.dev/purpose"
"""The label with which the owner of a CronJob opens it: `maintenance` or `verification`."""
_NAME_LENGTH = 40


class CronJobParams(Params):
    """One CronJob."""

    namespace: LabelName = Field(description="the namespace of the CronJob")
    cronjob: Annotated[LabelName, Field(max_length=52)] = Field(description="the CronJob")


class RunMaintenanceJob(OneWay):
    """Makes a Job from a CronJob now, as `kubectl create job --from` does."""

    name: ClassVar[str] = "run_maintenance_job"
    backend: ClassVar[str] = "kubernetes"
    description: ClassVar[str] = "Run a maintenance CronJob once, now."
    params: ClassVar[type[Params]] = CronJobParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    timeout_seconds: ClassVar[float] = 900
    why: ClassVar[str] = "what a job has done stays done"

    def __init__(self, cluster: ClusterWriter, namespaces: tuple[str, ...]) -> None:
        self._cluster = cluster
        self._namespaces = namespaces

    async def plan(self, params: CronJobParams, now: datetime) -> Plan:
        """Look at the CronJob and let the server try the Job."""
        cron = await self._opened(params)
        tried = _job(cron, _name(params.cronjob, "preview"), None)
        made = await self._cluster.create(JOBS, params.namespace, tried, dry_run=True)
        image = ", ".join(
            word(c.get("image")) for c in items(at(tried, "spec", "template", "spec", "containers"))
        )
        return Plan(
            target=self._target(params, cron),
            changes=field_changes(
                {}, {"spec": {"template": {"spec": at(tried, "spec", "template", "spec")}}}
            ),
            radius=BlastRadius(
                count=count(made, "spec", "parallelism", default=1), services=(service_of(cron),)
            ),
            reversible=False,
            args={"namespace": params.namespace, "name": params.cronjob, "image": image},
            facts={"image": image},
            before={"kept": at(cron, "spec", "jobTemplate", "spec", "ttlSecondsAfterFinished") is None},
        )

    async def _opened(self, params: CronJobParams) -> JsonObject:
        namespace = within(params.namespace, self._namespaces)
        cron = await self._cluster.get(CRON_JOBS, namespace, params.cronjob)
        _require_purpose(cron, "maintenance")
        if at(cron, "spec", "concurrencyPolicy") != "Allow" and items(at(cron, "status", "active")):
            raise BadInput(
                f"A job of {params.cronjob} is running; two at once are not wanted.", field="cronjob"
            )
        return cron

    @staticmethod
    def _target(params: CronJobParams, cron: JsonObject) -> Target:
        return Target(
            kind="CronJob",
            name=params.cronjob,
            namespace=params.namespace,
            uid=marks.uid_of(cron),
            version=marks.version_of(cron, at(cron, "spec", "jobTemplate")),
        )

    async def apply(self, params: CronJobParams, plan: Plan, key: str) -> Applied:
        """Create the Job under a name made of the key, so that a second attempt finds the first one's."""
        name = _name(params.cronjob, key)
        if await self.happened(params, plan, key) is not Happened.YES:
            cron = await self._opened(params)
            if self._target(params, cron) != plan.target:
                raise Conflict(f"The CronJob {params.cronjob} was changed since the preview.")
            try:
                await self._cluster.create(JOBS, params.namespace, _job(cron, name, marks.of_action(key)))
            except Conflict:
                if await self.happened(params, plan, key) is not Happened.YES:
                    raise
        return Applied(detail=f"The job {name} has begun.", facts={"job": name})

    async def happened(self, params: CronJobParams, plan: Plan, key: str) -> Happened:
        """Look for the Job; one that cleans itself up may have been and gone."""
        try:
            job = await self._cluster.get(JOBS, params.namespace, _name(params.cronjob, key))
        except NotFound:
            return Happened.NO if plan.before.get("kept") else Happened.UNKNOWN
        return Happened.YES if marks.of_action(key).on(job) else Happened.UNKNOWN

    async def check(self, params: CronJobParams, plan: Plan, key: str) -> Check:
        """Follow the Job to its end."""
        name = _name(params.cronjob, key)
        try:
            job = await self._cluster.get(JOBS, params.namespace, name)
        except NotFound:
            return Check(state=CheckState.FAILED, detail=f"The job {name} is gone.")
        progress = (count(job, "status", "succeeded"), count(job, "spec", "completions", default=1))
        for condition in items(at(job, "status", "conditions")):
            if condition.get("status") == "True" and condition.get("type") == "Failed":
                why = word(condition.get("message"))
                return Check(
                    state=CheckState.FAILED, detail=f"The job {name} failed: {why}", progress=progress
                )
            if condition.get("status") == "True" and condition.get("type") == "Complete":
                return Check(state=CheckState.DONE, detail=f"The job {name} is complete.", progress=progress)
        return Check(state=CheckState.PENDING, detail=f"The job {name} is running.", progress=progress)


class ScheduleVerification(PatchWrite):
    """Wakes a CronJob with verification tests."""

    name: ClassVar[str] = "schedule_verification"
    description: ClassVar[str] = "Let suspended verification tests run on their schedule."
    params: ClassVar[type[Params]] = CronJobParams
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 30
    patch_kind: ClassVar[PatchKind] = "merge"

    def place(self, params: CronJobParams) -> Place:
        """Return where the CronJob is."""
        return Place(CRON_JOBS, within(params.namespace, self._namespaces), params.cronjob)

    def state(self, params: Any, item: JsonObject) -> Json:
        """Return what runs, when, and whether it sleeps."""
        return [at(item, "spec", part) for part in ("schedule", "timeZone", "jobTemplate")] + [
            bool(at(item, "spec", "suspend"))
        ]

    async def body(self, params: CronJobParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch that wakes it."""
        _require_purpose(item, "verification")
        if not at(item, "spec", "suspend"):
            raise BadInput(f"{params.cronjob} runs on its schedule already.", field="cronjob")
        return {"spec": {"suspend": False}}

    async def sketch(self, params: CronJobParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Say when the tests will run."""
        schedule = word(at(item, "spec", "schedule"))
        return Sketch(
            args={"namespace": params.namespace, "name": params.cronjob, "schedule": schedule},
            radius=BlastRadius(count=1, unit="jobs", services=(service_of(item),)),
            facts={"schedule": schedule},
            seconds=1,
        )

    async def undo_body(self, params: Any, plan: Plan, item: JsonObject) -> JsonObject:
        """Let it sleep again; a run that has begun goes on to its end."""
        return {"spec": {"suspend": True}}

    def done(self, params: CronJobParams, plan: Plan) -> str:
        """Return the sentence for tests that run."""
        return f"{params.cronjob} runs on its schedule, {plan.args.get('schedule', '')}."


def _require_purpose(cron: JsonObject, purpose: str) -> None:
    if at(cron, "metadata", "labels", PURPOSE) != purpose:
        why = f"The CronJob {name_of(cron)} is not open for this: it lacks the label {PURPOSE}={purpose}."
        raise BadInput(why, field="cronjob")


def _name(cronjob: str, key: str) -> str:
    return f"{cronjob[:_NAME_LENGTH].rstrip('-')}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def _job(cron: JsonObject, name: str, mark: marks.Mark | None) -> JsonObject:
    template = at(cron, "spec", "jobTemplate") or {}
    annotations = {
        **(at(template, "metadata", "annotations") or {}),
        "cronjob.kubernetes.io/instantiate": "manual",
    }
    if mark:
        annotations[mark.annotation] = mark.key
    owner = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": name_of(cron),
        "uid": marks.uid_of(cron),
        "controller": True,
    }
    metadata = {
        "name": name,
        "namespace": word(at(cron, "metadata", "namespace")),
        "labels": at(template, "metadata", "labels") or {},
        "annotations": annotations,
        "ownerReferences": [owner],
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": at(template, "spec") or {}}
