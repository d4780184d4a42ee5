"""Before and after: how much worse a whole service fares since its release, beside what happened to all services."""

from collections.abc import Container

import numpy as np

from agent.analysis.series import MAD_TO_SIGMA
from agent.diagnosis.cases.model import Floats
from agent.diagnosis.cases.releases_effect import LEAST_SAMPLES, Effect, joined, least, scaled
from agent.diagnosis.cases.releases_groups import Groups
from agent.diagnosis.cases.releases_signals import Key, Rows, Table

# At most this many samples on either side: a longer past would bring in the time of day.
REACH = 60


def service_effects(table: Table, groups: Groups, compared: Container[str]) -> list[Effect]:
    """Compare a service since its release with the same service before, as itself and as its callers see it.

    Metrics that were `compared` between its pods already are left out.
    """
    before, after = _windows(table, groups)
    ordinary: dict[tuple[str, str], float] = {}
    found: dict[tuple[str, str], list[Effect]] = {}
    for key, rows in table.rows.get(groups.service, {}).items():
        if key.side == "out" or key.metric in compared or table.kinds[key.metric] == "load":
            continue
        effect = _effect(table, key, rows, before, after, ordinary)
        if effect is not None:
            found.setdefault((key.metric, key.side), []).append(effect)
    return [joined(effects) for effects in found.values()]


def _windows(table: Table, groups: Groups) -> tuple[slice, slice]:
    begin = table.grid.bin(groups.change.at)
    done = max(table.grid.bin(min(groups.steps)), begin)
    return slice(max(0, begin - REACH), begin), slice(done, min(table.grid.size, done + REACH))


def _effect(
    table: Table,
    key: Key,
    rows: Rows,
    before: slice,
    after: slice,
    ordinary: dict[tuple[str, str], float],
) -> Effect | None:
    measured = _difference(table, key, rows, before, after)
    if measured is None:
        return None
    difference, wobble, was, now = measured
    same = (key.metric, key.side)
    if same not in ordinary:
        ordinary[same] = _ordinary(table, key, before, after)
    width = float(np.hypot(least(table, key), wobble))
    return Effect(
        key, table.kinds[key.metric], (difference - ordinary[same]) / width, was, now, by_pods=False
    )


def _difference(
    table: Table, key: Key, rows: Rows, before: slice, after: slice
) -> tuple[float, float, float, float] | None:
    past, now = _mean(rows, before), _mean(rows, after)
    if past.size < LEAST_SAMPLES or now.size < LEAST_SAMPLES:
        return None
    now = now[now.size // 4 :]
    old, new = scaled(table, key, past), scaled(table, key, now)
    middle = float(np.median(old))
    wobble = MAD_TO_SIGMA * float(np.median(np.abs(old - middle)))
    return float(np.median(new)) - middle, wobble, float(np.median(past)), float(np.median(now))


def _mean(rows: Rows, window: slice) -> Floats:
    part = np.vstack([row[window] for row in rows.values()])
    measured = np.isfinite(part)
    count = measured.sum(axis=0)
    total = np.where(measured, part, 0.0).sum(axis=0)
    return np.asarray(total[count > 0] / count[count > 0])


def _ordinary(table: Table, key: Key, before: slice, after: slice) -> float:
    """Return what the same metric did in the middle service meanwhile: the hour of the day, a release of the platform."""
    moved = []
    for rows in table.rows.values():
        own = [
            _difference(table, other, of, before, after)
            for other, of in rows.items()
            if other.metric == key.metric and other.side == key.side
        ]
        differences = [d[0] for d in own if d is not None]
        if differences:
            moved.append(float(np.mean(differences)))
    return float(np.median(moved)) if len(moved) > 2 else 0.0
