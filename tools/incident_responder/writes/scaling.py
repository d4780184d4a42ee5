"""Scales a workload between a floor and a ceiling, unless an autoscaler does."""

from typing import ClassVar

from pydantic import Field

from agent.domain.action import BlastRadius, Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput
from tools.base import Check, CheckState, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import AUTOSCALERS
from tools.incident_responder.objects import at, name_of, service_of
from tools.incident_responder.writes.following import (
    count,
    is_ready,
    pods_of,
    seconds_to_roll,
    trouble,
    wanted,
)
from tools.incident_responder.writes.naming import WorkloadParams
from tools.incident_responder.writes.patching import Sketch
from tools.incident_responder.writes.workloads import KNOWN_BAD, WorkloadWrite, known_bad, sizes, where

MOST_REPLICAS = 100


class ScaleParams(WorkloadParams):
    """Which workload, and to how many replicas."""

    replicas: int = Field(ge=1, le=MOST_REPLICAS, strict=True, description="how many pods it shall have")


class ScaleWorkload(WorkloadWrite):
    """Sets how many pods a workload has."""

    name: ClassVar[str] = "scale_workload"
    description: ClassVar[str] = "Scale a Deployment or StatefulSet to a number of replicas."
    params: ClassVar[type[Params]] = ScaleParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 300

    def state(self, params: ScaleParams, item: JsonObject) -> Json:
        """Return the number of replicas that is wanted."""
        return wanted(item)

    async def body(self, params: ScaleParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the one number."""
        if wanted(item) == params.replicas:
            raise BadInput(f"{params.name} has {params.replicas} replicas already.", field="replicas")
        await self._refuse_autoscaled(params)
        return {"spec": {"replicas": params.replicas}}

    async def _refuse_autoscaled(self, params: ScaleParams) -> None:
        for scaler in await self._cluster.list(AUTOSCALERS, params.namespace):
            target = at(scaler, "spec", "scaleTargetRef")
            if (at(target, "kind"), at(target, "name")) == (params.kind, params.name):
                raise BadInput(
                    f"{params.name} is scaled by the HorizontalPodAutoscaler {name_of(scaler)}, which would undo "
                    "this; change its bounds instead.",
                    field="name",
                )

    async def sketch(self, params: ScaleParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Say how far it grows or shrinks."""
        pods = await pods_of(self._cluster, item)
        old, new = wanted(item), params.replicas
        facts: dict[str, Json] = {
            "replicas_before": old,
            "replicas_after": new,
            "growth": round(new / old, 3) if old else None,
        }
        shrinks = max(0, old - new)
        return Sketch(
            args={**where(item), "from": str(old), "to": str(new)},
            radius=BlastRadius(
                count=abs(new - old), share=shrinks / old if old else 0.0, services=(service_of(item),)
            ),
            facts={**sizes(item, pods), **facts},
            before={"replicas": old, KNOWN_BAD: [name_of(pod) for pod in pods if trouble(pod)]},
            seconds=seconds_to_roll({**item, "spec": {**item["spec"], "replicas": 1}}, pods),
            reversible=old > 0,
        )

    async def progress(self, params: ScaleParams, plan: Plan, item: JsonObject) -> Check:
        """Count the pods that are ready; a workload in the middle of a rollout is not waited for."""
        size = wanted(item)
        ready, total = count(item, "status", "readyReplicas"), count(item, "status", "replicas")
        if count(item, "status", "observedGeneration") < count(item, "metadata", "generation"):
            return Check(
                state=CheckState.PENDING, detail="The change is about to be seen.", progress=(0, size)
            )
        if total == size and ready == size:
            return Check(
                state=CheckState.DONE, detail=f"{size} of {size} pods are ready.", progress=(size, size)
            )
        pods = [pod for pod in await pods_of(self._cluster, item) if name_of(pod) not in known_bad(plan)]
        hopeless = next(((name_of(pod), why) for pod in pods if (why := trouble(pod))), None)
        progress = (min(sum(map(is_ready, pods)), size), size)
        if hopeless:
            detail = f"The pod {hopeless[0]} cannot start: {hopeless[1]}."
            return Check(state=CheckState.FAILED, detail=detail, progress=progress)
        return Check(
            state=CheckState.PENDING, detail=f"{progress[0]} of {size} pods are ready.", progress=progress
        )

    async def undo_body(self, params: ScaleParams, plan: Plan, item: JsonObject) -> JsonObject:
        """Put the number back."""
        await self._refuse_autoscaled(params)
        return {"spec": {"replicas": plan.before.get("replicas")}}

    def done(self, params: ScaleParams, plan: Plan) -> str:
        """Return the sentence for the started scaling."""
        return f"{params.name} is being scaled to {params.replicas}."
