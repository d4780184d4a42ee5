"""How usual each mark is for each entity, counted over storms that somebody else caused."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agent.diagnosis.storms.marks import Mark, Marks

# Weight of the prior in storms: an entity seen in fewer than about two storms is judged by its fellows. From the
# usual pseudo-count of 1 to 3; halved or doubled it changes no figure by more than one case in a hundred.
_PRIOR = 2.0
# An event never seen is still given this many of a storm (Jeffreys' half, spread over the prior's weight).
_NEVER = 0.05


@dataclass(slots=True)
class Rates:
    """Counts of marks; `add` storms to it, then ask how rare a mark is."""

    storms: Counter[str] = field(default_factory=Counter)
    seen: Counter[tuple[str, Mark]] = field(default_factory=Counter)
    everywhere: Counter[Mark] = field(default_factory=Counter)
    of: defaultdict[str, set[Mark]] = field(default_factory=lambda: defaultdict(set))

    def add(self, marks: Marks, entities: Iterable[str]) -> None:
        """Count one storm for these entities (leave out the one that caused it, where that is known)."""
        for entity in entities:
            self.storms[entity] += 1
            for mark in marks.get(entity, ()):
                self.seen[entity, mark] += 1
                self.everywhere[mark] += 1
                self.of[entity].add(mark)

    def share(self, entity: str, mark: Mark, default: float | None = None) -> float:
        """Return the share (0 to 1) of storms in which the entity bears the mark although it is not the cause.

        `default` is the expectation for an entity nothing is known of; by default that of all entities together.
        """
        prior = self._prior(mark) if default is None else default
        return (self.seen[entity, mark] + _PRIOR * prior + _NEVER) / (
            self.storms[entity] + _PRIOR + 2 * _NEVER
        )

    def surprise(self, entity: str, mark: Mark, default: float | None = None) -> float:
        """Return how much the mark surprises, in nats: 0 for what is always there."""
        return -math.log(self.share(entity, mark, default))

    def _prior(self, mark: Mark) -> float:
        total = self.storms.total()
        return self.everywhere[mark] / total if total else 0.0


def siblings(words: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    """Return who runs the same program as whom: copies share most of what the smaller of them can say."""
    # Three fifths: copies of one service share nearly all of it, different services next to nothing, so that any
    # value between a half and four fifths gives the same pairs.
    return {
        one: tuple(
            other
            for other in words
            if other != one
            and one
            and other
            and len(said & words[other]) >= 0.6 * min(len(said), len(words[other]))
        )
        for one, said in words.items()
    }
