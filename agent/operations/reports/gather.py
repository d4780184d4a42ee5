"""Collects what a report is about: from the store, from the objectives, and from the metrics over the whole period."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.analysis.slo.periods import period_of
from agent.domain.deployment import DeploymentState
from agent.domain.evidence import Evidence, ReadRequest, Window
from agent.domain.noun import Json
from agent.domain.report import ReportKind
from agent.domain.results import Series, SeriesResult
from agent.domain.risk import RiskState
from agent.domain.slo import SliKind, Slo
from agent.domain.task import TaskState
from agent.errors import OpsError
from agent.operations.reports.cases import MOST_INCIDENTS, cases_of
from agent.operations.reports.facts import Facts, Measured, Plans, Standing
from agent.operations.reports.periods import Period
from agent.operations.reports.shares import with_shares
from agent.operations.reports.standing import tells_downtime
from agent.policy.load import Policies
from agent.ports.objectives import Objectives
from agent.ports.reads import Reads
from agent.ports.store import Store, Tx

_LONG_AGO = timedelta(days=400)
_MOST_OPEN = 500
_KEPT = "kept"
_AHEAD = timedelta(days=31)
_HISTORIES = 4
_REAL_DISK = '{fstype!~"tmpfs|overlay|squashfs|ramfs|nsfs"}'
_STORAGE = {
    "storage_used": f"sum(max by (instance, device) (node_filesystem_size_bytes{_REAL_DISK} "
    f"- node_filesystem_free_bytes{_REAL_DISK}))",
    "storage_total": f"sum(max by (instance, device) (node_filesystem_size_bytes{_REAL_DISK}))",
}
_WHOLE = (
    ("latency_average", "together"),
    ("latency_p95", "together"),
    ("cpu_utilization", "hosts"),
    ("memory_utilization", "hosts"),
)
_DAILY = ("request_rate",)
_EACH = ("latency_average", "latency_p95", "request_rate", "server_error_ratio")


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Looks everything up; `objectives` is None where nothing measures them."""

    store: Store
    reads: Reads
    objectives: Objectives | None

    async def facts(
        self,
        period: Period,
        policies: Policies,
        now: datetime,
        *,
        drawn: bool = True,
    ) -> Facts:
        """Return what is known of a period; without `drawn` what only charts and tables of services need is left out."""
        window = period.window(now)
        standings, signals = await asyncio.gather(
            self._standings(window, drawn=drawn), self._signals(window, period, drawn=drawn)
        )
        if self.objectives is not None and drawn and period.kind is ReportKind.SLA:
            standings = await with_shares(self.store, self.objectives, standings, window)
        async with self.store.read() as tx:
            cases, cut = await cases_of(tx, policies, window)
            plans = await _plans(tx, window, policies, period)
            recorded = bool(cases) or await _recorded(tx, window)
        planned = _planned_seconds(policies, window)
        return Facts(period, window, now, cases, standings, signals, plans, planned, cut, recorded)

    async def _standings(self, window: Window, *, drawn: bool) -> tuple[Standing, ...]:
        if self.objectives is None:
            return ()
        wanted = [slo for slo in self.objectives.all() if drawn or tells_downtime(slo)]
        asked = (self._standing(self.objectives, slo, window) for slo in wanted)
        found = await asyncio.gather(*asked)
        if not drawn:
            return tuple(found)
        chosen = sorted(found, key=_interest)[:_HISTORIES]
        return tuple(
            await asyncio.gather(
                *(
                    _with_history(self.objectives, one, window) if one in chosen else _as_it_is(one)
                    for one in found
                )
            )
        )

    async def _standing(self, objectives: Objectives, slo: Slo, window: Window) -> Standing:
        own = period_of(slo.window, window.end)
        if own.start == window.start and own.end > window.end:
            # Of the objective's own month that still runs, what is to come belongs to the budget, as everywhere else.
            return Standing(slo, await objectives.state(slo.name, window.end))
        return Standing(slo, await objectives.over(slo.name, window))

    async def _signals(self, window: Window, period: Period, *, drawn: bool) -> dict[str, Measured]:
        asked = [self._whole(name, of, window) for name, of in _WHOLE]
        asked += [self._days(name, window, period) for name in _DAILY]
        asked += [self._each(name, window) for name in (_EACH if drawn else ())]
        asked += [self._query(name, promql, window) for name, promql in _STORAGE.items()]
        return {one.signal: one for one in await asyncio.gather(*asked)}

    async def _whole(self, signal: str, of: str, window: Window) -> Measured:
        evidence = await self._period(signal, window, of=of)
        value = evidence.reading.value
        return _measured(signal, evidence, value=value.value if value else None, parts=_parts(evidence))

    async def _days(self, signal: str, window: Window, period: Period) -> Measured:
        evidence = await self._period(signal, window, of="together", daily=period.zone)
        points = dict(_series(evidence)[0].points) if _series(evidence) else {}
        days = tuple(points.get(period.end_of(day).timestamp()) for day in period.days)
        seen = [one for one in days if one is not None]
        return _measured(signal, evidence, value=sum(seen) / len(seen) if seen else None, days=days)

    async def _each(self, signal: str, window: Window) -> Measured:
        evidence = await self._period(signal, window, of="each")
        return _measured(f"{signal}:each", evidence, parts=_parts(evidence))

    async def _query(self, name: str, promql: str, window: Window) -> Measured:
        params: dict[str, Json] = {"promql": promql, "end": window.end.isoformat()}
        evidence = await self.reads.run(ReadRequest(tool="metrics_collector.query", params=params))
        value = evidence.reading.value
        found = _measured(name, evidence, value=value.value if value else None)
        return found

    async def _period(self, signal: str, window: Window, *, of: str, daily: str = "") -> Evidence:
        params: dict[str, Json] = {
            "signal": signal,
            "start": window.start.isoformat(),
            "end": window.end.isoformat(),
            "of": of,
            "daily": bool(daily),
            **({"zone": daily} if daily else {}),
        }
        return await self.reads.run(ReadRequest(tool="metrics_collector.period", params=params))


def _interest(one: Standing) -> tuple[bool, float]:
    """Order objectives for the chart: availability first, then by how much of the budget is spent."""
    return one.slo.kind is not SliKind.AVAILABILITY, -(one.state.spent or 0.0)


async def _as_it_is(one: Standing) -> Standing:
    return one


async def _with_history(objectives: Objectives, one: Standing, window: Window) -> Standing:
    try:
        history = await objectives.history(one.slo.name, window)
    except OpsError:
        # A picture less is no reason to have no report; the figures beside it say what could not be measured.
        return one
    return Standing(one.slo, one.state, history)


def _measured(
    name: str,
    evidence: Evidence,
    *,
    value: float | None = None,
    parts: dict[str, float] | None = None,
    days: tuple[float | None, ...] = (),
) -> Measured:
    reading = evidence.reading
    return Measured(
        signal=name,
        unit=reading.value.unit if reading.value else "count",
        value=value,
        parts=parts or {},
        days=days,
        query=reading.query,
        evidence_ids=(evidence.id,),
        error=evidence.error or "",
    )


def _series(evidence: Evidence) -> tuple[Series, ...]:
    result = evidence.reading.result
    return result.series if evidence.ok and isinstance(result, SeriesResult) else ()


def _parts(evidence: Evidence) -> dict[str, float]:
    return {one.labels.get("of", ""): one.points[-1][1] for one in _series(evidence) if one.points}


def _planned_seconds(policies: Policies, window: Window) -> float:
    """Return how long maintenance was planned within a window; what overlaps counts once."""
    total, reached = timedelta(), window.start
    for one in sorted(policies.slos.windows(window.start, window.end), key=lambda one: one.start):
        end = min(one.end, window.end)
        total += max(timedelta(), end - max(one.start, reached))
        reached = max(reached, end)
    return total.total_seconds()


async def _recorded(tx: Tx, window: Window) -> bool:
    """Say whether the bot was there before a window was over: something recurred by then, or an incident was opened."""
    marks = await tx.cron.in_states([_KEPT], _MOST_OPEN)
    if any(one.at < window.end for one in marks):
        return True
    known = await tx.incidents.recent(MOST_INCIDENTS)
    return any(one.times.opened_at < window.end for one in known)


async def _plans(tx: Tx, window: Window, policies: Policies, period: Period) -> Plans:
    ended = await tx.tasks.in_states([TaskState.DONE.value], _MOST_OPEN, since=window.start - _LONG_AGO)
    waiting = await tx.tasks.in_states([TaskState.OPEN.value], _MOST_OPEN)
    risks = await tx.risks.in_states([state.value for state in RiskState], _MOST_OPEN)
    releases = await tx.deployments.since(window.start)
    return Plans(
        done=tuple(
            one
            for one in ended
            if one.kind == "follow_up" and one.ended_at and window.start <= one.ended_at < window.end
        ),
        open=tuple(one for one in waiting if one.kind == "follow_up"),
        risks=tuple(one for one in risks if window.start <= one.changed_at < window.end),
        releases=tuple(
            one for one in releases if one.at < window.end and one.state is not DeploymentState.OWN
        ),
        coming=tuple(
            sorted(
                (one for one in policies.reports.planned if one.on >= period.after), key=lambda one: one.on
            )
        ),
        maintenance=tuple(policies.slos.windows(period.end, period.end + _AHEAD)),
    )
