"""The root of a storm without any resolved storm to learn from: the entity whose own alerts surprise most."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.diagnosis.cases.model import AlertEvent, Case
from agent.diagnosis.storms.marks import Mark, Marks
from agent.diagnosis.storms.meaning import meaning_of, weight_of
from agent.diagnosis.storms.rates import Rates


@dataclass(frozen=True, slots=True)
class Surprise:
    """How much one entity's alerts surprise in all, and its strongest signs (weight in nats, words)."""

    entity: str
    total: float
    signs: tuple[tuple[float, str], ...]


@dataclass(slots=True)
class Surprises:
    """Weighs a storm against past ones, whatever their causes were; with none, against the storm itself."""

    rates: Rates = field(default_factory=Rates)

    def watch(self, case: Case) -> None:
        """Count the alerts of a past storm; nobody has to know its cause."""
        self.rates.add(_meanings(case.alerts), case.entities)

    def weigh(self, case: Case) -> Sequence[Surprise]:
        """Return the surprise of each candidate, in the case's order."""
        marks = _meanings(case.alerts)
        bearers = Counter(mark for borne in marks.values() for mark in borne)
        among = len(case.entities) + 1
        found = []
        for entity in case.entities:
            signs = []
            for mark in marks.get(entity, ()):
                share = bearers[mark] / among
                surprise = weight_of(mark) * max(0.0, self._surprise(entity, mark, share))
                signs.append((surprise, self._words(entity, mark, bearers[mark])))
            signs.sort(reverse=True)
            found.append(Surprise(entity, math.fsum(weight for weight, _ in signs), tuple(signs)))
        return found

    def _surprise(self, entity: str, mark: Mark, share: float) -> float:
        """Fall back on the storm itself: what many bear at once is a consequence, not the cause."""
        return self.rates.surprise(entity, mark, min(share, 1.0))

    def _words(self, entity: str, mark: Mark, bearers: int) -> str:
        storms = self.rates.storms[entity]
        if not storms:
            return f"{mark.name}, in this storm on {bearers} of them"
        return f"{mark.name}, in {self.rates.seen[entity, mark]} of {storms} other storms"


def _meanings(alerts: Iterable[AlertEvent]) -> Marks:
    found: dict[str, set[Mark]] = defaultdict(set)
    for alert in alerts:
        found[alert.entity].add(meaning_of(alert))
    return {entity: frozenset(marks) for entity, marks in found.items()}
