"""Are log indices kept as long as they are to be, and no longer; what is to go is only ever proposed, name by name."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from agent.domain.checklist import ItemState, Proposal, Said
from agent.domain.noun import Json
from agent.operations.checks.answers import Row, failed, number, rows_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params_upkeep import IndexRetention, RetentionRule

READ = "log_analyzer.index_retention"
MOST_AT_ONCE = 60
# A lifecycle looks every ten minutes, but a step may wait for a busy store.
_PATIENCE_DAYS = 2.0
_MOST = 5


@dataclass(frozen=True, slots=True)
class _Kept:
    """What one rule finds."""

    rule: RetentionRule
    expired: tuple[Row, ...]
    stuck: tuple[Row, ...]
    unmanaged: tuple[Row, ...]
    managed: int
    all: int


@dataclass(frozen=True, slots=True)
class IndexRetentionCheck:
    """Looks at every dated index of the rules."""

    name: ClassVar[str] = "index_retention"

    async def run(self, kit: CheckKit, params: IndexRetention) -> Outcome:
        """Propose the deletion of exactly those that are too old, and tell where the store's own lifecycle is stuck."""
        looks = await asyncio.gather(
            *(kit.look(READ, name_pattern=rule.pattern, keep_days=rule.keep_days) for rule in params.rules)
        )
        broken = failed(looks)
        if broken is not None:
            return unseen(broken)
        kept = [_kept(rule, rows_of(one)) for rule, one in zip(params.rules, looks, strict=True)]
        kept = [one for one in kept if one.all]
        if not kept:
            return no_data(", ".join(rule.pattern for rule in params.rules))
        return _outcome(kept)


def _kept(rule: RetentionRule, rows: Sequence[Row]) -> _Kept:
    managed = [row for row in rows if row["lifecycle"]]
    return _Kept(
        rule,
        expired=tuple(row for row in rows if row["judgement"] == "expired"),
        stuck=tuple(row for row in managed if _stuck(row)),
        unmanaged=tuple(row for row in rows if row["judgement"] == "kept" and not row["lifecycle"]),
        managed=len(managed),
        all=len(rows),
    )


def _stuck(row: Row) -> bool:
    """Say whether the store's own lifecycle has failed, or should have deleted this by now."""
    age, after = number(row["age in days"]), number(row["deleted after days"])
    late = age is not None and after is not None and age > after + _PATIENCE_DAYS
    return bool(row["trouble"]) or late


def _outcome(kept: Sequence[_Kept]) -> Outcome:
    expired, stuck = sum(len(one.expired) for one in kept), sum(len(one.stuck) for one in kept)
    args: dict[str, Json] = {
        "count": sum(one.all for one in kept),
        "expired": expired,
        "stuck": stuck,
        "managed": sum(one.managed for one in kept),
    }
    details = [line for one in kept for line in _lines(one)]
    proposals = [proposal for one in kept for proposal in _proposals(one)]
    bad = expired or stuck
    state = ItemState.ATTENTION if bad else ItemState.OK
    message = "check-indices-bad" if bad else "check-indices-ok"
    return Outcome(state, message, args, tuple(details), proposals=tuple(proposals))


def _lines(one: _Kept) -> list[Said]:
    found = []
    if one.expired:
        args: dict[str, Json] = {
            "count": len(one.expired),
            "pattern": one.rule.pattern,
            "days": one.rule.keep_days,
            "oldest": one.expired[0]["index"],
            "newest": one.expired[-1]["index"],
        }
        found.append(Said(message="check-indices-expired", args=args))
    for row in one.stuck[:_MOST]:
        args = {
            "what": row["index"],
            "policy": row["lifecycle"],
            "why": row["trouble"],
            "age": row["age in days"],
        }
        told = "check-indices-trouble" if row["trouble"] else "check-indices-late"
        found.append(Said(message=told, args=args))
    return found


def _proposals(one: _Kept) -> list[Proposal]:
    """Return at most one deletion (the oldest first) and one hand-over to the lifecycle that the rule names."""
    found = []
    names: list[Json] = [row["index"] for row in one.expired[:MOST_AT_ONCE]]
    if names:
        reason = f"older than the {one.rule.keep_days} days that {one.rule.pattern} is kept"
        params: dict[str, Json] = {
            "indices": names,
            "pattern": one.rule.pattern,
            "keep_days": one.rule.keep_days,
        }
        found.append(Proposal(action="delete_indices", params=params, reason=reason))
    left: list[Json] = [row["index"] for row in one.unmanaged[-MOST_AT_ONCE:]]
    if one.rule.lifecycle and left:
        params = {"indices": left, "policy": one.rule.lifecycle}
        reason = "so that the log store deletes them itself when they are old enough"
        found.append(Proposal(action="set_index_lifecycle", params=params, reason=reason))
    return found
