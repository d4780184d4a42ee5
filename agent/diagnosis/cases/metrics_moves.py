"""How far each measurement has moved for the worse, calibrated on how it and its like move when nothing is wrong."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from agent.analysis.ranking.surprise import Floats, own_tail_surprise
from agent.diagnosis.cases.model import Case, MetricSeries
from agent.diagnosis.cases.releases_kinds import Kind, kind_of
from agent.diagnosis.cases.signals_windows import Stretches

MAD_TO_SIGMA = 1.4826
# A series that never moved is taken to have this relative spread, so that any move has a size.
_LEAST_SPREAD = 0.01
# Fewer fault-free values than this say nothing about what is normal.
_FEWEST = 5


@dataclass(frozen=True, slots=True)
class Move:
    """How one series moved in the incident: `surprise` in nats; `now` at the times `at`; `usual` before.

    `excess` is the distance from the usual value in the direction that is bad; `weights` says how much each
    time counts: alike, or as bad as the target was.
    """

    series: MetricSeries
    kind: Kind
    at: Floats
    now: Floats
    usual: float
    excess: Floats
    weights: Floats
    ceiling: float
    surprise: float = 0.0

    @property
    def share(self) -> float:
        """Return how much of what is measured now is too much: 0.02 for a memory that grew by a fiftieth.

        Successes are seen as failures, and what is measured against a limit counts in parts of the limit.
        """
        extra = float(np.max(self.excess, initial=0.0))
        if extra <= 0:
            return 0.0
        if self.kind == "resource" and "percent" in self.series.unit.lower():
            return min(1.0, extra / 100)
        usual = max(0.0, self.ceiling - self.usual) if self.kind == "success" else abs(self.usual)
        return extra / (extra + usual)


@dataclass(frozen=True, slots=True)
class _Prepared:
    move: Move
    before: Floats
    spread: float


def moves_of(case: Case, stretches: Stretches) -> list[Move]:
    """Return how every series of the case moved in the incident."""
    prepared = [one for series in case.metrics if (one := _prepare(series, stretches)) is not None]
    course = _target_course(case, prepared)
    groups: dict[str, list[_Prepared]] = defaultdict(list)
    for one in prepared:
        groups[one.move.series.metric].append(one)
    return [move for group in groups.values() for move in _calibrated(group, course)]


def _target_course(case: Case, prepared: Iterable[_Prepared]) -> dict[float, float]:
    """Return how bad the target was at each time of the incident, around zero; nothing when that is unknown."""
    for one in prepared:
        series = one.move.series
        if case.target and (series.entity, series.metric) == (case.target.entity, case.target.metric):
            course = one.move.excess - one.move.excess.mean()
            size = float(np.abs(course).sum()) / 2
            return dict(zip(one.move.at.tolist(), (course / size).tolist(), strict=True)) if size > 0 else {}
    return {}


def _prepare(series: MetricSeries, stretches: Stretches) -> _Prepared | None:
    measured = np.isfinite(series.values)
    at, values = series.at[measured], series.values[measured]
    usual = values[(at >= stretches.metrics[0]) & (at <= stretches.metrics[1])]
    inside = (at >= stretches.incident[0]) & (at <= stretches.incident[1])
    if len(usual) < _FEWEST or not inside.any():
        return None
    kind = kind_of(series.metric, series.unit)
    middle = float(np.median(usual))
    spread = MAD_TO_SIGMA * float(np.median(np.abs(usual - middle)))
    if spread <= 0:
        spread = float(usual.std())
    spread = max(spread, _LEAST_SPREAD * abs(middle), 1e-12)
    now = values[inside]
    alike = np.full(len(now), 1 / len(now))
    move = Move(series, kind, at[inside], now, middle, _worse(now, middle, kind), alike, float(values.max()))
    return _Prepared(move, _worse(usual, middle, kind), spread)


def _worse(values: Floats, middle: float, kind: Kind) -> Floats:
    """Return the distance from the middle in the direction that is bad; both are where that is unknown."""
    if kind == "success":
        return middle - values
    return np.abs(values - middle) if kind in {"unknown", "load"} else values - middle


def _calibrated(group: Sequence[_Prepared], course: dict[float, float]) -> list[Move]:
    """Add the surprise: the least of the level and the step with the target, beside its own past and its like's."""
    surprises = _surprises([(one, one.move.weights) for one in group])
    if not course:
        return [replace(one.move, surprise=s) for one, s in zip(group, surprises, strict=True)]
    weights = [_weights(one.move, course) for one in group]
    steps = _surprises(list(zip(group, weights, strict=True)))
    return [
        replace(one.move, weights=w, surprise=min(level, step))
        for one, w, level, step in zip(group, weights, surprises, steps, strict=True)
    ]


def _weights(move: Move, course: dict[float, float]) -> Floats:
    """Return the course of the target at the times of this series, around zero whatever it missed."""
    weights = np.asarray([course.get(at, 0.0) for at in move.at.tolist()])
    return np.asarray(weights - weights.mean())


def _surprises(weighted: list[tuple[_Prepared, Floats]]) -> list[float]:
    values = [float(weights @ one.move.excess) / one.spread for one, weights in weighted]
    pasts = [_past(one, weights) for one, weights in weighted]
    of_all = np.sort(np.concatenate(pasts))
    return [own_tail_surprise(value, past, of_all) for value, past in zip(values, pasts, strict=True)]


def _past(one: _Prepared, weights: Floats) -> Floats:
    """Return what the same weights make of every stretch of the past that is as long, sorted."""
    size = min(len(weights), len(one.before))
    windows = np.lib.stride_tricks.sliding_window_view(one.before, size)
    return np.sort(windows @ weights[:size]) / one.spread
