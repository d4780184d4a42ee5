"""Outlier detection as a client's proxy does it: an endpoint that fails several times in a row rests for a while."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class OutlierRule:
    """When an endpoint is ejected, for how long, and how many of them at most."""

    consecutive_errors: int = 5
    interval_seconds: float = 10.0
    ejection_seconds: float = 30.0
    max_ejection_percent: int = 10


@dataclass(slots=True)
class _Seen:
    errors: int = 0
    until: float | None = None
    # How often it was ejected lately; each time lasts longer than the one before.
    times: int = 0


class Outliers:
    """The endpoints of one destination as one client sees them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._swept = clock()
        self.ejections = 0

    @property
    def ejected(self) -> frozenset[str]:
        """Return the endpoints that rest now."""
        return frozenset(name for name, seen in self._seen.items() if seen.until is not None)

    def forget(self) -> None:
        """Drop everything, as when the rule is taken away."""
        self._seen.clear()

    def usable(self, rule: OutlierRule, members: Sequence[str]) -> list[str]:
        """Return the members that may be called now; endpoints that are no longer members are forgotten."""
        present = set(members)
        self._seen = {name: seen for name, seen in self._seen.items() if name in present}
        self._sweep(rule)
        return [name for name in members if name not in self.ejected]

    def answered(self, rule: OutlierRule, name: str, status: int, members: Sequence[str]) -> bool:
        """Take note of an answer, and say whether the endpoint was ejected because of it."""
        seen = self._seen.setdefault(name, _Seen())
        if status < 500:
            seen.errors = 0
            return False
        seen.errors += 1
        if seen.errors < rule.consecutive_errors or seen.until is not None:
            return False
        seen.errors = 0
        if (len(self.ejected) + 1) * 100 > rule.max_ejection_percent * len(members):
            return False
        seen.times += 1
        seen.until = self._clock() + rule.ejection_seconds * seen.times
        self.ejections += 1
        return True

    def _sweep(self, rule: OutlierRule) -> None:
        now = self._clock()
        if now - self._swept < rule.interval_seconds:
            return
        self._swept = now
        for seen in self._seen.values():
            if seen.until is None:
                seen.times = max(seen.times - 1, 0)
            elif now >= seen.until:
                seen.until = None
