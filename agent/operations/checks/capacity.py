"""What is nearly used up in the weeks to come, if things go on as they have."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from agent.domain.checklist import ItemState, Said
from agent.domain.evidence import Evidence
from agent.domain.noun import Json
from agent.operations.checks.answers import Row, failed, number, rows_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params_upkeep import Capacity

READ, CHART = "metrics_collector.capacity", "metrics_collector.capacity_chart"


@dataclass(frozen=True, slots=True)
class CapacityCheck:
    """Extrapolates each resource, and draws the one that is used up first."""

    name: ClassVar[str] = "capacity"

    async def run(self, kit: CheckKit, params: Capacity) -> Outcome:
        """Say per resource when the first one reaches the limit, or why that cannot be said."""
        wanted: dict[str, dict[str, Json]] = {name: _asked(name, params) for name in params.resources}
        found = dict(
            zip(
                wanted,
                await asyncio.gather(*(kit.look(READ, **asked) for asked in wanted.values())),
                strict=True,
            )
        )
        lines = {resource: rows[0] for resource, one in found.items() if (rows := rows_of(one))}
        broken = failed(tuple(found.values()))
        if not lines:
            return no_data("capacity") if broken is None else unseen(broken)
        first = min(lines, key=lambda resource: _when(lines[resource]))
        if number(lines[first]["days left"]) is not None:
            await kit.look(CHART, **wanted[first])
        details = [_line(resource, row, params) for resource, row in lines.items()]
        if broken is not None:
            details.append(Said(message="check-part-unseen", args={"why": broken.error or ""}))
        return _outcome(first, lines[first], params, tuple(details), found)


def _asked(resource: str, params: Capacity) -> dict[str, Json]:
    asked: dict[str, Json] = {"resource": resource, "days": params.history_days}
    limit = params.requests_limit if resource == "requests" else params.limit_percent / 100
    return asked if limit is None else {**asked, "limit": limit}


def _when(row: Row) -> float:
    if row["why none"] == "already there":
        return -1.0
    left = number(row["days left"])
    return float("inf") if left is None else left


def _outcome(
    first: str, row: Row, params: Capacity, details: tuple[Said, ...], found: dict[str, Evidence]
) -> Outcome:
    missing = [resource for resource, one in found.items() if not rows_of(one)]
    args: dict[str, Json] = {
        **_args(first, row, params),
        "within": params.within_days,
        "missing": [*missing],
    }
    if _when(row) <= params.within_days:
        there = _when(row) < 0
        message = "check-capacity-there" if there else "check-capacity-soon"
        return Outcome(ItemState.ATTENTION, message, args, details)
    # The request rate without a limit of its own can reach none, so it says nothing about the others.
    limited = (one for name, one in found.items() if name != "requests" or params.requests_limit is not None)
    rows = [told[0] for one in limited if (told := rows_of(one))]
    if rows and all(one["why none"] == _YOUNG for one in rows):
        young: dict[str, Json] = {**args, "why": {"message": "check-capacity-why-history"}}
        return Outcome(ItemState.UNKNOWN, "check-capacity-none", young, details)
    state = ItemState.OK if failed(tuple(found.values())) is None else ItemState.UNKNOWN
    return Outcome(state, "check-capacity-ok", args, details)


def _args(resource: str, row: Row, params: Capacity) -> dict[str, Json]:
    return {
        "resource": {"message": f"check-capacity-{resource}"},
        "what": row["what"],
        "now": row["now"],
        "limit": {"share": params.limit_percent / 100},
        "days": number(row["days left"]),
        "earliest": number(row["earliest"]),
        "latest": number(row["latest"]),
        "history": params.history_days,
    }


_YOUNG = "too little history"
_REASONS = {
    _YOUNG: "history",
    "no clear trend": "trend",
    "falling": "away",
    "not within a year": "far",
    "already there": "crossed",
}


def _line(resource: str, row: Row, params: Capacity) -> Said:
    args = _args(resource, row, params)
    if number(row["days left"]) is not None:
        return Said(message="check-capacity-date", args=args)
    why = _REASONS.get(row["why none"], "trend")
    if resource == "requests" and params.requests_limit is None:
        why = "unlimited"
    return Said(message="check-capacity-none", args={**args, "why": {"message": f"check-capacity-why-{why}"}})
