"""What was counted over stretches of time, and how stretches are cut by windows and exclusions."""

import bisect
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

Span = tuple[datetime, datetime]
"""A stretch of time from its first moment to the one after its last."""

Seconds = tuple[float, float]
"""A stretch of time in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Count:
    """How much was counted in a stretch of time and how much of it was bad; None where nothing was measured.

    `total` of 0 is a measurement: there was no traffic. Stretches of one sequence must not overlap.
    """

    start: datetime
    end: datetime
    total: float | None
    bad: float | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A count, or the part of one inside a window, in seconds since 1970; bad lies between 0 and total."""

    start: float
    end: float
    total: float
    bad: float


def seconds_of(spans: Iterable[Span]) -> list[Seconds]:
    """Return spans in seconds since 1970."""
    return [(start.timestamp(), end.timestamp()) for start, end in spans]


def joined(spans: Iterable[Seconds]) -> list[Seconds]:
    """Return the union of spans: in order, apart from each other, without empty ones."""
    union: list[Seconds] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(union[-1][1], end))
        else:
            union.append((start, end))
    return union


def clipped(union: Sequence[Seconds], start: float, end: float) -> list[Seconds]:
    """Return the parts of a union that lie within two moments."""
    inside = ((max(a, start), min(b, end)) for a, b in union)
    return [(a, b) for a, b in inside if b > a]


def length(union: Iterable[Seconds]) -> float:
    """Return the seconds of a union."""
    return math.fsum(end - start for start, end in union)


class Cuts:
    """A union of spans that can be asked quickly how much of another span it covers."""

    def __init__(self, union: Sequence[Seconds]) -> None:
        self.union = union
        self._ends = [end for _, end in union]

    def within(self, start: float, end: float) -> float:
        """Return how many seconds of a span are covered."""
        first = bisect.bisect_right(self._ends, start)
        covered = []
        for number in range(first, len(self.union)):
            if self.union[number][0] >= end:
                break
            covered.append(min(self.union[number][1], end) - max(self.union[number][0], start))
        return math.fsum(covered)


def measured(counts: Iterable[Count]) -> Iterator[Piece]:
    """Yield the counts with data; what is not a number is none, and bad is kept between 0 and total."""
    for count in counts:
        if count.total is None or count.bad is None or count.end <= count.start:
            continue
        if not (math.isfinite(count.total) and math.isfinite(count.bad)) or count.total < 0:
            continue
        bad = min(max(count.bad, 0.0), count.total)
        yield Piece(count.start.timestamp(), count.end.timestamp(), count.total, bad)


def kept(pieces: Iterable[Piece], start: float, end: float, excluded: Cuts) -> Iterator[tuple[Piece, float]]:
    """Yield what of each piece lies within two moments and outside the exclusions, with its seconds.

    Events are taken as spread evenly over their piece, so a piece that is cut counts in proportion to what is left.
    """
    for piece in pieces:
        a, b = max(piece.start, start), min(piece.end, end)
        if b <= a:
            continue
        seconds = b - a - excluded.within(a, b)
        if seconds <= 0:
            continue
        share = 1.0 if seconds == piece.end - piece.start else seconds / (piece.end - piece.start)
        yield Piece(a, b, piece.total * share, piece.bad * share), seconds
