"""When a series left its normal range: the start of the excursion it is in, else of its largest one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent.analysis.series import Points, Spread, finite, spread

Direction = Literal["up", "down"]

# An excursion may dip back inside for this many points without ending: scrapes are noisy.
GAP = 2
LEAST_POINTS = 2


@dataclass(frozen=True, slots=True)
class Onset:
    """When (unix seconds) a series left normal, which way, and its usual and worst values."""

    at: float
    direction: Direction
    normal: float
    peak: float
    lasts: bool


def find_onset(
    points: Points, *, direction: Direction = "up", floor: float = 0.0, normal: float | None = None
) -> Onset | None:
    """Return the start of the excursion that reaches the end, else of the largest; None within the range.

    The first third of the series is the baseline, or `normal` when it is known; `floor` is the smallest departure
    that matters, in the series' unit.
    """
    kept = finite(points)
    if len(kept) < 3 * LEAST_POINTS:
        return None
    usual = _baseline(kept, normal, direction)
    margin = max(4 * usual.width, 0.3 * abs(usual.middle), floor)
    if margin == 0:
        return None
    sign = 1.0 if direction == "up" else -1.0
    outside = [sign * (v - usual.middle) - margin for _, v in kept]
    runs = [run for run in _runs([o > 0 for o in outside]) if run[1] - run[0] + 1 >= LEAST_POINTS]
    if not runs:
        return None
    reaching = runs[-1][1] >= len(kept) - 1 - GAP
    first, last = runs[-1] if reaching else max(runs, key=lambda run: _area(outside, run))
    values = [v for _, v in kept[first : last + 1]]
    peak = max(values) if direction == "up" else min(values)
    return Onset(kept[first][0], direction, usual.middle, peak, lasts=reaching)


def _area(outside: Sequence[float], run: tuple[int, int]) -> float:
    return sum(max(o, 0.0) for o in outside[run[0] : run[1] + 1])


def _baseline(kept: list[tuple[float, float]], normal: float | None, direction: Direction) -> Spread:
    early = spread([v for _, v in kept[: max(LEAST_POINTS, len(kept) // 3)]])
    if normal is None:
        return early
    # A window that opens in the middle of trouble has a bad first third: then only the known normal counts.
    calmer = min(early.middle, normal) if direction == "up" else max(early.middle, normal)
    return Spread(calmer, early.width if calmer == early.middle else 0.0)


def _runs(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """Return (first, last) of each stretch of true flags, bridging at most GAP false ones."""
    runs: list[tuple[int, int]] = []
    for index, flag in enumerate(flags):
        if not flag:
            continue
        if runs and index - runs[-1][1] <= GAP + 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs
