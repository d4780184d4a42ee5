"""What is forgotten when its time is over, and what never is."""

from datetime import datetime, timedelta

from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.deployment import PlannedRelease
from agent.domain.evidence import Diagnosis, Evidence, EvidenceStatus, Reading, ReadRequest
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.domain.notification import NotificationState
from agent.domain.page import Page, PageState, Way
from agent.domain.report import ReportFile, ReportKind, Written
from agent.domain.results import PictureResult
from agent.domain.timeline import TimelineKind
from agent.jobs.leases import LeaseJobs
from agent.operations.housekeeping import Housekeeping
from agent.ports.jobs import Job
from agent.ports.outbox import SlotKind
from agent.ports.store import Mute, Tx
from agent.store.engine import SqlStore
from tests.support.alerts import alert, group
from tests.support.courier import mail
from tests.support.store import NOON, StillClock

LONG_AGO = NOON - timedelta(days=100)
LATELY = NOON - timedelta(days=10)


async def _incident(tx: Tx, name: str, number: int, *, ended: datetime | None, began: datetime) -> None:
    incident = Incident(
        id=name,
        number=number,
        title=f"{name}: HighErrorRate",
        status=IncidentStatus.RESOLVED if ended else IncidentStatus.ACTIVE,
        priority=Priority.P1,
        priority_reason=Reason(rule="r", sentence="s"),
        service=name,
        environment="production",
        namespace="shop",
        times=Times(started_at=began, opened_at=began, resolved_at=ended),
        conversation=Conversation(channel="#alerts"),
    )
    await tx.incidents.create(incident)
    await tx.timeline.append(name, TimelineKind.OPENED, "ops-monitor", began, {})
    await tx.memory.remember(incident, "the cause", name)
    await tx.evidence.put_diagnosis(name, Diagnosis(), began)
    await tx.evidence.put_blob(f"picture-{name}", "image/png", b"\x89PNG")
    picture = PictureResult(blob=f"picture-{name}", alt="a chart", title="errors")
    for number_of, result in (("1", None), ("2", picture)):
        reading = Reading(status=EvidenceStatus.SUCCESS, query="q", summary="s", result=result)
        request = ReadRequest(tool="metrics_collector.signal")
        await tx.evidence.add(
            Evidence(
                id=f"ev-{name}-{number_of}",
                incident_id=name,
                request=request,
                reading=reading,
                observed_at=began,
                digest="d",
                backend="prometheus",
            )
        )
    await tx.outbox.request(
        f"card:{name}", SlotKind.CARD, channel="#alerts", priority=1, incident_id=name, at=began
    )
    await tx.alerts.upsert(
        [_record(name, firing=ended is None, at=began), _record(name, firing=False, at=began)]
    )


def _record(name: str, *, firing: bool, at: datetime) -> AlertRecord:
    status = AlertStatus.FIRING if firing else AlertStatus.RESOLVED
    return AlertRecord(
        alert=Alert(
            fingerprint=f"{name}-{status.value}",
            status=status,
            labels={"alertname": "A", "service": name},
            starts_at=at,
        ),
        severity=Severity.CRITICAL,
        incident_id=name,
        reason=Reason(rule="r", sentence="s"),
        first_seen_at=at,
        last_seen_at=at,
        group_key="g",
        service=name,
    )


async def _left(store: SqlStore, name: str) -> tuple[int, int, bool, bool]:
    """Return how many alerts and pieces of evidence are left, and whether picture and card slot are."""
    async with store.read() as tx:
        return (
            len(await tx.alerts.of_incident(name)),
            len(await tx.evidence.of_incident(name)),
            await tx.evidence.blob(f"picture-{name}") is not None,
            await tx.outbox.get(f"card:{name}") is not None,
        )


def _housekeeping(store: SqlStore) -> Housekeeping:
    clock = StillClock()
    return Housekeeping(store, LeaseJobs(store, clock), clock, retention_days=90)


async def test_only_what_belongs_to_incidents_that_ended_long_ago_goes(store: SqlStore) -> None:
    async with store.write() as tx:
        await _incident(tx, "over", 1, ended=LONG_AGO, began=LONG_AGO)
        await _incident(tx, "lately", 2, ended=LATELY, began=LONG_AGO)
        await _incident(tx, "open", 3, ended=None, began=LONG_AGO)

    await _housekeeping(store).prune()

    assert await _left(store, "over") == (0, 0, False, False)
    assert await _left(store, "open") == (2, 2, True, True)
    assert await _left(store, "lately") == (1, 2, True, True)
    async with store.read() as tx:
        for name in ("over", "lately", "open"):
            assert await tx.incidents.get(name) is not None
            assert len(await tx.timeline.of(name)) == 1
            assert await tx.evidence.diagnosis(name) is not None
        assert {1, 2, 3} == {
            p.number for p in await tx.memory.similar("over lately open", exclude=None, limit=9)
        }


async def test_deliveries_keys_mutes_replies_and_dead_jobs_go_with_time(store: SqlStore) -> None:
    keeping = _housekeeping(store)
    async with store.write() as tx:
        for at, name in ((LONG_AGO, "old"), (LATELY, "new")):
            item = await tx.inbox.add(group(alert("A", starts=at, service="payment"), at=at))
            await tx.inbox.mark_processed(item, at)
            await tx.seen.first_time(name, at)
            await tx.mutes.add(Mute(id=name, labels={"service": "x"}, until=at, by="ada", reason="deploy"))
            await tx.outbox.request(f"reply:{name}", SlotKind.REPLY, channel="C1", priority=2, at=at)
        waiting = await tx.inbox.add(group(alert("B", starts=LONG_AGO, service="payment"), at=LONG_AGO))
        await keeping.jobs.enqueue(tx, Job(kind="work"))
        await tx.connection.exec_driver_sql("UPDATE jobs SET state = 'dead', created_at = 0")
        await keeping.jobs.enqueue(tx, Job(kind="work"))

    await keeping.prune()

    async with store.write() as tx:
        assert [await tx.inbox.get(number) is not None for number in (1, 2, waiting)] == [False, True, True]
        assert (await tx.seen.first_time("old", NOON), await tx.seen.first_time("new", NOON)) == (True, False)
        assert [m.id for m in await tx.mutes.active(LONG_AGO - timedelta(days=1))] == ["new"]
        assert await tx.outbox.get("reply:old") is None
        assert await tx.outbox.get("reply:new") is not None
        counts = await keeping.jobs.counts(tx)
        assert (counts.waiting, counts.dead) == (1, 0)


async def test_what_was_sent_to_people_goes_with_its_incident(store: SqlStore) -> None:
    sent, dead = NotificationState.SENT, NotificationState.DEAD
    async with store.write() as tx:
        await _incident(tx, "ended", 1, ended=LONG_AGO, began=LONG_AGO)
        await _incident(tx, "open", 2, ended=None, began=LONG_AGO)
        for kept in (
            mail("gone-sent", at=LONG_AGO, state=sent, incident_id="ended"),
            mail("gone-dead", at=LONG_AGO, state=dead),
            mail("waits", at=LONG_AGO),
            mail("lives", at=LONG_AGO, state=sent, incident_id="open"),
            mail("young", at=LATELY, state=sent, incident_id="ended"),
        ):
            await tx.notifications.add(kept)
        await tx.retention.forget(NOON - timedelta(days=90))
        names = ("gone-sent", "gone-dead", "waits", "lives", "young")
        found = [name for name in names if await tx.notifications.get(name) is not None]
        assert ["waits", "lives", "young"] == found


async def test_calls_and_what_was_done_go_with_an_incident_that_ended_long_ago(store: SqlStore) -> None:
    ends = {"over": LONG_AGO, "settling": NOON - timedelta(days=94), "open": None}
    kept = {"task:T1:x", "file:T1", "counted:update:u1"}
    gone = {"since:1:P1", "call:1:P1:0", "counted:page:p", "pager:1:resolve"}
    async with store.write() as tx:
        for number, (name, ended) in enumerate(ends.items(), 1):
            await _incident(tx, name, number, ended=ended, began=LONG_AGO)
            for key in kept | gone:
                await tx.life.done(name, key, LONG_AGO)
            await tx.pages.add_once(_page(name, number))

    await _housekeeping(store).prune()

    async with store.read() as tx:
        done = {name: set(await tx.life.all_done(name)) for name in ends}
        pages = {name: len(await tx.pages.of_incident(name)) for name in ends}
    assert {"over": kept, "settling": kept | gone, "open": kept | gone} == done
    assert {"over": 0, "settling": 1, "open": 1} == pages


def _page(incident: str, number: int) -> Page:
    return Page(
        id=f"page-{incident}",
        number=number,
        at=LONG_AGO,
        incident_id=incident,
        person="ada",
        target="primary",
        way=Way.SLACK,
        reason="opened",
        state=PageState.ANSWERED,
    )


async def test_much_is_forgotten_in_small_helpings(store: SqlStore) -> None:
    async with store.write() as tx:
        for number in range(5):
            await tx.seen.first_time(f"k{number}", LONG_AGO)
        assert await tx.retention.forget(NOON, most=2)
        assert await tx.retention.forget(NOON, most=2)
        assert not await tx.retention.forget(NOON, most=2)
        assert not await tx.retention.forget(NOON, most=2)


async def test_plans_for_times_long_ago_are_forgotten(store: SqlStore) -> None:
    async with store.write() as tx:
        for key, days in (("old", 91), ("new", 1)):
            at = NOON - timedelta(days=days)
            plan = PlannedRelease(id=key, number=0, at=at, service="checkout", environment="production")
            await tx.planned_releases.add_once(plan)
        await tx.retention.forget(NOON - timedelta(days=90))
        left = await tx.planned_releases.since(NOON - timedelta(days=365))

    assert ["new"] == [one.id for one in left]


async def test_old_reports_go_with_their_files(store: SqlStore) -> None:
    async with store.write() as tx:
        for name, at in (("old", LONG_AGO), ("new", LATELY)):
            await tx.evidence.put_blob(f"pdf-{name}", "application/pdf", b"%PDF")
            await tx.evidence.put_blob(f"png-{name}", "image/png", b"\x89PNG")
            chart = PictureResult(blob=f"png-{name}", alt="charts", title="a report")
            file = ReportFile(name="a.pdf", media_type="application/pdf", digest=f"pdf-{name}", size=4)
            await tx.reports.add_once(
                Written(
                    id=f"monthly:{name}",
                    number=1,
                    at=at,
                    kind=ReportKind.MONTHLY,
                    name="monthly",
                    period="2026-10",
                    zone="UTC",
                    language="en",
                    start=at,
                    end=at,
                    files=(file,),
                    picture=chart,
                )
            )
        assert not await tx.retention.forget(NOON - timedelta(days=90))
    async with store.read() as tx:
        assert await tx.reports.get("monthly:old") is None
        assert await tx.evidence.blob("pdf-old") is None
        assert await tx.evidence.blob("png-old") is None
        assert await tx.reports.get("monthly:new") is not None
        assert b"%PDF" == await tx.evidence.blob("pdf-new")
