"""Adds up good and bad of a period: events one by one, or slices of time as a whole."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from agent.analysis.slo.counts import Count, Cuts, Piece, clipped, joined, kept, length, measured, seconds_of
from agent.domain.evidence import Window
from agent.domain.slo import Budgeting, Slo

# Moments are floats of seconds, exact to a quarter of a microsecond.
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Tally:
    """What a window held up to a moment; `whole` is how much its budget is counted of.

    `excluded` are the seconds of planned maintenance so far, `elapsed` the other seconds so far, `data` those of them
    with data, and `ahead` the seconds that are still to come without planned maintenance.
    """

    total: float
    bad: float
    whole: float
    elapsed: float
    data: float
    excluded: float
    ahead: float

    @property
    def covered(self) -> float:
        """Return the share of the time so far with data."""
        return min(1.0, self.data / self.elapsed) if self.elapsed > 0 else 0.0


def allowance(target: float) -> float:
    """Return which share may be bad, as the target is written: of 0.999 exactly 0.001."""
    return float(1 - Fraction(repr(target)))


def allowed(target: float, total: float) -> float:
    """Return how much of a total may be bad: events of events, or seconds of seconds."""
    return float((1 - Fraction(repr(target))) * Fraction(total))


def tally(
    slo: Slo,
    counts: Iterable[Count],
    window: Window,
    at: datetime,
    excluded: Sequence[tuple[datetime, datetime]],
) -> Tally:
    """Add up a window up to a moment, without planned maintenance."""
    start, end = window.start.timestamp(), window.end.timestamp()
    until = max(start, min(end, at.timestamp()))
    union = joined(seconds_of(excluded))
    cuts, pieces = Cuts(union), list(measured(counts))
    past, ahead = length(clipped(union, start, until)), length(clipped(union, until, end))
    frame = _Frame(start, until, end, past, (end - until) - ahead)
    if slo.budgeting is Budgeting.OCCURRENCES:
        return _events(pieces, frame, cuts)
    return _slices(slo, pieces, frame, cuts)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A window in seconds: its start, the moment, its end, and the excluded seconds before and after the moment."""

    start: float
    until: float
    end: float
    excluded: float
    ahead: float

    @property
    def elapsed(self) -> float:
        return max(0.0, self.until - self.start - self.excluded)


def _events(pieces: Sequence[Piece], frame: _Frame, cuts: Cuts) -> Tally:
    parts = list(kept(pieces, frame.start, frame.until, cuts))
    total = math.fsum(part.total for part, _ in parts)
    bad = math.fsum(part.bad for part, _ in parts)
    data = math.fsum(seconds for _, seconds in parts)
    return Tally(total, bad, total, frame.elapsed, data, frame.excluded, frame.ahead)


def _slices(slo: Slo, pieces: Sequence[Piece], frame: _Frame, cuts: Cuts) -> Tally:
    """Judge the slices that lie wholly in the window and outside of maintenance.

    One without events is not judged; the budget is counted of the judged slices and of those still to come.
    """
    size = float(slo.slice_seconds or 60)
    first, last = _first(frame.start, size), math.floor((frame.until + _TINY) / size)
    judged: dict[int, list[Piece]] = {}
    for number, piece in _cut(pieces, size):
        if first <= number < last:
            judged.setdefault(number, []).append(piece)
    limit = allowance(slo.slice_target or slo.target) if slo.budgeting is Budgeting.TIMESLICES else None
    verdicts = [
        _verdict(judged[number], limit)
        for number in sorted(judged)
        if cuts.within(number * size, (number + 1) * size) <= 0
    ]
    known = [verdict for verdict in verdicts if verdict is not None]
    begin = max(first, last)
    coming = range(begin, max(begin, math.floor((frame.end + _TINY) / size)))
    ahead = sum(1 for number in coming if cuts.within(number * size, (number + 1) * size) <= 0)
    total = float(len(known))
    return Tally(
        total, math.fsum(known), total + ahead, frame.elapsed, total * size, frame.excluded, frame.ahead
    )


def _first(start: float, size: float) -> int:
    return math.ceil((start - _TINY) / size)


def _cut(pieces: Iterable[Piece], size: float) -> Iterator[tuple[int, Piece]]:
    """Yield each piece with the number of its slice; one that lies in several is shared out by time."""
    for piece in pieces:
        number = math.floor(piece.start / size)
        if piece.end <= (number + 1) * size:
            yield number, piece
            continue
        span = piece.end - piece.start
        while number * size < piece.end:
            a, b = max(piece.start, number * size), min(piece.end, (number + 1) * size)
            share = (b - a) / span
            yield number, Piece(a, b, piece.total * share, piece.bad * share)
            number += 1


def _verdict(pieces: Sequence[Piece], limit: float | None) -> float | None:
    """Return how bad a slice is, 0 to 1, by its share or by a limit of that; None when nothing happened in it."""
    total = math.fsum(piece.total for piece in pieces)
    if total <= 0:
        return None
    bad = math.fsum(piece.bad for piece in pieces)
    if limit is None:
        return bad / total
    # A share that lies on the limit may be a rounding beyond it.
    return 0.0 if bad <= limit * total * (1 + 1e-12) else 1.0
