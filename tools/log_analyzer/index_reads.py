"""The read of log_analyzer that tells which dated indices are older than they are to be kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.results import Quantity, TableResult
from tools.base import Params, nothing
from tools.connectors.readers import IndexReader, LifecyclePolicy
from tools.log_analyzer.retention import LEAST_DAYS, MOST_DAYS, Dated, Judgement, judged, problem_of, wildcard
from tools.quantities import words

BACKEND = "elasticsearch"
SHOWN = 200
COLUMNS = (
    "index",
    "last day",
    "age in days",
    "documents",
    "size",
    "lifecycle",
    "phase",
    "trouble",
    "deleted after days",
    "judgement",
)
# What needs a look comes first when not all fits.
_ORDER: tuple[Judgement, ...] = ("expired", "managed", "future", "undated", "written to", "kept")


def _pattern(value: str) -> str:
    problem = problem_of(value)
    if problem:
        raise ValueError(problem)
    return value


IndexPattern = Annotated[str, Field(min_length=6, max_length=120), AfterValidator(_pattern)]
"""How the names of dated indices are made, such as `ai-textbook-logs-%Y.%m.%d`."""


class IndexRetentionParams(Params):
    """Which indices, and how many days of them are to be kept."""

    name_pattern: IndexPattern
    keep_days: int = Field(ge=LEAST_DAYS, le=MOST_DAYS)


@dataclass(frozen=True, slots=True)
class IndexRetentionRead:
    """Dated indices with age, size and lifecycle."""

    name: ClassVar[str] = "log_analyzer.index_retention"
    backend: ClassVar[str] = BACKEND
    description: ClassVar[str] = (
        "Dated indices of a name pattern with age, documents, size and lifecycle: which are older than a number of days."
    )
    params: ClassVar[type[Params]] = IndexRetentionParams
    indices: IndexReader

    async def run(self, params: IndexRetentionParams, now: datetime) -> Reading:
        """List what the pattern may mean, and judge each by its own name."""
        searched = wildcard(params.name_pattern)
        query = f"GET /{searched}?expand_wildcards=open,closed"
        window = Window(start=now, end=now)
        found = judged(
            await self.indices.indices(searched),
            params.name_pattern,
            params.keep_days,
            now,
        )
        if not found:
            return nothing(query, f"There is no index like {searched}.", window)
        policies = {policy.name: policy for policy in await self.indices.policies() or ()}
        expired = [one for one in found if one.judgement == "expired"]
        shown = sorted(found, key=lambda one: _ORDER.index(one.judgement))[:SHOWN]
        return Reading(
            status=EvidenceStatus.SUCCESS,
            query=query,
            summary=_summary(found, expired, params),
            window=window,
            value=Quantity(value=len(expired)),
            result=TableResult(columns=COLUMNS, rows=tuple(_row(one, policies) for one in shown)),
        )


def _summary(found: Sequence[Dated], expired: Sequence[Dated], params: IndexRetentionParams) -> str:
    counts = Counter(one.judgement for one in found)
    size = sum(one.index.size_bytes or 0 for one in expired)
    told = ", ".join(f"{counts[name]} {name}" for name in _ORDER if counts[name])
    text = f"{len(found)} indices like {params.name_pattern}, to be kept for {params.keep_days} days: {told}"
    return f"{text}; the expired ones hold {words(size, 'bytes')}" if expired else text


def _row(one: Dated, policies: dict[str, LifecyclePolicy]) -> tuple[str, ...]:
    index, life = one.index, one.index.lifecycle
    policy = policies.get(life.policy) if life else None
    after = policy.delete_after_days if policy else None
    return (
        index.name,
        one.day.isoformat() if one.day else "",
        "" if one.age_days is None else str(one.age_days),
        "" if index.documents is None else f"{index.documents:,}",
        "" if index.size_bytes is None else words(index.size_bytes, "bytes"),
        life.policy if life else "",
        life.phase if life else "",
        life.trouble if life else "",
        "" if after is None else f"{after:g}",
        one.judgement,
    )
