"""The online scorer run over what was recorded: one series, or many side by side."""

import numpy as np

from agent.analysis.anomaly.memory import Floats
from agent.analysis.anomaly.online import OnlineScorer
from agent.analysis.anomaly.tuning import Tuning


def score_series(at: Floats, values: Floats, tuning: Tuning | None = None) -> Floats:
    """Return the score of every point of one series, each from the points up to it alone; `at` in unix seconds."""
    scores: Floats = score_many(np.asarray(values)[None, :], np.asarray(at), tuning)[0]
    return scores


def score_many(values: Floats, at: Floats, tuning: Tuning | None = None) -> Floats:
    """Return the scores of a matrix with a row a series and a column a point, NaN where nothing was measured.

    `at` holds unix seconds, a matrix like `values` or one row for all series. It is the scorer that runs online,
    so the scores are those that each minute would have brought.
    """
    table = np.asarray(values, dtype=np.float64)
    times = np.broadcast_to(np.asarray(at, dtype=np.float64), table.shape)
    scorer = OnlineScorer(len(table), tuning)
    scores: Floats = np.zeros(table.shape)
    for point in range(table.shape[1]):
        scores[:, point] = scorer.update(times[:, point], table[:, point])
    return scores
