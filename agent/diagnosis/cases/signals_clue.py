"""One piece of evidence against one part of a system."""

from dataclasses import dataclass
from typing import Literal

# What a clue is about: another course of requests, slowness, failures, lines of a log outside of traces, what an
# entity uses up, anything else that was measured. Clues of one family see the same thing, so the strongest counts.
Family = Literal["course", "slow", "failing", "log", "resource", "other"]


@dataclass(frozen=True, slots=True)
class Clue:
    """`weight` is how surprising it is in nats after what other parts explain, `before` without regard to them.

    `text` says it to people.
    """

    entity: str
    family: Family
    weight: float
    text: str
    before: float = 0.0
