"""What a life must look like, written from the rules as people state them and from nothing of the product's code.

Everything is worked out anew at each moment from a few facts of one incident. Calls are known by what they are: opening,
level (or why), person and way.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bench.lifecycle_table import (
    CLOSES,
    COMES_NEXT,
    JOINS_PAGER,
    LOUD,
    MOMENT,
    ON_CALL,
    PATIENCE,
    RESOLVE,
    RESPOND,
    SKEW,
    SPARE_WAYS,
    TELLS,
    WAYS,
    Ring,
    may_disturb,
    rank,
)


@dataclass
class Story:
    """One incident as it should be."""

    priority: str
    began: datetime
    status: str = "triage"
    opening: int = 1
    acknowledged: datetime | None = None
    ended: datetime | None = None
    mitigated: datetime | None = None
    reached: dict[str, datetime] = field(default_factory=dict)
    answered_at: list[int] = field(default_factory=list)
    levels: dict[tuple[str, int], datetime] = field(default_factory=dict)
    rings: list[Ring] = field(default_factory=list)
    seen: set[tuple[int, str, str]] = field(default_factory=set)
    told: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    words: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    pager: set[tuple[int, str]] = field(default_factory=set)
    reminders: dict[tuple[str, datetime], bool] = field(default_factory=dict)
    hands: int = 0
    taken_up: bool = False
    came_from: str | None = None
    worse: bool = False
    returns: Counter[str] = field(default_factory=Counter)
    anew: set[str] = field(default_factory=set)

    @property
    def open(self) -> bool:
        """Say whether people still have to care."""
        return self.status in ("triage", "active", "mitigated")

    def acknowledge(self, now: datetime) -> None:
        """Take it up, if nobody has."""
        if self.open and self.acknowledged is None:
            self.acknowledged = now
            if self.status == "triage":
                self.status = "active"

    def resolve(self, now: datetime) -> None:
        """End it."""
        if self.open:
            self.status, self.ended = "resolved", now

    def mitigate(self, now: datetime) -> None:
        """Hold the harm off."""
        if self.open and self.status != "mitigated":
            self.status, self.mitigated = "mitigated", now

    def reopen(self, now: datetime) -> None:
        """Bring it back; an end of a moment was none, any other makes everything begin anew."""
        if self.open:
            return
        assert self.ended is not None
        fleeting = now - self.ended <= MOMENT
        self.status, self.ended, self.mitigated = "active", None, None
        if fleeting:
            return
        self.opening += 1
        self.began, self.acknowledged, self.hands, self.taken_up = now, None, 0, False
        self.reached, self.answered_at, self.levels, self.told = {}, [], {}, {}
        self.worse, self.came_from, self.returns, self.anew = False, None, Counter(), set()

    def by_hand(self, people: tuple[str, ...], now: datetime) -> None:
        """Call people at once."""
        self.hands += 1
        for person in people:
            for way in self._ways(person, rings=False):
                self._ring(f"hand.{self.hands}", person, way, now, level=1, why="by_hand")

    def tick(self, now: datetime) -> None:
        """Let everything happen that is due by now."""
        if self.open:
            self._set_back(now)
            while self._calls(now) or self._spares(now):
                pass
            self._targets(now)
        self._after_the_end(now)
        self._pager()
        self._tell(now)
        if self.status == "resolved" and self.ended is not None and now >= self.ended + CLOSES:
            self.status = "closed"
        for (task, at), fired in self.reminders.items():
            self.reminders[task, at] = fired or at <= now

    @property
    def here(self) -> list[Ring]:
        """Return the calls of this opening."""
        return [ring for ring in self.rings if ring.opening == self.opening]

    def _since(self) -> datetime:
        return self.reached[self.priority]

    def _set_back(self, now: datetime) -> None:
        """Whatever seems to lie ahead was before the clock was set back, and counts from now."""
        if self.came_from not in (None, self.priority) and self.priority in self.reached:
            self._comes_back(now)
        self.came_from = self.priority
        if self.priority not in self.reached:
            louder_than_ever = bool(self.reached) and min(map(rank, self.reached)) > rank(self.priority)
            self.reached[self.priority] = now if louder_than_ever else min(self.began, now)
            self.worse |= louder_than_ever
        for marks in (self.reached, self.levels):
            for key, at in marks.items():
                if at > now + SKEW:
                    marks[key] = now  # type: ignore[index]
        for who, (count, at) in self.told.items():
            if at > now + SKEW:
                self.told[who] = (count, now)
        for ring in self.here:
            if ring.at > now + SKEW and not ring.refused and not ring.over:
                ring.at = now

    def _comes_back(self, now: datetime) -> None:
        """A priority that it had before counts from its beginning; a louder one calls everybody again."""
        louder = rank(self.came_from or self.priority) > rank(self.priority)
        self.returns[self.priority] += 1
        self.reached[self.priority] = now if louder else min(self.began, now)
        self.anew = self.anew | {self.priority} if louder else self.anew - {self.priority}
        self.worse |= louder
        self.levels = {key: at for key, at in self.levels.items() if key[0] != self.priority}

    def _name(self, word: str) -> str:
        times = self.returns[self.priority]
        return f"{word}+{times}" if times else word

    def _known(self) -> list[Ring]:
        """Return the calls that need not be made again."""
        if self.priority not in self.anew:
            return self.here
        scope = self._name(self.priority)
        return [r for r in self.here if r.name.removeprefix("target.").partition(".")[0] == scope]

    def _calls(self, now: datetime) -> bool:
        """Make the next call that is due; an answer ends those that were made before it."""
        if self.acknowledged is not None:
            self._take_up()
            louder = bool(self.answered_at) and min(self.answered_at) > rank(self.priority)
            if not (louder and WAYS[self.priority] and (self.priority, 0) not in self.levels):
                if rank(self.priority) not in self.answered_at:
                    self.answered_at.append(rank(self.priority))
                return False
        if not WAYS[self.priority]:
            return False
        if (self.priority, 0) not in self.levels:
            return self._level(0, (ON_CALL,), self._since(), now)
        if (self.priority, 1) in self.levels:
            return False
        made = [r for r in self.here if r.level == 0 and r.why != "by_hand"]
        in_vain = self.priority in LOUD and all(r.refused and r.spared for r in made)
        wait = 0 if in_vain else RESPOND[self.priority]
        due = self.levels[self.priority, 0] + timedelta(seconds=wait)
        return self._level(1, COMES_NEXT[self.priority], due, now)

    def _take_up(self) -> None:
        """End every call that was made before somebody took it up, once."""
        for ring in self.rings if not self.taken_up else ():
            ring.over = ring.spared = True
        self.taken_up = True

    def _level(self, level: int, people: tuple[str, ...], due: datetime, now: datetime) -> bool:
        if self._when(due, now) > now:
            return False
        before = self.levels or self.returns
        why = "escalated" if level else ("priority_raised" if before else "opened")
        self.levels[self.priority, level] = now
        known = {(r.person, r.way) for r in self._known() if r.why not in ("by_hand", "target_missed")}
        for person in people:
            for way in self._ways(person, rings=level == 0):
                if (person, way) not in known:
                    self._ring(f"{self._name(self.priority)}.{level}", person, way, now, level=level, why=why)
        return True

    def _when(self, due: datetime, now: datetime) -> datetime:
        if self.priority in LOUD:
            return due
        late = max(due, now)
        calm = may_disturb(late)
        return due if calm == late else calm

    def _ways(self, person: str, *, rings: bool) -> list[str]:
        rung = rings or any(r.rings_service and not r.refused for r in self.here)
        joins = rings or person in JOINS_PAGER
        named = WAYS[self.priority] or ("slack",)
        able = [way for way in named if way != "pagerduty" or (rung and joins)]
        return able or [SPARE_WAYS[0]]

    def _ring(self, name: str, person: str, way: str, now: datetime, *, level: int, why: str) -> None:
        rings_service = way == "pagerduty" and level == 0
        self.rings.append(Ring(name, person, way, now, self.opening, level, why, rings_service))

    def _spares(self, now: datetime) -> bool:
        """Call once more by another way, where one refused or took too long."""
        for ring in self.here:
            silent = not ring.taken and not ring.refused and not ring.over
            due = ring.refused or (silent and ring.at + PATIENCE <= now)
            if ring.spared or not due:
                continue
            ring.spared = True
            used = {r.way for r in self.here if (r.name, r.person) == (ring.name, ring.person)}
            way = next((one for one in SPARE_WAYS if one not in used), None)
            if way is not None:
                self._ring(ring.name, ring.person, way, now, level=ring.level, why=ring.why)
            return True
        return False

    def _targets(self, now: datetime) -> None:
        raised = any(rank(p) > rank(self.priority) for p in self.reached)
        began = self._since() if raised else min(self.began, self._since())
        whole = timedelta(seconds=RESOLVE[self.priority])
        scope = self._name(self.priority)
        near, missed = (self.opening, scope, "near"), (self.opening, scope, "missed")
        if now >= began + whole * 0.75 and now < began + whole and missed not in self.seen:
            self.seen.add(near)
        if now >= began + whole:
            self.seen.add(missed)
        call = (self.opening, scope, "call")
        due = self._when(began + whole, now) <= now
        if due and call not in self.seen and COMES_NEXT[self.priority]:
            self.seen.add(call)
            known = {(r.person, r.way) for r in self._known() if r.why == "target_missed"}
            for person in COMES_NEXT[self.priority]:
                for way in self._ways(person, rings=False):
                    if (person, way) not in known:
                        self._ring(f"target.{scope}", person, way, now, level=1, why="target_missed")
            while self._spares(now):
                pass

    def _after_the_end(self, now: datetime) -> None:
        if self.open or self.ended is None:
            return
        if self.ended > now + SKEW or now >= self.ended + MOMENT:
            for ring in self.rings:
                ring.over = True
            for opening in {r.opening for r in self.rings if r.way == "pagerduty" and r.taken}:
                self.pager.add((opening, "resolve"))

    def _pager(self) -> None:
        """The pager hears what became of each opening that it was rung for."""
        for opening in {r.opening for r in self.rings if r.way == "pagerduty" and r.taken}:
            if opening < self.opening:
                self.pager.add((opening, "resolve"))
            elif self.open and self.acknowledged is not None:
                self.pager.add((opening, "acknowledge"))

    def _tell(self, now: datetime) -> None:
        """Audiences hear at first, then as often as their priority says, at mitigation and at the end."""
        if self.open:
            self.words.update((self.opening, "changed", who) for who in self.told if self.worse)
            self.worse = False
            for who, every in TELLS[self.priority].items():
                if who not in self.told:
                    self.told[who] = (1, now)
                    self.words[self.opening, "opened", who] += 1
                elif every and now >= self.told[who][1] + timedelta(seconds=every):
                    self.told[who] = (self.told[who][0] + 1, now)
                    self.words[self.opening, "due", who] += 1
        if not self.told:
            return
        if self.status == "mitigated" and self.mitigated is not None and now >= self.mitigated:
            self._once("mitigated")
        if self.status == "resolved" and self.ended is not None and now >= self.ended + MOMENT:
            self._once("resolved")

    def _once(self, moment: str) -> None:
        mark = (self.opening, "", moment)
        if mark not in self.seen:
            self.seen.add(mark)
            self.words.update((self.opening, moment, who) for who in self.told)
