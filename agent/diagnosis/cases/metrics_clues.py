"""What metrics hold against entities, after what the entities they call explain."""

import math
from collections import defaultdict
from dataclasses import dataclass

from agent.diagnosis.cases.metrics_damage import damage_of
from agent.diagnosis.cases.metrics_moves import Move, moves_of
from agent.diagnosis.cases.model import Case
from agent.diagnosis.cases.releases_kinds import Kind
from agent.diagnosis.cases.signals_clue import Clue
from agent.diagnosis.cases.signals_windows import Stretches
from agent.diagnosis.cases.walk import Calls, calls_of

# Kinds that spread from callees to callers, and kinds that stay where they are.
_SPREADING: tuple[frozenset[Kind], ...] = (frozenset({"latency"}), frozenset({"failure", "success"}))
_STAYING: tuple[frozenset[Kind], ...] = (frozenset({"resource"}), frozenset({"unknown"}))


@dataclass(frozen=True, slots=True)
class _Worst:
    move: Move
    surprise: float


def metric_clues(case: Case, stretches: Stretches) -> list[Clue]:
    """Return what metrics hold against entities."""
    moves = moves_of(case, stretches)
    calls = calls_of(case)
    clues = []
    for kinds in _SPREADING:
        worst = _worst(moves, kinds)
        damage = damage_of(moves, kinds)
        for entity, one in worst.items():
            left = 1 - _explained(entity, worst, damage, calls)
            enough = _enough(entity, case, damage)
            clues.append(Clue(entity, "metric", one.surprise * left * enough, _text(one.move)))
    for kinds in _STAYING:
        clues += [
            Clue(entity, "metric", one.surprise, _text(one.move))
            for entity, one in _worst(moves, kinds).items()
        ]
    return [clue for clue in clues if clue.weight > 0]


def _worst(moves: list[Move], kinds: frozenset[Kind]) -> dict[str, _Worst]:
    """Return per entity its most surprising move of these kinds; the choice among several costs its log."""
    by_entity: dict[str, list[Move]] = defaultdict(list)
    for move in moves:
        if move.kind in kinds:
            by_entity[move.series.entity].append(move)
    found = {}
    for entity, some in by_entity.items():
        move = max(some, key=lambda m: m.surprise)
        surprise = move.surprise - math.log(len(some))
        if surprise > 0:
            found[entity] = _Worst(move, surprise)
    return found


def _explained(entity: str, worst: dict[str, _Worst], damage: dict[str, float], calls: Calls) -> float:
    """Return the part of an entity's trouble that the trouble of what it calls makes up."""
    mine = worst[entity].surprise
    parts = []
    for callee in calls.below(entity, lambda one: one in damage or one in worst):
        if callee in worst:
            sure = min(1.0, worst[callee].surprise / mine)
            own = damage.get(entity, 0.0)
            parts.append(sure * (min(1.0, damage.get(callee, 0.0) / own) if own > 0 else 1.0))
    return min(1.0, sum(parts))


def _enough(entity: str, case: Case, damage: dict[str, float]) -> float:
    """Return the part of the target's trouble that this entity's could make up."""
    whole = damage.get(case.target.entity, 0.0) if case.target else 0.0
    return min(1.0, damage.get(entity, 0.0) / whole) if whole > 0 else 1.0


def _text(move: Move) -> str:
    unit = f" {move.series.unit}" if move.series.unit else ""
    now = float(move.now[int(move.excess.argmax())])
    return f"{move.series.metric} went to {now:.4g}{unit} (usually {move.usual:.4g})"
