"""How much of their resource quotas the namespaces use."""

from dataclasses import dataclass
from typing import ClassVar

from agent.domain.checklist import ItemState, Said
from agent.domain.noun import Json
from agent.operations.checks.answers import Row, number, rows_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params_upkeep import Quotas

_MOST = 6


@dataclass(frozen=True, slots=True)
class QuotasCheck:
    """Compares every quota's use with its hard limit."""

    name: ClassVar[str] = "quotas"

    async def run(self, kit: CheckKit, params: Quotas) -> Outcome:
        """Name the limits that are nearly used up."""
        found = await kit.look("incident_responder.quotas")
        if found.error is not None:
            return unseen(found)
        known = rows_of(found)
        rows = [row for row in known if number(row["percent"]) is not None]
        if known and not rows:
            return no_data("resourcequotas")
        if not rows:
            # The cluster answered: there is no limit that could be reached.
            return Outcome(ItemState.OK, "check-quotas-none")
        over = [row for row in rows if (number(row["percent"]) or 0.0) >= params.above_percent]
        args: dict[str, Json] = {
            "count": len(rows),
            "over": len(over),
            "limit": {"share": params.above_percent / 100},
            **_one(rows[0]),
        }
        details = tuple(Said(message="check-quotas-one", args=_one(row)) for row in over[:_MOST])
        if over:
            return Outcome(ItemState.ATTENTION, "check-quotas-over", args, details)
        return Outcome(ItemState.OK, "check-quotas-ok", args)


def _one(row: Row) -> dict[str, Json]:
    return {
        "what": row["resource"],
        "namespace": row["namespace"],
        "used": row["used"],
        "hard": row["hard"],
        "share": {"share": (number(row["percent"]) or 0.0) / 100},
    }
