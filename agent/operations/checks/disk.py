"""Is there room on every disk and volume, and for how long."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from agent.domain.checklist import ItemState, Said
from agent.domain.noun import Json
from agent.operations.checks.answers import Row, failed, newest_of, number, rows_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params_upkeep import Disk

VOLUMES = (
    "max by (namespace, persistentvolumeclaim) "
    "(kubelet_volume_stats_used_bytes / kubelet_volume_stats_capacity_bytes)"
)
FULL = 1.0
_MOST = 5


@dataclass(frozen=True, slots=True)
class DiskCheck:
    """Compares every filesystem and volume with the limit, and looks ahead."""

    name: ClassVar[str] = "disk"

    async def run(self, kit: CheckKit, params: Disk) -> Outcome:
        """Name the fullest, and when one is full at the present pace."""
        disks, volumes, ahead = await asyncio.gather(
            kit.look("metrics_collector.signal", signal="disk_utilization", minutes=30),
            kit.look("metrics_collector.query", promql=VOLUMES),
            kit.look("metrics_collector.capacity", resource="disk", days=params.history_days, limit=FULL),
        )
        if disks.error is not None:
            return unseen(disks)
        found = sorted((*newest_of(disks), *newest_of(volumes)), key=lambda one: -one.value)
        if not found:
            return no_data("disk_utilization")
        limit = params.below_percent / 100
        over = [one for one in found if one.value >= limit]
        filling = [row for row in rows_of(ahead) if _soon(row, params.full_within_days)]
        details = [
            Said(message="check-disk-one", args={"what": one.name, "share": {"share": one.value}})
            for one in over[:_MOST]
        ]
        details += [_pace(row) for row in (filling or _dated(rows_of(ahead)))[:_MOST]]
        args: dict[str, Json] = {
            "what": found[0].name,
            "share": {"share": found[0].value},
            "limit": {"share": limit},
            "count": len(found),
            "over": len(over),
        }
        unsure = failed((volumes, ahead))
        state = ItemState.OK if unsure is None else ItemState.UNKNOWN
        if over or filling:
            state = ItemState.ATTENTION
        message = "check-disk-over" if over else "check-disk-filling" if filling else "check-disk-ok"
        if unsure is not None:
            details.append(Said(message="check-part-unseen", args={"why": unsure.error or ""}))
        return Outcome(state, message, args, tuple(details))


def _soon(row: Row, days: int) -> bool:
    left = number(row.get("days left", ""))
    return left is not None and left <= days


def _dated(rows: list[Row]) -> list[Row]:
    return [row for row in rows if number(row.get("days left", "")) is not None][:1]


def _pace(row: Row) -> Said:
    latest = number(row.get("latest", ""))
    args: dict[str, Json] = {
        "what": row.get("what", ""),
        "days": number(row.get("days left", "")),
        "earliest": number(row.get("earliest", "")),
        "latest": latest,
    }
    return Said(message="check-disk-pace", args=args)
