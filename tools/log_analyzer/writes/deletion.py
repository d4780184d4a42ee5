"""Deletes dated log indices: exactly those that were listed, one by one, and only what is surely old enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk
from agent.errors import BadInput, Conflict, NotFound
from tools.base import Applied, Check, CheckState, Happened, Params
from tools.connectors.index_writers import IndexWriter
from tools.connectors.readers import Index
from tools.log_analyzer.index_reads import IndexPattern
from tools.log_analyzer.retention import LEAST_DAYS, MOST_DAYS, Dated, judged
from tools.log_analyzer.writes.naming import BACKEND, IndexNames, identity, observed, target
from tools.quantities import words


class DeleteIndicesParams(Params):
    """Which indices, how their names tell their day, and how many days are kept whatever is asked for."""

    indices: IndexNames
    pattern: IndexPattern
    keep_days: int = Field(ge=LEAST_DAYS, le=MOST_DAYS)


@dataclass(frozen=True, slots=True)
class DeleteIndices:
    """Delete dated indices, one by one."""

    name: ClassVar[str] = "delete_indices"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = "Delete exactly these dated log indices, all older than the days to be kept."
    params: ClassVar[type[Params]] = DeleteIndicesParams
    risk: ClassVar[Risk] = Risk.HIGH
    reversible: ClassVar[bool] = False
    timeout_seconds: ClassVar[float] = 120.0
    store: IndexWriter

    async def plan(self, params: DeleteIndicesParams, now: datetime) -> Plan:
        """Look at every index; raises BadInput for one that must stay, with the reason."""
        indices = await observed(self.store, params.indices)
        found = judged(indices, params.pattern, params.keep_days, now)
        for one in found:
            _demand_expired(one, params)
        youngest = min(one.age_days or 0 for one in found)
        return Plan(
            target=target(indices, params.pattern),
            changes=tuple(
                FieldChange(path=f"index {one.index.name}", before=_described(one)) for one in found
            ),
            radius=BlastRadius(count=len(found), unit="indices"),
            reversible=False,
            seconds=2.0 * len(found),
            args={
                "count": str(len(found)),
                "size": words(sum(one.size_bytes or 0 for one in indices), "bytes"),
                "pattern": params.pattern,
            },
            facts={"indices": len(found), "youngest_days": youngest, "keep_days": params.keep_days},
            before={"indices": {one.index.name: identity(one.index) for one in found}},
            warnings=(*await self._ways_back(), *_oddities(found)),
        )

    async def _ways_back(self) -> tuple[str, ...]:
        stores = await self.store.repositories()
        if not stores:
            return ("What is deleted is gone: this log store has no snapshot repository.",)
        named = ", ".join(stores[:3])
        return (f"What is deleted is gone; to keep it, take a snapshot into {named} before you approve.",)

    async def apply(self, params: DeleteIndicesParams, plan: Plan, key: str) -> Applied:
        """Delete one by one, each after a last look; the first surprise ends it."""
        left = _planned(plan)
        done: list[str] = []
        for name, same in left.items():
            problem = await self._surprise(name, same)
            if problem and not done:
                raise Conflict(f"{problem} Nothing was deleted.")
            if problem:
                detail = f"{len(done)} of {len(left)} indices deleted, then stopped: {problem}"
                return Applied(detail=detail, facts={"deleted": list(done)})
            await self.store.delete_index(name)
            done.append(name)
        return Applied(detail=f"{len(done)} indices deleted", facts={"deleted": list(done)})

    async def _surprise(self, name: str, wanted: str) -> str:
        try:
            index = await self.store.index(name)
        except NotFound:
            return f"{name} is not there any more."
        if identity(index) != wanted:
            return f"{name} is another index than the one that was looked at."
        if index.writing or index.lifecycle is not None:
            return f"{name} is written to or managed by now."
        return ""

    async def happened(self, params: DeleteIndicesParams, plan: Plan, key: str) -> Happened:
        """All gone: yes; all there: no; else it cannot be told who deleted what."""
        left = await self._left(plan)
        if not left:
            return Happened.YES
        return Happened.NO if len(left) == len(_planned(plan)) else Happened.UNKNOWN

    async def check(self, params: DeleteIndicesParams, plan: Plan, key: str) -> Check:
        """The store deletes at once, so what is left was not deleted."""
        left, planned = await self._left(plan), _planned(plan)
        progress = (len(planned) - len(left), len(planned))
        if not left:
            return Check(state=CheckState.DONE, progress=progress)
        return Check(state=CheckState.FAILED, detail=f"{left[0]} is still there", progress=progress)

    async def undo(self, params: DeleteIndicesParams, plan: Plan, key: str) -> Applied:
        """Refuse: a deleted index comes back from a snapshot only."""
        raise BadInput("Deleted indices cannot be brought back from here; restore them from a snapshot.")

    async def undone(self, params: DeleteIndicesParams, plan: Plan, key: str) -> Happened:
        """Say that nothing was taken back."""
        return Happened.NO

    async def undo_check(self, params: DeleteIndicesParams, plan: Plan, key: str) -> Check:
        """Say that there is nothing to follow."""
        return Check(state=CheckState.FAILED, detail="deleted indices do not come back")

    async def _left(self, plan: Plan) -> list[str]:
        """Return the planned indices that still are the same ones."""
        left: list[str] = []
        for name, same in _planned(plan).items():
            try:
                if identity(await self.store.index(name)) == same:
                    left.append(name)
            except NotFound:
                continue
        return left


def _size(indices: Sequence[Index]) -> str:
    return words(sum(one.size_bytes or 0 for one in indices), "bytes")


def _planned(plan: Plan) -> dict[str, str]:
    found: Any = plan.before["indices"]
    return {str(name): str(same) for name, same in found.items()}


def _demand_expired(one: Dated, params: DeleteIndicesParams) -> None:
    name = one.index.name
    whys = {
        "undated": f"its name is not exactly of the pattern {params.pattern}",
        "future": "its day is in the future",
        "written to": "it is written to now",
        "managed": "the store's own lifecycle manages it",
        "kept": f"it is {one.age_days} days old and {params.keep_days} days are kept",
    }
    if one.judgement != "expired":
        raise BadInput(f"{name} must stay: {whys[one.judgement]}.", field="indices")
    if one.index.stream:
        raise BadInput(
            f"{name} must stay: it belongs to the data stream {one.index.stream}.", field="indices"
        )


def _described(one: Dated) -> str:
    index = one.index
    parts = [f"{one.age_days} days old"]
    parts += [f"{index.documents:,} documents"] if index.documents is not None else []
    parts += [words(index.size_bytes, "bytes")] if index.size_bytes is not None else []
    parts += [f"alias {', '.join(index.aliases[:3])}"] if index.aliases else []
    return ", ".join(parts)


def _oddities(found: Sequence[Dated]) -> tuple[str, ...]:
    """Tell of indices that were created well after the day in their name: somebody brought them back."""
    later = [one for one in found if one.day and (one.index.created_at.date() - one.day).days > 1]
    if not later:
        return ()
    first = later[0].index
    return (
        f"{len(later)} of them were created after the day in their name, such as {first.name} "
        f"({first.created_at:%Y-%m-%d}): restored or written anew.",
    )
