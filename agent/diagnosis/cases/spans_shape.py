"""What happens in a visit that did not before, or no more: the patterns of logs, steps and calls in traces."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.analysis.ranking.surprise import share_surprise
from agent.diagnosis.cases.signals_clue import Clue, Family
from agent.diagnosis.cases.spans_visits import Place, Visit

# Two entities' clocks and the stamps of logs agree within this many seconds at best.
_CLOCK = 0.002
_NOTHING = "called nobody"

Where = tuple[Place, Place | str | None]
Kind = tuple[Place, Place | str | None, frozenset[str]]
Change = tuple[Kind, bool, str]


@dataclass(slots=True)
class _Seen:
    """Traces that came by (`all`), and those in which a visit had (`with_`) or lacked (`without`) an event."""

    all: dict[Kind, set[str]] = field(default_factory=lambda: defaultdict(set))
    with_: dict[tuple[Kind, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    without: dict[tuple[Kind, str], set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True, slots=True)
class _Finding:
    weight: float
    hits: int
    trials: int
    hits_before: int
    trials_before: int


def shape_clues(before: Sequence[Visit], now: Sequence[Visit], family: Family = "course") -> list[Clue]:
    """Return what changed in the course of visits, without what changes further down the trace explain."""
    kinds = _Kinds(before)
    events: dict[Kind, set[str]] = defaultdict(set)
    for visit in (*before, *now):
        events[kinds.of(visit)].update(visit.events)
    old, new = _Seen(), _Seen()
    for seen, visits in ((old, before), (new, now)):
        for visit in visits:
            _count(seen, visit, kinds.of(visit), events)
    findings = _compare(old, new)
    shown = {id(visit): _shown(visit, kinds.of(visit), events, findings) for visit in now}
    return _left_over(now, shown, findings, family)


class _Kinds:
    """Visits that can be compared: the same operation for the same caller, that failed in the same known way.

    A failure known from before is a kind of its own, so that neither its end nor more of it changes what the
    others look like; a failure never seen before is compared with the nearest kind that has less of it.
    """

    def __init__(self, before: Iterable[Visit]) -> None:
        self._known: dict[Where, set[frozenset[str]]] = defaultdict(set)
        for visit in before:
            self._known[_where(visit)].add(frozenset(visit.faults))

    def of(self, visit: Visit) -> Kind:
        """Return the kind of a visit; it may be one that was never seen before."""
        where = _where(visit)
        known = self._known.get(where, set())
        less = [faults for faults in known if faults <= visit.faults]
        nearest = max(less, key=lambda faults: (len(faults), sorted(faults)), default=frozenset[str]())
        return *where, nearest


def _where(visit: Visit) -> Where:
    """Return what a visit was for: its operation and its caller; where nobody called, what it asked for first.

    What people ask a front door for is the mix of their work, and no change in the door.
    """
    return visit.place, visit.caller or visit.asked


def _any_kind(visit: Visit) -> Kind:
    """Return the kind under which failures are counted among all visits, failed or not."""
    return visit.place, visit.caller, frozenset({""})


def _count(seen: _Seen, visit: Visit, kind: Kind, events: dict[Kind, set[str]]) -> None:
    seen.all[kind].add(visit.trace)
    for event in events[kind]:
        if event in visit.events:
            seen.with_[kind, event].add(visit.trace)
        elif visit.whole:
            seen.without[kind, event].add(visit.trace)
    seen.all[_any_kind(visit)].add(visit.trace)
    for event in _telling(visit):
        seen.with_[_any_kind(visit), event].add(visit.trace)


def _telling(visit: Visit) -> set[str]:
    """Return the events that say something whatever the visit was for: failures, and a door that opens on nothing."""
    return visit.faults if visit.caller or visit.asked or not visit.whole else {*visit.faults, _NOTHING}


def _shown(
    visit: Visit, kind: Kind, events: dict[Kind, set[str]], findings: dict[Change, _Finding]
) -> list[Change]:
    changes = [(kind, event in visit.events, event) for event in events[kind]]
    changes += [(_any_kind(visit), True, event) for event in _telling(visit)]
    return [change for change in changes if change in findings]


def _compare(old: _Seen, new: _Seen) -> dict[Change, _Finding]:
    found = {}
    for has, was, now in ((True, old.with_, new.with_), (False, old.without, new.without)):
        for (kind, event), traces in now.items():
            # The unit is the trace: visits of one trace are no independent witnesses.
            counts = (len(traces), len(new.all[kind]), len(was.get((kind, event), ())), len(old.all[kind]))
            weight = share_surprise(*counts) if counts[3] else 0.0
            if weight > 0:
                found[kind, has, event] = _Finding(weight, *counts)
    return found


def _left_over(
    now: Sequence[Visit], shown: dict[int, list[Change]], findings: dict[Change, _Finding], family: Family
) -> list[Clue]:
    """Weigh each finding by how little of it stronger findings in the calls before it explain."""
    strongest = {
        key: max((findings[c].weight for c in changes), default=0.0) for key, changes in shown.items()
    }
    below: dict[int, list[tuple[float, float]]] = {}
    shares: dict[Change, list[float]] = defaultdict(list)
    for visit in now:
        under = _under(visit, strongest, below)
        for change in shown[id(visit)]:
            at = visit.events.get(change[2], visit.end)
            cause = max((weight for end, weight in under if end <= at + _CLOCK), default=0.0)
            shares[change].append(max(0.0, 1 - cause / findings[change].weight))
    clues = []
    looked = Counter(kind[0][0] for kind, _, _ in shares)
    for change, parts in shares.items():
        finding = findings[change]
        price = math.log(looked[change[0][0][0]])
        weight = max(0.0, finding.weight * sum(parts) / len(parts) - price)
        before = max(0.0, finding.weight - price)
        if before > 0:
            clues.append(Clue(change[0][0][0], family, weight, _text(change, finding), before))
    return clues


def _under(
    visit: Visit, strongest: dict[int, float], below: dict[int, list[tuple[float, float]]]
) -> list[tuple[float, float]]:
    """Return (end, strongest finding in it and under it) of the calls of a visit, without recursion."""
    stack = [visit]
    while stack:
        one = stack[-1]
        waiting = [call for call, _ in one.calls if id(call) not in below and call not in stack]
        if waiting and id(one) not in below:
            stack.extend(waiting[:1])
            continue
        stack.pop()
        below[id(one)] = [
            (call.end, max([strongest.get(id(call), 0.0), *(w for _, w in below.get(id(call), ()))]))
            for call, _ in one.calls
        ]
    return below[id(visit)]


def _text(change: Change, finding: _Finding) -> str:
    (place, _, _), has, event = change
    what = event if has else f"no longer {event}"
    return (
        f"{place[1]}: {what} in {finding.hits} of {finding.trials} traces "
        f"({finding.hits_before} of {finding.trials_before} before)"
    )
