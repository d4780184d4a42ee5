"""A checklist's life: begun once, each item looked at once, ticked by people, left when the next one begins."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.domain.checklist import ChecklistState, ItemState, Proposal
from agent.domain.evidence import EvidenceStatus, Reading
from agent.errors import BadInput, NotFound, Unavailable
from agent.operations.checks import deeds
from agent.operations.checks.all import CHECKS
from agent.operations.checks.beginning import CHECKLIST_REMIND, CHECKLIST_RUN, begin, entries
from agent.operations.checks.by_hand import ByHand, run_by_hand
from agent.operations.checks.engine import Outcome, worst
from agent.operations.cron import Cron
from agent.policy.check_params import PARAMS
from tests.support.backends import eventually
from tests.support.checklists import MORNING, NINE, House, house, policy

WELL = Outcome(ItemState.OK, "check-services-well", {"count": 3})
BAD = Outcome(ItemState.ATTENTION, "check-services-bad", {"bad": 1}, proposals=(Proposal(action="x"),))
DAY = timedelta(days=1)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


def test_every_check_has_its_parameters_and_every_parameter_its_check() -> None:
    assert sorted(PARAMS) == sorted(check.name for check in CHECKS)


async def test_it_is_begun_once_with_its_job_and_its_message(home: House) -> None:
    checklist = await home.begun()
    async with home.store.write() as tx:
        assert await begin(home.desk, tx, home.desk.book.current.checks[0], NINE) is None
        slot = await tx.outbox.get(f"checklist:{checklist.id}")

    assert "morning:2026-11-24T09:00:00+09:00" == checklist.id
    assert [CHECKLIST_RUN] == [job.kind for job in home.queue.wanted]
    assert slot is not None
    assert ("#checks", {"checklist": checklist.id}) == (slot.channel, slot.payload)


async def test_each_item_is_looked_at_once_and_people_are_asked_for_the_rest(home: House) -> None:
    home.checks["services_healthy"].outcome = WELL

    done = await home.run(await home.begun())

    assert [ItemState.OK, ItemState.OK, ItemState.PERSON] == [one.state for one in done.items]
    assert ChecklistState.OPEN == done.state
    assert [1, 1] == [len(check.looks) for check in home.checks.values()]


@pytest.mark.parametrize(
    "failure", [Unavailable("It is away.", backend="x"), ZeroDivisionError(), RuntimeError()]
)
async def test_what_cannot_be_looked_at_is_unknown_and_never_fine(home: House, failure: Exception) -> None:
    home.checks["services_healthy"].outcome = failure

    done = await home.run(await home.begun())

    assert ItemState.UNKNOWN == done.items[0].state
    assert done.items[0].why
    assert ItemState.OK == done.items[1].state


async def test_a_check_that_never_ends_is_unknown_after_its_deadline(home: House) -> None:
    home.checks["services_healthy"].seconds = 30

    done = await home.run(await home.begun())

    assert (ItemState.UNKNOWN, "check-too-slow") == (done.items[0].state, done.items[0].message)


async def test_a_kill_repeats_no_finished_item(home: House) -> None:
    checklist = await home.begun()
    home.checks["alerts_handled"].outcome = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await home.runner.run({"id": checklist.id})
    home.checks["alerts_handled"].outcome = WELL

    done = await home.run(checklist)

    assert [1, 2] == [len(check.looks) for check in home.checks.values()]
    assert ItemState.OK == done.items[1].state


async def test_what_was_seen_is_kept_without_secrets(home: House) -> None:
    reading = Reading(status=EvidenceStatus.SUCCESS, query="up", summary="all up")
    home.reads.on("metrics_collector.services", reading)
    check = home.checks["services_healthy"]
    check.reads = ("metrics_collector.services",)
    check.outcome = Outcome(ItemState.UNKNOWN, "check-no-data-of", {"what": "hunter2"}, why="hunter2 said no")

    done = await home.run(await home.begun())

    async with home.store.read() as tx:
        evidence = await tx.evidence.get(done.items[0].evidence_ids[0])
    assert evidence is not None
    assert f"checklist:{done.id}" == evidence.incident_id
    assert "hunter2" not in done.model_dump_json()


async def test_a_result_of_an_older_look_is_void(home: House) -> None:
    checklist = await home.begun()
    check = home.checks["services_healthy"]
    check.held = asyncio.Event()
    running = asyncio.create_task(home.runner.run({"id": checklist.id}))
    await eventually(lambda: check.looks, every=0.01)
    async with home.store.write() as tx:
        await deeds.again(home.desk, tx, checklist.id, "services", by="U0MINA0001")
    check.held.set()
    await running

    assert 2 == len(home.checks["services_healthy"].looks)
    assert ChecklistState.OPEN == (await home.now(checklist.id)).state


async def test_people_tick_items_off_with_a_note_and_the_first_one_stays(home: House) -> None:
    checklist = await home.run(await home.begun())
    for who in ("U0MINA0001", "U0JUN00002"):
        async with home.store.write() as tx:
            await deeds.tick(home.desk, tx, checklist.id, "door", by=who, note=" it  was\nopen ")

    done = await home.now(checklist.id)

    assert ("U0MINA0001", "it was open") == (done.items[2].by, done.items[2].note)
    assert ChecklistState.DONE == done.state
    assert NINE == done.done_at


async def test_what_is_still_looked_at_cannot_be_ticked_off(home: House) -> None:
    checklist = await home.begun()

    async with home.store.write() as tx:
        with pytest.raises(BadInput):
            await deeds.tick(home.desk, tx, checklist.id, "services", by="U0MINA0001")
        with pytest.raises(NotFound):
            await deeds.tick(home.desk, tx, checklist.id, "nothing", by="U0MINA0001")
        with pytest.raises(NotFound):
            await deeds.again(home.desk, tx, checklist.id, "door", by="U0MINA0001")


async def test_looking_again_forgets_what_was_seen_and_keeps_what_people_did(home: House) -> None:
    home.checks["services_healthy"].outcome = BAD
    checklist = await home.run(await home.begun())
    async with home.store.write() as tx:
        await deeds.tick(home.desk, tx, checklist.id, "door", by="U0MINA0001")
        await deeds.again(home.desk, tx, checklist.id, None, by="U0MINA0001")
    before = await home.now(checklist.id)
    home.checks["services_healthy"].outcome = WELL

    done = await home.run(checklist)

    assert (ItemState.WAITING, ()) == (before.items[0].state, before.items[0].proposals)
    assert [ItemState.OK, ItemState.OK, ItemState.DONE] == [one.state for one in done.items]
    assert ChecklistState.DONE == done.state


async def test_the_next_one_says_what_was_left_over_and_what_was_missed(home: House) -> None:
    cron = Cron(home.store, home.clock, lambda: entries(home.desk))
    home.clock.advance(-60)
    await cron.look()
    home.clock.advance(120)
    await cron.look()
    first = await home.run(await home.now("morning:2026-11-24T09:00:00+09:00"))
    home.clock.advance((2 * DAY + timedelta(hours=4)).total_seconds())
    await cron.look()

    newest = await home.now("morning:2026-11-26T09:00:00+09:00")
    old = await home.now(first.id)

    assert (NINE + DAY,) == newest.missed
    assert ["door"] == [one.id for one in newest.left_over]
    assert ChecklistState.LEFT == old.state
    assert newest.late
    assert not old.late
    assert ChecklistState.MISSED == (await home.now("morning:2026-11-25T09:00:00+09:00")).state


async def test_one_that_a_wrong_clock_called_missed_still_begins(home: House) -> None:
    cron = Cron(home.store, home.clock, lambda: entries(home.desk))
    home.clock.advance(-2 * DAY.total_seconds())
    await cron.look()
    home.clock.advance(10 * DAY.total_seconds())
    await cron.look()
    home.clock.advance(-10 * DAY.total_seconds())
    await cron.look()
    home.clock.advance(2 * DAY.total_seconds() + 60)
    await cron.look()

    begun = await home.now("morning:2026-11-24T09:00:00+09:00")

    assert ChecklistState.RUNNING == begun.state
    assert 3 == len(begun.items)


async def test_people_are_called_once_while_something_is_open(home: House) -> None:
    checklist = await home.run(await home.begun())
    (reminder,) = home.queue.of(CHECKLIST_REMIND)
    for _ in range(2):
        await home.reminders.remind(reminder.payload)
    async with home.store.read() as tx:
        slot = await tx.outbox.get(f"checklist-reminder:{checklist.id}")

    assert NINE + timedelta(hours=2) == reminder.run_at
    assert slot is not None
    assert (1, f"checklist:{checklist.id}") == (slot.wanted, slot.thread_of)


async def test_nobody_is_called_for_what_merely_could_not_be_seen(home: House) -> None:
    home.checks["services_healthy"].outcome = Unavailable("It is away.", backend="x")
    checklist = await home.run(await home.begun())
    async with home.store.write() as tx:
        await deeds.tick(home.desk, tx, checklist.id, "door", by="U0MINA0001")
    home.queue.wanted.clear()
    await home.reminders.remind({"id": checklist.id})
    async with home.store.write() as tx:
        await deeds.again(home.desk, tx, checklist.id, "services", by="U0MINA0001")
    done = await home.run(checklist)

    async with home.store.read() as tx:
        assert await tx.outbox.get(f"checklist-reminder:{checklist.id}") is None
    assert (ChecklistState.OPEN, None) == (done.state, done.reminded_at)
    assert [] == home.queue.of(CHECKLIST_REMIND)


async def test_what_needs_somebody_later_still_calls(home: House) -> None:
    home.checks["services_healthy"].outcome = Unavailable("It is away.", backend="x")
    checklist = await home.run(await home.begun())
    async with home.store.write() as tx:
        await deeds.tick(home.desk, tx, checklist.id, "door", by="U0MINA0001")
    home.queue.wanted.clear()
    home.checks["services_healthy"].outcome = BAD
    async with home.store.write() as tx:
        await deeds.again(home.desk, tx, checklist.id, "services", by="U0MINA0001")
    await home.run(checklist)

    assert 1 == len(home.queue.of(CHECKLIST_REMIND))


async def test_a_tick_can_be_taken_back_and_says_whose_it_was(home: House) -> None:
    home.checks["services_healthy"].outcome = BAD
    checklist = await home.run(await home.begun())
    for item in ("services", "door"):
        async with home.store.write() as tx:
            await deeds.tick(home.desk, tx, checklist.id, item, by="U0MINA0001", note="looked at")
    for _ in range(2):
        for item in ("services", "door"):
            async with home.store.write() as tx:
                await deeds.untick(home.desk, tx, checklist.id, item, by="U0JUN00002")

    open_again = await home.now(checklist.id)

    assert [ItemState.ATTENTION, ItemState.PERSON] == [open_again.items[n].state for n in (0, 2)]
    assert [("check-services-bad", "", None), ("", "", None)] == [
        (one.message, one.note, one.by) for one in (open_again.items[0], open_again.items[2])
    ]
    assert (ChecklistState.OPEN, None) == (open_again.state, open_again.done_at)
    taken = open_again.items[2].taken_back
    assert taken is not None
    assert ("U0JUN00002", "U0MINA0001", NINE) == (taken.by, taken.done_by, taken.at)

    async with home.store.write() as tx:
        await deeds.tick(home.desk, tx, checklist.id, "door", by="U0JUN00002")
    assert (await home.now(checklist.id)).items[2].taken_back is None


async def test_a_tick_stays_once_the_next_one_has_taken_over(home: House) -> None:
    checklist = await home.run(await home.begun())
    async with home.store.write() as tx:
        await deeds.tick(home.desk, tx, checklist.id, "door", by="U0MINA0001")
        await deeds.again(home.desk, tx, checklist.id, None, by="U0MINA0001")
    await home.begun(NINE + DAY)

    async with home.store.write() as tx:
        with pytest.raises(BadInput):
            await deeds.untick(home.desk, tx, checklist.id, "door", by="U0JUN00002")


async def by_hand(home: House) -> ByHand:
    async with home.store.write() as tx:
        came = await run_by_hand(home.desk, tx, home.desk.book.current.checks[0], by="U0MINA0001")
    assert came is not None
    return came


async def test_one_run_by_hand_is_today_s_own_looked_at_again(home: House) -> None:
    checklist = await home.run(await home.begun())
    async with home.store.write() as tx:
        await deeds.tick(home.desk, tx, checklist.id, "door", by="U0MINA0001")
    home.clock.advance(3 * 3600)

    first, second = await by_hand(home), await by_hand(home)
    done = await home.run(checklist)

    assert [(checklist.id, True)] * 2 == [(one.checklist.id, one.there) for one in (first, second)]
    assert [1, 1, 0] == [one.takes for one in done.items]
    assert ItemState.DONE == done.items[2].state
    assert ("U0MINA0001", NINE + timedelta(hours=3)) == (done.again_by, done.again_at)
    assert [2, 2] == [len(check.looks) for check in home.checks.values()]


async def test_one_of_another_day_or_with_other_items_is_begun_anew(home: House) -> None:
    old = await home.run(await home.begun())
    home.clock.advance(14 * 3600 + 1800)
    late = await by_hand(home)
    home.clock.advance(3600)

    next_day = await by_hand(home)
    shorter = MORNING.replace("  - {id: alerts", "  - {id: alarms")
    home.desk.book.current = replace(home.desk.book.current, checks=(policy(shorter),))
    home.clock.advance(60)
    changed = await by_hand(home)

    assert (old.id, True) == (late.checklist.id, late.there)
    assert (False, "U0MINA0001") == (next_day.there, next_day.checklist.asked_by)
    assert not changed.there
    assert 3 == len({one.checklist.id for one in (late, next_day, changed)})


async def test_nobody_is_called_when_all_is_done(home: House) -> None:
    checklist = await home.run(await home.begun())
    async with home.store.write() as tx:
        await deeds.tick(home.desk, tx, checklist.id, "door", by="U0MINA0001")
    await home.reminders.remind({"id": checklist.id})

    async with home.store.read() as tx:
        assert await tx.outbox.get(f"checklist-reminder:{checklist.id}") is None


async def test_a_task_is_made_once_and_tied_to_its_item(home: House) -> None:
    checklist = await home.run(await home.begun())
    for _ in range(2):
        async with home.store.write() as tx:
            task = await deeds.make_task(
                home.desk, tx, checklist.id, "door",
                text="mend the lock", owner="U0JUN00002", by="U0MINA0001", key="click:1",
            )  # fmt: skip

    assert task is not None
    async with home.store.read() as tx:
        assert ["mend the lock"] == [one.text for one in await tx.tasks.of_subject("U0JUN00002", 10)]
    assert task.id == (await home.now(checklist.id)).items[2].task_id


async def test_what_was_looked_at_is_counted(home: House) -> None:
    home.checks["services_healthy"].outcome = BAD
    home.clock.advance(90)
    await home.run(await home.begun())

    counted = {
        result: home.registry.get_sample_value(
            "ops_monitor_checks_total", {"checklist": "morning", "result": result}
        )
        for result in ("ok", "attention")
    }
    late = home.registry.get_sample_value("ops_monitor_check_late_seconds_sum", {"checklist": "morning"})

    assert {"ok": 1.0, "attention": 1.0} == counted
    assert 90.0 == late


async def test_evidence_is_forgotten_in_its_time(home: House) -> None:
    home.checks["services_healthy"].reads = ("metrics_collector.services",)
    checklist = await home.run(await home.begun())
    async with home.store.write() as tx:
        await tx.retention.forget(NINE - DAY)
        kept = await tx.evidence.get(checklist.items[0].evidence_ids[0])
        await tx.retention.forget(NINE + DAY)
        gone = await tx.evidence.get(checklist.items[0].evidence_ids[0])

    assert kept is not None
    assert gone is None


async def test_it_looks_back_to_when_it_was_last_due(home: House) -> None:
    await home.run(await home.begun())
    await home.run(await home.begun(NINE + 3 * DAY))

    first, second = (kit.since for kit in home.checks["services_healthy"].looks)

    assert (NINE - DAY, NINE) == (first, second)
    assert datetime(2026, 11, 24, 0, 0, tzinfo=UTC) == second


def test_no_part_is_no_data() -> None:
    assert ItemState.UNKNOWN == worst([])
    assert ItemState.ATTENTION == worst([ItemState.OK, ItemState.UNKNOWN, ItemState.ATTENTION])
    assert ItemState.UNKNOWN == worst([ItemState.OK, ItemState.UNKNOWN])
    assert ItemState.OK == worst([ItemState.OK])
