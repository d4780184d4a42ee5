"""Mines log templates with Drain and tells which are new or more frequent than before."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.domain.results import LogLine, LogPattern

MAX_LINE = 600
_LEVEL_RANK = {"fatal": 0, "error": 1, "warn": 2}
_EDGE = r"(?<![A-Za-z0-9_])"
_END = r"(?![A-Za-z0-9_])"

# In this order: what is longer and more telling is masked before its parts are.
MASKS: tuple[tuple[str, str], ...] = (
    (rf"{_EDGE}[0-9a-fA-F]{{8}}-(?:[0-9a-fA-F]{{4}}-){{3}}[0-9a-fA-F]{{12}}{_END}", "uuid"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?", "time"),
    (rf"{_EDGE}(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?::\d{{1,5}})?{_END}", "ip"),
    (rf"{_EDGE}(?:[0-9a-fA-F]{{1,4}}:){{3,7}}[0-9a-fA-F]{{1,4}}{_END}", "ip"),
    (rf"{_EDGE}[\w.+-]+@[\w-]+(?:\.[\w-]+)+{_END}", "mail"),
    (rf"{_EDGE}0x[0-9a-fA-F]+{_END}", "hex"),
    (rf"{_EDGE}(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{{8,64}}{_END}", "hex"),
    (rf"{_EDGE}\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|sec|seconds|min|minutes|h){_END}", "duration"),
    (rf"{_EDGE}\d+(?:\.\d+)?\s?(?:B|kB|KB|MB|GB|KiB|MiB|GiB|bytes){_END}", "size"),
    (rf"(?<![\w.])-?\d+(?:[.,]\d+)*%?{_END}", "num"),
)
_ID_WITH_DIGITS = re.compile(r"(?<![\w<])(?=[\w-]*\d)[A-Za-z]+[_-]\w[\w-]*(?![\w>])")


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


def _miner() -> Any:
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig

    config = TemplateMinerConfig()
    config.drain_sim_th = 0.5
    config.drain_depth = 5
    config.drain_max_clusters = 2000
    config.masking_instructions = [MaskingInstruction(pattern, name) for pattern, name in MASKS]
    return TemplateMiner(config=config)


def _counted(now: Sequence[LogLine], before: Sequence[LogLine]) -> Iterable[_Seen]:
    miner = _miner()
    seen: dict[int, _Seen] = {}
    # The older lines teach the templates first, so that a line of today joins yesterday's template.
    for lines, current in ((reversed(before), False), (reversed(now), True)):
        for line in lines:
            found = miner.add_log_message(_text(line))
            item = seen.setdefault(found["cluster_id"], _Seen())
            _count(item, line, current=current)
    for cluster in miner.drain.clusters:
        if cluster.cluster_id in seen:
            seen[cluster.cluster_id].template = cluster.get_template()
    return seen.values()


def _count(item: _Seen, line: LogLine, *, current: bool) -> None:
    if not current:
        item.before += 1
        return
    item.count += 1
    item.levels[line.level] = item.levels.get(line.level, 0) + 1
    item.oldest = item.oldest or line
    item.newest = line


def _text(line: LogLine) -> str:
    first = line.message.strip().splitlines()
    text = first[0][:MAX_LINE] if first else "(empty line)"
    return _ID_WITH_DIGITS.sub("<id>", text)


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
