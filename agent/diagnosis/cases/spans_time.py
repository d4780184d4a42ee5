"""Where traces spend more time than before: inside an entity, or on the way between two of them."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agent.analysis.ranking.surprise import Floats, shift_surprise
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
    found = [_compare(way, old[way], traces, lasts) for way, traces in new.items() if way in old]
    ways = {one.way for one in found if one.way.asked_by}
    slow = {one.way: one.weight for one in found if one.way.asked_by and one.weight > 0}
    clues = []
    for one in found:
        if one.weight <= 0:
            continue
        caller, callee = one.way.asked_by, one.way.place[0]
        part = _part_of_callee(one.way, ways, slow) if caller else 1.0
        clues.append(Clue(callee, "time", one.weight * part, _text(one)))
        if part < 1:
            clues.append(Clue(caller, "time", one.weight * (1 - part), _text(one)))
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


def _compare(way: _Way, before: _ByTrace, now: _ByTrace, lasts: dict[str, float]) -> _Slower:
    """Weigh a slower way by how sure it is and by the share of the requests' time that it makes up."""
    old, new = _middles(before), _middles(now)
    weight, _ = shift_surprise(np.log(old + _FINEST), np.log(new + _FINEST), width=_LEAST_SPREAD)
    usual = float(np.median(old))
    shares = [
        sum(max(0.0, value - usual) for value in values) / max(lasts[trace], _FINEST)
        for trace, values in now.items()
    ]
    share = min(1.0, float(np.median(shares)))
    return _Slower(way, weight * share, usual, float(np.median(new)), len(new))


def _middles(traces: _ByTrace) -> Floats:
    """Return one duration per trace: calls of one trace are no independent witnesses."""
    return np.asarray([np.median(values) for values in traces.values()])


def _part_of_callee(way: _Way, ways: set[_Way], slow: dict[_Way, float]) -> float:
    """Return the part of a slow way that is laid to its far end.

    It is all of it unless other ways out of the near end are slow too; then both ends share it by how many of
    their other ways are slow.
    """
    near, far = way.asked_by, way.place[0]
    others_in = {w.asked_by for w in ways if w.place[0] == far and w.asked_by != near}
    others_out = {w.place[0] for w in ways if w.asked_by == near and w.place[0] != far}
    slow_in = {w.asked_by for w in slow if w.place[0] == far} & others_in
    slow_out = {w.place[0] for w in slow if w.asked_by == near} & others_out
    into = len(slow_in) / len(others_in) if others_in else 0.0
    out = len(slow_out) / len(others_out) if others_out else 0.0
    return (1 + into) / (1 + into + out)


def _text(one: _Slower) -> str:
    where = f"the way from {one.way.asked_by} to" if one.way.asked_by else "own work in"
    return (
        f"{where} {one.way.place[0]} {one.way.place[1]} takes {_span(one.now)} "
        f"instead of {_span(one.before)} (middle of {one.traces} traces)"
    )


def _span(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if not math.isfinite(seconds) or seconds < 1 else f"{seconds:.3g} s"
