"""Where traces spend more time than before: inside an entity, or on the way between two of them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import numpy as np

from agent.analysis.ranking.surprise import Floats, crowd_surprise, own_tail_surprise, robust_spread
from agent.diagnosis.cases.signals_clue import Clue
from agent.diagnosis.cases.spans_visits import Place, Visit

# Durations below a millisecond are noise of clocks and schedulers.
_FINEST = 0.001
# Spread of log durations that is taken as given: a tenth more or less is nothing to explain.
_LEAST_SPREAD = 0.1


class _Way(NamedTuple):
    """Between two entities, or inside one of them (`asked_by` is empty)."""

    asked_by: str
    place: Place


_ByTrace = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class _Usual:
    """Logs of durations before: their middle, their spread, and how far each was away, in spreads, sorted."""

    middle: float
    spread: float
    away: Floats


@dataclass(frozen=True, slots=True)
class _Slower:
    way: _Way
    weight: float
    before: float
    now: float
    traces: int


def time_clues(before: Sequence[Visit], now: Sequence[Visit]) -> list[Clue]:
    """Return what became slower; time on the way is laid to the end whose other ways became slower too."""
    old, new = _seconds(before), _seconds(now)
    lasts = _durations(now)
    usual = {way: _usual(traces) for way, traces in old.items()}
    everywhere = np.sort(np.concatenate([one.away for one in usual.values()])) if usual else np.zeros(0)
    ways_of = Counter(way.place[0] for way in new)
    found = []
    for way, traces in new.items():
        if way in usual:
            price = math.log(ways_of[way.place[0]])
            found.append(_compare(way, usual[way], traces, everywhere, lasts, price))
    ways = {one.way: one.weight for one in found if one.way.asked_by}
    clues = []
    for one in found:
        if one.weight <= 0:
            continue
        caller, callee = one.way.asked_by, one.way.place[0]
        part = _part_of_callee(one.way, ways) if caller else 1.0
        clues.append(Clue(callee, "slow", one.weight * part, _text(one)))
        if part < 1:
            clues.append(Clue(caller, "slow", one.weight * (1 - part), _text(one)))
    return clues


def _seconds(visits: Iterable[Visit]) -> dict[_Way, _ByTrace]:
    found: dict[_Way, _ByTrace] = defaultdict(lambda: defaultdict(list))
    for visit in visits:
        found[_Way("", visit.place)][visit.trace].append(visit.own)
        for call, gap in visit.calls:
            if gap is not None:
                found[_Way(visit.entity, call.place)][visit.trace].append(gap)
    return found


def _durations(visits: Iterable[Visit]) -> dict[str, float]:
    ends: dict[str, tuple[float, float]] = {}
    for visit in visits:
        start, end = ends.get(visit.trace, (visit.start, visit.end))
        ends[visit.trace] = (min(start, visit.start), max(end, visit.end))
    return {trace: end - start for trace, (start, end) in ends.items()}


def _usual(traces: _ByTrace) -> _Usual:
    logs = np.log(_middles(traces) + _FINEST)
    middle = float(np.median(logs))
    spread = robust_spread(logs, _LEAST_SPREAD)
    return _Usual(middle, spread, np.sort((logs - middle) / spread))


def _compare(
    way: _Way, usual: _Usual, now: _ByTrace, everywhere: Floats, lasts: dict[str, float], price: float
) -> _Slower:
    """Weigh a slower way by how sure it is and by the share of the requests' time that it makes up."""
    middles = _middles(now)
    away = (np.log(middles + _FINEST) - usual.middle) / usual.spread
    singles = [own_tail_surprise(one, usual.away, everywhere) for one in away.tolist()]
    before = max(0.0, math.exp(usual.middle) - _FINEST)
    shares = [
        sum(max(0.0, value - before) for value in values) / max(lasts[trace], _FINEST)
        for trace, values in now.items()
    ]
    share = min(1.0, median(shares))
    surprise = max(0.0, crowd_surprise(np.asarray(singles)) - price)
    return _Slower(way, surprise * share, before, float(np.median(middles)), len(middles))


def _middles(traces: _ByTrace) -> Floats:
    """Return one duration per trace: calls of one trace are no independent witnesses."""
    return np.asarray([median(values) for values in traces.values()])


def _part_of_callee(way: _Way, ways: dict[_Way, float]) -> float:
    """Return the part of a slow way that is laid to its far end.

    It is all of it unless the other ways out of the near end are as slow; then both ends share it by how slow
    their other ways are.
    """
    near, far = way.asked_by, way.place[0]
    into: dict[str, float] = {}
    out: dict[str, float] = {}
    for other, weight in ways.items():
        alike = min(1.0, weight / ways[way])
        if other.place[0] == far and other.asked_by != near:
            into[other.asked_by] = max(alike, into.get(other.asked_by, 0.0))
        elif other.asked_by == near and other.place[0] != far:
            out[other.place[0]] = max(alike, out.get(other.place[0], 0.0))
    slow_in = sum(into.values()) / len(into) if into else 0.0
    slow_out = sum(out.values()) / len(out) if out else 0.0
    return (1 + slow_in) / (1 + slow_in + slow_out)


def _text(one: _Slower) -> str:
    where = f"the way from {one.way.asked_by} to" if one.way.asked_by else "own work in"
    return (
        f"{where} {one.way.place[0]} {one.way.place[1]} takes {_span(one.now)} "
        f"instead of {_span(one.before)} (middle of {one.traces} {_traces(one.traces)})"
    )


def _span(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if not math.isfinite(seconds) or seconds < 1 else f"{seconds:.3g} s"


def _traces(count: int) -> str:
    return "trace" if count == 1 else "traces"
