"""What every store must do with the outbox's rows."""

from datetime import timedelta

from agent.ports.outbox import SlotKind
from agent.ports.store import Tx
from agent.store.engine import SqlStore
from tests.support.store import NOON


async def want(tx: Tx, key: str, *, priority: int = 1, channel: str = "#alerts", seconds: int = 0) -> None:
    at = NOON + timedelta(seconds=seconds)
    await tx.outbox.request(key, SlotKind.CARD, channel=channel, priority=priority, incident_id="i1", at=at)


async def test_repeats_before_delivery_fold_into_one(store: SqlStore) -> None:
    async with store.write() as tx:
        for _ in range(3):
            await want(tx, "card:i1")
        (slot,) = await tx.outbox.due(NOON, 10)
        assert (slot.wanted, slot.sent) == (3, 0)
        await tx.outbox.sent("card:i1", slot.wanted, channel="C1", ts="1.1")

        assert await tx.outbox.due(NOON, 10) == []
        assert await tx.outbox.waiting() == 0


async def test_a_wish_during_delivery_is_not_lost(store: SqlStore) -> None:
    async with store.write() as tx:
        await want(tx, "card:i1")
        (slot,) = await tx.outbox.due(NOON, 10)
        await want(tx, "card:i1")
        await tx.outbox.sent("card:i1", slot.wanted, channel="C1", ts="1.1")
        (again,) = await tx.outbox.due(NOON, 10)

        assert (again.wanted, again.sent, again.ts) == (2, 1, "1.1")


async def test_the_worst_goes_first_then_first_posts_then_the_oldest_wish(store: SqlStore) -> None:
    async with store.write() as tx:
        await want(tx, "edit", priority=1)
        await tx.outbox.sent("edit", 1, channel="C1", ts="1.1")
        await want(tx, "edit", priority=1, seconds=0)
        await want(tx, "late", priority=1, seconds=5)
        await want(tx, "early", priority=1, seconds=1)
        await want(tx, "mild", priority=3)
        await want(tx, "worst", priority=0, seconds=9)

        assert [s.key for s in await tx.outbox.due(NOON, 10)] == ["worst", "early", "late", "edit", "mild"]
        assert [s.key for s in await tx.outbox.due(NOON, 2)] == ["worst", "early"]


async def test_replies_of_a_root_that_cannot_be_posted_crowd_out_nobody(store: SqlStore) -> None:
    async with store.write() as tx:
        for number in range(4):
            await want(tx, f"card:{number}", priority=0)
            await tx.outbox.failed(f"card:{number}", "no such channel", NOON + timedelta(minutes=1))
            await tx.outbox.request(
                f"details:{number}",
                SlotKind.DETAILS,
                channel="#gone",
                priority=0,
                thread_of=f"card:{number}",
                at=NOON,
            )
        await want(tx, "card:minor", priority=3)

        assert [s.key for s in await tx.outbox.due(NOON, 2)] == ["card:minor"]
        assert await tx.outbox.waiting() == 9
        await tx.outbox.sent("card:1", 1, channel="C1", ts="1.1")
        assert [s.key for s in await tx.outbox.due(NOON, 2)] == ["details:1", "card:minor"]


async def test_a_failed_try_waits_and_keeps_its_error(store: SqlStore) -> None:
    later = NOON + timedelta(seconds=30)
    async with store.write() as tx:
        await want(tx, "card:i1")
        await tx.outbox.sending("card:i1", NOON)
        await tx.outbox.failed("card:i1", "rate limited", later)

        assert await tx.outbox.due(NOON, 10) == []
        assert await tx.outbox.waiting() == 1
        (slot,) = await tx.outbox.due(later, 10)

        assert (slot.attempts, slot.last_error, slot.sending_since) == (1, "rate limited", NOON)
        await tx.outbox.sent("card:i1", 1, channel="C1", ts="1.1")
        sent = await tx.outbox.get("card:i1")

        assert sent is not None
        assert (sent.attempts, sent.last_error, sent.not_before, sent.sending_since) == (0, None, None, None)


async def test_a_message_moves_only_before_it_may_have_been_posted(store: SqlStore) -> None:
    async with store.write() as tx:
        await want(tx, "card:i1", channel="#alerts-warning")
        await want(tx, "card:i1", channel="#alerts-critical")
        moved = await tx.outbox.get("card:i1")
        await tx.outbox.sending("card:i1", NOON)
        await want(tx, "card:i1", channel="#alerts-warning")
        stayed = await tx.outbox.get("card:i1")

        assert moved is not None
        assert stayed is not None
        assert moved.channel == "#alerts-critical"
        assert stayed.channel == "#alerts-critical"
        assert await tx.outbox.get("nothing") is None


async def test_a_reply_keeps_its_text_until_it_gets_another(store: SqlStore) -> None:
    async with store.write() as tx:
        for payload in ({"text": "one"}, None, {"text": "two"}):
            await tx.outbox.request(
                "reply:1",
                SlotKind.REPLY,
                channel="C1",
                priority=2,
                thread_of="card:i1",
                payload=payload,
                at=NOON,
            )
        slot = await tx.outbox.get("reply:1")

        assert slot is not None
        assert (slot.payload, slot.thread_of) == ({"text": "two"}, "card:i1")
