"""How a budget went down over a window."""

from collections.abc import Sequence

from agent.analysis.slo.counts import Count, Span
from agent.analysis.slo.tally import tally
from agent.domain.evidence import Window
from agent.domain.slo import Slo, SloState


def burned(
    slo: Slo, whole: SloState, counts: Sequence[Count], excluded: Sequence[Span], points: int
) -> tuple[tuple[float, float], ...]:
    """Return how the budget went down to what `whole` says is left; stretches without data are missing points."""
    if whole.spent is None or not counts or points < 1:
        return ()
    start, end = whole.window.start.timestamp(), counts[-1].end.timestamp()
    size = max(slo.slice_seconds or 0, (end - start) / points)
    groups: dict[int, list[Count]] = {}
    for count in counts:
        groups.setdefault(int((count.end.timestamp() - 1 - start) // size), []).append(count)
    bad, found = 0.0, [(start, 1.0)]
    for number in sorted(groups):
        part = groups[number]
        window = Window(start=max(part[0].start, whole.window.start), end=part[-1].end)
        seen = tally(slo, part, window, part[-1].end, excluded)
        bad += seen.bad
        if seen.data > 0:
            found.append((part[-1].end.timestamp(), bad))
    # The last point is what the state says: its budget is that of the whole window.
    scale = whole.spent / bad if bad else 0.0
    return (found[0], *((at, 1.0 - spent * scale) for at, spent in found[1:]))
