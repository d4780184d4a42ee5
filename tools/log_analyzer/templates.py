"""Mines log templates of two windows and tells which are new or more frequent than before."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.analysis.logs import TemplateMiner
from agent.domain.results import LogLine, LogPattern

MAX_LINE = 600
_LEVEL_RANK = {"fatal": 0, "error": 1, "warn": 2}


@dataclass(slots=True)
class _Seen:
    """What was counted of one template."""

    count: int = 0
    before: int = 0
    newest: LogLine | None = None
    oldest: LogLine | None = None
    levels: dict[str, int] = field(default_factory=dict)
    template: str = ""


def mine(
    now: Sequence[LogLine], before: Sequence[LogLine], *, ratio: float, limit: int
) -> tuple[LogPattern, ...]:
    """Return the patterns of `now`, most telling first.

    `ratio` is how many lines of the comparison window stand for one line of the window, were nothing to change.
    """
    seen = _counted(now, before)
    patterns = [_pattern(item) for item in seen if item.count and item.newest]
    patterns.sort(key=lambda pattern: telling(pattern, ratio), reverse=True)
    return tuple(patterns[:limit])


def telling(pattern: LogPattern, ratio: float) -> tuple[float, float]:
    """Return how much a pattern tells: new or surging first, errors before others, then the more frequent."""
    severity = {0: 3.0, 1: 2.0, 2: 1.0}.get(_LEVEL_RANK.get(pattern.level, 9), 0.0)
    surge = math.log2((pattern.count + 0.5) / (pattern.count_before / max(ratio, 1e-9) + 0.5))
    novelty = 2.0 if pattern.new else 0.0
    return severity + novelty + max(0.0, min(surge, 4.0)) / 2, pattern.count


def surging(pattern: LogPattern, ratio: float) -> bool:
    """Say whether a known pattern is at least three times as frequent as before, and not by a few lines."""
    expected = pattern.count_before / max(ratio, 1e-9)
    return not pattern.new and pattern.count >= 5 and pattern.count >= 3 * expected


def _counted(now: Sequence[LogLine], before: Sequence[LogLine]) -> Iterable[_Seen]:
    miner = TemplateMiner()
    added: dict[int, list[tuple[LogLine, bool]]] = {}
    # The older lines teach the templates first, so that a line of today joins yesterday's template.
    for lines, current in ((reversed(before), False), (reversed(now), True)):
        for line in lines:
            added.setdefault(miner.add(_text(line)), []).append((line, current))
    seen: dict[int, _Seen] = {}
    # Shapes may have turned out to be one template since, so their lines are counted together.
    for cluster, lines_of in added.items():
        item = seen.setdefault(miner.resolve(cluster), _Seen())
        item.template = miner.template(cluster)
        for line, current in lines_of:
            _count(item, line, current=current)
    return seen.values()


def _count(item: _Seen, line: LogLine, *, current: bool) -> None:
    if not current:
        item.before += 1
        return
    item.count += 1
    item.levels[line.level] = item.levels.get(line.level, 0) + 1
    if item.oldest is None or line.at < item.oldest.at:
        item.oldest = line
    if item.newest is None or line.at >= item.newest.at:
        item.newest = line


def _text(line: LogLine) -> str:
    first = line.message.strip().splitlines()
    return first[0][:MAX_LINE] if first else "(empty line)"


def _pattern(item: _Seen) -> LogPattern:
    assert item.newest is not None
    assert item.oldest is not None
    level = max(item.levels, key=lambda name: (item.levels[name], -_LEVEL_RANK.get(name, 9)))
    return LogPattern(
        template=item.template or item.newest.message[:MAX_LINE],
        sample=item.newest.message[:MAX_LINE],
        level=level,
        service=item.newest.service,
        count=item.count,
        count_before=item.before,
        first_seen_at=item.oldest.at,
    )
