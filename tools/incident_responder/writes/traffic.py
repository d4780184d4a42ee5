"""Shifts calls between the backends of a route."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from agent.domain.action import BlastRadius, Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput
from tools.base import Check, CheckState, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import HTTP_ROUTES, PODS, SERVICES, ClusterWriter, PatchKind
from tools.incident_responder.objects import at, items, word
from tools.incident_responder.writes.following import count, is_ready
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.naming import LabelName, ObjectName, within
from tools.incident_responder.writes.patching import PatchWrite, Sketch

Weight = Annotated[int, Field(strict=True, ge=0, le=100)]
Weights = Mapping[str, int]


class TrafficParams(Params):
    """Which route, and how much weight which of its backends gets."""

    namespace: LabelName = Field(description="the namespace of the route")
    route: ObjectName = Field(description="the HTTPRoute")
    weights: dict[LabelName, Weight] = Field(
        min_length=1, max_length=16, description="the new weight, 0 to 100, by backend; others keep theirs"
    )


class ShiftTraffic(PatchWrite):
    """Sets the weights of an HTTPRoute's backends."""

    name: ClassVar[str] = "shift_traffic"
    description: ClassVar[str] = "Shift calls between the backends that an HTTPRoute already has."
    params: ClassVar[type[Params]] = TrafficParams
    risk: ClassVar[Risk] = Risk.MEDIUM
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 60
    patch_kind: ClassVar[PatchKind] = "merge"

    def place(self, params: TrafficParams) -> Place:
        """Return where the route is."""
        return Place(HTTP_ROUTES, within(params.namespace, self._namespaces), params.route)

    def state(self, params: Any, item: JsonObject) -> Json:
        """Return what the rules match and which backends they have, with their weights."""
        return [[rule.get("matches"), rule.get("backendRefs")] for rule in _rules(item)]

    async def body(self, params: TrafficParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the rules with the new weights; a merge patch knows no list entries, only whole lists."""
        rules = _rules(item)
        for rule in rules:
            _refuse_strangers(params, rule)
        before = [weights_of(rule) for rule in rules]
        after = [{**old, **params.weights} for old in before]
        if not rules or before == after:
            raise BadInput(f"{params.route} has these weights already.", field="weights")
        if not all(any(new.values()) for new in after):
            raise BadInput("Some backend must get a weight above 0.", field="weights")
        for backend in sorted(
            {name for old, new in zip(before, after, strict=True) for name in _grown(old, new)}
        ):
            if not await ready_pods(self._cluster, params.namespace, backend):
                raise BadInput(f"{backend} has no ready pod that could take the calls.", field="weights")
        return {"spec": {"rules": [_weighted(rule, params.weights) for rule in rules]}}

    async def sketch(self, params: TrafficParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Say which share of the calls moves."""
        pairs = zip(_rules(item), _rules(after), strict=True)
        moved = max(share_moved(weights_of(old), weights_of(new)) for old, new in pairs)
        old, new = weights_of(_rules(item)[0]), weights_of(_rules(after)[0])
        reported = _parents(item)
        return Sketch(
            args={
                "namespace": params.namespace,
                "name": params.route,
                "shares": ", ".join(f"{name} {_percent(old, name)} → {_percent(new, name)}" for name in new),
            },
            radius=BlastRadius(
                count=round(moved * 100), unit="percent", share=round(moved, 4), services=tuple(sorted(new))
            ),
            facts={"share_moved": round(moved, 4), "weights": dict(new), "weights_before": dict(old)},
            before={"weights": [dict(weights_of(rule)) for rule in _rules(item)]},
            seconds=2,
            warnings=() if reported else ("No gateway or mesh has reported that it follows this route.",),
        )

    async def progress(self, params: Any, plan: Plan, item: JsonObject) -> Check:
        """Wait until whoever follows the route has accepted it as it is now."""
        for parent in _parents(item):
            for condition in items(parent.get("conditions")):
                if count(condition, "observedGeneration") < count(item, "metadata", "generation"):
                    return Check(state=CheckState.PENDING, detail="The gateway has not seen the weights yet.")
                if (
                    condition.get("type") in ("Accepted", "ResolvedRefs")
                    and condition.get("status") == "False"
                ):
                    why = word(condition.get("message")) or word(condition.get("reason"))
                    return Check(state=CheckState.FAILED, detail=f"The gateway refuses the route: {why}")
        return Check(state=CheckState.DONE, detail=f"Calls are split as {plan.args.get('shares', '')}.")

    async def undo_body(self, params: Any, plan: Plan, item: JsonObject) -> JsonObject:
        """Put the old weights back."""
        kept = plan.before.get("weights")
        olds = [old for old in kept if isinstance(old, dict)] if isinstance(kept, list) else []
        pairs = zip(_rules(item), olds, strict=True)
        return {
            "spec": {
                "rules": [_weighted(rule, {k: int(word(v)) for k, v in old.items()}) for rule, old in pairs]
            }
        }

    def done(self, params: TrafficParams, plan: Plan) -> str:
        """Return the sentence for the set weights."""
        return f"The weights of {params.route} are set: {plan.args.get('shares', '')}."


async def ready_pods(cluster: ClusterWriter, namespace: str, service: str) -> list[JsonObject]:
    """Return the ready pods behind a Service; raises NotFound when there is no such Service."""
    found = await cluster.get(SERVICES, namespace, service)
    selector = at(found, "spec", "selector") or {}
    if not selector:
        raise BadInput(f"The Service {service} selects no pods.", field="name")
    query = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    return [pod for pod in await cluster.list(PODS, namespace, labels=query) if is_ready(pod)]


def share_moved(before: Weights, after: Weights) -> float:
    """Return which part of the calls goes elsewhere than before, 0 to 1."""
    old, new = sum(before.values()), sum(after.values())
    names = {*before, *after}
    return sum(abs(_share(after.get(name, 0), new) - _share(before.get(name, 0), old)) for name in names) / (
        2 if old and new else 1
    )


def _share(weight: int, total: int) -> float:
    return weight / total if total else 0.0


def weights_of(rule: JsonObject) -> dict[str, int]:
    """Return the weight of each backend of a rule; one without a weight has 1."""
    return {word(ref.get("name")): count(ref, "weight", default=1) for ref in items(rule.get("backendRefs"))}


def _percent(weights: Weights, name: str) -> str:
    return f"{round(_share(weights.get(name, 0), sum(weights.values())) * 100)} %"


def _grown(old: Weights, new: Weights) -> list[str]:
    return [name for name, weight in new.items() if weight > old.get(name, 0)]


def _rules(item: JsonObject) -> list[JsonObject]:
    return items(at(item, "spec", "rules"))


def _parents(item: JsonObject) -> list[JsonObject]:
    return items(at(item, "status", "parents"))


def _refuse_strangers(params: TrafficParams, rule: JsonObject) -> None:
    references = {word(ref.get("name")): ref for ref in items(rule.get("backendRefs"))}
    strangers = sorted(set(params.weights) - set(references))
    if strangers:
        has = ", ".join(references) or "none"
        raise BadInput(
            f"{', '.join(strangers)}: not every rule of {params.route} has that backend (it has: {has}).",
            field="weights",
        )
    for name, reference in references.items():
        elsewhere = reference.get("namespace") not in (None, params.namespace)
        if elsewhere or reference.get("kind", "Service") != "Service":
            raise BadInput(f"The backend {name} is no Service of {params.namespace}.", field="weights")


def _weighted(rule: JsonObject, weights: Weights) -> JsonObject:
    references = [
        {**ref, "weight": weights[name]} if (name := word(ref.get("name"))) in weights else ref
        for ref in items(rule.get("backendRefs"))
    ]
    return {**rule, "backendRefs": references}
