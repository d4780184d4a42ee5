"""Holds the rollouts of a workload, and lets them go on."""

from typing import ClassVar

from agent.domain.action import Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput
from tools.base import Check, CheckState, Params
from tools.connectors.readers import JsonObject
from tools.incident_responder.objects import at
from tools.incident_responder.writes.following import rollout
from tools.incident_responder.writes.naming import Named
from tools.incident_responder.writes.patching import Sketch
from tools.incident_responder.writes.workloads import WorkloadWrite, known_bad


class PauseRollout(WorkloadWrite):
    """Holds a rollout where it is."""

    name: ClassVar[str] = "pause_rollout"
    description: ClassVar[str] = "Pause the rollouts of a Deployment; its pods stay as they are."
    params: ClassVar[type[Params]] = Named
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 30
    pauses: ClassVar[bool] = True

    async def body(self, params: Named, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the one switch."""
        if bool(at(item, "spec", "paused")) is self.pauses:
            raise BadInput(f"{params.name} is {'paused' if self.pauses else 'not paused'}.", field="name")
        return {"spec": {"paused": self.pauses or None}}

    async def sketch(self, params: Named, item: JsonObject, after: JsonObject) -> Sketch:
        """Say whether a rollout is under way."""
        found = await self.every_pod(item, {})
        moving = (await rollout(self._cluster, item)).state is not CheckState.DONE
        idle = self.pauses and not moving
        return Sketch(
            args=found.args,
            radius=found.radius if moving and not self.pauses else found.radius.model_copy(update=_NONE),
            facts={**found.facts, "rolling": moving},
            before=found.before,
            seconds=1 if self.pauses else found.seconds,
            warnings=("No rollout is under way; only later ones are held.",) if idle else (),
        )

    async def progress(self, params: Named, plan: Plan, item: JsonObject) -> Check:
        """Follow the rollout once it may go on; a held one has nothing to wait for."""
        if at(item, "spec", "paused"):
            return Check(state=CheckState.DONE, detail="Rollouts are paused.")
        return await rollout(self._cluster, item, known_bad=known_bad(plan))

    async def undo_body(self, params: Named, plan: Plan, item: JsonObject) -> JsonObject:
        """Turn the switch back."""
        return {"spec": {"paused": not self.pauses or None}}

    def done(self, params: Named, plan: Plan) -> str:
        """Return the sentence for the turned switch."""
        return f"The rollouts of {params.name} are {'paused' if self.pauses else 'resumed'}."


_NONE: dict[str, Json] = {"count": 0, "share": 0.0}


class ResumeRollout(PauseRollout):
    """Lets a held rollout go on."""

    name: ClassVar[str] = "resume_rollout"
    description: ClassVar[str] = "Resume the paused rollouts of a Deployment."
    risk: ClassVar[Risk] = Risk.MEDIUM
    timeout_seconds: ClassVar[float] = 300
    pauses: ClassVar[bool] = False
