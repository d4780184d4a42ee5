"""What each audience reads: golden texts in both languages, what is new, and what outsiders never see."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.alert import Reason
from agent.domain.incident import Priority
from agent.domain.noun import Json
from agent.domain.timeline import TimelineKind
from agent.domain.update import Moment, UpdateState
from agent.errors import BadInput
from agent.lifecycle import changes
from agent.lifecycle.updates import approve
from tests.support.updates import Newsroom, diagnosed, newsroom, told_policies


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with newsroom(tmp_path) as opened:
        yield opened


async def acknowledged(room: Newsroom) -> None:
    async with room.store.write() as tx:
        await changes.acknowledge(tx, room.book.current, room.incident.id, by="U0ADA", at=room.clock.now())


async def released(room: Newsroom, audience: str = "customers", language: str = "en") -> None:
    """Let the newest update go."""
    update = await room.newest(audience, language)
    async with room.store.write() as tx:
        await approve(
            tx,
            room.book.current,
            update.id,
            by="U0ADA",
            groups=["incident-commander"],
            digest=update.digest,
            at=room.clock.now(),
        )


async def test_customers_read_what_they_may_know_in_english_and_korean(room: Newsroom) -> None:
    await diagnosed(room)
    await acknowledged(room)
    await room.tell("opened", "customers")

    assert "Errors affecting card payments" == (await room.newest("customers")).title
    assert [
        "Since 11:50 UTC, some of your attempts to use card payments may fail.",
        "The cause seems to be a recent change on our side.",
        "We are preparing a fix.",
        "We are sorry for the trouble this causes.",
        "We will post the next update by 12:30 UTC.",
    ] == await room.lines("customers")
    assert "카드 결제 오류 안내" == (await room.newest("customers", "ko")).title
    assert [
        "20:50(KST)부터 카드 결제 이용 중 오류가 발생할 수 있습니다.",
        "현재까지 파악된 원인은 최근 적용된 변경 사항입니다.",
        "복구 조치를 준비하고 있습니다.",
        "이용에 불편을 드려 죄송합니다.",
        "다음 안내는 21:30(KST)까지 드리겠습니다.",
    ] == await room.lines("customers", "ko")


async def test_each_audience_reads_what_is_of_use_to_it(room: Newsroom) -> None:
    await diagnosed(room)
    await acknowledged(room)
    await room.tell("opened")

    assert [
        "Priority P0, the highest of four.",
        "Since 11:50 UTC, some of our customers’ attempts to use card payments fail.",
        "Failing requests, card payments: 48%, normally 0.2%.",
        "Likely cause (86% sure): a recent change on our side.",
        "Acknowledged at 12:00 UTC; engineers are preparing a fix.",
        "Next update by 12:30 UTC.",
    ] == await room.lines("executives")
    assert (await room.lines("product"))[0] == "Affected: card payments (payment)."
    assert (await room.lines("support", "ko"))[1] == (
        "고객 안내 문구: “11:50(UTC)부터 카드 결제 이용 중 오류가 발생할 수 있습니다. 복구 조치를 준비하고 있습니다. "
        "이용에 불편을 드려 죄송합니다.”"
    )
    technical = await room.lines("technical")
    assert technical[0] == "Since 11:50 UTC: errors in payment."
    assert technical[2] == "Likely cause (86% sure): payment fails since its deployment v1 → v2"


async def test_every_sentence_names_what_it_rests_on(room: Newsroom) -> None:
    await diagnosed(room)
    await acknowledged(room)
    await room.tell("opened")
    view = await room.view()
    known = {one.id for one in view.evidence} | {f"event:{one.seq}" for one in view.timeline}

    for audience in ("executives", "product", "support", "customers", "technical"):
        for sentence in (await room.newest(audience)).sentences:
            assert sentence.sources
            assert set(sentence.sources) <= known | {"policy:communications.yaml"}, sentence


async def test_a_service_without_a_public_name_is_one_of_our_services(room: Newsroom) -> None:
    room.book.current = told_policies(names={})
    await room.tell("opened", "customers")

    assert "one of our services" in (await room.newest("customers")).title
    assert "일부 기능" in (await room.newest("customers", "ko")).title
    assert "payment" not in (await room.newest("customers")).body


async def test_after_a_raise_the_headline_still_uses_the_names_of_the_body(tmp_path: Path) -> None:
    async with newsroom(tmp_path, priority=Priority.P1) as room:
        async with room.store.write() as tx:
            await changes.set_priority(
                tx,
                room.book.current,
                room.incident.id,
                priority=Priority.P0,
                reason=Reason(rule="by-hand", sentence="nobody can pay"),
                by="U0ADA",
                at=room.clock.now(),
            )
        await room.tell("opened")
        told = await room.newest("executives")

    assert "P0 · Errors affecting card payments" == told.title
    assert "Priority P0, the highest of four." == told.sentences[0].text
    assert "card payments" in told.body


async def test_a_raise_is_news_inside_and_none_outside(tmp_path: Path) -> None:
    async with newsroom(tmp_path, priority=Priority.P1) as room:
        await room.tell("opened", "product", "customers")
        await released(room)
        async with room.store.write() as tx:
            reason = Reason(rule="by-hand", sentence="nobody can pay")
            at, policies = room.clock.now(), room.book.current
            await changes.set_priority(
                tx, policies, room.incident.id, priority=Priority.P0, reason=reason, by="U0ADA", at=at
            )
        answer = await room.tell("changed", "product", "customers")

        assert "product" in answer.update_ids[0]
        assert "INC-1 · P0 · Errors affecting card payments" == (await room.newest("product")).title
        assert 1 == len(await room.updates("customers"))


async def test_a_due_update_with_nothing_new_says_so_plainly(room: Newsroom) -> None:
    await room.tell("opened", "customers")
    await released(room)
    room.clock.advance(1800)
    await room.tell("due", "customers")

    assert (await room.lines("customers"))[0] == "Nothing new since 12:00 UTC; next update by 13:00 UTC."
    assert len(await room.lines("customers")) == 2
    assert (await room.newest("customers")).sentences[0].sources[0] == (await room.updates("customers"))[0].id


async def test_what_was_never_sent_is_no_news_of_before(room: Newsroom) -> None:
    await room.tell("opened", "customers")
    room.clock.advance(1800)
    await room.tell("due", "customers")

    assert not any("Nothing new" in line for line in await room.lines("customers"))


async def test_something_new_is_told_in_full(room: Newsroom) -> None:
    await room.tell("opened", "customers")
    await released(room)
    room.clock.advance(1800)
    await diagnosed(room)
    await room.tell("due", "customers")

    assert "The cause seems to be a recent change on our side." in await room.lines("customers")


async def test_a_change_that_changes_nothing_for_an_audience_is_not_told(room: Newsroom) -> None:
    await room.tell("opened", "executives")
    answer = await room.tell("changed", "executives")

    assert answer.update_ids == ()
    assert answer.skipped == ("Executives (en): nothing has changed since the last update.",)


async def test_the_end_is_told_to_everyone_who_had_heard_even_when_the_priority_fell(room: Newsroom) -> None:
    await room.tell("opened")
    room.clock.advance(600)
    async with room.store.write() as tx:
        incident = await tx.incidents.get(room.incident.id)
        assert incident is not None
        await tx.incidents.save(incident.model_copy(update={"priority": Priority.P3}))
        await changes.resolve(tx, room.book.current, room.incident.id, by="U0ADA", at=room.clock.now())
    await room.tell("resolved")

    newest = await room.newest("customers")
    assert newest.moment is Moment.RESOLVED
    assert newest.stage == "resolved"
    assert newest.components == {"Payments": "operational"}
    assert newest.body.splitlines()[0] == (
        "This was resolved at 12:10 UTC. You should be able to use card payments as usual."
    )
    assert "It lasted 20 min." in newest.body


async def test_what_is_due_after_the_end_tells_the_end(room: Newsroom) -> None:
    await room.tell("opened", "customers")
    async with room.store.write() as tx:
        await changes.resolve(tx, room.book.current, room.incident.id, by="U0ADA", at=room.clock.now())
    await room.tell("due", "customers")

    assert (await room.newest("customers")).moment is Moment.RESOLVED


async def test_the_status_page_follows_the_incident(room: Newsroom) -> None:
    stages = []
    await room.tell("opened", "customers")
    stages.append((await room.newest("customers")).stage)
    await diagnosed(room)
    await room.tell("changed", "customers")
    stages.append((await room.newest("customers")).stage)
    async with room.store.write() as tx:
        await changes.mitigate(tx, room.book.current, room.incident.id, by="U0ADA", at=room.clock.now())
    await room.tell("mitigated", "customers")
    stages.append((await room.newest("customers")).stage)

    assert stages == ["investigating", "identified", "monitoring"]
    assert (await room.newest("customers")).impact == "critical"


async def test_a_denied_cause_is_not_told(room: Newsroom) -> None:
    await diagnosed(room)
    async with room.store.write() as tx:
        data: dict[str, Json] = {"text": "no", "run": 0}
        await tx.timeline.append(room.incident.id, TimelineKind.CAUSE_DENIED, "U0ADA", room.clock.now(), data)
    await room.tell("opened", "executives")

    assert "The cause is not known yet." in await room.lines("executives")


async def test_a_person_s_words_stand_first_with_the_person_as_their_source(room: Newsroom) -> None:
    await room.tell("by_hand", "customers", words="Please pay by transfer meanwhile.", by="U0ADA")
    first = (await room.newest("customers")).sentences[0]

    assert (first.text, first.sources) == ("Please pay by transfer meanwhile.", ("person:U0ADA",))


@pytest.mark.parametrize(
    "words",
    [
        "payment-5d7f9c8b6-x2x4z restarts",
        "wallet-prod is down",
        "call 10.20.30.41",
        "see https://wiki.example/x",
        "password: hunter2hunter2",
        "раyment is down",
        "see INC-1",
    ],
)
async def test_a_person_s_words_that_give_something_away_are_refused_by_name(
    room: Newsroom, words: str
) -> None:
    with pytest.raises(BadInput, match="must not read"):
        await room.tell("by_hand", "customers", words=words, by="U0ADA")
    assert await room.updates("customers") == []


async def test_an_unknown_audience_is_named(room: Newsroom) -> None:
    answer = await room.tell("opened", "shareholders")

    assert answer.skipped == ("shareholders: communications.yaml knows no such audience.",)


async def test_an_update_without_a_place_is_written_and_goes_nowhere(room: Newsroom) -> None:
    await room.tell("opened", "technical", "product", "support")
    update = await room.newest("technical")
    async with room.store.read() as tx:
        slot = await tx.outbox.get(f"written:{room.incident.id}")
        apart = [await tx.outbox.get(one.id) for one in await tx.updates.of_incident(room.incident.id)]
        sent = await tx.notifications.of_incident(room.incident.id)

    assert update.state is UpdateState.WRITTEN
    assert slot is not None
    assert slot.payload == {"written": room.incident.id}
    assert apart == [None] * 4
    assert slot.thread_of == f"card:{room.incident.id}"
    assert sent == []


async def test_only_who_hears_of_the_priority_is_told(tmp_path: Path) -> None:
    async with newsroom(tmp_path, priority=Priority.P2) as room:
        await room.tell("opened")
        async with room.store.read() as tx:
            told = {one.audience for one in await tx.updates.of_incident(room.incident.id)}

    assert told == {"development"}


async def test_the_same_hand_off_answered_twice_stores_one_update(room: Newsroom) -> None:
    await room.tell("opened", "executives")
    room.asked -= 1
    await room.tell("opened", "executives")

    assert len(await room.updates("executives")) == 1


async def test_a_time_of_another_day_bears_its_date(room: Newsroom) -> None:
    room.clock.advance(timedelta(hours=30).total_seconds())
    await room.tell("opened", "customers")

    assert (await room.lines("customers"))[0].startswith("Since 22 Nov 11:50 UTC, ")
    assert (await room.lines("customers", "ko"))[0].startswith("11월 22일 20:50(KST)부터 ")
