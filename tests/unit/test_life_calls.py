"""Who is called, when, by which way, and what ends it: the clock of life on a real store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from agent.domain.incident import IncidentStatus, Priority
from agent.domain.notification import NotificationState, PagerEvent, PagerRequest
from agent.domain.page import PageState, Way
from agent.errors import BadInput, NotFound
from agent.lifecycle import changes, regroup, tasks
from agent.lifecycle.paging import answered, escalate_by_hand
from agent.lifecycle.paging_pages import Means
from tests.support.life import PEOPLE, Lives, lives, peopled
from tests.support.store import NOON

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Lives]:
    async with lives(tmp_path) as opened:
        yield opened


async def test_a_p0_calls_the_person_on_call_by_pager_and_slack_at_once(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    assert await world.called(incident) == [("ada", "pagerduty", "opened"), ("ada", "slack", "opened")]
    (event,) = [one.content for one in await world.sent(incident)]
    assert isinstance(event, PagerEvent)
    assert (event.event_action, event.dedup_key) == ("trigger", f"ops-monitor-{incident}")
    assert "paged" in await world.kinds(incident)


async def test_looking_again_calls_nobody_again(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    before = await world.called(incident)
    await world.life.sweep()
    await world.turn(30)
    assert await world.called(incident) == before


async def test_when_nobody_answers_the_roles_are_called_each_person_once(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.settle()
    await world.post()
    await world.turn(5 * MINUTE - 1)
    assert len(await world.called(incident)) == 2
    await world.turn(1)
    later = (await world.called(incident))[2:]
    assert later == [
        ("cleo", "pagerduty", "escalated"),
        ("cleo", "slack", "escalated"),
        ("dan", "slack", "escalated"),
    ]
    joined = [one.content for one in await world.sent(incident) if isinstance(one.content, PagerRequest)]
    assert [one.users for one in joined] == [("PCLEO",)]
    await world.settle()
    await world.post()
    await world.turn(20 * MINUTE)
    assert len(await world.called(incident)) == 5


async def test_an_acknowledgement_in_slack_stops_everything_and_tells_the_pager(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.settle()
    await world.post()
    await world.acknowledge(incident)
    await world.turn()
    assert await world.states(incident) == {
        ("ada", "pagerduty"): PageState.ANSWERED,
        ("ada", "slack"): PageState.ANSWERED,
    }
    told = [ring.event_action for ring in await world.rings(incident)]
    assert told == ["trigger", "acknowledge"]
    await world.turn(30 * MINUTE)
    assert len(await world.called(incident)) == 2


async def test_a_page_that_has_not_left_is_taken_back_when_somebody_answers(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.acknowledge(incident, by="U0DAN")
    await world.turn()
    assert set((await world.states(incident)).values()) == {PageState.WITHDRAWN}
    assert [one.state for one in await world.sent(incident)] == [NotificationState.WITHDRAWN]


async def test_who_answers_before_the_clock_looks_is_not_called(world: Lives) -> None:
    incident = await world.declare(by="U0ADA")
    await world.acknowledge(incident)
    await world.turn()
    assert await world.called(incident) == []


async def test_an_answer_by_the_pager_acknowledges_once(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.settle()
    for _ in range(2):
        async with world.store.write() as tx:
            await answered(tx, world.book.current, incident, "PADA", world.clock.now(), "event-1")
    await world.turn()
    taken = await world.incident(incident)
    assert (taken.acknowledged_by, taken.status) == ("U0ADA", IncidentStatus.ACTIVE)
    assert (await world.kinds(incident)).count("page_answered") == 1
    assert (await world.states(incident))["ada", "pagerduty"] is PageState.ANSWERED


@pytest.mark.parametrize("dead", [True, False], ids=["refused", "not taken within a minute"])
async def test_a_pager_that_does_not_take_the_call_is_backed_up_saying_so(world: Lives, dead: bool) -> None:
    incident = await world.declare()
    await world.turn()
    await world.post()
    if dead:
        await world.settle(accept=False)
        await world.turn()
    else:
        await world.turn(59)
        assert len(await world.called(incident)) == 2
        await world.turn(1)
    assert await world.called(incident) == [
        ("ada", "pagerduty", "opened"),
        ("ada", "slack", "opened"),
        ("ada", "sms", "opened"),
    ]
    text = next(one for one in await world.sent(incident) if one.channel.value == "sms")
    assert text.address == "+15550100001"
    assert "pagerduty" in text.content.model_dump_json()
    assert "page_failed" in await world.kinds(incident)


async def test_nobody_further_is_called_while_a_refused_call_still_has_another_way(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    async with world.store.write() as tx:
        for page in await tx.pages.of_incident(incident):
            await tx.pages.save(page.model_copy(update={"state": PageState.FAILED, "error": "refused"}))
    await world.life.sweep()
    await world.turn()

    called = await world.called(incident)
    assert ("ada", "sms", "opened") in called
    assert {"ada"} == {person for person, _, _ in called}


async def test_back_ups_go_on_until_one_is_taken(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.post()
    for _ in range(4):
        await world.settle(accept=False)
        await world.turn()
    assert [way for _, way, _ in await world.called(incident) if way not in ("pagerduty", "slack")][:2] == [
        "sms",
        "email",
    ]


async def test_a_call_that_reached_nobody_goes_on_to_the_next_level_at_once(tmp_path: Path) -> None:
    only_pager = PEOPLE.replace(
        'slack: U0ADA, email: ada@example.org, phone: "+15550100001", pagerduty: PADA', "pagerduty: PADA"
    )
    async with lives(tmp_path, policies=peopled(only_pager)) as world:
        incident = await world.declare()
        await world.turn()
        assert await world.called(incident) == [("ada", "pagerduty", "opened")]
        await world.settle(accept=False)
        await world.turn()
        assert ("cleo", "slack", "escalated") in await world.called(incident)


async def test_without_people_the_pagers_service_is_called(tmp_path: Path) -> None:
    async with lives(
        tmp_path, policies=peopled("{zone: UTC, roles: {CTO: [], VP Engineering: []}}")
    ) as world:
        incident = await world.declare()
        await world.turn()
        await world.settle()
        await world.turn(5 * MINUTE)
        assert await world.called(incident) == [("service", "pagerduty", "opened")]
        async with world.store.read() as tx:
            escalated = [e for e in await tx.timeline.of(incident) if e.kind.value == "escalated"]
        assert [(e.data["to"], e.data["left_to"]) for e in escalated] == [
            ("CTO, VP Engineering", "pagerduty")
        ]


async def test_where_nobodys_number_is_known_the_channel_is_called_when_the_pager_refuses(
    tmp_path: Path,
) -> None:
    async with lives(tmp_path, policies=peopled("{zone: UTC}")) as world:
        incident = await world.declare()
        await world.turn()
        await world.settle(accept=False)
        await world.turn()
        (page,) = [one for one in await world.pages(incident) if one.way is Way.SLACK]
        async with world.store.read() as tx:
            slot = await tx.outbox.get(f"page:{page.id}")

        assert slot is not None
        assert "<!here>" in str(slot.payload)


async def test_without_people_and_pager_the_card_says_that_the_call_failed(tmp_path: Path) -> None:
    means = Means(ways=frozenset({Way.SLACK}))
    async with lives(tmp_path, policies=peopled("{zone: UTC}"), means=means) as world:
        incident = await world.declare()
        await world.turn()
        await world.turn(HOUR)
        assert await world.states(incident) == {("service", "pagerduty"): PageState.FAILED}
        assert (await world.kinds(incident)).count("page_failed") == 1
        assert await world.sent(incident) == []


async def test_a_p2_waits_for_the_morning_of_whoever_is_on_call(tmp_path: Path) -> None:
    night = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    async with lives(tmp_path, start=night) as world:
        incident = await world.declare(Priority.P2)
        await world.turn()
        await world.turn(8.5 * HOUR - 1)
        assert await world.called(incident) == []
        await world.turn(1)
        assert await world.called(incident) == [("ada", "slack", "opened")]
        # Whoever comes next lives elsewhere: an hour later it is evening there, which is not quiet yet.
        await world.post()
        await world.turn(HOUR)
        assert (await world.called(incident))[1:] == [("bob", "slack", "escalated")]


async def test_an_incident_that_becomes_louder_calls_by_the_louder_route_at_once(world: Lives) -> None:
    incident = await world.declare(Priority.P2)
    await world.turn()
    await world.post()
    await world.turn(10 * MINUTE)
    await world.priority(incident, Priority.P0)
    await world.turn()
    assert await world.called(incident) == [
        ("ada", "slack", "opened"),
        ("ada", "pagerduty", "priority_raised"),
    ]
    await world.settle()
    await world.turn(5 * MINUTE)
    assert ("cleo", "slack", "escalated") in await world.called(incident)


async def test_one_that_becomes_louder_after_an_answer_calls_those_on_call_and_nobody_further(
    world: Lives,
) -> None:
    incident = await world.declare(Priority.P2)
    await world.turn()
    await world.acknowledge(incident, by="U0EVE")
    await world.turn()
    await world.priority(incident, Priority.P0)
    await world.turn()
    assert ("ada", "pagerduty", "priority_raised") in await world.called(incident)
    await world.settle()
    await world.turn(HOUR / 2)
    assert {person for person, _, _ in await world.called(incident)} == {"ada"}


async def test_one_that_becomes_quieter_calls_nobody_again(tmp_path: Path) -> None:
    async with lives(tmp_path, start=NOON - timedelta(hours=2)) as world:
        incident = await world.declare()
        await world.turn()
        await world.settle()
        await world.post()
        await world.priority(incident, Priority.P2)
        await world.turn()
        await world.turn(HOUR - 1)
        assert len(await world.called(incident)) == 2
        await world.turn(1)
        assert (await world.called(incident))[2:] == [("bob", "slack", "escalated")]


async def test_a_reopened_incident_calls_anew_as_another_one_of_the_pager(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.settle()
    await world.acknowledge(incident)
    await world.turn()
    await world.resolve(incident)
    await world.turn(31)
    await world.settle()
    await world.turn(HOUR)
    await world.reopen(incident)
    await world.turn()
    assert [(page.opening, page.way.value) for page in await world.pages(incident)] == [
        (1, "pagerduty"),
        (1, "slack"),
        (2, "pagerduty"),
        (2, "slack"),
    ]
    told = [
        (ring.event_action, ring.dedup_key.removeprefix("ops-monitor-" + incident))
        for ring in await world.rings(incident)
    ]
    assert told == [("trigger", ""), ("acknowledge", ""), ("resolve", ""), ("trigger", "-2")]


async def test_an_end_that_lasts_but_a_moment_is_none_for_the_pager(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.settle()
    await world.resolve(incident)
    await world.turn(20)
    await world.reopen(incident)
    await world.turn()
    assert [ring.event_action for ring in await world.rings(incident)] == ["trigger"]
    assert (await world.states(incident))["ada", "pagerduty"] is PageState.ACCEPTED
    await world.turn(5 * MINUTE)
    assert ("cleo", "slack", "escalated") in await world.called(incident)


async def test_an_end_that_lasts_but_a_moment_takes_no_call_back(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.resolve(incident)
    await world.turn()
    await world.turn(20)
    await world.reopen(incident)
    await world.turn()
    await world.settle()

    assert PageState.WITHDRAWN not in (await world.states(incident)).values()
    assert [ring.event_action for ring in await world.rings(incident)] == ["trigger"]


async def test_a_merged_incident_takes_its_calls_back(world: Lives) -> None:
    one, other = await world.declare(), await world.declare(Priority.P1)
    await world.turn()
    await world.settle()
    async with world.store.write() as tx:
        await regroup.merge(tx, world.book.current, one, other, by="U0ADA", at=world.clock.now())
    await world.turn(31)
    assert set((await world.states(one)).values()) == {PageState.WITHDRAWN}
    assert [ring.event_action for ring in await world.rings(one)] == ["trigger", "resolve"]
    assert (await world.incident(other)).priority is Priority.P0


async def test_targets_warn_in_the_thread_and_then_escalate(world: Lives) -> None:
    incident = await world.declare()
    await world.acknowledge(incident)
    await world.turn()
    await world.turn(45 * MINUTE)
    assert "target_near" in await world.kinds(incident)
    assert await world.called(incident) == []
    async with world.store.read() as tx:
        near = await tx.outbox.get(f"target:{incident}:1:P0:near")
    assert near is not None
    assert "15 min" in str(near.payload["text"])
    await world.turn(15 * MINUTE)
    assert (await world.kinds(incident)).count("target_missed") == 1
    assert {(who, why) for who, _, why in await world.called(incident)} == {
        ("cleo", "target_missed"),
        ("dan", "target_missed"),
    }


async def test_a_target_that_was_missed_while_the_bot_was_down_is_not_called_near(world: Lives) -> None:
    incident = await world.declare()
    await world.turn(3 * HOUR)
    assert "target_near" not in await world.kinds(incident)
    assert "target_missed" in await world.kinds(incident)


async def test_a_clock_that_jumps_ahead_escalates_one_level_at_a_time(world: Lives) -> None:
    incident = await world.declare()
    await world.turn(2 * HOUR)
    assert {person for person, _, why in await world.called(incident) if why == "opened"} == {"ada"}
    assert not [who for who, _, why in await world.called(incident) if why == "escalated"]
    await world.settle()
    await world.turn(5 * MINUTE)
    assert [who for who, _, why in await world.called(incident) if why == "escalated"]


async def test_a_clock_that_is_set_back_repeats_and_delays_nothing(world: Lives) -> None:
    incident = await world.declare()
    await world.turn()
    await world.settle()
    await world.post()
    await world.turn(-2 * HOUR)
    assert len(await world.called(incident)) == 2
    await world.turn(5 * MINUTE)
    assert [who for who, _, why in await world.called(incident) if why == "escalated"]


async def test_a_person_calls_others_by_hand_once_per_click(world: Lives) -> None:
    incident = await world.declare(Priority.P1)
    await world.turn()
    await world.settle()
    for _ in range(2):
        async with world.store.write() as tx:
            pages = await escalate_by_hand(
                tx,
                world.book.current,
                incident,
                by="U0ADA",
                to="CTO",
                reason="the database",
                at=world.clock.now(),
            )
    assert [(page.person, page.way.value) for page in pages] == [("cleo", "pagerduty"), ("cleo", "slack")]
    await world.turn()
    assert any(isinstance(one.content, PagerRequest) for one in await world.sent(incident))
    assert (await world.kinds(incident)).count("escalated") == 1


@pytest.mark.parametrize(("to", "error"), [("Nobody", NotFound), ("empty", BadInput)])
async def test_by_hand_only_somebody_can_be_called(tmp_path: Path, to: str, error: type[Exception]) -> None:
    policies = peopled(PEOPLE.replace("roles: {", "roles: {empty: [], "))
    async with lives(tmp_path, policies=policies) as world:
        incident = await world.declare()
        async with world.store.write() as tx:
            with pytest.raises(error):
                await escalate_by_hand(
                    tx, policies, incident, by="U0ADA", to=to, reason="", at=world.clock.now()
                )


async def test_a_muted_incident_that_can_wait_calls_nobody_until_the_mute_ends(world: Lives) -> None:
    quiet, loud = await world.declare(Priority.P2), await world.declare(Priority.P1)
    async with world.store.write() as tx:
        for incident in (quiet, loud):
            # What `mute` keeps for the clock; it needs alerts, which a declared incident has none of.
            await tx.life.done(incident, f"muted:{(NOON + timedelta(hours=1)).isoformat()}", NOON)
    await world.turn()
    assert await world.called(quiet) == []
    assert await world.called(loud)
    await world.turn(HOUR)
    assert await world.called(quiet) == [("ada", "slack", "opened")]


async def test_an_incident_that_stays_over_is_closed_and_can_live_again(world: Lives) -> None:
    incident = await world.declare()
    await world.acknowledge(incident)
    await world.resolve(incident)
    await world.turn(DAY - 1)
    assert (await world.incident(incident)).status is IncidentStatus.RESOLVED
    await world.turn(1)
    closed = await world.incident(incident)
    assert (closed.status, closed.times.closed_at) == (IncidentStatus.CLOSED, world.clock.now())
    await world.reopen(incident)
    await world.turn()
    assert await world.called(incident)


async def test_a_start_looks_at_open_incidents_that_no_clock_knows(world: Lives) -> None:
    incident = await world.declare()
    async with world.store.write() as tx:
        await tx.life.settle(incident, None)
    await world.turn()
    assert await world.called(incident)


async def test_one_incident_that_cannot_be_cared_for_stops_no_other(
    world: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = await world.declare(), await world.declare()
    urgent = world.life.step.urgent

    async def fails(self: object, incident_id: str) -> bool:
        if incident_id == broken:
            raise RuntimeError("no")
        return await urgent(incident_id)

    monkeypatch.setattr(type(world.life.step), "urgent", fails)
    with capture_logs() as logged:
        await world.life.turn()
    assert [one["event"] for one in logged] == ["task_failed"]
    assert await world.called(sound)
    assert await world.called(broken) == []


async def test_reminders_and_deadlines_of_tasks_are_told_once(world: Lives) -> None:
    incident = await world.declare(Priority.P3)
    async with world.store.write() as tx:
        task = await tasks.add(
            tx,
            world.book.current,
            incident,
            text="look at the disk",
            by="U0ADA",
            at=NOON,
            key="t1",
            remind_at=NOON + timedelta(minutes=10),
            due_at=NOON + timedelta(minutes=20),
        )
    await world.turn()
    await world.turn(10 * MINUTE)
    await world.turn(10 * MINUTE)
    await world.turn(10 * MINUTE)
    posted = [key for key in await world.post() if key.startswith("task_due:")]
    assert len(posted) == 2
    assert all(task.id in key for key in posted)


async def test_muting_alerts_is_known_to_the_clock(world: Lives) -> None:
    incident = await world.declare()
    async with world.store.write() as tx:
        with pytest.raises(BadInput):
            await changes.mute(
                tx, world.book.current, incident, until=NOON, reason="", by="U0ADA", at=world.clock.now()
            )
        assert not [key for key in await tx.life.all_done(incident) if key.startswith("muted")]
