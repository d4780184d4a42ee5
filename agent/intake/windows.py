"""The time limits and counts by which the stages decide."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Windows:
    """`correlation` joins alerts to a living incident and reopens an ended one; `late` is how long an out-of-date
    message is believed to be merely late; `flips` status changes within `flapping` are flapping; `quiet` ends it."""

    correlation: timedelta = timedelta(minutes=10)
    late: timedelta = timedelta(minutes=5)
    flapping: timedelta = timedelta(minutes=15)
    flips: int = 4
    quiet: timedelta = timedelta(minutes=1)
