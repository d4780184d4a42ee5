"""The root of an alert storm, ranked with reasons: from resolved storms where there are some, else from rarity."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from agent.diagnosis.cases.model import Case, Suspect, Truth, Verdict
from agent.diagnosis.storms.choice import Choice, fit
from agent.diagnosis.storms.features import Background, features_of
from agent.diagnosis.storms.marks import Marks, marks_of, words_of
from agent.diagnosis.storms.rates import Rates, siblings
from agent.diagnosis.storms.unlabelled import Surprises
from agent.diagnosis.storms.wording import against_all, reason_of

# Fewer resolved storms than this teach less than rarity knows: on the development split 10 of them rank one of the
# two systems worse than rarity does, 20 are level with it or ahead, and 40 are ahead in both.
_ENOUGH = 20
# Nats of surprise at which an unlabelled storm is taken seriously: about three alerts, each seen in one storm of 30.
_SERIOUS = 10.0
# Below this chance the first suspect is a guess.
_CARRIES = 0.3
_REASONS = 4


class StormModel:
    """Ranks the candidates of a storm; `learn` makes one that has experience, `watch` adds to it."""

    def __init__(self) -> None:
        self._surprises = Surprises()
        self._known: Background | None = None
        self._choice: Choice | None = None

    @classmethod
    def untrained(cls) -> "StormModel":
        """Return a model that has seen nothing."""
        return cls()

    def watch(self, cases: Iterable[Case]) -> "StormModel":
        """Count past storms whose causes nobody told: what is usual for whom."""
        for case in cases:
            self._surprises.watch(case)
        return self

    @classmethod
    def learn(cls, cases: Iterable[tuple[Case, Truth]]) -> "StormModel":
        """Return a model that learned from resolved storms; what they alerted counts as the past, too."""
        storms = [(case, truth) for case, truth in cases if set(case.entities) & truth.acceptable]
        model = cls().watch(case for case, _ in storms)
        if len(storms) >= _ENOUGH:
            model._fit([(case, marks_of(case.alerts), truth) for case, truth in storms])
        return model

    def _fit(self, storms: Sequence[tuple[Case, Marks, Truth]]) -> None:
        rates = Rates()
        words: dict[str, set[str]] = defaultdict(set)
        for case, marks, truth in storms:
            rates.add(marks, [e for e in case.entities if e not in truth.acceptable])
            for entity, said in words_of(case.alerts).items():
                words[entity] |= said
        known = Background(rates, siblings(words), self._surprises)
        self._choice = fit([(features_of(c, m, known), _guilty(c, t), t.kind) for c, m, t in storms])
        self._known = known

    def rank(self, case: Case) -> Verdict:
        """Return all candidates, the likeliest root first."""
        if not case.alerts or not case.entities:
            return Verdict((), inconclusive=True, ruled_out=("no alert names a candidate",))
        if self._choice is not None and self._known is not None:
            return self._learned(case, self._choice, self._known)
        return self._rarest(case)

    def _learned(self, case: Case, choice: Choice, known: Background) -> Verdict:
        rows = features_of(case, marks_of(case.alerts), known)
        chances = choice.chances(rows)
        marginal = chances.candidates
        average = against_all(rows)
        found = []
        for number, entity in enumerate(case.entities):
            kind, sure = chances.kind(number)
            pulls = choice.pull(average(rows[number]), kind)
            reasons = [reason_of(feature) for pull, feature in pulls if pull > 0 and feature[0] != "entity"]
            if choice.kinds[kind]:
                reasons.insert(
                    0, f"the picture is that of earlier {choice.kinds[kind]} failures ({sure:.0%})"
                )
            found.append((float(marginal[number]), entity, tuple(dict.fromkeys(reasons))[:_REASONS]))
        return _verdict(found)

    def _rarest(self, case: Case) -> Verdict:
        weighed = self._surprises.weigh(case)
        total = math.fsum(one.total for one in weighed) or 1.0
        return _verdict(
            [
                (
                    one.total / total * -math.expm1(-one.total / _SERIOUS),
                    one.entity,
                    tuple(words for _, words in one.signs[:_REASONS]),
                )
                for one in weighed
            ]
        )


def _guilty(case: Case, truth: Truth) -> int:
    return next(i for i, entity in enumerate(case.entities) if entity in truth.acceptable)


def _verdict(found: Sequence[tuple[float, str, tuple[str, ...]]]) -> Verdict:
    """Sort by chance; candidates without any difference come in an order that no naming scheme can favour."""
    ranked = sorted(found, key=lambda one: (-one[0], _lot(one[1])))
    last = len(ranked)
    suspects = tuple(
        Suspect(entity, min(1.0, max(0.0, chance) * (1 - 1e-6) + 1e-9 * (last - place)), reasons)
        for place, (chance, entity, reasons) in enumerate(ranked)
    )
    best = ranked[0][0]
    return Verdict(suspects, confidence=best, inconclusive=best < _CARRIES)


def _lot(entity: str) -> str:
    return hashlib.sha256(entity.encode()).hexdigest()
