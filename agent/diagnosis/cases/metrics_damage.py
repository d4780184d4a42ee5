"""How much time or how many requests an entity costs its callers, in units that add up along calls."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from agent.diagnosis.cases.metrics_moves import Move
from agent.diagnosis.cases.releases_kinds import Kind

_REQUESTS = re.compile(r"req|workload|qps|rps|tps|ops|call|throughput|invocation|traffic", re.IGNORECASE)
# A mean times the number of requests is time; a quantile is not, so it is only second best.
_MEAN = re.compile(r"average|avg|mean", re.IGNORECASE)
_MEDIAN = re.compile(r"p50|median|50th", re.IGNORECASE)


def damage_of(moves: Sequence[Move], kinds: frozenset[Kind]) -> dict[str, float]:
    """Return per entity the extra seconds or failures per request times requests; one metric for all of them."""
    chosen = _chosen([move for move in moves if move.kind in kinds and not move.series.edge])
    requests = {move.series.entity: move for move in moves if _counts_requests(move)}
    return {move.series.entity: _damage(move, requests.get(move.series.entity)) for move in chosen}


def _counts_requests(move: Move) -> bool:
    return move.kind == "load" and not move.series.edge and bool(_REQUESTS.search(move.series.metric))


def _chosen(moves: Iterable[Move]) -> list[Move]:
    """Return the moves of the metric that adds up best among those that cover many entities."""
    by_metric: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        by_metric[move.series.metric].append(move)
    most = max((len(some) for some in by_metric.values()), default=0)
    wide = [some for some in by_metric.values() if 2 * len(some) >= most]
    return max(wide, key=_fitness, default=[])


def _fitness(moves: list[Move]) -> tuple[bool, bool, int]:
    name = moves[0].series.metric
    return bool(_MEAN.search(name)), bool(_MEDIAN.search(name)), len(moves)


def _damage(move: Move, requests: Move | None) -> float:
    counts = np.ones(len(move.at))
    if requests is not None and len(requests.at):
        counts = np.interp(move.at, requests.at, requests.now)
    total = float(move.weights @ (move.excess * counts))
    return max(0.0, total)
