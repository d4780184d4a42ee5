"""What the clock of life owes beside calls: words to audiences, the mail of the morning, and looks that fail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from agent.domain.alert import Reason
from agent.domain.handoff import EXPECTED, Handoff, InformAudiences, Question
from agent.domain.incident import Incident, IncidentStatus, Priority
from agent.domain.notification import Mail
from agent.domain.page import Way
from agent.domain.update import Moment, Update
from agent.errors import Unavailable
from agent.lifecycle import changes, tasks
from agent.lifecycle.digest import next_opening
from agent.lifecycle.paging_pages import Means
from agent.lifecycle.paging_words import dedup_key, incident_of
from agent.policy.documents import parse_document
from agent.policy.freezes import FreezePolicy
from agent.ports.store import Tx
from tests.support.life import Lives, lives
from tests.support.store import NOON

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
P0_AUDIENCES = ("executives", "product", "support", "customers", "technical")


class Asked:
    """Takes questions and keeps them; `broken` lets asking fail."""

    def __init__(self) -> None:
        self.questions: list[InformAudiences] = []
        self.keys: list[str | None] = []
        self.broken = False

    async def ask(
        self,
        tx: Tx,
        question: Question,
        *,
        by: str,
        incident: Incident | None = None,
        owner: str | None = None,
        finding_ids: Sequence[str] = (),
        deadline: datetime | None = None,
        key: str | None = None,
    ) -> Handoff:
        if self.broken:
            raise Unavailable("no hand-offs now", backend="handoffs")
        assert isinstance(question, InformAudiences)
        self.questions.append(question)
        self.keys.append(key)
        return Handoff(
            id=key or "h",
            number=1,
            at=NOON,
            to=EXPECTED[question.kind][0],
            question=question,
            asked_by=by,
            deadline=NOON,
        )

    @property
    def told(self) -> list[tuple[Moment, tuple[str, ...]]]:
        return [(question.moment, question.audiences) for question in self.questions]


async def test_every_audience_of_a_p0_is_told_at_once_in_one_hand_off_and_then_as_often_as_it_says(
    tmp_path: Path,
) -> None:
    asked = Asked()
    async with lives(tmp_path, handoffs=asked) as world:
        incident = await world.declare()
        await world.turn()
        assert [(moment, set(who)) for moment, who in asked.told] == [(Moment.OPENED, set(P0_AUDIENCES))]
        await world.turn(30 * MINUTE - 1)
        assert len(asked.told) == 1
        await world.turn(1)
        assert [(moment, set(who)) for moment, who in asked.told[1:]] == [(Moment.DUE, set(P0_AUDIENCES))]
        assert len(set(asked.keys)) == 2
        assert incident in str(asked.keys[0])


async def test_mitigation_and_the_end_are_told_to_whoever_has_heard_of_it(tmp_path: Path) -> None:
    asked = Asked()
    async with lives(tmp_path, handoffs=asked) as world:
        incident = await world.declare(Priority.P1)
        await world.turn()
        async with world.store.write() as tx:
            await changes.mitigate(tx, world.book.current, incident, by="U0ADA", at=world.clock.now())
        await world.turn()
        await world.resolve(incident)
        await world.turn(31)
        await world.turn(HOUR)
        assert [(moment, set(who)) for moment, who in asked.told] == [
            (Moment.OPENED, {"technical", "product"}),
            (Moment.MITIGATED, {"technical", "product"}),
            (Moment.RESOLVED, {"technical", "product"}),
        ]


async def test_an_update_by_hand_puts_the_next_one_off(tmp_path: Path) -> None:
    asked = Asked()
    async with lives(tmp_path, handoffs=asked) as world:
        incident = await world.declare(Priority.P2)
        await world.turn()
        world.clock.advance(3 * HOUR)
        async with world.store.write() as tx:
            await tx.updates.create(
                Update(
                    id="u1",
                    number=1,
                    incident_id=incident,
                    at=world.clock.now(),
                    audience="development",
                    language="en",
                    moment=Moment.BY_HAND,
                    title="t",
                    sentences=(),
                    destinations=(),
                )
            )
        await world.turn(HOUR)
        assert len(asked.told) == 1
        await world.turn(3 * HOUR)
        assert [moment for moment, _ in asked.told] == [Moment.OPENED, Moment.DUE]


async def test_words_that_cannot_be_asked_for_hold_no_call_up_and_are_asked_for_later(tmp_path: Path) -> None:
    asked = Asked()
    asked.broken = True
    async with lives(tmp_path, handoffs=asked) as world:
        incident = await world.declare()
        with capture_logs():
            await world.life.turn()
        assert await world.called(incident)
        asked.broken = False
        world.life._later.clear()
        await world.turn()
        assert len(asked.told) == 1


async def test_incidents_that_can_wait_go_out_in_one_mail_on_the_next_business_day(tmp_path: Path) -> None:
    async with lives(tmp_path, start=MONDAY) as world:
        first, second = await world.declare(Priority.P3), await world.declare(Priority.P3)
        await world.turn()
        await world.turn(18 * HOUR - 1)
        assert await world.sent() == []
        await world.turn(1)
        (mail,) = await world.sent()
        assert mail.address == "ada@example.org"
        assert isinstance(mail.content, Mail)
        for incident in (first, second):
            assert (await world.incident(incident)).name in mail.content.text
        assert await world.called(first) == []
        await world.turn(DAY)
        assert len(await world.sent()) == 1


async def test_the_mail_of_the_morning_leaves_out_what_is_over(tmp_path: Path) -> None:
    async with lives(tmp_path, start=MONDAY) as world:
        over, still = await world.declare(Priority.P3), await world.declare(Priority.P3)
        await world.turn()
        await world.resolve(over)
        await world.turn(18 * HOUR)
        (mail,) = await world.sent()
        assert isinstance(mail.content, Mail)
        assert (await world.incident(over)).name not in mail.content.text
        assert (await world.incident(still)).name in mail.content.text


async def test_without_mail_set_up_nothing_waits_for_ever(tmp_path: Path) -> None:
    async with lives(tmp_path, start=MONDAY, means=Means(ways=frozenset({Way.SLACK}))) as world:
        incident = await world.declare(Priority.P3)
        await world.turn()
        await world.turn(18 * HOUR)
        assert await world.sent() == []
        async with world.store.read() as tx:
            assert incident not in await tx.life.due(world.clock.now(), 10)


async def test_a_crowd_of_quiet_incidents_does_not_hold_up_a_p0(tmp_path: Path) -> None:
    async with lives(tmp_path) as world:
        quiet = [await world.declare(Priority.P3, service=f"s{number}") for number in range(30)]
        loud = await world.declare()
        looked = await world.life.turn()
        assert looked < len(quiet)
        assert await world.called(loud)


def freezes(holidays: str = "[]") -> FreezePolicy:
    return parse_document(
        f"""
zone: Europe/Zurich
business_hours: {{days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00", holidays: {holidays}}}
""",
        FreezePolicy,
        name="freezes.yaml",
    )


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
)
@settings(max_examples=60)
def test_the_next_business_day_begins_later_and_at_work(at: datetime) -> None:
    policy = freezes()
    opening = next_opening(policy, at)
    assert opening is not None
    assert at < opening <= at + timedelta(days=4)
    assert policy.at_work(opening)
    assert not policy.at_work(opening - timedelta(minutes=1))


def test_holidays_are_no_business_days() -> None:
    friday = datetime(2026, 12, 24, 18, tzinfo=UTC)
    assert next_opening(freezes("[2026-12-25, 2026-12-28]"), friday) == datetime(2026, 12, 29, 8, tzinfo=UTC)


@pytest.mark.parametrize(("opening", "key"), [(1, "ops-monitor-abc"), (3, "ops-monitor-abc-3")])
def test_the_pagers_key_leads_back_to_the_incident(opening: int, key: str) -> None:
    assert dedup_key("abc", opening) == key
    assert incident_of(key) == "abc"
    assert incident_of("somebody-elses") is None


async def test_a_closed_incident_still_reminds_of_what_is_left_to_do(tmp_path: Path) -> None:
    async with lives(tmp_path) as world:
        incident = await world.declare()
        await world.resolve(incident)
        await world.turn(DAY)
        assert (await world.incident(incident)).status is IncidentStatus.CLOSED
        async with world.store.write() as tx:
            await tasks.add(
                tx,
                world.book.current,
                incident,
                text="write it down",
                by="U0ADA",
                at=world.clock.now(),
                key="t1",
                kind="follow_up",
                remind_at=world.clock.now() + timedelta(hours=1),
            )
        await world.turn(HOUR)
        assert any(key.startswith("task_due:") for key in await world.post())


async def ranked(world: Lives, incident: str, priority: Priority) -> None:
    async with world.store.write() as tx:
        await changes.set_priority(
            tx,
            world.book.current,
            incident,
            priority=priority,
            reason=Reason(rule="by-hand", sentence="nobody can pay"),
            by="U0ADA",
            at=world.clock.now(),
        )


async def test_whoever_was_told_of_a_milder_priority_hears_of_the_raise_once(tmp_path: Path) -> None:
    asked = Asked()
    async with lives(tmp_path, handoffs=asked) as world:
        incident = await world.declare(Priority.P1)
        await world.turn()
        world.clock.advance(5 * MINUTE)
        await ranked(world, incident, Priority.P0)
        await world.turn()
        await world.turn(MINUTE)

        assert [
            (Moment.OPENED, {"technical", "product"}),
            (Moment.CHANGED, {"technical", "product"}),
            (Moment.OPENED, set(P0_AUDIENCES) - {"technical", "product"}),
        ] == [(moment, set(who)) for moment, who in asked.told]
        assert len(set(asked.keys)) == 3


async def test_a_priority_that_falls_is_told_when_the_next_word_is_due(tmp_path: Path) -> None:
    asked = Asked()
    async with lives(tmp_path, handoffs=asked) as world:
        incident = await world.declare(Priority.P0)
        await world.turn()
        world.clock.advance(5 * MINUTE)
        await ranked(world, incident, Priority.P1)
        await world.turn()

        assert [Moment.OPENED] == [moment for moment, _ in asked.told]


async def test_a_raise_before_anybody_was_told_is_no_change(tmp_path: Path) -> None:
    asked = Asked()
    async with lives(tmp_path, handoffs=asked) as world:
        world.book.current = replace(
            world.book.current,
            communications=world.book.current.communications.model_copy(
                update={"cadence": world.book.current.communications.cadence | {Priority.P2: {}}}
            ),
        )
        incident = await world.declare(Priority.P2)
        await world.turn()
        await ranked(world, incident, Priority.P0)
        await world.turn(MINUTE)

        assert [(Moment.OPENED, set(P0_AUDIENCES))] == [(moment, set(who)) for moment, who in asked.told]
