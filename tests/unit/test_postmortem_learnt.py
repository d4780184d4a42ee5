"""What follows from an end: a draft by itself exactly once per opening, its follow-ups filed, everything counted once."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.incident import Incident, Priority
from agent.domain.notification import Ticket
from agent.domain.page import PageState
from agent.domain.task import Task
from agent.domain.timeline import TimelineKind
from agent.domain.view import IncidentView
from agent.errors import BadInput, NotFound
from agent.jobs.leases import LeaseJobs
from agent.lifecycle import changes, tasks
from agent.lifecycle.aftermath import Aftermath, Counted, describe_with
from agent.lifecycle.announce import announce
from agent.lifecycle.view import load_view
from agent.locale.messages import LANGUAGES
from agent.operations.postmortem_desk import BY_ITSELF, WRITE, Around, Postmortems, Told
from agent.policy.load import Policies
from agent.ports.store import Tx
from agent.transport.slack.living.postmortem import BUTTON, render_told
from tests.support.blockkit import wrong_with
from tests.support.life import Book, Lives, lives, peopled
from tests.support.reads import ScriptedReads
from tests.support.store import NOON
from tests.support.views import resolved_view

MINUTE = 60.0


@dataclass
class World:
    """A life clock with everything that an end brings about."""

    lives: Lives
    desk: Postmortems
    reads: ScriptedReads
    counted: list[Counted]

    async def over(self, priority: Priority = Priority.P0) -> str:
        """Declare an incident, take it up, end it, and let the end become one."""
        incident = await self.lives.declare(priority)
        await self.lives.turn(30)
        await self.lives.acknowledge(incident)
        await self.lives.turn(10 * MINUTE)
        await self.lives.resolve(incident)
        await self.lives.turn(MINUTE)
        return incident

    async def work(self, incident_id: str, opening: int = 1) -> None:
        """Do the job that writes."""
        await self.desk.handlers()[WRITE]({"incident_id": incident_id, "opening": opening})

    async def waiting(self) -> Sequence[Any]:
        """Return the keys of the jobs that wait to write."""
        async with self.lives.store.read() as tx:
            rows = await tx.connection.exec_driver_sql("SELECT dedupe_key FROM jobs WHERE kind = ?", (WRITE,))
            return [row[0] for row in rows]

    async def follow_ups(self, incident_id: str) -> list[Task]:
        """Return an incident's follow-ups."""
        async with self.lives.store.read() as tx:
            return [one for one in await tx.tasks.of_incident(incident_id) if one.kind == "follow_up"]

    async def tickets(self) -> list[tuple[str, Ticket]]:
        """Return the issues that were wished for."""
        return [
            (one.about, one.content) for one in await self.lives.sent() if isinstance(one.content, Ticket)
        ]


async def add(
    tx: Tx, policies: Policies, incident_id: str, *, text: str, by: str, at: datetime, key: str
) -> Task:
    """Add a follow-up as the composition root does."""
    return await tasks.add(tx, policies, incident_id, text=text, by=by, at=at, key=key, kind="follow_up")


class Stores:
    """The store and the hours of the life clock, which exists only once that is open."""

    lives: Lives

    def now(self) -> datetime:
        return self.lives.clock.now()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.lives.store, name)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    store: Any = Stores()
    book, reads = Book(peopled()), ScriptedReads(NOON)
    counted: list[Counted] = []

    async def view(incident_id: str) -> IncidentView | None:
        async with store.read() as tx:
            return await load_view(tx, incident_id, book.current, store.now())

    around = Around(add_follow_up=add, announce=announce, view=view)
    desk = Postmortems(store, LeaseJobs(store, store), reads, book, store, around, language="en")
    after = Aftermath(learn=desk.learn, count=counted.append, describe=describe_with("en"))
    async with lives(tmp_path, policies=book.current, after=after) as life:
        store.lives = life
        yield World(life, desk, reads, counted)


async def test_the_end_of_a_p0_is_learnt_from_once_and_only_after_a_moment(world: World) -> None:
    incident = await world.lives.declare()
    await world.lives.turn()
    await world.lives.resolve(incident)
    await world.lives.turn(10)
    assert [] == await world.waiting()
    await world.lives.turn(30)
    await world.lives.turn(10 * MINUTE)

    assert [f"{WRITE}:{incident}:1"] == await world.waiting()


@pytest.mark.parametrize("priority", list(Priority))
async def test_only_the_loud_ones_write_by_themselves(world: World, priority: Priority) -> None:
    await world.over(priority)

    assert bool(await world.waiting()) == (priority in BY_ITSELF)


async def test_an_end_that_was_none_is_not_learnt_from(world: World) -> None:
    incident = await world.lives.declare()
    await world.lives.turn()
    await world.lives.resolve(incident)
    await world.lives.turn(10)
    await world.lives.reopen(incident)
    await world.lives.turn(10 * MINUTE)

    assert [] == await world.waiting()


async def test_what_went_on_elsewhere_is_learnt_from_there(world: World) -> None:
    incident = await world.lives.declare()
    await world.lives.turn()
    async with world.lives.store.write() as tx:
        now = world.lives.clock.now()
        policies = world.lives.book.current
        await changes.resolve(tx, policies, incident, by="U0ADA", at=now, merged_into="INC-2")
    await world.lives.turn(10 * MINUTE)

    assert [] == await world.waiting()


async def test_the_draft_is_written_once_whatever_is_done_twice(world: World) -> None:
    incident = await world.over()
    await world.work(incident)
    await world.work(incident)
    await world.lives.turn()

    assert 1 == (await world.lives.kinds(incident)).count(TimelineKind.POSTMORTEM_WRITTEN.value)
    assert ["cause", "review"] == [one.id.rpartition(":")[2] for one in await world.follow_ups(incident)]
    async with world.lives.store.read() as tx:
        slot = await tx.outbox.get(f"postmortem:{incident}:1")
    assert slot is not None
    assert incident == slot.payload["postmortem"]
    assert 1 == slot.wanted


async def test_another_opening_gets_another_draft_and_an_open_one_none(world: World) -> None:
    incident = await world.over()
    await world.lives.reopen(incident)
    await world.work(incident)
    assert [] == await world.follow_ups(incident)
    await world.lives.turn(MINUTE)
    await world.lives.resolve(incident)
    await world.lives.turn(MINUTE)

    assert f"{WRITE}:{incident}:2" in await world.waiting()
    await world.work(incident, 1)
    assert [] == await world.follow_ups(incident)
    await world.work(incident, 2)
    assert await world.follow_ups(incident)


async def test_follow_ups_are_filed_once_the_review_first_and_then_linked_to_it(world: World) -> None:
    incident = await world.over()
    await world.work(incident)
    await world.lives.turn()
    [(about, review)] = await world.tickets()
    assert about.endswith(":review")
    assert "INC-1" in review.description

    for one in await world.lives.settle():
        if one.about.startswith("task:"):
            async with world.lives.store.write() as tx:
                found = await tx.notifications.get(one.key)
                assert found is not None
                await tasks.ticket_settled(tx, world.lives.book.current, found, world.lives.clock.now())
    await world.lives.turn()
    await world.lives.turn(10 * MINUTE)

    others = [ticket for about, ticket in await world.tickets() if not about.endswith(":review")]
    assert [("r",)] == [ticket.links for ticket in others]


async def test_without_the_review_s_issue_the_others_go_alone_after_a_while(world: World) -> None:
    incident = await world.over()
    await world.work(incident)
    await world.lives.turn()
    await world.lives.turn(4 * MINUTE)
    assert 1 == len(await world.tickets())
    await world.lives.turn(2 * MINUTE)

    assert 2 == len(await world.tickets())


async def test_people_s_own_follow_ups_are_filed_too_and_dropped_ones_are_not(world: World) -> None:
    incident = await world.lives.declare(Priority.P3)
    async with world.lives.store.write() as tx:
        now, policies = world.lives.clock.now(), world.lives.book.current
        await add(tx, policies, incident, text="Alert on the queue", by="U0ADA", at=now, key="mine")
        await add(tx, policies, incident, text="Never mind", by="U0ADA", at=now, key="dropped")
        await tasks.drop(tx, policies, "dropped", by="U0ADA", at=now)
        await tasks.add(tx, policies, incident, text="Call them", by="U0ADA", at=now, key="task")
    await world.lives.turn()
    await world.lives.turn(10 * MINUTE)

    assert ["task:mine"] == [about for about, _ in await world.tickets()]


async def test_spans_calls_and_updates_are_counted_once(world: World) -> None:
    incident = await world.over()
    await world.lives.turn(10 * MINUTE)
    spans = {one.span: one.seconds for one in world.counted if one.span}
    pages = [one.page for one in world.counted if one.page is not None]

    assert {"acknowledged": 30.0, "resolved": 630.0} == spans
    assert len(pages) == len({page.id for page in pages})
    assert {page.id for page in pages} == {page.id for page in await world.lives.pages(incident)}
    assert all(page.state in (PageState.ANSWERED, PageState.WITHDRAWN, PageState.FAILED) for page in pages)


async def test_a_person_s_draft_is_noted_once_and_is_read_back_to_the_end(world: World) -> None:
    incident = await world.over(Priority.P2)
    for _ in range(2):
        draft = await world.desk.postmortem(incident, by="U0BOB", language="ko")
    kinds = await world.lives.kinds(incident)

    assert 1 == kinds.count(TimelineKind.POSTMORTEM_WRITTEN.value)
    assert "사후 분석" in draft.title
    assert "Ada" in draft.markdown
    asked = world.reads.asked_for("metrics_collector.signal")
    ended = (await world.lives.incident(incident)).times.resolved_at
    assert ended is not None
    assert {ended.isoformat()} == {request.params["end"] for request in asked}
    assert {"server_error_ratio", "request_rate", "latency_p95"} == {r.params["signal"] for r in asked}


async def test_there_is_nothing_to_learn_from_what_has_only_begun(world: World) -> None:
    incident = await world.lives.declare()

    with pytest.raises(BadInput, match="only begun"):
        await world.desk.postmortem(incident, by="U0BOB", language="en")
    with pytest.raises(NotFound):
        await world.desk.postmortem("nobody", by="U0BOB", language="en")


async def test_without_backends_the_draft_says_what_is_not_measured(world: World) -> None:
    world.reads.down["prometheus"] = "Prometheus does not answer."
    incident = await world.over()
    draft = await world.desk.postmortem(incident, by="U0BOB", language="en")

    assert "payment: not measured." in draft.markdown


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("words", ["It is over.", "<!here> *bold* " * 400])
def test_the_message_in_the_thread_fits_and_pings_nobody(lang: str, words: str) -> None:
    incident: Incident = resolved_view().incident.model_copy(update={"room": "C0ROOM0001"})
    message = render_told(incident, Told(summary=words, follow_ups=3), lang)

    assert [] == wrong_with(message.blocks)
    assert "<!here>" not in str(message.blocks) + message.text
    assert BUTTON in str(message.blocks)


async def test_what_was_forgotten_of_an_old_incident_is_not_done_again(world: World) -> None:
    lives = world.lives
    incident = await lives.declare()
    await lives.turn()
    await lives.settle()
    await lives.acknowledge(incident)
    await lives.turn(10 * MINUTE)
    await lives.resolve(incident)
    await lives.turn(10 * MINUTE)
    await lives.settle()
    await lives.turn(100 * 24 * 60 * MINUTE)
    counted, told = len(world.counted), await lives.kinds(incident)
    assert counted

    async with lives.store.write() as tx:
        while await tx.retention.forget(lives.clock.now() - timedelta(days=90)):
            pass
        await tx.life.wake(incident, lives.clock.now())
    await lives.turn()
    await lives.turn(10 * MINUTE)

    async with lives.store.read() as tx:
        assert {} == await tx.life.all_done(incident)
    assert ([], []) == (await lives.pages(incident), await lives.sent(incident))
    assert (counted, told) == (len(world.counted), await lives.kinds(incident))
