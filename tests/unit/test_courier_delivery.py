"""The courier: a message is sent once, tried again with patience, and never lost or dead in silence."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.domain.notification import Channel, NotificationState, PagerEvent
from agent.errors import BadAnswer, Conflict, NotFound, Overloaded, Refused, TimedOut, Unavailable
from agent.operations.dead_letters import dead_letters, redeliver
from tests.support.courier import SECRET, Carrier, Office, mail, office, page
from tests.support.store import NOON

SENT, WAITING = NotificationState.SENT, NotificationState.WAITING
SENDING, DEAD = NotificationState.SENDING, NotificationState.DEAD


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(f"sqlite:///{tmp_path / 'ops.db'}") as found:
        yield found


async def test_a_message_is_sent_once_and_its_receipt_kept(desk: Office) -> None:
    carrier = Carrier()
    courier = desk.courier(carrier)
    await desk.add(page("a"))

    assert 1 == await courier.deliver_due()
    assert 0 == await courier.deliver_due()

    sent = await desk.get("a")
    assert (SENT, "ref-a", NOON, "") == (
        sent.state,
        sent.receipt and sent.receipt.reference,
        sent.sent_at,
        sent.last_error,
    )
    assert ["a"] == carrier.sent
    assert [False] == carrier.again
    assert [("a", "sent")] == desk.ends.told


async def test_sending_is_on_disk_before_the_attempt(desk: Office) -> None:
    seen: list[NotificationState] = []

    async def look(_: object) -> None:
        seen.append(await desk.state("a"))

    await desk.add(page("a"))
    await desk.courier(Carrier(acts=[look])).deliver_due()
    assert [SENDING] == seen


async def test_what_was_cut_off_is_sent_with_again(desk: Office) -> None:
    begun = asyncio.Event()

    async def hang(_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    await desk.add(page("a"))
    first = asyncio.create_task(desk.courier(Carrier(acts=[hang])).run())
    await begun.wait()
    for task in asyncio.all_tasks():
        if task.get_name().startswith("courier "):
            task.cancel()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert SENDING is await desk.state("a")

    carrier = Carrier()
    await desk.courier(carrier).deliver_due()
    assert [True] == carrier.again
    assert SENT is await desk.state("a")


async def test_beside_another_replica_a_sending_is_cut_off_only_after_its_lease(desk: Office) -> None:
    held = page("a", state=SENDING, sending_since=NOON, attempts=1)
    await desk.add(held.model_copy(update={"not_before": NOON.replace(second=25)}))
    carrier = Carrier()
    courier = desk.courier(carrier, alone=False)

    assert 0 == await courier.deliver_due()
    desk.clock.advance(26)
    assert 1 == await courier.deliver_due()
    assert [True] == carrier.again


async def test_two_couriers_do_not_send_the_same_message(desk: Office) -> None:
    slow = Carrier(acts=[lambda _: asyncio.sleep(0.05)] * 6)
    couriers = [desk.courier(slow, alone=False) for _ in range(3)]
    await desk.add(*(page(f"p{n}") for n in range(6)))
    await asyncio.gather(*(one.deliver_due() for one in couriers))
    assert [f"p{n}" for n in range(6)] == sorted(slow.sent)
    assert [False] * 6 == slow.again


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (TimedOut("no answer", backend="pagerduty"), True),
        (Unavailable("reset", backend="pagerduty"), True),
        (BadAnswer("garbage", backend="pagerduty"), True),
        (Overloaded("too many", backend="pagerduty"), False),
        (Unavailable("down for a while", backend="pagerduty", retry_after_seconds=1), False),
    ],
)
async def test_only_a_clear_no_was_surely_not_sent(desk: Office, error: Exception, again: bool) -> None:
    carrier = Carrier(acts=[error])
    courier = desk.courier(carrier)
    await desk.add(page("a"))
    await courier.deliver_due()
    assert WAITING is await desk.state("a")
    desk.clock.advance(120)
    await courier.deliver_due()
    assert [False, again] == carrier.again
    assert SENT is await desk.state("a")


async def test_a_no_after_an_unclear_try_stays_unclear(desk: Office) -> None:
    carrier = Carrier(acts=[TimedOut("?", backend="pagerduty"), Overloaded("later", backend="pagerduty")])
    courier = desk.courier(carrier)
    await desk.add(page("a"))
    for _ in range(3):
        await courier.deliver_due()
        desk.clock.advance(120)
    assert [False, True, True] == carrier.again


async def test_retry_after_is_honoured_for_the_whole_channel(desk: Office) -> None:
    carrier = Carrier(acts=[Overloaded("slow down", backend="pagerduty", retry_after_seconds=40)])
    courier = desk.courier(carrier)
    await desk.add(page("a"))
    await courier.deliver_due()
    await desk.add(page("b"))
    desk.clock.advance(39)
    assert 0 == await courier.deliver_due()
    desk.clock.advance(2)
    await courier.deliver_due()
    desk.clock.advance(2)
    await courier.deliver_due()
    assert ["a", "b"] == sorted(carrier.sent)


@pytest.mark.parametrize("error", [Refused("bad key", backend="pagerduty"), NotFound("no such service")])
async def test_a_refusal_is_dead_at_once_and_is_told(desk: Office, error: Exception) -> None:
    await desk.add(page("a"))
    await desk.courier(Carrier(acts=[error])).deliver_due()
    dead = await desk.get("a")
    assert (DEAD, 1, str(error), None) == (dead.state, dead.attempts, dead.last_error, dead.sending_since)
    assert [("a", "dead")] == desk.ends.told


async def test_a_page_dies_within_minutes_and_other_messages_are_tried_for_hours(desk: Office) -> None:
    def failing(channel: Channel) -> Carrier:
        return Carrier(channel, [Unavailable("down", backend=channel.value) for _ in range(200)])

    courier = desk.courier(failing(Channel.PAGERDUTY), failing(Channel.EMAIL))
    await desk.add(page("p"), mail("m"))
    died = None
    for minute in range(60):
        looks = 30 if died is None else 2
        for _ in range(looks):
            await courier.deliver_due()
            desk.clock.advance(60 / looks)
        if died is None and await desk.state("p") is DEAD:
            died = minute
    assert died is not None
    assert died <= 5
    assert [("p", "dead")] == desk.ends.told
    assert WAITING is await desk.state("m")


async def test_a_channel_without_a_connector_dies_with_the_setting_that_is_missing(desk: Office) -> None:
    await desk.add(page("a", channel=Channel.SMS, address="+15005550006"))
    await desk.courier().deliver_due()
    dead = await desk.get("a")
    assert DEAD is dead.state
    assert "OPS_TWILIO_ACCOUNT_SID" in dead.last_error
    assert [("a", "dead")] == desk.ends.told


async def test_one_vendor_that_hangs_holds_up_no_other(desk: Office) -> None:
    forever = asyncio.Event()

    async def hang(_: object) -> None:
        await forever.wait()

    stuck = Carrier(Channel.EMAIL, [hang for _ in range(400)])
    pager = Carrier()
    courier = desk.courier(stuck, pager)
    await desk.add(*(mail(f"m{n}", priority=0) for n in range(350)))
    await desk.add(page("p", at=NOON.replace(minute=5)))
    loop = asyncio.create_task(courier.run())
    async with asyncio.timeout(120):
        while await desk.state("p") is not SENT:
            await asyncio.sleep(0.01)
    assert ["p"] == pager.sent
    assert [] == stuck.sent
    forever.set()
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


async def test_a_hanging_vendor_meets_the_deadline(desk: Office) -> None:
    async def hang(_: object) -> None:
        await asyncio.Event().wait()

    await desk.add(page("a"))
    await desk.courier(Carrier(acts=[hang]), send_seconds=0.05).deliver_due()
    waits = await desk.get("a")
    assert WAITING is waits.state
    assert "did not answer" in waits.last_error


async def test_urgent_messages_go_first(desk: Office) -> None:
    carrier = Carrier()
    await desk.add(page("low", priority=3), page("high", priority=0, at=NOON.replace(minute=1)))
    await desk.courier(carrier).deliver_due()
    assert ["high", "low"] == carrier.sent


async def test_an_end_does_not_overtake_its_beginning(desk: Office) -> None:
    carrier = Carrier(acts=[Unavailable("down", backend="pagerduty")])
    courier = desk.courier(carrier)
    end = PagerEvent(event_action="resolve", dedup_key="ops-monitor-a")
    await desk.add(
        page("a", incident_id="i"),
        page("b", incident_id="i", content=end, about="", at=NOON.replace(second=1), priority=0),
        page("c", incident_id="i"),
    )
    await courier.deliver_due()
    assert ["c"] == carrier.sent
    desk.clock.advance(5)
    await courier.deliver_due()
    assert ["c", "a", "b"] == carrier.sent


async def test_what_is_withdrawn_is_not_sent(desk: Office) -> None:
    await desk.add(page("a"))
    gone = (await desk.get("a")).model_copy(update={"state": NotificationState.WITHDRAWN})
    async with desk.store.write() as tx:
        await tx.notifications.put(gone)
    carrier = Carrier()
    assert 0 == await desk.courier(carrier).deliver_due()
    assert [] == carrier.sent


async def test_what_is_withdrawn_while_it_is_sent_says_the_truth(desk: Office) -> None:
    async def withdraw(_: object) -> None:
        async with desk.store.write() as tx:
            found = await tx.notifications.get("a")
            assert found is not None
            await tx.notifications.put(found.model_copy(update={"state": NotificationState.WITHDRAWN}))

    await desk.add(page("a"))
    await desk.courier(Carrier(acts=[withdraw])).deliver_due()
    assert SENT is await desk.state("a")


async def test_a_hook_that_meets_a_conflict_is_told_again(desk: Office) -> None:
    desk.ends.broken = [Conflict("somebody was faster")]
    await desk.add(page("a"))
    await desk.courier(Carrier()).deliver_due()
    assert SENT is await desk.state("a")
    assert [("a", "sent")] == desk.ends.told


async def test_a_hook_that_breaks_does_not_have_the_page_sent_twice(desk: Office) -> None:
    desk.ends.broken = [ValueError("a fault of ours")]
    carrier = Carrier()
    courier = desk.courier(carrier)
    await desk.add(page("a"))
    await courier.deliver_due()
    desk.clock.advance(600)
    await courier.deliver_due()
    assert ["a"] == carrier.sent
    assert SENT is await desk.state("a")


async def test_neither_secrets_nor_addresses_are_kept_in_an_error(desk: Office) -> None:
    said = f"+15005550006 is no number; key {SECRET} was used"
    await desk.add(page("a", channel=Channel.SMS, address="+15005550006"))
    await desk.courier(Carrier(Channel.SMS, [Refused(said, backend="twilio")])).deliver_due()
    kept = (await desk.get("a")).last_error
    assert "is no number" in kept
    assert SECRET not in kept
    assert "5005550006" not in kept


async def test_a_fault_of_a_connector_is_tried_again(desk: Office) -> None:
    carrier = Carrier(acts=[KeyError("oops")])
    courier = desk.courier(carrier)
    await desk.add(page("a"))
    await courier.deliver_due()
    desk.clock.advance(60)
    await courier.deliver_due()
    assert ["a"] == carrier.sent


async def test_a_dead_letter_is_counted_and_can_be_sent_again(desk: Office) -> None:
    carrier = Carrier(acts=[Refused("no such key", backend="pagerduty")])
    courier = desk.courier(carrier)
    await desk.add(page("a"), page("b"))
    await courier.deliver_due()
    async with desk.store.write() as tx:
        letters = await dead_letters(tx)
        assert (1, {"pagerduty": 1}) == (letters.count, letters.channels)
        await redeliver(tx, letters.newest[0].key, desk.clock.now())
    await courier.deliver_due()
    async with desk.store.read() as tx:
        assert 0 == (await dead_letters(tx)).count
    assert ["a", "b"] == sorted(carrier.sent)


@pytest.mark.parametrize("hours", [-2.0, -0.5])
async def test_a_clock_that_is_set_back_keeps_nothing_waiting(desk: Office, hours: float) -> None:
    carrier = Carrier(acts=[Unavailable("down", backend="pagerduty")])
    courier = desk.courier(carrier)
    wished = NOON.replace(hour=13)
    await desk.add(page("a"), page("later", not_before=wished))
    await courier.deliver_due()
    desk.clock.advance(hours * 3600)
    await courier.deliver_due()
    assert ["a"] == carrier.sent
    assert wished == (await desk.get("later")).not_before
