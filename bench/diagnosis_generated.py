"""Releases of our own making, ranked: which of several is to blame, in worlds drawn from fixed seeds."""

import time

from agent.diagnosis.ranking import rank
from bench.figures import percentile
from tests.support.releases import FAMILIES, release_case

SEEDS = 40
QUICK = 6


def figures(*, quick: bool) -> dict[str, float | int]:
    """Return the share of cases whose first change is the one to blame, and the seconds a case takes."""
    right, took = 0, []
    cases = [
        release_case(seed, habit)
        for habit in FAMILIES.values()
        if habit.faulty
        for seed in range(QUICK if quick else SEEDS)
    ]
    for case, truth in cases:
        begun = time.perf_counter()
        named = [s.change_id for s in rank(case).suspects if s.change_id]
        took.append(time.perf_counter() - begun)
        right += bool(named) and named[0] == truth.change_id
    return {
        "generated_cases": len(cases),
        "generated_change_hr_1": right / len(cases),
        "seconds_per_case": sum(took) / len(took),
        "seconds_per_case_p99": percentile(took, 0.99),
    }
