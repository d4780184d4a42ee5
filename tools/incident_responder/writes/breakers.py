"""Switches a service's circuit breaker on and off: instances that fail in a row are left out for a while."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from agent.domain.action import BlastRadius, Plan, Risk, Target
from agent.domain.noun import Json
from agent.errors import BadInput, Conflict, NotFound
from tools.base import Applied, Happened, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import DESTINATION_RULES, PatchKind
from tools.incident_responder.objects import at, items, name_of, word
from tools.incident_responder.writes import marks
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.naming import LabelName, within
from tools.incident_responder.writes.patching import AGREED, APPLIED, PatchWrite, Sketch
from tools.incident_responder.writes.preview import field_changes
from tools.incident_responder.writes.traffic import ready_pods

ABSENT = "absent"


class BreakerParams(Params):
    """One service."""

    namespace: LabelName = Field(description="the namespace of the service")
    name: LabelName = Field(description="the Service; its DestinationRule has the same name")


class EnableParams(BreakerParams):
    """When an instance is left out, for how long, and how many at most."""

    consecutive_errors: Annotated[int, Field(strict=True, ge=1, le=100)] = 5
    interval_seconds: Annotated[int, Field(strict=True, ge=1, le=300)] = 10
    ejection_seconds: Annotated[int, Field(strict=True, ge=1, le=3600)] = 30
    max_ejection_percent: Annotated[int, Field(strict=True, ge=1, le=50)] = 50


class _Breaker(PatchWrite):
    """A change of the outlier detection in a DestinationRule."""

    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 30
    patch_kind: ClassVar[PatchKind] = "merge"

    def place(self, params: BreakerParams) -> Place:
        """Return where the rule is."""
        return Place(DESTINATION_RULES, within(params.namespace, self._namespaces), params.name)

    def state(self, params: Any, item: JsonObject) -> Json:
        """Return the outlier detection and whom it is for."""
        return [at(item, "spec", "host"), _detection(item)]

    async def undo_body(self, params: Any, plan: Plan, item: JsonObject) -> JsonObject:
        """Put the old outlier detection back; keys that it did not have are taken away."""
        before = plan.before.get("detection")
        if not isinstance(before, dict):
            return _policy(None)
        return _policy({**dict.fromkeys(_detection(item) or {}), **before})


class EnableCircuitBreaker(_Breaker):
    """Turns outlier detection on, or changes its figures."""

    name: ClassVar[str] = "enable_circuit_breaker"
    description: ClassVar[str] = "Leave out instances of a service that fail several times in a row (Istio)."
    params: ClassVar[type[Params]] = EnableParams
    risk: ClassVar[Risk] = Risk.LOW

    async def plan(self, params: EnableParams, now: datetime) -> Plan:
        """Look at the rule, or try to make one when the service has none."""
        place = self.place(params)
        try:
            return await super().plan(params, now)
        except NotFound:
            # The Service itself may be what is missing; looking for its pods says so.
            await ready_pods(self._cluster, params.namespace, params.name)
        await self._refuse_second_rule(params)
        tried = await self._cluster.create(
            DESTINATION_RULES, params.namespace, _new(params, None), dry_run=True
        )
        found = await self.sketch(params, {}, tried)
        return Plan(
            target=Target(kind="DestinationRule", name=place.name, namespace=place.namespace, version=ABSENT),
            changes=field_changes({}, tried),
            radius=found.radius,
            reversible=True,
            seconds=found.seconds,
            args=dict(found.args),
            facts=dict(found.facts),
            before={
                marks.SEEN: ABSENT,
                AGREED: marks.fingerprint([at(tried, "spec", "host"), None]),
                APPLIED: marks.fingerprint(self.state(params, tried)),
                "detection": None,
            },
        )

    async def _refuse_second_rule(self, params: BreakerParams) -> None:
        for rule in await self._cluster.list(DESTINATION_RULES, params.namespace):
            host = word(at(rule, "spec", "host"))
            if host.partition(".")[0] == params.name:
                why = f"The DestinationRule {name_of(rule)} is for {host} already; two for one host confuse Istio."
                raise BadInput(why, field="name")

    async def body(self, params: EnableParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the figures."""
        if word(at(item, "spec", "host")).partition(".")[0] != params.name:
            raise BadInput(f"The DestinationRule {params.name} is for another host.", field="name")
        wanted = _figures(params)
        if wanted.items() <= (_detection(item) or {}).items():
            raise BadInput(f"The circuit breaker of {params.name} is set so already.", field="name")
        return _policy(wanted)

    async def sketch(self, params: EnableParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Say how many instances may be left out at once."""
        size = len(await ready_pods(self._cluster, params.namespace, params.name))
        most = size * params.max_ejection_percent // 100
        if not most:
            raise BadInput(
                f"{params.name} has {size} ready pods; of these, {params.max_ejection_percent} % is not one.",
                field="max_ejection_percent",
            )
        own = [word(s.get("name")) for s in items(at(item, "spec", "subsets")) if s.get("trafficPolicy")]
        return Sketch(
            args={
                "namespace": params.namespace,
                "name": params.name,
                "errors": str(params.consecutive_errors),
                "seconds": str(params.ejection_seconds),
                "most": str(most),
                "pods": str(size),
            },
            radius=BlastRadius(count=most, share=round(most / size, 4), services=(params.name,)),
            facts={"ready": size, "max_ejected": most, "max_ejection_percent": params.max_ejection_percent},
            before={"detection": _detection(item)},
            seconds=params.interval_seconds,
            warnings=(f"Subsets with a policy of their own are not changed: {', '.join(own)}.",)
            if own
            else (),
        )

    async def apply(self, params: EnableParams, plan: Plan, key: str) -> Applied:
        """Change the rule, or make it when there was none."""
        if plan.target.version != ABSENT:
            return await super().apply(params, plan, key)
        place = self.place(params)
        try:
            await self._cluster.create(
                DESTINATION_RULES, params.namespace, _new(params, marks.of_action(key))
            )
        except Conflict:
            item = await self._cluster.get(place.resource, place.namespace, place.name)
            if not marks.of_action(key).on(item):
                raise Conflict(f"{place.shown} was made by somebody else since the preview.") from None
        return Applied(detail=self.done(params, plan))

    async def happened(self, params: EnableParams, plan: Plan, key: str) -> Happened:
        """Look for the mark; a rule that was to be made and is not there has no effect, so it may be made again."""
        if plan.target.version == ABSENT:
            place = self.place(params)
            try:
                await self._cluster.get(place.resource, place.namespace, place.name)
            except NotFound:
                return Happened.NO
        return await super().happened(params, plan, key)

    def _is(self, params: Any, plan: Plan, item: JsonObject, which: str) -> bool:
        if plan.target.version != ABSENT:
            return super()._is(params, plan, item, which)
        # A rule that is made by the action has no uid in the plan.
        return marks.fingerprint(self.state(params, item)) == plan.before.get(which)

    def done(self, params: EnableParams, plan: Plan) -> str:
        """Return the sentence for a breaker that is on."""
        return f"The circuit breaker of {params.name} is on."


class DisableCircuitBreaker(_Breaker):
    """Turns outlier detection off."""

    name: ClassVar[str] = "disable_circuit_breaker"
    description: ClassVar[str] = "Send calls to every ready instance of a service again (Istio)."
    params: ClassVar[type[Params]] = BreakerParams

    async def body(self, params: BreakerParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch that takes the outlier detection away."""
        if not _detection(item):
            raise BadInput(f"{params.name} has no circuit breaker.", field="name")
        return _policy(None)

    async def sketch(self, params: BreakerParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Say whom it concerns."""
        size = len(await ready_pods(self._cluster, params.namespace, params.name))
        return Sketch(
            args={"namespace": params.namespace, "name": params.name, "pods": str(size)},
            radius=BlastRadius(count=size, services=(params.name,)),
            facts={"ready": size},
            before={"detection": _detection(item)},
            seconds=2,
        )

    def done(self, params: BreakerParams, plan: Plan) -> str:
        """Return the sentence for a breaker that is off."""
        return f"The circuit breaker of {params.name} is off."


def _detection(item: JsonObject) -> JsonObject | None:
    found = at(item, "spec", "trafficPolicy", "outlierDetection")
    return found if isinstance(found, dict) else None


def _policy(detection: JsonObject | None) -> JsonObject:
    return {"spec": {"trafficPolicy": {"outlierDetection": detection}}}


def _figures(params: EnableParams) -> JsonObject:
    return {
        "consecutive5xxErrors": params.consecutive_errors,
        "interval": f"{params.interval_seconds}s",
        "baseEjectionTime": f"{params.ejection_seconds}s",
        "maxEjectionPercent": params.max_ejection_percent,
    }


def _new(params: EnableParams, mark: marks.Mark | None) -> JsonObject:
    metadata: JsonObject = {"name": params.name, "namespace": params.namespace}
    if mark:
        metadata["annotations"] = {mark.annotation: mark.key}
    host = f"{params.name}.{params.namespace}.svc.cluster.local"
    policy = {"outlierDetection": _figures(params)}
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": metadata,
        "spec": {"host": host, "trafficPolicy": policy},
    }
