"""When a series moved to another level, found by ranks so that no single spike can fake it."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from agent.analysis.anomaly.memory import Floats, is_measured

# A level is worth its name from this many points on: two could be one spike seen by two scrapes.
LEAST = 3
# Universal threshold of binary segmentation, 1.3 * sqrt(2 log n) (Fryzlewicz, Annals of Statistics 42, 2014).
STRICTNESS = 1.3
# Levels that are three times as far apart as nine of ten points stray differ without a test, which a few points
# could never pass: five sigmas of independent normal noise.
APART = 3.0
STRAY = 0.9
# Beyond this lag-1 correlation the correction of the standard error would leave nothing to find.
MOST_CORRELATED = 0.9
# Passes that let borders settle; two are the rule.
SETTLING = 5


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """`at` (unix seconds) is the first point of the new level; the levels are medians in the series' unit.

    `score` is the size of the step in its own standard errors, corrected for correlation between neighbours.
    """

    at: float
    before: float
    after: float
    score: float


def change_points(at: Floats, values: Floats) -> list[ChangePoint]:
    """Return the changes of level in time order; gaps, NaN and single outliers are none."""
    times, kept = np.asarray(at, dtype=np.float64), np.asarray(values, dtype=np.float64)
    measured = np.isfinite(times) & is_measured(kept)
    order = np.argsort(times[measured], kind="stable")
    times, kept = times[measured][order], kept[measured][order]
    threshold = STRICTNESS * math.sqrt(2 * math.log(max(len(kept), 2)))
    borders = _settled(kept, _borders(kept, threshold), threshold)
    edges = [0, *borders, len(kept)]
    found = []
    for first, border, last in zip(edges, edges[1:], edges[2:], strict=False):
        score = _step(kept[first:last], border - first)
        before, after = (float(np.median(part)) for part in (kept[first:border], kept[border:last]))
        if before != after:
            found.append(ChangePoint(float(times[border]), before, after, score))
    return found


def _borders(values: Floats, threshold: float) -> list[int]:
    """Split the series where it breaks best, and each part again, as long as the break is significant."""
    found: list[int] = []
    waiting = [(0, len(values))]
    while waiting:
        low, high = waiting.pop()
        split = _break(values[low:high], threshold)
        if split is not None:
            found.append(low + split)
            waiting += [(low, low + split), (low + split, high)]
    return sorted(found)


def _settled(values: Floats, borders: list[int], threshold: float) -> list[int]:
    """Look for each border again between its neighbours alone: the first ones were drawn through several levels."""
    for _ in range(SETTLING):
        before, edges, index = borders, [0, *borders, len(values)], 1
        while index < len(edges) - 1:
            low, high = edges[index - 1], edges[index + 1]
            split = _break(values[low:high], threshold)
            if split is None:
                del edges[index]
            else:
                edges[index] = low + split
                index += 1
        borders = edges[1:-1]
        if borders == before:
            break
    return borders


def _break(part: Floats, threshold: float) -> int | None:
    """Return where the part breaks best, None when it does not break significantly."""
    if len(part) < 2 * LEAST or part.min() == part.max():
        return None
    split = _best_split(_normal_scores(part))
    # Ranks tell that there is a step; where it lies shows when all that is beyond the two levels is cut off.
    low, high = sorted((float(np.median(part[:split])), float(np.median(part[split:]))))
    if low < high:
        split = _best_split(np.clip(part, low, high))
    return split if _step(part, split) >= threshold or _far_apart(part, split) else None


def _normal_scores(part: Floats) -> Floats:
    """Return what normal values of the same ranks would be: an outlier is then worth two or three, never more."""
    scores: Floats = ndtri(rankdata(part) / (len(part) + 1))
    return scores


def _best_split(scores: Floats) -> int:
    n = len(scores)
    sizes = np.arange(LEAST, n - LEAST + 1)
    sums = np.cumsum(scores - scores.mean())[sizes - 1]
    return int(sizes[np.argmax(np.abs(sums) * np.sqrt(n / (sizes * (n - sizes))))])


def _step(part: Floats, split: int) -> float:
    """Return the step at `split` in standard errors of the ranks' normal scores."""
    scores = _normal_scores(part)
    left, right = scores[:split], scores[split:]
    size = math.sqrt(len(left) * len(right) / len(scores)) * abs(float(left.mean() - right.mean()))
    return size / _width(scores)


def _width(scores: Floats) -> float:
    """Return the long-run width of the noise, from differences alone: other steps then hardly widen it."""
    near, far = (float(np.mean((scores[lag:] - scores[:-lag]) ** 2)) / 2 for lag in (1, 2))
    # For noise that remembers a share r of itself, far / near is 1 + r.
    alike = min(max(far / near - 1, 0.0), MOST_CORRELATED) if near > 0 else 0.0
    # Not below a tenth: two constant levels are sure, not infinitely sure.
    return max(math.sqrt(near * (1 + alike)) / (1 - alike), 0.1)


def _far_apart(part: Floats, split: int) -> bool:
    left, right = part[:split], part[split:]
    middles = [float(np.median(side)) for side in (left, right)]
    rest = np.concatenate([np.abs(left - middles[0]), np.abs(right - middles[1])])
    return abs(middles[0] - middles[1]) > APART * float(np.quantile(rest, STRAY))
