"""Takes a node out of scheduling and lets it back in."""

from typing import Any, ClassVar

from agent.domain.action import BlastRadius, Plan, Risk
from agent.domain.noun import Json
from agent.errors import BadInput
from tools.base import Check, CheckState, Params
from tools.connectors.readers import JsonObject
from tools.connectors.writers import NODES
from tools.incident_responder.objects import at, items, name_of
from tools.incident_responder.writes import marks
from tools.incident_responder.writes.marks import Place
from tools.incident_responder.writes.naming import NodeParams
from tools.incident_responder.writes.patching import PatchWrite, Sketch


def is_closed(node: JsonObject) -> bool:
    """Say whether no pods may be scheduled to a node."""
    return bool(at(node, "spec", "unschedulable"))


def is_open(node: JsonObject) -> bool:
    """Say whether a node could take pods."""
    conditions = items(at(node, "status", "conditions"))
    return not is_closed(node) and any(
        c.get("type") == "Ready" and c.get("status") == "True" for c in conditions
    )


class NodeWrite(PatchWrite):
    """A patch of whether pods may be scheduled to a node."""

    closes: ClassVar[bool] = True

    def place(self, params: NodeParams) -> Place:
        """Return the node, which is in no namespace."""
        return Place(NODES, "", params.name)

    def state(self, params: Any, item: JsonObject) -> Json:
        """Return whether the node is closed."""
        return is_closed(item)

    def seen(self, item: JsonObject) -> str:
        """Return whether the node is closed: its taints and annotations are written by the cluster all the time."""
        return marks.version_of(item, is_closed(item))

    async def body(self, params: NodeParams, item: JsonObject, plan: Plan | None) -> JsonObject:
        """Return the patch of the one switch."""
        if is_closed(item) is self.closes:
            raise BadInput(
                f"The node {params.name} is {'cordoned already' if self.closes else 'not cordoned'}.",
                field="name",
            )
        return {"spec": {"unschedulable": self.closes or None}}

    async def sketch(self, params: NodeParams, item: JsonObject, after: JsonObject) -> Sketch:
        """Say how many other nodes could take pods."""
        left = await self.others_open(params.name)
        return Sketch(
            args={"name": params.name, "left": str(left)},
            radius=BlastRadius(count=1, unit="nodes"),
            facts={"nodes_left": left},
            seconds=1,
            warnings=("No other node could take new pods.",) if self.closes and not left else (),
        )

    async def others_open(self, name: str) -> int:
        """Count the other nodes that could take pods."""
        nodes = await self._cluster.list(NODES, "")
        return sum(is_open(node) for node in nodes if name_of(node) != name)

    async def progress(self, params: Any, plan: Plan, item: JsonObject) -> Check:
        """Say that the switch is turned, which is all."""
        return Check(
            state=CheckState.DONE, detail="It takes no new pods." if is_closed(item) else "It takes new pods."
        )

    async def undo_body(self, params: NodeParams, plan: Plan, item: JsonObject) -> JsonObject:
        """Turn the switch back."""
        return {"spec": {"unschedulable": not self.closes or None}}

    def done(self, params: NodeParams, plan: Plan) -> str:
        """Return the sentence for the turned switch."""
        return f"The node {params.name} takes {'no' if self.closes else 'again'} new pods."


class CordonNode(NodeWrite):
    """Closes a node for new pods; those on it stay."""

    name: ClassVar[str] = "cordon_node"
    description: ClassVar[str] = "Cordon a node: it gets no new pods, those on it go on."
    params: ClassVar[type[Params]] = NodeParams
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 30


class UncordonNode(NodeWrite):
    """Opens a node for new pods."""

    name: ClassVar[str] = "uncordon_node"
    description: ClassVar[str] = "Uncordon a node: it may get new pods again."
    params: ClassVar[type[Params]] = NodeParams
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 30
    closes: ClassVar[bool] = False
