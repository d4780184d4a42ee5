"""Assigns each alert to an incident or to none, a minute after it came: by burst, age, repetition and experience."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.diagnosis.cases.model import AlertEvent
from agent.diagnosis.grouping.experience import LIFE, Experience, Key, pace, passed

# How long an alert may wait for the ones that follow it (seconds).
LOOK_AHEAD = 60.0
# Evidence (log odds) for another incident before it is believed: e^6 = 400 to 1, since there are hundreds of alerts
# in which one could begin for each in which one does. Chosen on the development split; 4 or 8: ARI -.02 / +.00.
_BELIEF = 6.0
# The very same alert rarely comes twice in one incident: five times less likely than the first time.
_AGAIN = 0.2
# While an incident lives, what might be noise is taken in unless it is ten times likelier to be noise: a stray
# alert in an incident costs a glance, a torn-off one a page.
_TAKE_IN = 10.0
# Incidents differ in size: a new one is tried as a third of the usual size and as the usual one.
_SIZES = (0.3, 1.0)
# An incident's size is believed to be the usual one until it differs by this many alerts.
_STEADY = 3.0


@dataclass(frozen=True, slots=True)
class Assigned:
    """One decision: `group_id` is shared by the alerts of one incident and unique for an alert that stays alone."""

    alert_id: str
    group_id: str
    reasons: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    """A living incident: when it began, its alerts and how big it is compared with others."""

    id: str
    start: float
    keys: set[Key] = field(default_factory=set)
    alerts: int = 0
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    id: str
    at: float
    key: Key
    words: str


class Grouper:
    """Feed it alerts in time order; decisions come out at most a minute of stream time later."""

    def __init__(self) -> None:
        self._known = Experience()
        self._waiting: deque[_Waiting] = deque()
        self._living: list[_Group] = []
        self._last: float | None = None

    def add(self, alert: AlertEvent) -> list[Assigned]:
        """Take an alert with its time; return what could be decided meanwhile."""
        at = alert.at if alert.at is not None else (self._last or 0.0)
        decided = self.flush(at)
        if self._last is not None and not self._living:
            self._known.quiet += max(at - self._last, 0.0)
        self._last = at
        words = f"{alert.name} of {alert.entity}"
        self._waiting.append(_Waiting(alert.id, at, _key(alert), words))
        return decided

    def flush(self, now: float) -> list[Assigned]:
        """Return the decisions that are due by `now` (seconds, stream time); pass infinity at the end."""
        return list(self._due(now))

    def _due(self, now: float) -> Iterator[Assigned]:
        while self._waiting and self._waiting[0].at + LOOK_AHEAD < now:
            yield self._decide()

    def _decide(self) -> Assigned:
        alert = self._waiting[0]
        self._age(alert.at)
        until = alert.at + LOOK_AHEAD
        seen = [other for other in self._waiting if other.at <= until]
        evidence = self._evidence(alert.at, seen, until)
        begins = evidence > _BELIEF and all(
            evidence >= self._evidence(later.at, seen, until) for later in seen[1:]
        )
        self._waiting.popleft()
        return self._begin(alert, len(seen), evidence) if begins else self._join(alert)

    def _begin(self, alert: _Waiting, burst: int, evidence: float) -> Assigned:
        beside = f", beside {len(self._living)} that live already" if self._living else ""
        group = _Group(f"g{alert.id}", alert.at)
        self._living.append(group)
        why = (
            f"an incident begins{beside}: {burst} alerts within {LOOK_AHEAD:.0f} s are "
            f"{_odds(evidence)} likelier than without one"
        )
        return self._put(alert, group, (why,))

    def _join(self, alert: _Waiting) -> Assigned:
        chances = [(self._chance(group, alert), -n) for n, group in enumerate(self._living)]
        best, place = max(chances, default=(0.0, 0))
        noise = self._known.noise(alert.key)
        if best * _TAKE_IN <= noise:
            if not self._living:
                self._known.lone += 1
            why = "it fits no living incident" if self._living else "nothing else happened around it"
            return Assigned(alert.id, f"s{alert.id}", (f"{alert.words} stays alone: {why}",))
        group = self._living[-place]
        reasons = [f"{alert.at - group.start:.0f} s after the start of an incident of {group.alerts} alerts"]
        if alert.key not in group.keys and any(alert.key in other.keys for other in self._living):
            reasons.append("the other living incident has the very same alert already")
        share = self._known.share(alert.key)
        if self._known.groups:
            reasons.append(f"{share:.0%} of past incidents brought it")
        return self._put(alert, group, tuple(reasons))

    def _put(self, alert: _Waiting, group: _Group, reasons: tuple[str, ...]) -> Assigned:
        group.alerts += 1
        group.keys.add(alert.key)
        return Assigned(alert.id, group.id, reasons)

    def _age(self, at: float) -> None:
        """Close what lives no longer, and judge the sizes of the others by what has come so far."""
        for group in [g for g in self._living if at - g.start > LIFE]:
            self._living.remove(group)
            self._known.finish(group.keys, group.alerts)
        for group in self._living:
            due = self._known.size * passed(at - group.start)
            group.size = (group.alerts + _STEADY) / (due + _STEADY)

    def _chance(self, group: _Group, alert: _Waiting) -> float:
        """Return how often a second the group brings this alert now."""
        again = _AGAIN if alert.key in group.keys else 1.0
        return group.size * self._known.share(alert.key) * pace(alert.at - group.start) * again

    def _evidence(self, start: float, seen: Sequence[_Waiting], until: float) -> float:
        """Return the log-likelihood ratio of another incident from `start` on against what is known to live."""
        ratios = [
            self._known.share(alert.key)
            * pace(alert.at - start)
            / (self._known.noise(alert.key) + math.fsum(self._chance(group, alert) for group in self._living))
            for alert in seen
            if alert.at >= start
        ]
        expected = self._known.size * passed(until - start)
        return max(math.fsum(math.log1p(size * r) for r in ratios) - size * expected for size in _SIZES)


def _key(alert: AlertEvent) -> Key:
    return (alert.entity, alert.name, *(part for pair in sorted(alert.labels.items()) for part in pair))


def _odds(evidence: float) -> str:
    return f"{math.exp(evidence):,.0f} times" if evidence < math.log(1e6) else "over a million times"
