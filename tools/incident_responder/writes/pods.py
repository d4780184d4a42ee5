"""Deletes one pod, which its controller replaces."""

from datetime import datetime
from typing import Any, ClassVar

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk, Target
from agent.domain.noun import Json
from agent.errors import BadInput, Conflict, NotFound
from tools.base import Applied, Check, CheckState, Happened, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import PODS, ClusterWriter
from tools.incident_responder.objects import at, items, name_of, service_of, word
from tools.incident_responder.writes.following import is_ready, owned_by, start_seconds, trouble
from tools.incident_responder.writes.marks import uid_of
from tools.incident_responder.writes.naming import Named, within

MIRROR = "kubernetes.io/config.mirror"


def controller_of(pod: JsonObject) -> JsonObject | None:
    """Return the reference to what keeps a pod alive."""
    owners = items(at(pod, "metadata", "ownerReferences"))
    return next((owner for owner in owners if owner.get("controller")), None)


def is_going(pod: JsonObject) -> bool:
    """Say whether a pod is being deleted."""
    return bool(at(pod, "metadata", "deletionTimestamp"))


def is_mirror(pod: JsonObject) -> bool:
    """Say whether a pod only mirrors one that a node keeps by itself."""
    return bool(at(pod, "metadata", "annotations", MIRROR))


class DeletePod:
    """Deletes exactly one pod by its uid."""

    name: ClassVar[str] = "delete_pod"
    backend: ClassVar[str] = "kubernetes"
    description: ClassVar[str] = "Delete one pod, so that its controller starts another one in its place."
    params: ClassVar[type[Params]] = Named
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = False
    timeout_seconds: ClassVar[float] = 180

    def __init__(self, cluster: ClusterWriter, namespaces: tuple[str, ...]) -> None:
        self._cluster = cluster
        self._namespaces = namespaces

    async def plan(self, params: Named, now: datetime) -> Plan:
        """Look at the pod and its peers, and let the server try the deletion."""
        namespace = within(params.namespace, self._namespaces)
        pod = await self._cluster.get(PODS, namespace, params.name)
        owner = _replaced_by(pod)
        uid = uid_of(pod)
        await self._cluster.delete(PODS, namespace, params.name, uid=uid, dry_run=True)
        peers = await self._peers(namespace, word(owner.get("uid")))
        others = sum(is_ready(peer) for peer in peers if uid_of(peer) != uid)
        taken = int(is_ready(pod))
        kept_by = f"{word(owner.get('kind'))} {word(owner.get('name'))}"
        state = word(at(pod, "status", "phase")) or "Unknown"
        facts: dict[str, Json] = {"pods": len(peers), "ready": others + taken, "ready_others": others}
        return Plan(
            target=Target(kind="Pod", name=params.name, namespace=namespace, uid=uid, version=uid),
            changes=(FieldChange(path=f"pods[{params.name}]", before=state),),
            radius=BlastRadius(
                count=1, share=taken / (others + taken) if taken else 0.0, services=(service_of(pod),)
            ),
            reversible=False,
            seconds=min(took) if (took := start_seconds(peers)) else None,
            args={"namespace": namespace, "name": params.name, "owner": kept_by, "service": service_of(pod)},
            facts={**facts, "owner_kind": word(owner.get("kind"))},
            before={
                "owner": word(owner.get("uid")),
                "ready": others + 1,
                "known_bad": [uid_of(peer) for peer in peers if trouble(peer)],
            },
            warnings=() if others or not taken else (f"It is the only ready pod of {service_of(pod)}.",),
        )

    async def _peers(self, namespace: str, owner: str) -> list[JsonObject]:
        found = await self._cluster.list(PODS, namespace)
        return [pod for pod in found if owned_by(pod, owner) and not is_going(pod)]

    async def apply(self, params: Named, plan: Plan, key: str) -> Applied:
        """Delete the pod of the preview; another one of the same name is left alone."""
        namespace = within(params.namespace, self._namespaces)
        try:
            await self._cluster.delete(PODS, namespace, params.name, uid=plan.target.uid)
        except NotFound as gone:
            raise Conflict(f"The pod {params.name} is gone already.") from gone
        return Applied(detail=f"The pod {params.name} is being deleted.")

    async def happened(self, params: Named, plan: Plan, key: str) -> Happened:
        """Say whether the pod of the preview is gone, or on its way."""
        namespace = within(params.namespace, self._namespaces)
        try:
            pod = await self._cluster.get(PODS, namespace, params.name)
        except NotFound:
            return Happened.YES
        return Happened.YES if uid_of(pod) != plan.target.uid or is_going(pod) else Happened.NO

    async def check(self, params: Named, plan: Plan, key: str) -> Check:
        """Wait until as many pods are ready as before, this one counted in."""
        peers = await self._peers(params.namespace, word(plan.before.get("owner")))
        others = [peer for peer in peers if uid_of(peer) != plan.target.uid]
        needed = int(word(plan.before.get("ready")) or 1)
        ready = sum(map(is_ready, others))
        progress = (min(ready, needed), needed)
        gone = await self.happened(params, plan, key) is Happened.YES
        if gone and ready >= needed:
            return Check(state=CheckState.DONE, detail=f"{ready} pods are ready.", progress=progress)
        known = plan.before.get("known_bad")
        ignored = set(map(str, known)) if isinstance(known, list) else set()
        for peer in others:
            why = trouble(peer)
            if why and uid_of(peer) not in ignored:
                detail = f"The new pod {name_of(peer)} cannot start: {why}."
                return Check(state=CheckState.FAILED, detail=detail, progress=progress)
        detail = f"{progress[0]} of {needed} pods are ready."
        return Check(state=CheckState.PENDING, detail=detail, progress=progress)

    async def undo(self, params: Any, plan: Plan, key: str) -> Applied:
        """Refuse: a deleted pod does not come back, its successor is there."""
        raise BadInput("A deleted pod cannot be brought back; its controller has started another one.")

    async def undone(self, params: Any, plan: Plan, key: str) -> Happened:
        """Say no: there is no undo."""
        return Happened.NO

    async def undo_check(self, params: Any, plan: Plan, key: str) -> Check:
        """Say that there is nothing to wait for."""
        return Check(state=CheckState.FAILED, detail="A deleted pod cannot be brought back.")


def _replaced_by(pod: JsonObject) -> JsonObject:
    """Return what would replace a pod; raises BadInput when nothing would."""
    name = name_of(pod)
    if is_going(pod):
        raise BadInput(f"The pod {name} is being deleted already.", field="name")
    if is_mirror(pod):
        raise BadInput(f"The pod {name} is kept by its node itself and cannot be deleted.", field="name")
    owner = controller_of(pod)
    if owner is None:
        raise BadInput(f"Nothing would replace the pod {name}: it has no controller.", field="name")
    return owner
