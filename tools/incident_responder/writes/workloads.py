"""Restarts a workload and sets what its containers run with."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from agent.domain.action import BlastRadius, Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput
from tools.base import Check, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import DEPLOYMENTS, STATEFUL_SETS, Resource
from tools.incident_responder.objects import at, items, name_of, service_of, word
from tools.incident_responder.podtemplates import RESTARTED
from tools.incident_responder.writes.config import SafeText, refuse_secret
from tools.incident_responder.writes.following import (
    is_ready,
    mapping,
    pods_of,
    rollout,
    seconds_to_roll,
    trouble,
    wanted,
)
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.naming import LabelName, WorkloadKind, WorkloadParams, within
from tools.incident_responder.writes.patching import PatchWrite, Sketch
from tools.incident_responder.writes.preview import harmless, masked
from tools.incident_responder.writes.steering import refuse_steering_variable

WORKLOADS: Mapping[str, Resource] = {"Deployment": DEPLOYMENTS, "StatefulSet": STATEFUL_SETS}
KNOWN_BAD = "known_bad"


class WorkloadWrite(PatchWrite):
    """A patch of a workload's pod template, which replaces its pods one after the other."""

    def place(self, params: Any) -> Place:
        """Return where the workload is."""
        kind: WorkloadKind = getattr(params, "kind", "Deployment")
        return Place(WORKLOADS[kind], within(params.namespace, self._namespaces), params.name)

    def state(self, params: Any, item: JsonObject) -> Json:
        """Return the pod template and whether rollouts are paused."""
        return [at(item, "spec", "template"), bool(at(item, "spec", "paused"))]

    async def progress(self, params: Any, plan: Plan, item: JsonObject) -> Check:
        """Follow the rollout."""
        return await rollout(self._cluster, item, known_bad=known_bad(plan))

    async def every_pod(
        self, item: JsonObject, args: Mapping[str, str], *, facts: Mapping[str, Json] | None = None
    ) -> Sketch:
        """Return the sketch of a change that replaces every pod."""
        pods = await pods_of(self._cluster, item)
        size = wanted(item)
        return Sketch(
            args={**where(item), "pods": str(size), **args},
            radius=BlastRadius(count=size, share=1.0 if size else 0.0, services=(service_of(item),)),
            facts={**sizes(item, pods), **(facts or {})},
            before={KNOWN_BAD: [name_of(pod) for pod in pods if trouble(pod)]},
            seconds=seconds_to_roll(item, pods),
        )


def known_bad(plan: Plan) -> frozenset[str]:
    """Return the pods that were in trouble before."""
    found = plan.before.get(KNOWN_BAD)
    return frozenset(map(str, found)) if isinstance(found, list) else frozenset()


def where(item: JsonObject) -> dict[str, str]:
    """Return the words for a workload."""
    return {
        "kind": word(item.get("kind")),
        "namespace": word(at(item, "metadata", "namespace")),
        "name": name_of(item),
    }


def sizes(item: JsonObject, pods: list[JsonObject]) -> dict[str, Json]:
    """Return what policies may ask of any workload."""
    return {"pods": wanted(item), "ready": sum(is_ready(pod) for pod in pods)}


def refuse_stuck(item: JsonObject) -> None:
    """Raise BadInput for a workload that would not roll out a change."""
    name = name_of(item)
    if at(item, "spec", "paused"):
        raise BadInput(f"The rollouts of {name} are paused; resume them first.", field="name")
    if at(item, "spec", "updateStrategy", "type") == "OnDelete":
        raise BadInput(f"{name} replaces its pods only when they are deleted (OnDelete).", field="name")


def container_of(item: JsonObject, name: str) -> JsonObject:
    """Return a container of a workload's template; raises BadInput and names those that exist."""
    found = items(at(item, "spec", "template", "spec", "containers"))
    names = [word(container.get("name")) for container in found]
    if name not in names:
        raise BadInput(
            f"{name_of(item)} has no container “{name}”, only: {', '.join(names)}.", field="container"
        )
    return found[names.index(name)]


class RestartWorkload(WorkloadWrite):
    """Replaces every pod of a workload by a new one of the same template."""

    name: ClassVar[str] = "restart_workload"
    description: ClassVar[str] = "Restart a Deployment or StatefulSet pod by pod, within its rollout bounds."
    params: ClassVar[type[Params]] = WorkloadParams
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = False
    timeout_seconds: ClassVar[float] = 300

    def lasting(self, params: Any, item: JsonObject) -> Json:
        """Return the template without the time of a restart, which is later than that of the dry run."""
        template = mapping(at(item, "spec", "template"))
        metadata = mapping(template.get("metadata"))
        notes = {k: v for k, v in mapping(metadata.get("annotations")).items() if k != RESTARTED}
        return [
            {**template, "metadata": {**metadata, "annotations": notes}},
            bool(at(item, "spec", "paused")),
        ]

    async def body(self, params: Any, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch that kubectl sends for a restart."""
        refuse_stuck(item)
        if not wanted(item):
            raise BadInput(f"{params.name} has no pods to restart: it is scaled to 0.", field="name")
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"spec": {"template": {"metadata": {"annotations": {RESTARTED: stamp}}}}}

    async def sketch(self, params: Any, item: JsonObject, after: JsonObject) -> Sketch:
        """Say how many pods are replaced."""
        return await self.every_pod(item, {})

    def done(self, params: Any, plan: Plan) -> str:
        """Return the sentence for the started restart."""
        return f"The restart of {params.name} has begun."


Variable = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class EnvironmentParams(WorkloadParams):
    """Which variable of which container, and its value."""

    container: LabelName = Field(description="the container that gets the variable")
    variable: Variable = Field(description="the name of the environment variable")
    value: SafeText = Field(description="its value; never a secret")


class SetWorkloadEnv(WorkloadWrite):
    """Sets one environment variable of one container."""

    name: ClassVar[str] = "set_workload_env"
    description: ClassVar[str] = "Set one plain environment variable of a container, such as a pool's size."
    params: ClassVar[type[Params]] = EnvironmentParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 300

    async def body(self, params: EnvironmentParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the one variable."""
        refuse_stuck(item)
        refuse_secret("variable", params.variable, params.value)
        refuse_steering_variable(params.variable, params.value)
        if self._present(params, item) == params.value:
            raise BadInput(f"{params.variable} is “{params.value}” already.", field="value")
        return _variable(params, {"name": params.variable, "value": params.value})

    @staticmethod
    def _present(params: EnvironmentParams, item: JsonObject) -> str | None:
        entries = items(container_of(item, params.container).get("env"))
        entry = next((e for e in entries if e.get("name") == params.variable), None)
        if entry is None:
            return None
        if entry.get("valueFrom"):
            raise BadInput(
                f"{params.variable} is taken from a ConfigMap, Secret or field, not a plain value.",
                field="variable",
            )
        return word(entry.get("value"))

    async def sketch(self, params: EnvironmentParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Show the value before and after; one that must not be kept cannot be put back."""
        present = self._present(params, item)
        kept = present is None or harmless(params.variable, present)
        old = "" if present is None else masked(params.variable, present)
        args = {
            "container": params.container,
            "variable": params.variable,
            "value": params.value,
            "old": old or "–",
        }
        base = await self.every_pod(item, args, facts={"variable": params.variable, "value": params.value})
        return Sketch(
            args=base.args,
            radius=base.radius,
            facts={**base.facts, "value_before": old or None},
            before={**base.before, "value": present if kept else None},
            seconds=base.seconds,
            warnings=()
            if kept
            else ("The present value looks like a secret, so it is not kept for an undo.",),
            reversible=kept,
        )

    async def undo_body(self, params: EnvironmentParams, plan: Plan, item: JsonObject) -> JsonObject:
        """Put the value back, or take the variable away when there was none."""
        value = plan.before.get("value")
        entry: JsonObject = {"name": params.variable}
        return _variable(params, entry | ({"$patch": "delete"} if value is None else {"value": value}))

    def done(self, params: EnvironmentParams, plan: Plan) -> str:
        """Return the sentence for the started rollout."""
        return f"{params.variable} of {params.name} is set; its pods are being replaced."


def _variable(params: EnvironmentParams, entry: JsonObject) -> JsonObject:
    containers = [{"name": params.container, "env": [entry]}]
    return {"spec": {"template": {"spec": {"containers": containers}}}}
