"""Takes one pod out of every Service that sends it calls, and puts it back; the pod itself goes on running."""

import json
from typing import Any, ClassVar

from pydantic import Field

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput, NotFound
from tools.base import Check, CheckState, Happened, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import PODS, REPLICA_SETS, SERVICES
from tools.incident_responder.objects import at, items, name_of, word
from tools.incident_responder.writes import marks
from tools.incident_responder.writes.following import is_ready
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.naming import LabelName, ObjectName, within
from tools.incident_responder.writes.patching import AGREED, PatchWrite, Sketch
from tools.incident_responder.writes.pods import controller_of, is_going
from tools.incident_responder.writes.preview import field_changes

OUT = "out-of-service"
TAKEN = "ops-monitor.dev/taken-out"
_CLAIMS_AGAIN = "Its ReplicaSet lets go of it and starts another pod in its place."
_ONE_TOO_MANY = "Its ReplicaSet takes it in again and removes one pod, which may be this one."


class PodParams(Params):
    """One pod."""

    namespace: LabelName = Field(description="the namespace of the pod")
    pod: ObjectName = Field(description="the pod's full name")


class _Membership(PatchWrite):
    """A change of the labels by which Services find a pod."""

    params: ClassVar[type[Params]] = PodParams
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 60

    def place(self, params: PodParams) -> Place:
        """Return where the pod is."""
        return Place(PODS, within(params.namespace, self._namespaces), params.pod)

    def state(self, params: Any, item: JsonObject) -> Json:
        """Return the pod's labels, and what they were before it was taken out."""
        return [at(item, "metadata", "labels") or {}, at(item, "metadata", "annotations", TAKEN)]

    async def happened(self, params: PodParams, plan: Plan, key: str) -> Happened:
        """Look for the mark; a relabelled pod keeps its generation, so the labels themselves disprove it."""
        place = self.place(params)
        try:
            item = await self._cluster.get(place.resource, place.namespace, place.name)
        except NotFound:
            return Happened.UNKNOWN
        if marks.of_action(key).on(item):
            return Happened.YES
        return Happened.NO if self._is(params, plan, item, AGREED) else Happened.UNKNOWN

    async def undone(self, params: PodParams, plan: Plan, key: str) -> Happened:
        """Look for the mark of the undo; for a pod that is gone nothing is left to put back."""
        found = await super().undone(params, plan, key)
        # Asked last: a pod may go between two looks at it.
        return Happened.YES if await self._gone(params, plan) else found

    async def undo_check(self, params: PodParams, plan: Plan, key: str) -> Check:
        """Look whether the labels are as before; its controller may meanwhile have removed the pod as surplus."""
        check = await super().undo_check(params, plan, key)
        # Asked last: a pod may go between two looks at it.
        if check.state is CheckState.DONE or not await self._gone(params, plan):
            return check
        detail = f"The pod {params.pod} was removed by its controller, which had one too many."
        return Check(state=CheckState.DONE, detail=detail)

    async def _gone(self, params: PodParams, plan: Plan) -> bool:
        try:
            pod = await self._cluster.get(PODS, params.namespace, params.pod)
        except NotFound:
            return True
        return marks.uid_of(pod) != plan.target.uid or is_going(pod)

    async def _services(self, namespace: str, labels: JsonObject) -> list[JsonObject]:
        """Return the Services that find a pod with these labels."""
        found = await self._cluster.list(SERVICES, namespace)
        return [item for item in found if (_selector(item) or {"": ""}).items() <= labels.items()]

    async def _ready_others(self, service: JsonObject, pod: JsonObject) -> int:
        query = ",".join(f"{key}={value}" for key, value in sorted(_selector(service).items()))
        found = await self._cluster.list(PODS, word(at(pod, "metadata", "namespace")), labels=query)
        return sum(1 for item in found if is_ready(item) and marks.uid_of(item) != marks.uid_of(pod))

    @staticmethod
    def _refuse_ending(params: PodParams, item: JsonObject) -> None:
        if is_going(item) or at(item, "status", "phase") in ("Succeeded", "Failed"):
            raise BadInput(f"The pod {params.pod} is ending.", field="pod")


class TakeOutOfService(_Membership):
    """Relabels a pod so that no Service sends it calls."""

    name: ClassVar[str] = "take_out_of_service"
    description: ClassVar[str] = "Take one pod out of its Services; it keeps running for a closer look."
    risk: ClassVar[Risk] = Risk.LOW

    async def body(self, params: PodParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the labels; the old values are kept beside them."""
        self._refuse_ending(params, item)
        if at(item, "metadata", "annotations", TAKEN):
            raise BadInput(f"The pod {params.pod} is out of service already.", field="pod")
        labels: JsonObject = at(item, "metadata", "labels") or {}
        services = await self._services(params.namespace, labels)
        if not services:
            raise BadInput(f"No Service sends calls to the pod {params.pod}.", field="pod")
        for service in services:
            if not await self._ready_others(service, item):
                why = f"{params.pod} is the last ready pod of {name_of(service)}."
                raise BadInput(why, field="pod")
        keys = await self._keys(item, services)
        kept = {key: labels[key] for key in keys}
        return {
            "metadata": {
                "labels": dict.fromkeys(keys, OUT),
                "annotations": {TAKEN: json.dumps(kept, sort_keys=True)},
            }
        }

    async def _keys(self, pod: JsonObject, services: list[JsonObject]) -> list[str]:
        """Return the fewest labels whose change breaks every selector, best such that the owner does not need."""
        owner = controller_of(pod)
        kind, name = word(at(owner, "kind")), word(at(owner, "name"))
        if owner is not None and kind != "ReplicaSet":
            # The successor of such a pod would need its name, or its node.
            why = f"{kind} {name} could not start another pod beside {name_of(pod)}, so it is not relabelled."
            raise BadInput(why, field="pod")
        return _breaking([set(_selector(service)) for service in services], await self._owned(pod))

    async def _owned(self, pod: JsonObject) -> frozenset[str]:
        """Return the label keys by which a ReplicaSet keeps a pod."""
        owner = controller_of(pod)
        if owner is None:
            return frozenset()
        namespace = word(at(pod, "metadata", "namespace"))
        return _keys_of(await self._cluster.get(REPLICA_SETS, namespace, word(owner.get("name"))))

    async def sketch(self, params: PodParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Say how much of the service's capacity goes."""
        services = await self._services(params.namespace, at(item, "metadata", "labels") or {})
        others = min([await self._ready_others(service, item) for service in services])
        taken = int(is_ready(item))
        names = tuple(sorted(name_of(service) for service in services))
        moved = bool(set(_kept(after)) & await self._owned(item))
        return Sketch(
            args={
                "namespace": params.namespace,
                "name": params.pod,
                "service": ", ".join(names),
                "left": str(others),
            },
            radius=BlastRadius(count=1, share=round(taken / (others + taken), 4), services=names),
            facts={"ready": others + taken, "ready_others": others, "replaced": moved},
            before={"labels": _kept(after)},
            seconds=1,
            warnings=(_CLAIMS_AGAIN,) if moved else (),
            changes=_label_changes(item, after),
        )

    async def undo_body(self, params: Any, plan: Plan, item: JsonObject) -> JsonObject:
        """Put the old labels back."""
        return {"metadata": {"labels": plan.before.get("labels") or {}, "annotations": {TAKEN: None}}}

    def done(self, params: PodParams, plan: Plan) -> str:
        """Return the sentence for a pod that gets no calls any more."""
        return f"The pod {params.pod} gets no more calls; it keeps running."


class PutBackInService(_Membership):
    """Gives a pod that was taken out its old labels again."""

    name: ClassVar[str] = "put_back_in_service"
    description: ClassVar[str] = "Put a pod back that was taken out of its Services."
    risk: ClassVar[Risk] = Risk.LOW

    async def body(self, params: PodParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the labels."""
        self._refuse_ending(params, item)
        kept = _kept(item)
        if not kept:
            raise BadInput(f"The pod {params.pod} was not taken out of service.", field="pod")
        if not is_ready(item):
            raise BadInput(f"The pod {params.pod} is not ready, so nobody would call it.", field="pod")
        return {"metadata": {"labels": kept, "annotations": {TAKEN: None}}}

    async def sketch(self, params: PodParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Say which services get it back."""
        services = await self._services(params.namespace, at(after, "metadata", "labels") or {})
        names = tuple(sorted(name_of(service) for service in services))
        if not names:
            raise BadInput(f"With its old labels no Service would find {params.pod} either.", field="pod")
        others = min([await self._ready_others(service, item) for service in services])
        return Sketch(
            args={"namespace": params.namespace, "name": params.pod, "service": ", ".join(names)},
            radius=BlastRadius(count=1, share=round(1 / (others + 1), 4), services=names),
            facts={"ready_others": others},
            before={"labels": _kept(item)},
            seconds=1,
            changes=_label_changes(item, after),
            warnings=() if controller_of(item) else (_ONE_TOO_MANY,),
        )

    async def check(self, params: PodParams, plan: Plan, key: str) -> Check:
        """Look whether the labels are back; the pod may have been the one too many."""
        check = await super().check(params, plan, key)
        if check.state is CheckState.DONE or not await self._gone(params, plan):
            return check
        detail = f"The pod {params.pod} was put back, and removed by its controller, which had one too many."
        return Check(state=CheckState.DONE, detail=detail)

    async def undo_body(self, params: Any, plan: Plan, item: JsonObject) -> JsonObject:
        """Take it out again."""
        kept = plan.before.get("labels")
        labels = kept if isinstance(kept, dict) else {}
        return {
            "metadata": {
                "labels": dict.fromkeys(labels, OUT),
                "annotations": {TAKEN: json.dumps(labels, sort_keys=True)},
            }
        }

    def done(self, params: PodParams, plan: Plan) -> str:
        """Return the sentence for a pod that gets calls again."""
        return f"The pod {params.pod} gets calls again."


def _selector(service: JsonObject) -> dict[str, str]:
    found = at(service, "spec", "selector")
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def _keys_of(owner: JsonObject) -> frozenset[str]:
    selector = at(owner, "spec", "selector")
    listed = {word(item.get("key")) for item in items(at(selector, "matchExpressions"))}
    return frozenset({*(at(selector, "matchLabels") or {}), *listed})


def _breaking(selectors: list[set[str]], owned: frozenset[str]) -> list[str]:
    """Return label keys of which every selector has at least one; few, and rather none that the owner needs."""
    chosen: list[str] = []
    left = list(selectors)
    while left:
        keys = sorted({key for selector in left for key in selector})
        best = max(keys, key=lambda key: (sum(key in s for s in left), key not in owned))
        chosen.append(best)
        left = [selector for selector in left if best not in selector]
    return chosen


def _label_changes(item: JsonObject, after: JsonObject) -> tuple[FieldChange, ...]:
    note = f"metadata.annotations[{TAKEN}]"
    return tuple(change for change in field_changes(item, after) if change.path != note)


def _kept(pod: JsonObject) -> dict[str, Json]:
    """Return the labels that a pod had before it was taken out."""
    try:
        found = json.loads(word(at(pod, "metadata", "annotations", TAKEN)) or "{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): str(value) for key, value in found.items()}
