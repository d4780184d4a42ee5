"""How the metrics store itself is; it compacts by itself, and nobody has to do that for it."""

from dataclasses import dataclass
from typing import ClassVar

from agent.domain.checklist import ItemState, Said
from agent.domain.noun import Json
from agent.operations.checks.answers import Row, rows_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params_upkeep import MetricsStore

_MOST = 6
_DETAIL = 200
ATTENTION, UNTOLD = "attention", "not measured"


@dataclass(frozen=True, slots=True)
class MetricsStoreCheck:
    """Looks at storage, compaction, rules and targets."""

    name: ClassVar[str] = "metrics_store"

    async def run(self, kit: CheckKit, params: MetricsStore) -> Outcome:
        """Name what is wrong, and what the store does not tell."""
        found = await kit.look("metrics_collector.store_health")
        if found.error is not None:
            return unseen(found)
        rows = rows_of(found)
        bad = [row for row in rows if row["judgement"] == ATTENTION]
        untold = [row for row in rows if row["judgement"] == UNTOLD]
        if len(untold) == len(rows):
            return no_data("metrics store")
        told = {row["what"]: row["value"] for row in rows}
        args: dict[str, Json] = {
            "series": told.get("series in memory") or None,
            "retention": told.get("retention") or None,
            "bad": len(bad),
            "untold": len(untold),
            "measured": len(rows) - len(untold),
        }
        details = [_line(row) for row in bad[:_MOST]]
        if untold:
            names: list[Json] = [{"message": _words(row)} for row in untold]
            details.append(Said(message="check-store-untold", args={"what": names}))
        if bad:
            return Outcome(ItemState.ATTENTION, "check-store-bad", args, tuple(details))
        return Outcome(ItemState.OK, "check-store-ok", args, tuple(details))


_NAMES = {
    "series in memory": "series",
    "retention": "retention",
    "write-ahead log": "wal",
    "corruptions of the write-ahead log": "wal",
    "configuration": "configuration",
    "targets down": "targets",
    "rules failing": "rules",
    "failed rule evaluations in a day": "evaluations",
    "failed compactions in a day": "compactions",
    "notifications dropped in a day": "notifications",
    "bytes in blocks": "blocks",
    "oldest sample": "oldest",
}


def _words(row: Row) -> str:
    return f"check-store-{_NAMES.get(row['what'], 'series')}"


def _line(row: Row) -> Said:
    args: dict[str, Json] = {
        "what": {"message": _words(row)},
        "value": row["value"],
        "detail": row["detail"][:_DETAIL],
    }
    return Said(message="check-store-one" if row["detail"] else "check-store-plain", args=args)
