"""What every store must do with incidents, alerts, deliveries and the rest; run on each adapter."""

import asyncio
import threading
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.evidence import Diagnosis, Evidence, EvidenceStatus, Reading, ReadRequest, reading_digest
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.errors import Conflict, Misconfigured
from agent.ports.store import Mute
from agent.store.engine import SqlStore, open_store
from tests.support.alerts import alert, group
from tests.support.store import NOON, opened


def incident(number: int = 1, **changes: object) -> Incident:
    base = Incident(
        id=f"i{number}",
        number=number,
        title="payment: HighErrorRate",
        status=IncidentStatus.TRIAGE,
        priority=Priority.P1,
        priority_reason=Reason(rule="r", sentence="s"),
        service="payment",
        environment="production",
        namespace="shop",
        times=Times(started_at=NOON, opened_at=NOON),
        conversation=Conversation(channel="#alerts-critical"),
    )
    return base.model_copy(update=changes)


def record(
    fingerprint: str, incident_id: str | None = "i1", *, firing: bool = True, name: str = "A"
) -> AlertRecord:
    return AlertRecord(
        alert=Alert(
            fingerprint=fingerprint,
            status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
            labels={"alertname": name, "service": "payment"},
            starts_at=NOON,
        ),
        severity=Severity.CRITICAL,
        incident_id=incident_id,
        reason=Reason(rule="r", sentence="s"),
        first_seen_at=NOON,
        last_seen_at=NOON,
        group_key="g",
        service="payment",
    )


async def test_a_delivery_waits_until_it_is_processed(store: SqlStore) -> None:
    delivery = group(alert("A", starts=NOON, service="payment"), at=NOON)
    async with store.write() as tx:
        first = await tx.inbox.add(delivery)
        await tx.inbox.add(delivery)
        await tx.inbox.mark_processed(first, NOON)
    async with store.write() as tx:
        item = await tx.inbox.get(first)

        assert item is not None
        assert delivery == item.group
        assert item.processed_at == NOON
        assert await tx.inbox.waiting() == 1
        assert await tx.inbox.get(999) is None


async def test_a_failed_transaction_leaves_nothing_and_calls_nothing(store: SqlStore) -> None:
    called: list[str] = []

    async def fail() -> None:
        async with store.write() as tx:
            await tx.incidents.create(incident())
            tx.after_commit(lambda: called.append("no"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with store.write() as tx:
        tx.after_commit(lambda: called.append("yes"))

        assert await tx.incidents.get("i1") is None
        assert called == []
    assert called == ["yes"]


async def test_a_cancelled_transaction_leaves_nothing_and_frees_the_store(store: SqlStore) -> None:
    started = asyncio.Event()

    async def stuck() -> None:
        async with store.write() as tx:
            await tx.incidents.create(incident())
            started.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(stuck())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(60), store.write() as tx:
        assert await tx.incidents.get("i1") is None
        assert await tx.incidents.next_number() == 1


@pytest.mark.parametrize("side", ["read", "write"])
async def test_cancelled_again_while_it_rolls_back_leaves_no_transaction_open(
    store: SqlStore, side: str
) -> None:
    busy, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(_: Connection) -> None:
        loop.call_soon_threadsafe(busy.set)
        go_on.wait(60)

    async def stuck() -> None:
        async with getattr(store, side)() as tx:
            await tx.connection.run_sync(hold)

    task = asyncio.create_task(stuck())
    await busy.wait()
    for _ in range(3):
        # The roll-back queues up behind what is held, so the second finds it not yet begun.
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(60):
        for _ in range(4):
            async with getattr(store, side)() as tx:
                assert await tx.incidents.get("i1") is None


async def test_a_reader_sees_one_moment_while_somebody_writes(store: SqlStore) -> None:
    async with store.read() as before:
        assert await before.incidents.open() == []
        async with store.write() as tx:
            await tx.incidents.create(incident())

        assert await before.incidents.open() == []
    async with store.read() as after:
        assert [i.id for i in await after.incidents.open()] == ["i1"]


async def test_readers_cannot_write(store: SqlStore) -> None:
    with pytest.raises(Exception, match="database"):
        async with store.read() as tx:
            await tx.incidents.create(incident())


async def test_a_write_inside_a_write_is_refused_instead_of_waiting_for_ever(store: SqlStore) -> None:
    with pytest.raises(RuntimeError, match="inside another"):
        async with asyncio.timeout(60), store.write(), store.write():
            pass


async def test_writers_queue_up_and_lose_no_update(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.incidents.create(incident())

    async def rename(n: int) -> None:
        async with store.write() as tx:
            found = await tx.incidents.get("i1")
            assert found is not None
            await tx.incidents.save(found.model_copy(update={"title": f"{found.title}{n}"}))

    await asyncio.gather(*(rename(n) for n in range(10)))
    async with store.read() as tx:
        found = await tx.incidents.get("i1")

        assert found is not None
        assert found.version == 11
        assert sorted(found.title.removeprefix("payment: HighErrorRate")) == list("0123456789")


async def test_an_outdated_incident_cannot_be_saved(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.incidents.create(incident())
        saved = await tx.incidents.save(incident(title="new"))

        assert saved.version == 2
        with pytest.raises(Conflict):
            await tx.incidents.save(incident(title="old"))


async def test_incidents_are_found_by_number_conversation_status_and_age(store: SqlStore) -> None:
    ended = Times(started_at=NOON, opened_at=NOON, resolved_at=NOON)
    async with store.write() as tx:
        await tx.incidents.create(incident(1, priority=Priority.P2))
        await tx.incidents.create(incident(2, conversation=Conversation(channel="C1", ts="1.2")))
        await tx.incidents.create(incident(3, status=IncidentStatus.RESOLVED, times=ended))
        with pytest.raises(Conflict):
            await tx.incidents.create(incident(3))
    async with store.read() as tx:
        assert await tx.incidents.next_number() == 4
        assert [i.number for i in await tx.incidents.open()] == [2, 1]
        assert [i.number for i in await tx.incidents.recent(2)] == [3, 2]
        assert [i.number for i in await tx.incidents.resolved_since(NOON)] == [3]
        assert await tx.incidents.resolved_since(NOON + timedelta(seconds=1)) == []
        by_number, by_talk = await tx.incidents.by_number(2), await tx.incidents.by_conversation("C1", "1.2")

        assert by_number is not None
        assert by_number == by_talk
        assert await tx.incidents.by_conversation("C1", "9.9") is None


async def test_tallies_follow_alerts_that_end_move_and_repeat(store: SqlStore) -> None:
    async with store.write() as tx:
        await tx.alerts.upsert([record("a"), record("b"), record("c", None)])
        await tx.alerts.upsert([record("a"), record("b", firing=False), record("c", "i2")])
        counted = {
            (t.incident_id, t.name): (t.firing, t.total) for t in await tx.alerts.tallies(["i1", "i2", "i3"])
        }

        assert counted == {("i1", "A"): (1, 2), ("i2", "A"): (1, 1)}
        await tx.alerts.upsert([record("c", "i1", firing=False)])
        counted = {
            (t.incident_id, t.name): (t.firing, t.total) for t in await tx.alerts.tallies(["i1", "i2"])
        }

        assert counted == {("i1", "A"): (1, 3)}


async def test_alerts_are_replaced_by_fingerprint_and_found_again(store: SqlStore) -> None:
    many = [f"f{n}" for n in range(2500)]
    async with store.write() as tx:
        await tx.alerts.upsert([])
        await tx.alerts.upsert([record(f) for f in many])
        await tx.alerts.upsert([record("f0", firing=False), record("f1", None)])
        known = await tx.alerts.get_many([*many, "nobody"])

        assert len(known) == 2500
        assert known["f0"] == record("f0", firing=False)
        assert len(await tx.alerts.of_incident("i1")) == 2499
        assert len(await tx.alerts.firing(limit=10)) == 10
        assert len(await tx.alerts.firing_in_group("g", limit=5000)) == 2499
        assert await tx.alerts.firing_in_group("other") == []


async def test_evidence_pictures_and_diagnoses_come_back_as_they_went(store: SqlStore) -> None:
    reading = Reading(status=EvidenceStatus.NO_DATA, query="up", summary="nothing")
    one = Evidence(
        id="e1",
        incident_id="i1",
        request=ReadRequest(tool="metrics_collector.signal", params={"signal": "up"}),
        reading=reading,
        observed_at=NOON,
        digest=reading_digest(reading),
        backend="prometheus",
    )
    async with store.write() as tx:
        await tx.evidence.add(one)
        await tx.evidence.add(one.model_copy(update={"id": "e2"}))
        await tx.evidence.add(one.model_copy(update={"error": "too slow"}))
        await tx.evidence.put_blob("d", "image/png", b"\x89PNG")
        await tx.evidence.put_blob("d", "image/png", b"\x89PNG")
        await tx.evidence.put_diagnosis("i1", Diagnosis(next_step="wait"), NOON)
        await tx.evidence.put_diagnosis("i1", Diagnosis(next_step="look"), NOON)
    async with store.read() as tx:
        assert [e.id for e in await tx.evidence.of_incident("i1")] == ["e1", "e2"]
        assert await tx.evidence.get("e1") == one.model_copy(update={"error": "too slow"})
        assert await tx.evidence.get("e9") is None
        assert await tx.evidence.blob("d") == b"\x89PNG"
        assert await tx.evidence.blob("x") is None
        assert await tx.evidence.diagnosis("i1") == Diagnosis(next_step="look")
        assert await tx.evidence.diagnosis("i2") is None


async def test_mutes_end_and_keys_are_seen_once(store: SqlStore) -> None:
    mute = Mute(
        id="m", labels={"service": "payment"}, until=NOON + timedelta(hours=1), by="ada", reason="deploy"
    )
    async with store.write() as tx:
        await tx.mutes.add(mute)

        assert await tx.mutes.active(NOON) == [mute]
        assert await tx.mutes.active(NOON + timedelta(hours=1)) == []
        assert await tx.seen.first_time("k", NOON)
        assert not await tx.seen.first_time("k", NOON)


async def test_what_was_stored_is_there_after_opening_again(database: str) -> None:
    async with opened(database) as store, store.write() as tx:
        await tx.incidents.create(incident())
    async with opened(database) as store, store.read() as tx:
        assert await tx.incidents.get("i1") == incident()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "postgresql://", "mysql://db/ops", "nonsense"]
)
async def test_a_database_that_would_forget_or_is_unknown_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured, match="OPS_DATABASE_URL"):
        await open_store(url)


async def test_a_database_of_a_newer_version_is_left_alone(database: str) -> None:
    async with opened(database) as store, store.write() as tx:
        await tx.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(Misconfigured, match="9999"):
        async with opened(database):
            pass
