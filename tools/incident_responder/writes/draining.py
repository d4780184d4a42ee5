"""Empties a node: cordons it in one request, then evicts its pods one by one, as their disruption budgets allow.

A drain that broke off counts as one that happened: the node is closed, so the preview that people agreed to no longer
fits and nobody may go on by it. Its check then says which pods are left, and it can be taken back. An eviction names
the pod's uid, so that no pod is evicted twice and none that came later is touched.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput, Conflict, NotFound, Overloaded
from tools.base import Applied, Check, CheckState, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import PODS, ClusterWriter
from tools.incident_responder.objects import at, items, name_of, service_of, word
from tools.incident_responder.writes import marks
from tools.incident_responder.writes.following import is_ready
from tools.incident_responder.writes.marks import uid_of
from tools.incident_responder.writes.naming import NodeParams
from tools.incident_responder.writes.nodes import NodeWrite, is_closed
from tools.incident_responder.writes.patching import Sketch
from tools.incident_responder.writes.pods import controller_of, is_going, is_mirror

_PODS = "evict"
_AT_ONCE = 8
_FINISHED = frozenset({"Succeeded", "Failed"})


class DrainNode(NodeWrite):
    """Cordons a node and evicts the pods that were on it in the preview."""

    name: ClassVar[str] = "drain_node"
    description: ClassVar[str] = "Drain a node: cordon it and evict its pods, respecting disruption budgets."
    params: ClassVar[type[Params]] = NodeParams
    risk: ClassVar[Risk] = Risk.HIGH
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 180

    def __init__(
        self,
        cluster: ClusterWriter,
        namespaces: tuple[str, ...],
        *,
        patience_seconds: float = 45,
        pause_seconds: float = 1,
    ) -> None:
        super().__init__(cluster, namespaces)
        self.patience_seconds = patience_seconds
        self._pause = pause_seconds

    async def body(self, params: NodeParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the one switch; a node that is closed already only gets the mark."""
        return {"spec": {"unschedulable": True}}

    async def plan(self, params: NodeParams, now: datetime) -> Plan:
        """Look at the node and its pods; the version tells when other pods have come to it."""
        found = await super().plan(params, now)
        return found.model_copy(
            update={"target": found.target.model_copy(update={"version": _version(found)})}
        )

    async def sketch(self, params: NodeParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Name the pods that would be evicted, and what keeps some of them."""
        pods = await self._pods(params.name)
        left = await self.others_open(params.name)
        if not left and pods:
            raise BadInput(f"No other node could take the pods of {params.name}.", field="name")
        blocked = [name_of(pod) for pod, free in zip(pods, await self._free(pods), strict=True) if not free]
        local = [name_of(pod) for pod in pods if _has_local_data(pod)]
        was_open = not is_closed(item)
        switch = (FieldChange(path="spec.unschedulable", before="false", after="true"),) if was_open else ()
        gone = tuple(FieldChange(path=f"pods[{_full(pod)}]", before="on this node") for pod in pods)
        facts: dict[str, Json] = {
            "pods": len(pods),
            "nodes_left": left,
            "blocked": len(blocked),
            "local_data": len(local),
        }
        evict: list[Json] = [[_namespace(pod), name_of(pod), uid_of(pod)] for pod in pods]
        return Sketch(
            args={"name": params.name, "pods": str(len(pods)), "left": str(left)},
            radius=BlastRadius(
                count=len(pods),
                share=await self._share(pods),
                services=tuple(sorted({service_of(pod) for pod in pods})),
            ),
            facts=facts,
            before={_PODS: evict},
            warnings=tuple(_warnings(blocked, local, was_open=was_open)),
            reversible=was_open,
            changes=(*switch, *gone)[:40],
        )

    async def _pods(self, node: str) -> list[JsonObject]:
        """Return the pods to evict; raises BadInput when one of them would not come back elsewhere."""
        found = await self._cluster.list(PODS, "", fields=f"spec.nodeName={node}")
        pods = [pod for pod in found if _leaves(pod)]
        lonely = sorted(_full(pod) for pod in pods if controller_of(pod) is None)
        if lonely:
            raise BadInput(f"Nothing would replace {', '.join(lonely[:5])}: no controller.", field="name")
        return sorted(pods, key=_full)

    async def _free(self, pods: Sequence[JsonObject]) -> list[bool]:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def free(pod: JsonObject) -> bool:
            async with gate:
                try:
                    await self._cluster.evict(_namespace(pod), name_of(pod), uid=uid_of(pod), dry_run=True)
                except Overloaded:
                    return False
                except (NotFound, Conflict):
                    return True
            return True

        return list(await asyncio.gather(*map(free, pods)))

    async def _share(self, pods: Sequence[JsonObject]) -> float:
        """Return the largest share of the ready pods that any service would lose for a moment."""
        lost = Counter((_namespace(pod), service_of(pod)) for pod in pods if is_ready(pod))
        shares = [0.0]
        for namespace in sorted({namespace for namespace, _ in lost}):
            found = await self._cluster.list(PODS, namespace)
            ready = Counter((namespace, service_of(pod)) for pod in found if is_ready(pod))
            shares += [n / max(n, ready[key]) for key, n in lost.items() if key[0] == namespace]
        return max(shares)

    async def apply(self, params: NodeParams, plan: Plan, key: str) -> Applied:
        """Cordon the node unless it changed, then evict; goes on for a while with pods that a budget keeps."""
        place = self.place(params)

        async def build(item: JsonObject) -> JsonObject:
            now = await self._pods(params.name)
            if _as_version(item, [uid_of(pod) for pod in now]) != plan.target.version:
                raise Conflict(f"{place.shown} or the pods on it changed since the preview.")
            return await self.body(params, item, plan)

        await marks.change(self._cluster, place, marks.of_action(key), build)
        left = _planned(plan)
        until = asyncio.get_running_loop().time() + self.patience_seconds
        while left := [pod for pod in left if not await self._evicted(*pod)]:
            if asyncio.get_running_loop().time() >= until:
                break
            await asyncio.sleep(self._pause)
        total = len(_planned(plan))
        return Applied(detail=f"{total - len(left)} of {total} pods of {params.name} were evicted.")

    async def _evicted(self, namespace: str, name: str, uid: str) -> bool:
        try:
            await self._cluster.evict(namespace, name, uid=uid)
            return True
        except Overloaded:
            return False
        except (NotFound, Conflict):
            return await self._left(namespace, name, uid)

    async def _left(self, namespace: str, name: str, uid: str) -> bool:
        try:
            pod = await self._cluster.get(PODS, namespace, name)
        except NotFound:
            return True
        return uid_of(pod) != uid or is_going(pod)

    async def _standing(self, plan: Plan) -> tuple[list[str], int]:
        """Return the planned pods that nobody has evicted yet, and how many are on their way out."""
        found = await self._cluster.list(PODS, "", fields=f"spec.nodeName={plan.target.name}")
        planned = {uid for _, _, uid in _planned(plan)}
        here = [pod for pod in found if uid_of(pod) in planned]
        return [_full(pod) for pod in here if not is_going(pod)], sum(map(is_going, here))

    async def progress(self, params: NodeParams, plan: Plan, item: JsonObject) -> Check:
        """Count the pods that have left."""
        if not is_closed(item):
            return Check(state=CheckState.DONE, detail="It takes new pods again.")
        kept, leaving = await self._standing(plan)
        total = len(_planned(plan))
        progress = (total - len(kept) - leaving, total)
        if kept:
            detail = f"A disruption budget keeps: {', '.join(kept[:5])}."
            return Check(state=CheckState.FAILED, detail=detail, progress=progress)
        state = CheckState.PENDING if leaving else CheckState.DONE
        return Check(state=state, detail=f"{progress[0]} of {total} pods have left.", progress=progress)

    def done(self, params: NodeParams, plan: Plan) -> str:
        """Return the sentence for the emptied node."""
        return f"The node {params.name} is being drained."


def _namespace(pod: JsonObject) -> str:
    return word(at(pod, "metadata", "namespace"))


def _full(pod: JsonObject) -> str:
    return f"{_namespace(pod)}/{name_of(pod)}"


def _leaves(pod: JsonObject) -> bool:
    owner = controller_of(pod)
    stays = is_mirror(pod) or is_going(pod) or (owner is not None and owner.get("kind") == "DaemonSet")
    return not stays and word(at(pod, "status", "phase")) not in _FINISHED


def _has_local_data(pod: JsonObject) -> bool:
    return any("emptyDir" in volume for volume in items(at(pod, "spec", "volumes")))


def _planned(plan: Plan) -> list[tuple[str, str, str]]:
    found = plan.before.get(_PODS)
    rows = [row for row in found if isinstance(row, list)] if isinstance(found, list) else []
    return [(str(row[0]), str(row[1]), str(row[2])) for row in rows]


def _as_version(node: JsonObject, uids: Sequence[str]) -> str:
    return marks.version_of(node, [is_closed(node), sorted(uids)])


def _version(plan: Plan) -> str:
    node: JsonObject = {"metadata": {"uid": plan.target.uid}, "spec": {"unschedulable": not plan.reversible}}
    return _as_version(node, [uid for _, _, uid in _planned(plan)])


def _warnings(blocked: list[str], local: list[str], *, was_open: bool) -> list[str]:
    found = []
    if blocked:
        found.append(f"A disruption budget keeps {', '.join(blocked[:5])} for now.")
    if local:
        found.append(f"Data that is only on this node is lost for: {', '.join(local[:5])}.")
    if not was_open:
        found.append("The node is cordoned already and stays so after an undo.")
    return found
