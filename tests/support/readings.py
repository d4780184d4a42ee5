"""Small builders of readings, so that a test reads as the story it tells."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.evidence import EvidenceStatus, Reading
from agent.domain.results import (
    Change,
    ChangesResult,
    EdgesResult,
    LogPattern,
    PatternsResult,
    PictureResult,
    PodsResult,
    PodState,
    Quantity,
    Result,
    Series,
    SeriesResult,
    TableResult,
)

UNITS = {
    "server_error_ratio": "ratio",
    "latency_p95": "seconds",
    "request_rate": "1/s",
    "up": "ratio",
    "pool_utilization": "ratio",
    "cache_hit_ratio": "ratio",
    "container_memory_ratio": "ratio",
    "cpu_utilization": "ratio",
    "certificate_days_left": "days",
}


def found(result: Result, summary: str = "found", **more: Quantity) -> Reading:
    return Reading(status=EvidenceStatus.SUCCESS, query="a query", summary=summary, result=result, **more)


def points(
    now: datetime, normal: float, bad: float, since: datetime | None, *, minutes: int = 30, step: int = 15
) -> tuple[tuple[float, float], ...]:
    """A series that is normal, with a little ripple, and `bad` from `since` on."""
    start = now - timedelta(minutes=minutes)
    count = minutes * 60 // step
    return tuple(
        (at.timestamp(), (bad if since is not None and at >= since else normal) * (1 + 0.02 * (-1) ** index))
        for index in range(count + 1)
        for at in [start + timedelta(seconds=index * step)]
    )


def signal(
    now: datetime,
    name: str,
    normal: float,
    bad: float | None = None,
    since: datetime | None = None,
    *,
    labels: dict[str, str] | None = None,
) -> Reading:
    unit = UNITS[name]
    line = points(now, normal, normal if bad is None else bad, since)
    return found(
        SeriesResult(signal=name, unit=unit, series=(Series(labels=labels or {}, points=line),)),
        value=Quantity(value=line[-1][1], unit=unit),
        normal=Quantity(value=normal, unit=unit),
    )


def changes(*those: Change) -> Reading:
    return found(ChangesResult(changes=those))


def deployment(service: str, at: datetime, before: str, after: str, revision: int = 2) -> Change:
    return Change(
        at=at,
        change="deployment",
        service=service,
        description=f"image {before} -> {after}",
        before=before,
        after=after,
        revision=revision,
    )


def patterns(*those: LogPattern) -> Reading:
    total, before = sum(p.count for p in those), sum(p.count_before for p in those)
    return found(PatternsResult(patterns=those, total=total, total_before=before))


def pattern(
    service: str,
    template: str,
    *,
    sample: str | None = None,
    level: str = "error",
    count: int = 120,
    before: int = 0,
    first: datetime | None = None,
) -> LogPattern:
    return LogPattern(
        template=template,
        sample=sample or template,
        level=level,
        service=service,
        count=count,
        count_before=before,
        first_seen_at=first,
    )


def edges(*those: tuple[str, str]) -> Reading:
    return found(EdgesResult(edges=those))


def pods(*those: PodState) -> Reading:
    return found(PodsResult(pods=those))


def pod(name: str, service: str, *, node: str = "node-1", image: str = "shop:v1", **more: object) -> PodState:
    facts: dict[str, object] = {"phase": "Running", "ready": True, "restarts": 0, **more}
    return PodState.model_validate({"name": name, "service": service, "node": node, "image": image, **facts})


def services(*names: str) -> Reading:
    rows = tuple((name, "100%", "12/s", "0.2%", "90 ms") for name in names)
    return found(TableResult(columns=("service", "up", "rps", "error_ratio", "p95_seconds"), rows=rows))


def picture(digest: str, title: str = "chart") -> Reading:
    return found(PictureResult(blob=digest, alt=f"{title} in words", title=title))


def all_series(reading: Reading) -> Sequence[Series]:
    assert isinstance(reading.result, SeriesResult)
    return reading.result.series
