"""Traces cut into visits: one stay of a request in one entity, with what happened in it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.diagnosis.cases.model import LogLine, SpanRecord

Place = tuple[str, str]

ERROR_LEVELS = frozenset({"ERROR", "FATAL", "CRITICAL", "SEVERE", "EMERGENCY", "PANIC"})
_FINE = frozenset({"", "0", "ok", "unset", "status_code_ok", "status_code_unset", "none", "false"})


@dataclass(slots=True, eq=False)
class Visit:
    """A stay in one entity: `events` maps what happened to when it first did.

    `caller` is where the request came from; `faults` are the events that say by themselves that something
    failed; `own` is the time spent here and in no call; `calls` are the visits caused from here, each with the
    seconds between asking and its beginning plus its end and the answer (None where that was not recorded);
    `whole` says that everything that happens in such a visit was recorded, so that what it lacks did not happen;
    `asked` is the first call from here.
    """

    entity: str
    operation: str
    trace: str
    start: float
    end: float
    caller: Place | None = None
    events: dict[str, float] = field(default_factory=dict)
    faults: set[str] = field(default_factory=set)
    calls: list[tuple["Visit", float | None]] = field(default_factory=list)
    own: float = 0.0
    whole: bool = True
    asked: str = ""

    @property
    def place(self) -> Place:
        """Return the entity and the operation that was asked for."""
        return self.entity, self.operation


@dataclass(slots=True)
class _Forest:
    known: dict[str, SpanRecord]
    children: dict[str, list[SpanRecord]]
    first: dict[str, str]
    visits: dict[str, Visit]


def visits_of(spans: Sequence[SpanRecord]) -> tuple[list[Visit], dict[str, Visit]]:
    """Cut traces into visits; return them, and the visit of every span by the span's id."""
    forest = _planted(spans)
    busy: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for span in spans:
        _note_span(forest, span, busy)
    for root, visit in forest.visits.items():
        visit.own = (visit.end - visit.start) - _covered(busy[root], visit.start, visit.end)
    by_span = {span: forest.visits[root] for span, root in forest.first.items()}
    return list(forest.visits.values()), by_span


def failed(status: str) -> bool:
    """Say whether a span's status tells of a failure: anything but the usual words for success and 1xx to 3xx."""
    word = status.strip().lower()
    return word not in _FINE and not (len(word) == 3 and word[0] in "123" and word.isdigit())


def _planted(spans: Sequence[SpanRecord]) -> _Forest:
    known = {span.span_id: span for span in spans}
    children: dict[str, list[SpanRecord]] = defaultdict(list)
    for span in spans:
        if span.parent_id in known:
            children[span.parent_id].append(span)
    first: dict[str, str] = {}
    for span in spans:
        _find_first(span, known, first)
    visits = {}
    for root in dict.fromkeys(first.values()):
        span = known[root]
        visits[root] = Visit(
            span.entity, span.operation, span.trace_id, span.start, span.start + span.seconds
        )
    return _Forest(known, children, first, visits)


def _find_first(span: SpanRecord, known: dict[str, SpanRecord], first: dict[str, str]) -> None:
    """Climb to the span with which this stay began; a cycle of parents ends where it closes."""
    path = [span]
    climbed = {span.span_id}
    while path[-1].span_id not in first:
        above = known.get(path[-1].parent_id)
        if above is None or above.entity != span.entity or above.span_id in climbed:
            first[path[-1].span_id] = path[-1].span_id
            break
        climbed.add(above.span_id)
        path.append(above)
    root = first[path[-1].span_id]
    for one in path:
        first[one.span_id] = root


def _note_span(forest: _Forest, span: SpanRecord, busy: dict[str, list[tuple[float, float]]]) -> None:
    root = forest.first[span.span_id]
    visit = forest.visits[root]
    visit.end = max(visit.end, span.start + span.seconds)
    if failed(span.status):
        event = f"{span.operation} ended with status {span.status}"
        visit.events.setdefault(event, span.start + span.seconds)
        visit.faults.add(event)
    if span.span_id != root:
        visit.events.setdefault(f"did {span.operation}", span.start)
        return
    above = forest.known.get(span.parent_id)
    if above is None or above.entity == span.entity:
        return
    asking = forest.first[above.span_id]
    caller = forest.visits[asking]
    visit.caller = caller.place
    event = f"called {span.entity} {span.operation}"
    caller.events.setdefault(event, span.start)
    if not caller.asked or span.start < caller.events[caller.asked]:
        caller.asked = event
    # A span with one child elsewhere is the calling side of that call; its surplus is the way there and back.
    direct = len(forest.children[above.span_id]) == 1 and above.span_id != asking
    caller.calls.append((visit, max(0.0, above.seconds - span.seconds) if direct else None))
    whole = above if direct else span
    busy[asking].append((whole.start, whole.start + whole.seconds))


def note_line(visit: Visit, line: LogLine, pattern: str) -> None:
    """Add a line of the log to the visit that wrote it."""
    event = f"logged {line.level} {pattern}"
    visit.events.setdefault(event, line.at)
    if line.level.upper() in ERROR_LEVELS:
        visit.faults.add(event)


def _covered(stretches: list[tuple[float, float]], start: float, end: float) -> float:
    """Return the seconds between start and end that lie in any of the stretches."""
    total, reached = 0.0, start
    for begin, finish in sorted(stretches):
        a, b = max(begin, reached), min(finish, end)
        if b > a:
            total += b - a
            reached = b
    return total
