"""What metrics hold against entities, after what the entities they call explain."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agent.diagnosis.cases.metrics_damage import damage_of
from agent.diagnosis.cases.metrics_moves import Move, moves_of
from agent.diagnosis.cases.model import Case
from agent.diagnosis.cases.releases_kinds import Kind, kind_of
from agent.diagnosis.cases.signals_clue import Clue, Family
from agent.diagnosis.cases.signals_windows import Stretches
from agent.diagnosis.cases.walk import Calls, calls_of, settled

# Kinds that spread from callees to callers, and kinds that stay where they are.
_SPREADING: Mapping[Family, frozenset[Kind]] = {
    "slow": frozenset({"latency"}),
    "failing": frozenset({"failure", "success"}),
}
_STAYING: Mapping[Family, frozenset[Kind]] = {
    "resource": frozenset({"resource"}),
    "other": frozenset({"unknown"}),
}


# What an entity measures at those it calls tells of them, and they are measured themselves.
_OUTWARD = re.compile(r"client|outbound|egress|upstream", re.IGNORECASE)
# Trouble of another kind than the target's may have caused it (slowness becomes errors at a deadline), but one
# of the same kind is likelier. Chosen, not fitted: see the method page for what doubling and halving it does.
_OTHER_KIND = 0.5


# Beyond this likelihood ratio (in nats) nothing becomes surer, and the exponential would overflow.
_SURE = 50.0


@dataclass(frozen=True, slots=True)
class _Worst:
    move: Move
    surprise: float


def metric_clues(case: Case, stretches: Stretches) -> list[Clue]:
    """Return what metrics hold against entities."""
    moves = [move for move in moves_of(case, stretches) if not _OUTWARD.search(move.series.metric)]
    calls = calls_of(case)
    aim = _aim(case)
    clues = []
    for family, kinds in _SPREADING.items():
        worst = _worst(moves, kinds)
        damage = damage_of(moves, kinds)
        whole = _whole(case, damage, same=aim is None or aim in kinds)
        own = {
            entity: one.surprise * (min(1.0, damage.get(entity, 0.0) / whole) if whole > 0 else 1.0)
            for entity, one in worst.items()
        }
        passed = {entity: _passed_on(entity, worst, damage, calls) for entity in worst}
        for entity, weight in settled(own, passed).items():
            fit = weight * _fits(kinds, aim)
            clues.append(Clue(entity, family, fit, _text(worst[entity].move), own[entity]))
    for family, kinds in _STAYING.items():
        worst = _worst(moves, kinds)
        clues += [Clue(entity, family, one.surprise, _text(one.move)) for entity, one in worst.items()]
    return [clue for clue in clues if clue.weight > 0 or clue.before > 0]


def _aim(case: Case) -> Kind | None:
    return kind_of(case.target.metric) if case.target else None


def _fits(kinds: frozenset[Kind], aim: Kind | None) -> float:
    return 1.0 if aim is None or aim in kinds else _OTHER_KIND


def _worst(moves: list[Move], kinds: frozenset[Kind]) -> dict[str, _Worst]:
    """Return per entity its worst move of these kinds; the choice among several costs its log."""
    by_entity: dict[str, list[Move]] = defaultdict(list)
    owners = Counter(_fingerprint(move) for move in moves)
    for move in moves:
        if move.kind in kinds:
            by_entity[move.series.entity].append(move)
    found = {}
    for entity, all_of_it in by_entity.items():
        some = _without_copies(all_of_it)
        weights = [m.share * (m.surprise - math.log(len(some) * owners[_fingerprint(m)])) for m in some]
        best = max(range(len(some)), key=weights.__getitem__)
        if weights[best] > 0:
            found[entity] = _Worst(some[best], weights[best])
    return found


def _fingerprint(move: Move) -> tuple[str, bytes]:
    """Return what is equal for the same measurement reported by several entities, such as those of one machine."""
    return move.series.metric, move.now.tobytes() + move.series.values[:8].tobytes()


def _without_copies(moves: list[Move]) -> list[Move]:
    """Leave out what is measured a second time in another unit; parts of a limit tell more than amounts."""
    limited = [move for move in moves if _limited(move)]
    return [move for move in moves if _limited(move) or not any(_same(move, other) for other in limited)]


def _limited(move: Move) -> bool:
    return "percent" in move.series.unit.lower() and move.usual > 0


def _same(one: Move, other: Move) -> bool:
    return (
        one.now.shape == other.now.shape
        and one.usual > 0
        and bool(np.allclose(one.now / one.usual, other.now / other.usual, rtol=0.02))
    )


def _passed_on(
    entity: str, worst: dict[str, _Worst], damage: dict[str, float], calls: Calls
) -> dict[str, float]:
    """Return the parts of an entity's trouble that the trouble of those it calls makes up.

    A callee explains as much as its damage covers, and as surely as it is in trouble itself: its likelihood
    ratio against the odds of one among so many callees.
    """
    below = calls.below(entity, lambda one: one in damage or one in worst)
    own = damage.get(entity, 0.0)
    parts = {}
    for callee in below & worst.keys():
        ratio = math.expm1(min(worst[callee].surprise, _SURE))
        covers = min(1.0, damage.get(callee, 0.0) / own) if own > 0 else 1.0
        parts[callee] = covers * ratio / (ratio + len(below))
    whole = max(1.0, sum(parts.values()))
    return {callee: part / whole for callee, part in parts.items()}


def _whole(case: Case, damage: dict[str, float], *, same: bool) -> float:
    """Return the trouble to explain: the target's, or the worst where the target's is of another kind."""
    worst = max(damage.values(), default=0.0)
    return damage.get(case.target.entity, 0.0) if case.target and same else worst


def _text(move: Move) -> str:
    unit = f" {move.series.unit}" if move.series.unit else ""
    now = float(move.now[int(move.excess.argmax())])
    return f"{move.series.metric} went to {now:.4g}{unit} (usually {move.usual:.4g})"
