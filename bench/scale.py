"""How much the arithmetic of diagnosis can carry: thousands of series a minute, and an incident of 41 services.

Method: 5,000 series of 240 one-minute points (1,000 with --quick) from a fixed seed, every tenth with gaps, are scored
point by point by the scorer that runs online; `series_per_s` is series divided by the wall seconds, `minute_ms` what
one minute of all of them takes after that (the median of its last 60 updates), and `bytes_per_series` the memory the
scorer keeps of each, whatever the length of its history. `rank_s` is the median of five rankings of an incident of 41
services with 328 metrics, 20,000 log lines and 3,000 traces (a tenth with --quick). `rss_mb` is the peak of the process.
"""

import resource
import statistics
import time
import tracemalloc

import numpy as np

from agent.analysis.anomaly.memory import Floats
from agent.analysis.anomaly.online import OnlineScorer
from agent.diagnosis.ranking import rank
from bench.figures import options, report
from bench.scale_incident import START, incident

POINTS = 240
SERVICES = 41
LINES = 20_000
TRACES = 3_000


def _series(count: int) -> Floats:
    rng = np.random.default_rng(18)
    values: Floats = rng.normal(100.0, 10.0, (POINTS, count)) + rng.uniform(0.0, 1e6, count)
    values[:, ::10][rng.random((POINTS, len(range(0, count, 10)))) < 0.2] = np.nan
    return values


def _scoring(count: int) -> dict[str, float | int]:
    values = _series(count)
    scorer = OnlineScorer(count)
    took = []
    for minute, row in enumerate(values):
        begin = time.perf_counter()
        scorer.update(START + 60.0 * minute, row)
        took.append(time.perf_counter() - begin)
    return {
        "series": count,
        "points": POINTS,
        "series_per_s": count / sum(took),
        "minute_ms": 1000 * statistics.median(took[-60:]),
        "bytes_per_series": _kept(count),
    }


def _kept(count: int) -> float:
    tracemalloc.start()
    try:
        scorer = OnlineScorer(count)
        for minute in range(3):
            scorer.update(START + 60.0 * minute, np.ones(count))
        return tracemalloc.get_traced_memory()[0] / count
    finally:
        tracemalloc.stop()


def _ranking(share: float) -> float:
    case = incident(SERVICES, int(LINES * share), int(TRACES * share))
    took = []
    for _ in range(5):
        begin = time.perf_counter()
        rank(case)
        took.append(time.perf_counter() - begin)
    return statistics.median(took)


def _run(*, quick: bool) -> dict[str, float | int]:
    figures = _scoring(1_000 if quick else 5_000)
    figures["rank_s"] = _ranking(0.1 if quick else 1.0)
    figures["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    report(_run(quick=chosen.quick), only_json=chosen.json)


if __name__ == "__main__":
    main()
