"""Ranks the parts of a system by the surprise that logs, traces and metrics hold against them."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable

from agent.diagnosis.cases.logs_counted import counted_clues
from agent.diagnosis.cases.logs_pattern import patterns_of
from agent.diagnosis.cases.logs_visits import log_visits
from agent.diagnosis.cases.metrics_clues import metric_clues
from agent.diagnosis.cases.model import Case, Suspect, Verdict
from agent.diagnosis.cases.signals_clue import Clue, Family
from agent.diagnosis.cases.signals_windows import Stretches, stretches_of
from agent.diagnosis.cases.spans_lines import LineFinder
from agent.diagnosis.cases.spans_shape import shape_clues
from agent.diagnosis.cases.spans_time import time_clues
from agent.diagnosis.cases.spans_visits import Visit, visits_of
from agent.diagnosis.cases.walk import calls_of

# A suspect's score reaches one half at this surprise: exp(-12), one in 160,000, is what the best of some
# hundred entities with some hundred measurements each reaches by chance.
_HALF = 12.0
# Beyond this a score is one.
_TOP = 1 - 1e-15
# What an unlikely way of doing harm counts: from outside of what the target calls, or without any effect.
_DOUBTED = 0.5
# Below this score (3.9 nats) noise does as well; the weakest fault of the development split is just above it.
LEAST_SCORE = 0.2
# Pieces of evidence overlap, so that a nat is worth half a nat when probabilities are made of them.
_DISCOUNT = 0.5
_FAR = 1000.0
# Less than this (two to one) is nothing to tell people.
_TELLING = math.log(2)
# What others explain still comes before what showed nothing: a thousandth, too little to outweigh evidence.
_HINT = 1e-3
# What was this surprising in itself deserves a word when it is not blamed, and how many words there may be.
_WORTH_A_WORD, _MOST_SAID = 6.0, 5


def rank_signals(case: Case) -> Verdict:
    """Rank the entities of a case by what changed at them beyond what others explain."""
    stretches = stretches_of(case)
    if stretches is None:
        return Verdict((), inconclusive=True)
    return _verdict(case, _clues(case, stretches))


def nats(score: float) -> float:
    """Return the surprise in nats behind a suspect's score."""
    return -_HALF * math.log2(1 - min(score, _TOP))


def _clues(case: Case, stretches: Stretches) -> list[Clue]:
    return [
        *_trace_clues(case, stretches),
        *metric_clues(case, stretches),
        *counted_clues(case.patterns),
    ]


def _trace_clues(case: Case, stretches: Stretches) -> Iterable[Clue]:
    visits, by_span = visits_of(case.spans)
    lines = zip(case.logs, patterns_of(case.logs), strict=True)
    unplaced = LineFinder(visits, by_span).note(lines)
    before, now = _sides(visits, stretches)
    yield from shape_clues(before, now)
    yield from time_clues(before, now)
    before, now = _sides(log_visits(case, unplaced, stretches), stretches)
    yield from shape_clues(before, now, "log")


def _sides(visits: Iterable[Visit], stretches: Stretches) -> tuple[list[Visit], list[Visit]]:
    before: list[Visit] = []
    now: list[Visit] = []
    for visit in visits:
        side = stretches.side(visit.start)
        if side is not None:
            (now if side else before).append(visit)
    return before, now


def _verdict(case: Case, clues: list[Clue]) -> Verdict:
    best: dict[str, dict[Family, Clue]] = defaultdict(dict)
    candidates = case.entities or tuple(dict.fromkeys(clue.entity for clue in clues))
    for clue in clues:
        entity = _candidate(clue.entity, case)
        known = best[entity].get(clue.family)
        if known is None or (clue.weight, clue.before) > (known.weight, known.before):
            best[entity][clue.family] = clue
    reached = _reached(case, candidates)
    weights = {
        entity: _weight(best[entity].values()) * (1.0 if entity in reached else _DOUBTED)
        for entity in candidates
    }
    order = sorted(candidates, key=lambda entity: -weights[entity])
    suspects = tuple(_suspect(entity, weights[entity], best[entity].values()) for entity in order)
    sure = _confidence([weights[entity] for entity in order])
    return Verdict(
        suspects, sure, not suspects or suspects[0].score < LEAST_SCORE, _ruled_out(suspects, clues)
    )


def _confidence(weights: list[float]) -> float:
    """Return the probability of the first, with every entity as likely as another before any evidence."""
    if not weights or weights[0] <= 0:
        return 0.0
    odds = [math.exp(max(weight - weights[0], -_FAR) * _DISCOUNT) for weight in weights]
    return 1 / sum(odds)


def _ruled_out(suspects: tuple[Suspect, ...], clues: list[Clue]) -> tuple[str, ...]:
    """Say of what looked bad at first why it was not blamed, the worst first."""
    blamed = suspects[0].entity if suspects else ""
    said: dict[str, str] = {}
    for clue in sorted(clues, key=lambda c: c.weight - c.before):
        explained = clue.before >= _WORTH_A_WORD and clue.weight < clue.before / 2
        if explained and clue.entity != blamed and len(said) < _MOST_SAID:
            said.setdefault(clue.entity, f"{clue.entity}: {clue.text}; what it calls explains most of that")
    return tuple(said.values())


def _candidate(entity: str, case: Case) -> str:
    """Return whose evidence it is when a copy of a service was measured and the service is the candidate."""
    pod = case.pods.get(entity)
    return pod.service if pod and entity not in case.entities else entity


def _weight(clues: Iterable[Clue]) -> float:
    """Add up what an entity has against it; using more of something without doing anything worse counts half."""
    known = list(clues)
    weights = {clue.family: clue.weight for clue in known}
    hint = _HINT * sum(clue.before for clue in known)
    used = weights.pop("resource", 0.0)
    effects = sum(weights.values())
    return effects + hint + used * (_DOUBTED + (1 - _DOUBTED) * -math.expm1(-effects))


def _reached(case: Case, candidates: Collection[str]) -> Collection[str]:
    """Return what can have harmed the target by being called; everything when that is unknown."""
    callers = {caller for caller, _ in case.topology}
    if case.target is None or case.target.entity not in callers:
        return candidates
    return calls_of(case).reached(case.target.entity)


def _suspect(entity: str, weight: float, clues: Iterable[Clue]) -> Suspect:
    telling = [clue for clue in clues if clue.weight >= _TELLING]
    reasons = tuple(clue.text for clue in sorted(telling, key=lambda c: -c.weight))
    return Suspect(entity, 1 - math.exp(-weight / _HALF * math.log(2)), reasons)
