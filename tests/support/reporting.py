"""A month of a small shop for reports: incidents in a real store, and doubles of what measures objectives and signals."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agent.domain.alert import Reason
from agent.domain.evidence import EvidenceStatus, Reading, ReadRequest, Window
from agent.domain.incident import Priority
from agent.domain.results import Quantity, Series, SeriesResult
from agent.domain.slo import Budgeting, CalendarWindow, PeriodUnit, ServiceCredit, SliKind, Slo, SloState
from agent.errors import NotFound
from agent.lifecycle import changes, tasks
from agent.store.engine import SqlStore
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads

ZONE = "Asia/Seoul"
AFTER = datetime(2026, 11, 2, 0, 30, tzinfo=UTC)
"""A moment after October was over in every zone."""
DAY = 86_400.0
CREDITS = (
    ServiceCredit(down_to=0.995, below=0.999, credit=0.10),
    ServiceCredit(down_to=0.99, below=0.995, credit=0.25),
    ServiceCredit(down_to=0.0, below=0.99, credit=0.50),
)


def slo(
    name: str,
    service: str,
    *,
    kind: SliKind = SliKind.AVAILABILITY,
    target: float = 0.999,
    agreement: bool = False,
) -> Slo:
    """Return an objective of a calendar month."""
    return Slo(
        name=name,
        service=service,
        title=f"{service} {kind.value.replace('_', ' ')}" + (" (agreement)" if agreement else ""),
        kind=kind,
        target=target,
        window=CalendarWindow(unit=PeriodUnit.MONTH, zone=ZONE),
        budgeting=Budgeting.OCCURRENCES,
        agreement=agreement,
        credits=CREDITS if agreement else (),
        excludes_maintenance=agreement,
    )


SHOP = (
    slo("checkout-availability", "checkout"),
    slo("payment-availability", "payment"),
    slo("checkout-latency", "checkout", kind=SliKind.LATENCY, target=0.95),
    slo("shop-agreement", "checkout", agreement=True),
)


@dataclass
class KnownObjectives:
    """Implements ports.objectives.Objectives from shares that a test names; one that it does not name has no data."""

    known: Sequence[Slo] = SHOP
    shares: dict[str, float] = field(
        default_factory=lambda: {
            "checkout-availability": 0.9995,
            "payment-availability": 0.9986,
            "checkout-latency": 0.981,
            "shop-agreement": 0.9969,
        }
    )
    error: str | None = None
    asked: list[tuple[str, Window]] = field(default_factory=list)

    def all(self) -> Sequence[Slo]:
        return self.known

    async def state(self, slo: str, at: datetime | None = None) -> SloState:
        return await self.over(slo, Window(start=AFTER - timedelta(days=30), end=at or AFTER))

    async def states(self, service: str | None = None, at: datetime | None = None) -> Sequence[SloState]:
        return [await self.state(one.name, at) for one in self.known if service in (None, one.service)]

    async def over(self, slo: str, window: Window) -> SloState:
        one = self._named(slo)
        self.asked.append((slo, window))
        share = self.shares.get(slo)
        seconds = (window.end - window.start).total_seconds()
        base = SloState(
            slo=slo,
            service=one.service,
            target=one.target,
            status=EvidenceStatus.NO_DATA if self.error is None else EvidenceStatus.ERROR,
            window=window,
            at=window.end,
            error=self.error,
        )
        if share is None or self.error is not None:
            return base
        total = 1_000_000.0
        found = {
            "status": EvidenceStatus.SUCCESS,
            "total": total,
            "bad": total * (1 - share),
            "sli": share,
            "budget": total * (1 - one.target),
            "spent": (1 - share) / (1 - one.target),
            "bad_seconds": seconds * (1 - share),
            "covered": 1.0,
            "excluded_seconds": 900.0 if one.excludes_maintenance else 0.0,
        }
        return base.model_copy(update=found)

    async def history(self, slo: str, window: Window, points: int = 120) -> Series:
        share = self.shares.get(slo)
        if share is None:
            return Series(points=())
        spent = (1 - share) / (1 - self._named(slo).target)
        start, end = window.start.timestamp(), window.end.timestamp()
        steps = [n / points for n in range(1, points + 1)]
        return Series(points=tuple((start + (end - start) * n, 1 - spent * n) for n in steps))

    def _named(self, name: str) -> Slo:
        found = next((one for one in self.known if one.name == name), None)
        if found is None:
            raise NotFound(f"There is no objective {name}.")
        return found


def shop_reads(now: datetime = AFTER) -> ScriptedReads:
    """Return reads that know the shop's traffic and machines over any period."""
    reads = ScriptedReads(now)
    values = {
        "latency_average": (0.187, "seconds"),
        "latency_p95": (0.52, "seconds"),
        "request_rate": (29.0, "1/s"),
    }
    values |= {"server_error_ratio": (0.0008, "ratio")}
    for name, (value, unit) in values.items():
        together = series(unit, {"": value})
        reads.on("metrics_collector.period", together, signal=name, of="together", daily=False)
        each = series(unit, {"checkout": value * 1.1, "payment": value * 0.7, "catalog": value})
        reads.on("metrics_collector.period", each, signal=name, of="each")
    for name, value in (("cpu_utilization", 0.45), ("memory_utilization", 0.62)):
        reads.on(
            "metrics_collector.period", series("ratio", {"a": value, "b": value}), signal=name, of="hosts"
        )
    reads.on("metrics_collector.period", _daily_requests, signal="request_rate", daily=True)
    reads.on("metrics_collector.query", _storage)
    return reads


def series(unit: str, values: dict[str, float]) -> Reading:
    """Return a reading of one value for each name."""
    found = tuple(Series(labels={"of": name}, points=((0.0, value),)) for name, value in values.items())
    mean = sum(values.values()) / len(values)
    return Reading(
        status=EvidenceStatus.SUCCESS,
        query="a query",
        summary="values",
        value=Quantity(value=mean, unit=unit),
        result=SeriesResult(unit=unit, series=found),
    )


def _daily_requests(request: ReadRequest) -> Reading:
    start, end = (datetime.fromisoformat(str(request.params[name])).timestamp() for name in ("start", "end"))
    days = int((end - start) // DAY)
    points = tuple((start + DAY * n, 29.0 + (n % 7) * 0.9) for n in range(1, days + 1))
    reading = series("1/s", {"": 29.0})
    return reading.model_copy(update={"result": SeriesResult(unit="1/s", series=(Series(points=points),))})


def _storage(request: ReadRequest) -> Reading:
    used = "free" in str(request.params["promql"])
    return series("count", {"": (125 if used else 500) * 2.0**30})


async def incident(
    store: SqlStore,
    at: datetime,
    *,
    service: str = "payment",
    title: str = "HighErrorRate",
    priority: Priority = Priority.P2,
    minutes: float | None = 30,
    detect_seconds: float = 60,
    by: str | None = None,
    why: str = "",
    muted: bool = False,
) -> str:
    """Put an incident through its life: opened at a time (declared when `by` is given), resolved so many minutes later."""
    policies = shipped_policies()
    async with store.write() as tx:
        if by is not None:
            one = await changes.declare(
                tx,
                policies,
                title=title,
                service=service,
                priority=priority,
                by=by,
                at=at,
                environment="production",
            )
        else:
            one = await changes.open_incident(
                tx,
                policies,
                title=f"{service}: {title}",
                service=service,
                environment="production",
                namespace="shop",
                priority=priority,
                reason=Reason(rule="r", sentence="a rule"),
                started_at=at - timedelta(seconds=detect_seconds),
                at=at,
                data={},
            )
        if muted:
            from agent.domain.timeline import TimelineKind

            await tx.timeline.append(one.id, TimelineKind.NOTE, "U1", at, {"text": "Muted", "mutes": 1})
        if minutes is not None:
            ended = at + timedelta(minutes=minutes)
            if not muted:
                await changes.acknowledge(tx, policies, one.id, by="U1", at=at + timedelta(minutes=1))
            await changes.resolve(tx, policies, one.id, by="U1" if why else "ops-monitor", at=ended, why=why)
    return one.id


async def follow_up(
    store: SqlStore, incident_id: str, words: str, at: datetime, *, done: datetime | None = None
) -> None:
    """Add a follow-up, and finish it when a time is given."""
    policies = shipped_policies()
    async with store.write() as tx:
        task = await tasks.add(
            tx, policies, incident_id, text=words, by="U1", at=at, key=words, kind="follow_up", owner="U1"
        )
        if done is not None:
            await tasks.finish(tx, policies, task.id, by="U1", at=done)


async def october(store: SqlStore) -> None:
    """Fill the store with an October of which a report has something to tell."""
    month = datetime(2026, 10, 1, 1, 0, tzinfo=UTC)
    first = await incident(
        store,
        month + timedelta(days=3),
        priority=Priority.P1,
        minutes=42,
        title="PaymentErrors",
        why="rolled back payment v2.4, which had lost its connection pool",
    )
    await incident(
        store,
        month + timedelta(days=9, hours=4),
        service="checkout",
        priority=Priority.P0,
        minutes=18,
        why="restarted the cache",
    )
    for n in range(12):
        await incident(
            store,
            month + timedelta(days=1 + 2 * n, hours=n),
            service=("catalog", "textbook", "tutor")[n % 3],
            title=("HighLatency", "PodRestarts", "DiskSpaceLow")[n % 3],
            priority=(Priority.P2, Priority.P3)[n % 2],
            minutes=25 + 11 * n,
        )
    await incident(
        store,
        month + timedelta(days=20),
        title="CertificateExpiry",
        minutes=12,
        why="false alarm: an old certificate was still scraped",
    )
    await incident(
        store,
        month + timedelta(days=24),
        by="U2",
        title="Textbooks are not created",
        service="textbook",
        minutes=75,
        why="the queue's disk was full",
    )
    await incident(store, month + timedelta(days=29), service="catalog", title="HighLatency", minutes=None)
    await follow_up(
        store,
        first,
        "Alert on connections of the pool",
        month + timedelta(days=4),
        done=month + timedelta(days=12),
    )
    await follow_up(store, first, "Test the roll-back of payment each release", month + timedelta(days=4))
    for n in range(3):
        await incident(store, month - timedelta(days=5 + 4 * n), minutes=50, priority=Priority.P2)
