"""Visits made of log lines alone: by the request that the lines name, or else by the stretch of time they fall into."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from agent.diagnosis.cases.model import Case, LogLine
from agent.diagnosis.cases.signals_windows import Stretches
from agent.diagnosis.cases.spans_visits import ERROR_LEVELS, Visit, note_line

# A stretch of time is a thirtieth of the fault-free log, so that shares of stretches mean something, within
# bounds in seconds between which one request's lines fall together and an incident still has several stretches.
_STRETCHES = 30
_SHORTEST, _LONGEST = 5.0, 60.0
# Letters of an entry line that tell operations apart.
_ENTRY_LENGTH = 80
# Steps in which the number of equal lines in a stretch of time is told: powers of four.
_MANY = (4, 16, 64, 256)

Line = tuple[LogLine, str]


def log_visits(case: Case, lines: Sequence[Line], stretches: Stretches) -> list[Visit]:
    """Return visits of lines that belong to no span; `lines` are (line, its statement)."""
    by_request: dict[tuple[str, str], list[Line]] = defaultdict(list)
    by_time: dict[tuple[str, str], list[Line]] = defaultdict(list)
    width = _width(lines, stretches)
    for line, pattern in lines:
        if line.trace_id:
            by_request[line.trace_id, line.entity].append((line, pattern))
        else:
            side = stretches.side(line.at)
            start = stretches.incident[0] if side else 0.0
            slot = f"{side} {int((line.at - start) // width)}"
            by_time[slot, line.entity].append((line, pattern))
    requests = [_of_request(trace, entity, some) for (trace, entity), some in by_request.items()]
    times = [_of_time(slot, entity, some) for (slot, entity), some in by_time.items()]
    return [*_joined(case, requests), *_joined(case, times)]


def _width(lines: Sequence[Line], stretches: Stretches) -> float:
    """Return the seconds of one stretch of time."""
    normal = [line.at for line, _ in lines if stretches.side(line.at) is False]
    length = max(normal) - min(normal) if normal else 0.0
    return min(_LONGEST, max(_SHORTEST, length / _STRETCHES))


def _of_request(trace: str, entity: str, lines: list[Line]) -> Visit:
    """Return a visit known by its first ordinary line, which stands for the operation that was asked for."""
    lines.sort(key=lambda line: line[0].at)
    entries = [pattern for line, pattern in lines if line.level.upper() not in ERROR_LEVELS]
    entry = entries[0][:_ENTRY_LENGTH] if entries else ""
    return _filled(Visit(entity, entry, trace, lines[0][0].at, lines[-1][0].at), lines)


def _of_time(slot: str, entity: str, lines: list[Line]) -> Visit:
    """Return a visit for a stretch of time; what it lacks says little, but how often it has something does."""
    first = min(line.at for line, _ in lines)
    # Within a stretch the order says nothing, so that each may explain the other: they end before they begin.
    visit = _filled(Visit(entity, "", slot, first, first - _LONGEST, whole=False), lines)
    for pattern, times in Counter(pattern for _, pattern in lines).items():
        for many in _MANY:
            if times >= many:
                visit.events[f"logged {many} times or more: {pattern}"] = first
    return visit


def _filled(visit: Visit, lines: Iterable[Line]) -> Visit:
    for line, pattern in lines:
        note_line(visit, line, pattern)
    return visit


def _joined(case: Case, visits: list[Visit]) -> list[Visit]:
    """Let visits of one request or one time call each other as the topology says."""
    callees: dict[str, set[str]] = defaultdict(set)
    for caller, callee in case.topology:
        callees[caller].add(callee)
    together: dict[str, dict[str, Visit]] = defaultdict(dict)
    for visit in visits:
        together[visit.trace][visit.entity] = visit
    for visit in visits:
        others = together[visit.trace]
        visit.calls = [(others[name], None) for name in callees[visit.entity] & others.keys()]
    return visits
