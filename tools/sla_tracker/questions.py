"""The queries behind an objective, and what their answers say about a slice."""

import re
from collections.abc import Mapping, Sequence

from agent.domain.results import Series
from agent.domain.slo import Slo
from tools.sla_tracker.ledger import Pair

PART = "slo_part"
"""The label that tells the parts of one query apart."""

# Counters stand before their matchers or their range.
_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*(?=\s*[{\[])")


def parts(slo: Slo, seconds: int) -> list[tuple[str, str]]:
    """Return the queries of an objective over the last so many seconds by what they count."""
    named = (("good", slo.good), ("total", slo.total))
    return [(name, query.replace("<window>", f"{seconds}s")) for name, query in named]


def as_one(named: Sequence[tuple[str, str]]) -> str:
    """Return several queries as one, their series told apart by a label."""
    return " or ".join(f'label_replace({query}, "{PART}", "{name}", "", "")' for name, query in named)


def query_of(slo: Slo, seconds: int) -> str:
    """Return one query for everything about the last so many seconds."""
    return as_one(parts(slo, seconds))


def counters_of(slo: Slo) -> list[str]:
    """Return the metrics that tell good from bad."""
    return sorted(set(_METRIC.findall(slo.good)))


def by_time(found: Sequence[Series]) -> Mapping[float, Mapping[str, float]]:
    """Return the parts at each time; series that a query leaves apart are summed."""
    times: dict[float, dict[str, float]] = {}
    for series in found:
        name = series.labels.get(PART, "")
        for at, value in series.points:
            named = times.setdefault(at, {})
            named[name] = named.get(name, 0.0) + value
    return times


def pair_of(named: Mapping[str, float] | None, suffix: str = "") -> Pair:
    """Return bad and all events of a slice; bad is None where only the sum of all is there."""
    found = named or {}
    total, good = found.get(f"total{suffix}"), found.get(f"good{suffix}")
    if total is None:
        return (None, None)
    total = max(0.0, total)
    # An increase is stretched to the edges of its range, so rounding may carry a part beyond the whole.
    return (None if good is None else min(max(0.0, total - good), total), total)
