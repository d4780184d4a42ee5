"""The clock of life on every database: an unanswered P0 from its call to its end, also with two clocks at once."""

import asyncio

from agent.domain.page import PageState
from agent.store.engine import SqlStore
from tests.support.life import on_store


async def test_a_p0_calls_escalates_and_ends(store: SqlStore) -> None:
    world = on_store(store)
    incident = await world.declare()
    await world.turn()
    await world.settle()
    await world.post()
    await world.turn(300)
    called = [
        ("ada", "pagerduty", "opened"),
        ("ada", "slack", "opened"),
        ("cleo", "pagerduty", "escalated"),
        ("cleo", "slack", "escalated"),
        ("dan", "slack", "escalated"),
    ]
    assert called == await world.called(incident)
    await world.acknowledge(incident, by="U0CLEO")
    await world.turn()
    await world.resolve(incident)
    await world.turn(31)
    assert PageState.ANSWERED is (await world.states(incident))["cleo", "slack"]
    assert ["trigger", "acknowledge", "resolve"] == [
        ring.event_action for ring in await world.rings(incident)
    ]


async def test_two_clocks_that_overlap_do_nothing_twice(store: SqlStore) -> None:
    one, other = on_store(store), on_store(store)
    incidents = [await one.declare() for _ in range(3)]
    await asyncio.gather(one.turn(), other.turn())
    for incident in incidents:
        assert [("ada", "pagerduty", "opened"), ("ada", "slack", "opened")] == await one.called(incident)
        assert 1 == len(await one.rings(incident))
