"""The learned reasons of a storm's ranking in words."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from agent.diagnosis.storms.features import Feature

_SORTS = {
    "alert": "{} alerts here",
    "calls": "{} in what it calls",
    "own": "{} in work of its own",
    "entry": "{} in requests from outside",
    "log": "its log alerts",
    "line": "log template {}",
    "operation": "{}",
    "calls-operation": "{}, called from here",
}
_POOLED = {"log lines": "its log lines", "operations": "the operations that alert"}


def against_all(
    rows: Sequence[Mapping[Feature, float]],
) -> Callable[[Mapping[Feature, float]], dict[Feature, float]]:
    """Return a view of a candidate's features as differences from the average candidate: only those distinguish."""
    sums: dict[Feature, float] = defaultdict(float)
    for row in rows:
        for feature, value in row.items():
            sums[feature] += value / len(rows)
    return lambda row: {feature: value - sums[feature] for feature, value in row.items()}


def reason_of(feature: Feature) -> str:
    """Return a feature in words."""
    what, *rest = feature
    if what == "signs":
        return "its alerts are rare for it, all taken together"
    if what == "beside":
        return f"it is seen next to {rest[1]}"
    if what == "entity has":
        return f"{_said(rest[1:])}, which for {rest[0]} has meant this before"
    if what == "copy has":
        return f"on its copy: {_said(rest)}"
    if what == "says":
        return _said(rest)
    pooled = _POOLED.get(rest[0]) or _said(rest[0].split(":", 1))
    return {
        "rare": f"unusual for it: {pooled}",
        "few have": f"few others show it: {pooled}",
        "lacks": f"missing, though usual: {pooled}",
    }.get(what, pooled)


def _said(mark: Sequence[str]) -> str:
    sort, name = mark[0], mark[1]
    return _SORTS.get(sort, "{}").format(name)
