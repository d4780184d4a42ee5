"""One piece of evidence against one part of a system."""

from dataclasses import dataclass
from typing import Literal

Family = Literal["shape", "time", "log", "metric"]


@dataclass(frozen=True, slots=True)
class Clue:
    """`weight` is how surprising it is in nats, after what other parts explain; `text` says it to people."""

    entity: str
    family: Family
    weight: float
    text: str
