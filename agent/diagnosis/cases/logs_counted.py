"""What counts of log statements hold against entities where the lines themselves were not kept."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from agent.diagnosis.cases.model import CountedPattern
from agent.diagnosis.cases.signals_clue import Clue

# Half a line, as in Jeffreys' prior: what never came before is rare, not impossible.
_HALF_A_LINE = 0.5


def counted_clues(patterns: Sequence[CountedPattern]) -> Iterator[Clue]:
    """Yield a clue per statement that came more often than expected; the choice among several costs its log.

    Lines come in bursts, so their number is no count of independent events: the tail is Pareto's with index 1, as
    for measurements beyond all that was seen, and twice as many lines are worth 0.7 nats more.
    """
    looked_at = Counter(pattern.entity for pattern in patterns)
    for one in patterns:
        ratio = (one.count + _HALF_A_LINE) / (one.expected + _HALF_A_LINE)
        weight = math.log(ratio) - math.log(looked_at[one.entity])
        if weight > 0:
            told = f"“{one.template}” came {one.count} times (usually {one.expected:.3g})"
            yield Clue(one.entity, "log", weight, told)
