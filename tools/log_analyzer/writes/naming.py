"""How actions name log indices, and how they tell one index from another of the same name."""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from agent.domain.action import Target
from tools.connectors.index_writers import IndexWriter
from tools.connectors.readers import Index

BACKEND = "elasticsearch"
MOST_INDICES = 60
_EXACT = r"^[a-z0-9][a-z0-9._-]{0,254}$"


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError("an index is named twice")
    return names


IndexNames = Annotated[
    tuple[Annotated[str, Field(pattern=_EXACT)], ...],
    Field(min_length=1, max_length=MOST_INDICES),
    AfterValidator(_distinct),
]
"""Exact names: no wildcard, comma, exclusion or date arithmetic, nothing that begins with `_` or a dot."""


def identity(index: Index) -> str:
    """Return what tells this index from a later one of the same name."""
    return f"{index.uuid}@{index.created_at.isoformat()}"


def target(indices: Sequence[Index], what: str) -> Target:
    """Return the target that stands for these indices; its version differs as soon as one of them does."""
    body = "\n".join(f"{one.name} {identity(one)}" for one in indices)
    return Target(kind="Indices", name=what[:253], version=hashlib.sha256(body.encode()).hexdigest())


async def observed(store: IndexWriter, names: Sequence[str]) -> list[Index]:
    """Return each index as it is now; raises NotFound for the first that is none."""
    return [await store.index(name) for name in names]
