"""The check for performance issues: the slowest services of the last day, and what is promised about latency."""

import math
from datetime import timedelta

from agent.domain.checklist import ItemState, Said
from agent.domain.evidence import Evidence, EvidenceStatus
from agent.domain.noun import Json
from agent.domain.results import SeriesResult
from agent.domain.slo import SliKind, SloState
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params import PerformanceIssues

READ = "metrics_collector.period"
_LATENCIES = (SliKind.LATENCY, SliKind.AVERAGE_LATENCY)


class PerformanceCheck:
    """P95 of every service over a day, against a bound, and the latency objectives."""

    name = "performance_issues"

    async def run(self, kit: CheckKit, params: PerformanceIssues) -> Outcome:
        """Name the slowest, and what of them is slower than it may be."""
        now = kit.clock.now()
        start = now - timedelta(days=1)
        seen = await kit.look(
            READ, signal="latency_p95", start=start.isoformat(), end=now.isoformat(), of="each"
        )
        if seen.status is EvidenceStatus.ERROR:
            return unseen(seen)
        found = _slowest(seen)
        if not found:
            return no_data()
        missed = await _missed(kit)
        slow = [(name, p95) for name, p95 in found if p95 > params.p95_above_seconds]
        limit: Json = {"latency": params.p95_above_seconds}
        shown = slow[: params.most] if slow else found[: params.most]
        lines = (
            *(Said(message="check-speed-line", args={"service": n, "p95": {"latency": p}}) for n, p in shown),
            *(_objective(one) for one in missed),
        )
        if slow or missed:
            service = slow[0][0] if slow else missed[0].service
            args: dict[str, Json] = {"count": len(slow), "limit": limit}
            return Outcome(ItemState.ATTENTION, "check-speed-bad", args, lines, service=service)
        name, p95 = found[0]
        return Outcome(
            ItemState.OK,
            "check-speed-well",
            {"limit": limit, "service": name, "p95": {"latency": p95}},
            lines[1:],
        )


def _slowest(seen: Evidence) -> list[tuple[str, float]]:
    result = seen.reading.result
    if not isinstance(result, SeriesResult):
        return []
    named = [(one.labels.get("of") or "–", one.points[-1][1]) for one in result.series if one.points]
    return sorted(((n, p) for n, p in named if math.isfinite(p)), key=lambda pair: -pair[1])


async def _missed(kit: CheckKit) -> list[SloState]:
    if kit.objectives is None:
        return []
    slow = {one.name for one in kit.objectives.all() if one.kind in _LATENCIES}
    return [one for one in await kit.objectives.states() if one.slo in slow and one.met is False]


def _objective(one: SloState) -> Said:
    return Said(
        message="check-speed-objective",
        args={"name": one.slo, "sli": {"share": one.sli}, "target": {"share": one.target}},
    )
