"""Cuts a window into the slices that are asked for one by one: few enough for a store, never over planned maintenance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

LATE_SECONDS = 60
"""How long a sample may take to arrive: what is younger is left out, because half a scrape looks like a lull."""

SHORTEST_SECONDS = 300
"""A piece at the edge is at least this long: an increase needs two samples, and scrapes may be a minute apart."""

_STEPS = (300, 900, 3600, 21_600, 86_400)
MOST_SLICES = 2_400


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in unix seconds; its start does not belong to it, its end does."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Return its length."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Cut:
    """A window in slices: the ends of those of `step` seconds that lie on the clock, and odd pieces around them."""

    step: int
    ends: tuple[float, ...]
    odd: tuple[Stretch, ...] = ()


def step_of(seconds: float) -> int:
    """Return the length of the slices of a window, in seconds: five minutes up to a day, an hour up to a quarter."""
    if seconds <= 86_400:
        return _STEPS[0]
    for step in _STEPS[2:]:
        if seconds / step <= MOST_SLICES:
            return step
    return math.ceil(seconds / MOST_SLICES)


def cut(window: Stretch, step: int, excluded: Sequence[Stretch] = ()) -> Cut:
    """Cut a window along the clock, with odd pieces at its edges and beside what is excluded."""
    ends: list[float] = []
    odd: list[Stretch] = []
    for part in without(window, excluded):
        first = math.ceil(part.start / step) * step
        # A piece at the edge that is too short for two samples takes a whole slice with it.
        if part.start < first < part.start + SHORTEST_SECONDS:
            first += step
        last = math.floor(part.end / step) * step
        if part.end - SHORTEST_SECONDS < last < part.end:
            last -= step
        if last <= first:
            odd.append(part)
            continue
        if part.start < first:
            odd.append(Stretch(part.start, first))
        ends += [float(first + step * index) for index in range(1, round((last - first) / step) + 1)]
        if last < part.end:
            odd.append(Stretch(last, part.end))
    return Cut(step, tuple(ends), tuple(odd))


def cut_whole(window: Stretch, step: int, excluded: Sequence[Stretch] = ()) -> Cut:
    """Cut a window into whole slices of the clock; one that touches what is excluded is left out as a whole."""
    first, last = math.ceil(window.start / step), math.floor(window.end / step)
    ends = [float(step * index) for index in range(first + 1, last + 1)]
    if excluded:
        ends = [end for end in ends if not any(end - step < one.end and one.start < end for one in excluded)]
    return Cut(step, tuple(ends))


def without(window: Stretch, excluded: Sequence[Stretch]) -> list[Stretch]:
    """Return what is left of a window, in the order of time."""
    inside = [
        Stretch(max(one.start, window.start), min(one.end, window.end))
        for one in sorted(excluded, key=lambda one: one.start)
        if one.end > window.start and one.start < window.end
    ]
    edges = [window.start]
    for one in inside:
        if one.start <= edges[-1] and len(edges) > 1:
            edges[-1] = max(edges[-1], one.end)
        else:
            edges += [one.start, max(one.end, edges[-1])]
    edges.append(window.end)
    return [Stretch(a, b) for a, b in list(pairwise(edges))[::2] if b > a]


def pieces(ends: Sequence[float], step: int, most: int) -> list[tuple[float, float]]:
    """Return the first and last end of each run without holes, of at most so many slices."""
    found: list[list[float]] = []
    for end in ends:
        if found and end - found[-1][-1] == step and len(found[-1]) < most:
            found[-1].append(end)
        else:
            found.append([end])
    return [(run[0], run[-1]) for run in found]
