"""The courier on either database: replicas side by side, and one that takes over from another."""

import asyncio

from agent.domain.notification import NotificationState
from agent.errors import Refused
from agent.store.engine import SqlStore
from tests.support.courier import Carrier, Office, page
from tests.support.store import NOON


async def test_replicas_side_by_side_send_each_message_once(store: SqlStore) -> None:
    desk = Office(store)
    keys = [f"p{number:02d}" for number in range(12)]
    carrier = Carrier(acts=[lambda _: asyncio.sleep(0.01)] * len(keys))
    await desk.add(*(page(key) for key in keys))
    await asyncio.gather(*(desk.courier(carrier, alone=False).deliver_due() for _ in range(3)))
    assert keys == sorted(carrier.sent)
    assert [False] * len(keys) == carrier.again


async def test_a_replica_takes_over_what_another_began(store: SqlStore) -> None:
    desk = Office(store)
    begun = {"state": NotificationState.SENDING, "sending_since": NOON, "attempts": 1}
    await desk.add(page("a", not_before=NOON.replace(second=25), **begun), page("b"))
    carrier = Carrier()
    other = desk.courier(carrier, alone=False)
    await other.deliver_due()
    assert ["b"] == carrier.sent
    desk.clock.advance(26)
    await other.deliver_due()
    assert (["b", "a"], [False, True]) == (carrier.sent, carrier.again)


async def test_states_are_counted(store: SqlStore) -> None:
    desk = Office(store)
    refused = Carrier(acts=[Refused("no such service", backend="pagerduty")])
    await desk.add(page("a"), page("b"), page("c", not_before=NOON.replace(hour=18)))
    await desk.courier(refused).deliver_due()
    async with store.read() as tx:
        assert {"dead": 1, "sent": 1, "waiting": 1} == await tx.notifications.counts()
