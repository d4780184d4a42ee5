"""Room that images take on nodes although no pod uses them; clearing it is the kubelet's work, else a person's."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from agent.domain.checklist import ItemState, Said
from agent.domain.noun import Json
from agent.operations.checks.answers import Row, newest_of, number, rows_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params_upkeep import UnusedImages

KUBELET_ACTS_AT, KUBELET_STOPS_AT = 0.85, 0.80
"""The kubelet's own defaults (imageGCHighThresholdPercent, imageGCLowThresholdPercent); its configuration may differ."""
_MIB, _GIB = 2**20, 2**30
_MOST = 5


@dataclass(frozen=True, slots=True)
class UnusedImagesCheck:
    """Adds up unused images per node, and tells when the kubelet clears them by itself."""

    name: ClassVar[str] = "unused_images"

    async def run(self, kit: CheckKit, params: UnusedImages) -> Outcome:
        """Ask a person, with the exact commands, where there is much; nothing here removes an image."""
        found, disks = await asyncio.gather(
            kit.look("incident_responder.images"),
            kit.look("metrics_collector.signal", signal="disk_utilization", minutes=30),
        )
        if found.error is not None:
            return unseen(found)
        if found.reading.value is None:
            return no_data("node images")
        total = found.reading.value.value
        fullest = max((one.value for one in newest_of(disks)), default=None)
        args: dict[str, Json] = {
            "size": {"bytes": total},
            "fullest": None if fullest is None else {"share": fullest},
            "acts": {"share": KUBELET_ACTS_AT},
            "stops": {"share": KUBELET_STOPS_AT},
        }
        if total < params.above_gib * _GIB:
            return Outcome(ItemState.OK, "check-images-ok", args)
        lines = [_node(node, rows) for node, rows in _by_node(rows_of(found))[:_MOST]]
        return Outcome(ItemState.PERSON, "check-images-person", args, tuple(lines))


def _by_node(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["node"], []).append(row)
    return sorted(groups.items(), key=lambda one: -sum(number(row["MiB"]) or 0.0 for row in one[1]))


def _node(node: str, rows: list[Row]) -> Said:
    size = sum(number(row["MiB"]) or 0.0 for row in rows) * _MIB
    command = (
        f"kubectl debug node/{node} -it --profile=sysadmin --image=busybox -- chroot /host crictl rmi --prune"
    )
    args: dict[str, Json] = {
        "node": node,
        "count": len(rows),
        "size": {"bytes": size},
        "largest": rows[0]["image"],
        "command": command,
    }
    return Said(message="check-images-node", args=args)
