"""What the logs complain of that they did not complain of before."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from agent.domain.checklist import ItemState, Said
from agent.domain.evidence import Evidence
from agent.domain.noun import Json
from agent.domain.results import LogPattern, PatternsResult
from agent.operations.checks.answers import failed, rows_of
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.policy.check_params_upkeep import ErrorLogs

DAY_MINUTES = 24 * 60
_SAMPLE = 160
# Each look reads thousands of lines, and the store has others to serve.
_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class ErrorLogsCheck:
    """Compares the error patterns since the last check with those of the day before."""

    name: ClassVar[str] = "error_logs"

    async def run(self, kit: CheckKit, params: ErrorLogs) -> Outcome:
        """Name the new patterns with counts and a sample of each."""
        minutes = _minutes(kit.due_at - kit.since)
        day_before = (kit.clock.now() - timedelta(minutes=minutes)).isoformat()
        counted, any_line, earlier = await asyncio.gather(
            kit.look("log_analyzer.errors_by_service", minutes=minutes),
            kit.look("log_analyzer.search", minutes=minutes, limit=1),
            kit.look("log_analyzer.search", minutes=DAY_MINUTES, end=day_before, limit=1),
        )
        broken = failed((counted, any_line, earlier))
        if broken is not None:
            return unseen(broken)
        if not any_line.ok:
            # No error among no lines at all says nothing.
            return no_data("logs")
        named = [row["service"] for row in rows_of(counted)]
        services = list(dict.fromkeys([*named, *params.services]))
        gate = asyncio.Semaphore(_AT_ONCE)
        looks = await asyncio.gather(*(_patterns(kit, service, minutes, gate) for service in services))
        found = [pattern for one in looks for pattern in _patterns_of(one)]
        total = int(counted.reading.value.value) if counted.reading.value else 0
        outcome = _outcome(found, total, minutes, params, failed(looks))
        if total and not earlier.ok:
            # Everything is new where nothing is remembered; that is no finding.
            return replace(outcome, state=ItemState.UNKNOWN, message="check-errors-alone")
        return outcome


def _minutes(span: timedelta) -> int:
    return max(60, min(DAY_MINUTES, round(span.total_seconds() / 60)))


async def _patterns(kit: CheckKit, service: str, minutes: int, gate: asyncio.Semaphore) -> Evidence:
    async with gate:
        return await kit.look(
            "log_analyzer.patterns",
            service=service,
            minutes=minutes,
            compare_minutes=DAY_MINUTES,
            level="error",
        )


def _patterns_of(found: Evidence) -> tuple[LogPattern, ...]:
    result = found.reading.result
    return result.patterns if isinstance(result, PatternsResult) else ()


def _outcome(
    found: list[LogPattern], total: int, minutes: int, params: ErrorLogs, broken: Evidence | None
) -> Outcome:
    fresh = sorted((one for one in found if one.new), key=lambda one: (-one.count, one.template))
    details = [_line(one) for one in fresh[: params.most]]
    if broken is not None:
        details.append(Said(message="check-part-unseen", args={"why": broken.error or ""}))
    args: dict[str, Json] = {
        "total": total,
        "fresh": len(fresh),
        "known": len(found) - len(fresh),
        "window": {"seconds": minutes * 60},
    }
    if fresh:
        return Outcome(
            ItemState.ATTENTION, "check-errors-new", args, tuple(details), service=fresh[0].service
        )
    state = ItemState.OK if broken is None else ItemState.UNKNOWN
    return Outcome(state, "check-errors-known" if total else "check-errors-none", args, tuple(details))


def _line(one: LogPattern) -> Said:
    args: dict[str, Json] = {"service": one.service, "count": one.count, "sample": one.sample[:_SAMPLE]}
    return Said(message="check-errors-one", args=args)
