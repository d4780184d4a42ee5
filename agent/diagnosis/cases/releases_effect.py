"""Difference in differences: how much worse new pods fare than those that stayed, in units of what pods differ anyway."""

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agent.analysis.series import MAD_TO_SIGMA
from agent.diagnosis.cases.model import Floats, Span
from agent.diagnosis.cases.releases_groups import Groups
from agent.diagnosis.cases.releases_kinds import Kind
from agent.diagnosis.cases.releases_signals import Key, Rows, Table

# Five percent is where people stop calling two latencies the same; half or double moves no family by more than the interval.
LEAST_RATIO = 0.05
LEAST_SHARE = 0.01
# Fewer samples than these have no middle to speak of.
LEAST_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """What a release did to one metric: `sigmas` towards worse, `before` and `after` in the metric's own unit.

    `by_pods` says whether new pods were compared with others at the same time, or a service with its past.
    """

    key: Key
    kind: Kind
    sigmas: float
    before: float
    after: float
    by_pods: bool = True


def scaled(table: Table, key: Key, values: Floats) -> Floats:
    """Put values on the scale on which differences are compared: ratios, or plain shares for failures; up is worse."""
    kind = table.kinds[key.metric]
    if kind == "failure":
        return values
    if kind == "success":
        return -values
    level = table.levels.get(key.metric, 1.0)
    return np.asarray(np.log(np.maximum(values, 0) + 0.02 * level))


def least(table: Table, key: Key) -> float:
    """Return the smallest width that counts on that scale."""
    kind = table.kinds[key.metric]
    if kind == "success":
        return LEAST_SHARE * table.levels.get(key.metric, 1.0)
    if kind == "failure":
        level = table.levels.get(key.metric, 1.0)
        return LEAST_SHARE * (1.0 if level <= 1 else 100.0 if level <= 100 else level)
    return LEAST_RATIO


def pod_effects(table: Table, groups: Groups, incident: Span | None = None) -> list[Effect]:
    """Compare new pods with those that stayed, metric by metric and side by side; peers of one side are averaged.

    Where enough was measured during the incident, only that counts: a fault may wait for its occasion.
    """
    during = np.ones(table.grid.size, dtype=bool)
    if incident is not None:
        during[:] = False
        during[table.grid.bin(incident[0]) : table.grid.bin(incident[1]) + 1] = True
    sums: dict[tuple[str, str], list[Effect]] = defaultdict(list)
    for key, rows in table.rows.get(groups.service, {}).items():
        if key.side == "seen":
            continue
        effect = _effect(table, key, rows, groups, during)
        if effect is not None:
            sums[key.metric, key.side].append(effect)
    return [joined(effects) for effects in sums.values()]


def joined(effects: list[Effect]) -> Effect:
    """Average the effects on one metric over the services on the other side; the largest one is shown."""
    shown = max(effects, key=lambda e: e.sigmas)
    return replace(shown, sigmas=float(np.mean([e.sigmas for e in effects])))


def _effect(table: Table, key: Key, rows: Rows, groups: Groups, during: NDArray[np.bool_]) -> Effect | None:
    new = [_since(table, rows[p], at) for p, at in groups.canaries.items() if p in rows]
    old = [rows[p] for p in groups.stayed if p in rows]
    if not new or not old:
        return None
    news, olds = np.vstack(new), np.vstack(old)
    both = np.isfinite(news).any(0) & np.isfinite(olds).any(0)
    if not both.any():
        return None
    if (both & during).sum() >= LEAST_SAMPLES:
        both &= during
    with np.errstate(invalid="ignore"):
        left, right = news[:, both], olds[:, both]
        gap = np.nanmean(scaled(table, key, left), axis=0) - medians(scaled(table, key, right))
    gap = gap[np.isfinite(gap)]
    if not gap.size:
        return None
    width = _width(table, key, olds, gap, len(new))
    found = float(np.median(_settled(gap))) / width
    return Effect(key, table.kinds[key.metric], found, _middle(right), _middle(left))


def _since(table: Table, row: Floats, at: float) -> Floats:
    kept = row.copy()
    kept[: table.grid.bin(at)] = np.nan
    return kept


def _settled(gap: Floats) -> Floats:
    """Leave the first quarter out, in which a new pod is still cold."""
    return gap[gap.size // 4 :] if gap.size >= 8 else gap


def _width(table: Table, key: Key, olds: Floats, gap: Floats, canaries: int) -> float:
    """Say what differences are ordinary: between pods that stayed, and from sample to sample."""
    floor = least(table, key)
    apart = 0.0
    if olds.shape[0] > 1:
        values = scaled(table, key, olds)
        off = np.array([_middle(values[i] - _others(values, i)) for i in range(values.shape[0])])
        off = off[np.isfinite(off)]
        apart = float(np.sqrt(np.mean(off**2))) if off.size else 0.0
        # Two groups' means differ less by chance than two pods do.
        apart *= float(np.sqrt(1 / canaries + 1 / olds.shape[0]))
    wobble = MAD_TO_SIGMA * float(np.median(np.abs(gap - np.median(gap)))) if gap.size > 2 else 3 * floor
    # 1.25 is the standard error of a median in units of that of a mean.
    return float(np.sqrt(floor**2 + apart**2 + (1.25 * wobble) ** 2 / gap.size))


def _others(values: Floats, row: int) -> Floats:
    return medians(np.delete(values, row, axis=0))


def medians(rows: Floats) -> Floats:
    """Return the median of each column without its NaNs; NaN where there is nothing else.

    Several times as fast as numpy.nanmedian on a few rows, of which there are thousands here.
    """
    count = np.isfinite(rows).sum(axis=0)
    ordered = np.sort(rows, axis=0)
    columns = np.arange(rows.shape[1])
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, rows.shape[0] - 1)
    return np.asarray((ordered[low, columns] + ordered[high, columns]) / 2)


def _middle(values: Floats) -> float:
    kept = values[np.isfinite(values)]
    return float(np.median(kept)) if kept.size else float("nan")
