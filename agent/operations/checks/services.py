"""The check that every service is up: what the metrics say of each, and whether an alert about it fires."""

from agent.domain.checklist import ItemState, Said
from agent.domain.evidence import Evidence, EvidenceStatus
from agent.domain.noun import Json
from agent.domain.results import TableResult
from agent.operations.checks.engine import CheckKit, Outcome, no_data, unseen
from agent.operations.health import BAD, UNKNOWN, WATCH, health_of
from agent.policy.check_params import ServicesHealthy

READ = "metrics_collector.services"


class ServicesCheck:
    """Every service with metrics, or those that the policy names; one without figures is unknown."""

    name = "services_healthy"

    async def run(self, kit: CheckKit, params: ServicesHealthy) -> Outcome:
        """Look at every service at once."""
        seen = await kit.look(READ)
        if seen.status is EvidenceStatus.ERROR:
            return unseen(seen)
        async with kit.store.read() as tx:
            firing = {record.about for record in await tx.alerts.firing(500)}
        health = health_of(seen, firing, "en")
        if health is None:
            return no_data()
        wanted = params.services or tuple(health.dots)
        dots = {name: health.dots.get(name, UNKNOWN) for name in wanted}
        bad = [name for name, dot in dots.items() if dot in (BAD, WATCH)]
        unknown = [name for name, dot in dots.items() if dot == UNKNOWN]
        lines = _lines(seen, bad, firing)
        if unknown:
            lines = (*lines, Said(message="check-services-unseen", args={"names": list[Json](unknown)}))
        if bad:
            args: dict[str, Json] = {"bad": len(bad), "count": len(dots), "names": list[Json](bad)}
            return Outcome(ItemState.ATTENTION, "check-services-bad", args, lines, service=bad[0])
        if unknown:
            return Outcome(ItemState.UNKNOWN, "check-services-unseen", {"names": list[Json](unknown)})
        return Outcome(ItemState.OK, "check-services-well", {"count": len(dots)})


def _lines(seen: Evidence, bad: list[str], firing: set[str]) -> tuple[Said, ...]:
    result = seen.reading.result
    if not isinstance(result, TableResult):
        return ()
    rows = {row[0]: dict(zip(result.columns, row, strict=False)) for row in result.rows}
    return tuple(
        Said(
            message="check-service-alerting" if name in firing else "check-service-line",
            args={
                "service": name,
                "up": _cell(rows, name, "up"),
                "errors": _cell(rows, name, "error_ratio"),
                "p95": _cell(rows, name, "p95_seconds"),
            },
        )
        for name in bad
    )


def _cell(rows: dict[str, dict[str, str]], name: str, column: str) -> str:
    return rows.get(name, {}).get(column, "").replace(" %", "%") or "–"
