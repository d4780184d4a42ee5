"""Whose visit a log line was written in: by its span, else by the only visit that was under way then."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable

from agent.diagnosis.cases.model import LogLine
from agent.diagnosis.cases.spans_visits import Visit, note_line

# Clocks of logs and of traces agree within this many seconds at best.
_CLOCK = 0.002
# How many visits that began earlier are looked at: with more of them under way nothing is certain anyway.
_MOST = 50

Line = tuple[LogLine, str]


class LineFinder:
    """Finds the visits of log lines; `by_span` maps span ids to visits."""

    def __init__(self, visits: Iterable[Visit], by_span: dict[str, Visit]) -> None:
        self._by_span = by_span
        self._by_place: dict[tuple[str, str], list[Visit]] = defaultdict(list)
        for visit in sorted(visits, key=lambda v: v.start):
            self._by_place["", visit.entity].append(visit)
            self._by_place[visit.trace, visit.entity].append(visit)
        self._starts = {place: [v.start for v in some] for place, some in self._by_place.items()}

    def note(self, lines: Iterable[Line]) -> list[Line]:
        """Add the lines to their visits and return those that belong to none for certain."""
        left = []
        for line, pattern in lines:
            # A line that names a span which was not recorded belongs to a visit that was not recorded.
            visit = self._by_span.get(line.span_id) if line.span_id else self._under_way(line)
            if visit is None:
                left.append((line, pattern))
            else:
                note_line(visit, line, pattern)
        return left

    def _under_way(self, line: LogLine) -> Visit | None:
        place = (line.trace_id, line.entity)
        some = self._by_place.get(place, [])
        last = bisect_right(self._starts.get(place, []), line.at + _CLOCK)
        active = [v for v in some[max(0, last - _MOST) : last] if line.at <= v.end + _CLOCK]
        return active[0] if len(active) == 1 else None
