"""An update waits, is agreed to, edited or taken back, leaves once, and shows what became of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.analysis.redaction import Redactor
from agent.domain.handoff import HandoffState, InformAudiences, UpdatesWritten
from agent.domain.notification import Channel, Mail, NotificationState, Receipt, StatusPost, TeamsCard
from agent.domain.timeline import TimelineKind
from agent.domain.update import Moment, Update, UpdateState
from agent.domain.view import IncidentView
from agent.errors import BadInput, Conflict, NotFound, NotPermitted
from agent.handoffs.desk import HandoffDesk
from agent.handoffs.stakeholder_communicator.agent import StakeholderCommunicator
from agent.lifecycle import changes, updates_guard
from agent.lifecycle.announce import announce
from agent.lifecycle.updates import (
    accept,
    approve,
    edit,
    slack_awaited,
    slack_settled,
    update_settled,
    withdraw,
)
from agent.lifecycle.updates_guard import guard_of
from agent.policy.leak_match import Names
from agent.policy.leak_names import names_in
from agent.policy.load import Policies
from tests.support.guarded import HandQueue
from tests.support.updates import Newsroom, newsroom, told_policies


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with newsroom(tmp_path) as opened:
        yield opened


async def agree(room: Newsroom, update: Update, **changed: Any) -> Update:
    given: dict[str, Any] = {"by": "U0ADA", "groups": ["communications"], "digest": update.digest}
    async with room.store.write() as tx:
        return await approve(tx, room.book.current, update.id, at=room.clock.now(), **(given | changed))


async def change(
    room: Newsroom, update: Update, text: str, *, title: str = "News", by: str = "U0ADA"
) -> Update:
    async with room.store.write() as tx:
        return await edit(
            tx, room.book.current, update.id, title=title, text=text, by=by, at=room.clock.now()
        )


async def waiting(room: Newsroom) -> Update:
    await room.tell("opened", "customers")
    return await room.newest("customers")


async def sent_out(room: Newsroom) -> list[str]:
    async with room.store.read() as tx:
        return sorted(one.key for one in await tx.notifications.of_incident(room.incident.id))


async def test_what_is_public_waits_and_nothing_leaves_before(room: Newsroom) -> None:
    update = await waiting(room)
    async with room.store.read() as tx:
        slot = await tx.outbox.get(update.id)

    assert update.state is UpdateState.WAITING
    assert update.needs == ("incident-commander", "communications")
    assert slot is not None
    assert slot.payload == {"update": update.id}
    assert await sent_out(room) == []


async def test_an_agreed_update_leaves_by_every_way(room: Newsroom) -> None:
    update = await waiting(room)
    agreed = await agree(room, update)
    async with room.store.read() as tx:
        notes = {one.channel: one for one in await tx.notifications.of_incident(room.incident.id)}
        posted = await tx.outbox.get(f"update:{room.incident.id}:customers:en:slack:#news")
    post, mail = notes[Channel.STATUSPAGE].content, notes[Channel.EMAIL].content

    assert (agreed.state, agreed.approved_by) == (UpdateState.SENDING, "U0ADA")
    assert isinstance(post, StatusPost)
    assert (post.status, post.impact, post.components) == (
        "investigating",
        "critical",
        {"Payments": "major_outage"},
    )
    assert post.body == update.body
    assert isinstance(mail, Mail)
    assert mail.text.strip() == update.body
    assert room.incident.id not in post.thread + mail.thread
    assert notes[Channel.EMAIL].about == update.id
    assert posted is not None
    assert posted.thread_of is None


async def test_who_is_not_named_by_the_policy_cannot_let_it_go(room: Newsroom) -> None:
    update = await waiting(room)
    others: list[dict[str, Any]] = [
        {"groups": ["sre-oncall"]},
        {"groups": []},
        {"by": ""},
        {"by": "ops-monitor"},
    ]
    for changed in others:
        with pytest.raises(NotPermitted, match="@incident-commander, @communications"):
            await agree(room, update, **changed)
    assert await sent_out(room) == []


async def test_the_groups_are_those_of_the_rules_of_now(room: Newsroom) -> None:
    update = await waiting(room)
    audiences = [
        one.model_copy(update={"approval": ("press",)}) if one.id == "customers" else one
        for one in room.book.current.communications.audiences
    ]
    policy = room.book.current.communications.model_copy(update={"audiences": tuple(audiences)})
    room.book.current = replace(room.book.current, communications=policy)

    with pytest.raises(NotPermitted, match="@press"):
        await agree(room, update)


@pytest.mark.parametrize("now", ["technical", None], ids=["for insiders by now", "gone by now"])
async def test_what_was_written_for_the_public_is_read_as_such_whatever_became_of_its_readers(
    room: Newsroom, now: str | None
) -> None:
    update = await waiting(room)
    audiences = [
        one if one.id != "customers" else one.model_copy(update={"level": now})
        for one in room.book.current.communications.audiences
        if one.id != "customers" or now is not None
    ]
    policy = room.book.current.communications.model_copy(update={"audiences": tuple(audiences)})
    room.book.current = replace(room.book.current, communications=policy)

    with pytest.raises(BadInput, match="payment-7d9"):
        await change(room, update, "The pod payment-7d9 fails.")


async def test_an_agreement_is_bound_to_the_text_that_was_seen(room: Newsroom) -> None:
    update = await waiting(room)
    await change(room, update, "We are working on card payments.")

    with pytest.raises(Conflict, match="changed"):
        await agree(room, update)
    assert (await agree(room, await room.newest("customers"))).state is UpdateState.SENDING


async def test_two_clicks_let_it_go_once(room: Newsroom) -> None:
    update = await waiting(room)
    await agree(room, update)
    before = await sent_out(room)

    with pytest.raises(Conflict, match="on its way"):
        await agree(room, update)
    assert await sent_out(room) == before


async def test_a_newer_update_takes_the_place_of_one_that_waits(room: Newsroom) -> None:
    old = await waiting(room)
    room.clock.advance(1800)
    await room.tell("due", "customers")
    first, second = await room.updates("customers")

    assert (first.state, first.error) == (UpdateState.WITHDRAWN, "superseded")
    assert second.state is UpdateState.WAITING
    with pytest.raises(Conflict, match="newer one"):
        await agree(room, old)


async def test_a_late_writer_does_not_overtake_a_newer_text(room: Newsroom) -> None:
    now = room.clock.now()
    room.clock.advance(60)
    await waiting(room)
    room.clock._now = now
    await room.tell("by_hand", "customers")

    states = sorted((one.at.minute, one.state.value) for one in await room.updates("customers"))
    assert states == [(0, "withdrawn"), (1, "waiting")]


async def test_an_edited_sentence_is_the_person_s_and_an_untouched_one_keeps_its_sources(
    room: Newsroom,
) -> None:
    update = await waiting(room)
    kept = update.sentences[0]
    edited = await change(room, update, f"{kept.text}\n\n  Please pay by transfer.  ", title="Card  payments")

    assert edited.title == "Card payments"
    assert edited.sentences[0] == kept
    assert edited.sentences[1].text == "Please pay by transfer."
    assert edited.sentences[1].sources == ("person:U0ADA",)
    assert (edited.form, edited.state) == ("person", UpdateState.WAITING)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("wallet-prod is broken", "wallet-prod"),
        ("the w a l l e t - p r o d trouble", "wallet-prod"),
        ("PaymentErrorsHigh fires", "PaymentErrorsHigh"),
        ("We look at 10.20.30.41 now.", "10.20.30.41"),
        ("pay\u200bment-5d7f9c8b6-x2x4z restarts", "payment-5d7f9c8b6-x2x4z"),
        ("Ask <@U0ADA1234>", "U0ADA1234"),
        ("It is INC-1.", "INC-1"),
        ("token=abcdef123456", "secret"),
    ],
)
async def test_words_that_give_something_away_are_refused_by_name(
    room: Newsroom, text: str, named: str
) -> None:
    update = await waiting(room)
    with pytest.raises(BadInput, match="must not see") as refused:
        await change(room, update, text)
    assert named in refused.value.user_message
    assert (await room.newest("customers")).digest == update.digest


@pytest.mark.parametrize(
    ("title", "text"),
    [("", "words"), ("News", " \n "), ("N" * 151, "w"), ("News", "w" * 601), ("News", "w\n" * 21)],
)
async def test_no_words_and_too_many_are_refused(room: Newsroom, title: str, text: str) -> None:
    update = await waiting(room)
    with pytest.raises(BadInput):
        await change(room, update, text, title=title)


async def test_a_name_that_became_known_later_stops_the_text(room: Newsroom) -> None:
    update = await change(room, await waiting(room), "The aurora team is on it.")
    room.book.current = told_policies(never_say=["Aurora"])

    with pytest.raises(NotPermitted, match="Aurora"):
        await agree(room, update)


async def test_a_withdrawn_update_never_leaves(room: Newsroom) -> None:
    update = await waiting(room)
    async with room.store.write() as tx:
        await withdraw(tx, room.book.current, update.id, by="U0ADA", at=room.clock.now())

    with pytest.raises(Conflict):
        await agree(room, update)
    with pytest.raises(NotFound):
        await agree(room, update.model_copy(update={"id": "update:other"}))
    kinds = [event.kind for event in (await room.view()).timeline]
    assert kinds[-1] is TimelineKind.UPDATE_WITHDRAWN


async def arrive(room: Newsroom, key: str, state: NotificationState, **changed: Any) -> None:
    async with room.store.write() as tx:
        note = await tx.notifications.get(key)
        assert note is not None
        settled = note.model_copy(update={"state": state, "sent_at": room.clock.now(), **changed})
        await tx.notifications.put(settled)
        await update_settled(tx, room.book.current, settled, room.clock.now())


async def post(room: Newsroom, key: str) -> None:
    async with room.store.write() as tx:
        slot = await tx.outbox.get(key)
        assert slot is not None
        await tx.outbox.sent(key, slot.wanted, channel="C0NEWS", ts="1.2")
        await slack_settled(tx, room.clock.now())


async def test_it_is_sent_when_every_place_has_it_with_what_was_read_back(room: Newsroom) -> None:
    update = await waiting(room)
    await agree(room, update)
    receipt = Receipt(
        reference="p1",
        link="https://status.example/p1",
        read_back=f"{update.title}\n{update.stage}: {update.body}\nPayments: major_outage",
    )
    await arrive(room, f"{update.id}:statuspage:", NotificationState.SENT, receipt=receipt)
    await arrive(room, f"{update.id}:email:all@shop.example", NotificationState.SENT)
    assert (await room.newest("customers")).state is UpdateState.SENDING
    await post(room, f"update:{room.incident.id}:customers:en:slack:#news")
    sent = await room.newest("customers")

    assert sent.state is UpdateState.SENT
    assert {one.destination.way for one in sent.delivered} == {"statuspage", "email", "slack"}
    assert sent.error == ""
    assert {one.destination.way: one.reading.value for one in sent.delivered} == {
        "statuspage": "same",
        "email": "never",
        "slack": "due",
    }
    told = (await room.view()).timeline[-1]
    assert (told.kind, told.data["approved_by"]) == (TimelineKind.UPDATE_SENT, "U0ADA")


async def test_what_reads_differently_over_there_is_said(room: Newsroom) -> None:
    update = await waiting(room)
    await agree(room, update)
    await arrive(
        room,
        f"{update.id}:statuspage:",
        NotificationState.SENT,
        receipt=Receipt(reference="p1", read_back="something else"),
    )
    await arrive(room, f"{update.id}:email:all@shop.example", NotificationState.SENT)
    await post(room, f"update:{room.incident.id}:customers:en:slack:#news")

    sent = await room.newest("customers")
    async with room.store.read() as tx:
        word = await tx.outbox.get(f"unlike:{update.id}:statuspage:")
    assert (sent.state, [one.reading.value for one in sent.delivered]) == (
        UpdateState.SENT,
        ["differs", "never", "due"],
    )
    assert word is not None
    assert TimelineKind.UPDATE_UNLIKE in [event.kind for event in (await room.view()).timeline]


async def test_a_message_that_is_given_up_shows_and_may_still_arrive(room: Newsroom) -> None:
    update = await waiting(room)
    await agree(room, update)
    await post(room, f"update:{room.incident.id}:customers:en:slack:#news")
    await arrive(room, f"{update.id}:statuspage:", NotificationState.SENT)
    key = f"{update.id}:email:all@shop.example"
    await arrive(room, key, NotificationState.DEAD, last_error="550 no such box")
    failed = await room.newest("customers")
    await arrive(room, key, NotificationState.SENT, last_error="")

    assert (failed.state, failed.error) == (UpdateState.FAILED, "email all@shop.example: 550 no such box")
    assert (await room.newest("customers")).state is UpdateState.SENT


async def test_a_channel_that_refuses_for_long_shows(room: Newsroom) -> None:
    await room.tell("opened", "executives")
    key = f"update:{room.incident.id}:executives:en:slack:#leaders"
    async with room.store.write() as tx:
        await tx.outbox.failed(key, "There is no channel #leaders.", room.clock.now())
        assert await slack_settled(tx, room.clock.now()) == 0
    room.clock.advance(1000)
    async with room.store.write() as tx:
        await slack_settled(tx, room.clock.now())

    update = await room.newest("executives")
    assert (update.state, update.error) == (
        UpdateState.FAILED,
        "slack #leaders: There is no channel #leaders.",
    )


async def test_inside_nobody_is_asked_and_later_updates_stand_below_the_first(room: Newsroom) -> None:
    await room.tell("opened", "executives")
    room.clock.advance(1800)
    await room.tell("due", "executives")
    update = await room.newest("executives")
    root = f"update:{room.incident.id}:executives:en:slack:#leaders"
    async with room.store.read() as tx:
        first, below = await tx.outbox.get(root), await tx.outbox.get(f"{update.id}:slack:#leaders")
        cards = [one.content for one in await tx.notifications.of_incident(room.incident.id)]

    assert update.state is UpdateState.SENDING
    assert first is not None
    assert below is not None
    assert below.thread_of == root
    assert first.payload == below.payload
    assert all(isinstance(one, TeamsCard) for one in cards)


async def test_nothing_in_a_post_is_markup_for_slack(room: Newsroom) -> None:
    room.book.current = told_policies(names={"payment": {"en": "*pay* <!here> & more", "ko": "결제"}})
    await room.tell("opened", "executives")
    async with room.store.read() as tx:
        slot = await tx.outbox.get(f"update:{room.incident.id}:executives:en:slack:#leaders")
    assert slot is not None
    blocks: Any = slot.payload["blocks"]

    assert "<!here>" not in str(slot.payload)
    assert {block["text"]["type"] for block in blocks} == {"plain_text"}


async def test_the_desk_takes_what_is_written_as_an_answer(room: Newsroom) -> None:
    async def view(_: str) -> IncidentView:
        return await room.view()

    agent = StakeholderCommunicator(room.store, room.book, accept, redactor=Redactor())
    desk = HandoffDesk(
        room.store, HandQueue(room.clock), room.clock, room.book, [agent], view=view, announce=announce
    )
    async with room.store.write() as tx:
        question = InformAudiences(moment=Moment.OPENED, audiences=("customers",))
        asked = await desk.ask(tx, question, by="ops-monitor", incident=room.incident, key="k")
    await desk.work(asked.id)
    await desk.work(asked.id)
    async with room.store.read() as tx:
        handoff = await tx.handoffs.get(asked.id)
    assert handoff is not None
    answer = handoff.answer

    assert handoff.state is HandoffState.ANSWERED
    assert isinstance(answer, UpdatesWritten)
    assert answer.update_ids == (
        (await room.newest("customers")).id,
        (await room.newest("customers", "ko")).id,
    )


async def test_words_that_give_something_away_end_a_hand_off_as_refused(room: Newsroom) -> None:
    async def view(_: str) -> IncidentView:
        return await room.view()

    agent = StakeholderCommunicator(room.store, room.book, accept, redactor=Redactor(), language="ko")
    desk = HandoffDesk(
        room.store, HandQueue(room.clock), room.clock, room.book, [agent], view=view, announce=announce
    )
    async with room.store.write() as tx:
        question = InformAudiences(
            moment=Moment.BY_HAND, audiences=("customers",), words="wallet-prod is down"
        )
        asked = await desk.ask(tx, question, by="U0ADA", incident=room.incident, key="k")
    await desk.work(asked.id)
    async with room.store.read() as tx:
        handoff = await tx.handoffs.get(asked.id)

    assert handoff is not None
    assert handoff.state is HandoffState.REFUSED
    assert "wallet-prod" in handoff.why


async def ended(room: Newsroom) -> None:
    room.clock.advance(600)
    async with room.store.write() as tx:
        await changes.resolve(tx, room.book.current, room.incident.id, by="U0ADA", at=room.clock.now())


async def test_what_says_that_it_goes_on_is_not_sent_after_the_end(room: Newsroom) -> None:
    update = await waiting(room)
    await ended(room)

    with pytest.raises(Conflict, match="ended"):
        await agree(room, update)
    assert await sent_out(room) == []


async def test_what_says_that_it_is_over_is_not_sent_once_it_is_back(room: Newsroom) -> None:
    await agree(room, await waiting(room))
    await ended(room)
    await room.tell("resolved", "customers")
    update, before = await room.newest("customers"), await sent_out(room)
    room.clock.advance(60)
    async with room.store.write() as tx:
        await changes.reopen(tx, room.book.current, room.incident.id, by="U0ADA", at=room.clock.now())

    assert (update.stage, update.state) == ("resolved", UpdateState.WAITING)
    with pytest.raises(Conflict, match="come back"):
        await agree(room, update)
    assert before == await sent_out(room)


async def test_a_heap_of_old_failures_hides_no_update_that_is_on_its_way(room: Newsroom) -> None:
    await room.tell("opened", "executives")
    update = await room.newest("executives")
    old = {"state": UpdateState.FAILED, "at": room.clock.now() - timedelta(days=9)}
    async with room.store.write() as tx:
        for number in range(201):
            await tx.updates.add_once(update.model_copy(update={"id": f"old-{number}", **old}))
        newest = await tx.updates.get(update.id)
        assert newest is not None
        await tx.updates.create(newest.model_copy(update={"id": "newest", "number": 500}))
        awaited = await slack_awaited(tx, room.clock.now())

    assert {update.id, "newest"} == {update_id for update_id, _ in awaited}


async def test_the_names_of_a_storm_are_gathered_once_and_before_anything_is_written(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered: list[str] = []

    def counted(view: IncidentView, policies: Policies) -> Names:
        gathered.append(view.incident.id)
        return names_in(view, policies)

    monkeypatch.setattr(updates_guard, "names_in", counted)
    update = await waiting(room)
    edited = await change(room, update, "We work on it.\nThank you.\nMore follows.")
    by_the_edit = len(gathered)
    async with room.store.read() as tx:
        guard = await guard_of(tx, room.book.current, edited, room.clock.now())
    await agree(room, edited, guard=guard)

    assert (1, 2) == (by_the_edit, len(gathered))


async def test_a_merged_incident_is_not_called_resolved(room: Newsroom) -> None:
    await agree(room, await waiting(room))
    room.clock.advance(600)
    async with room.store.write() as tx:
        now, policies = room.clock.now(), room.book.current
        await changes.resolve(tx, policies, room.incident.id, by="U0ADA", at=now, merged_into="another")
    await room.tell("resolved", "customers", "executives")

    for audience in ("customers", "executives"):
        update = await room.newest(audience)
        assert "esolved" not in update.title + update.body
        assert "another" in update.title
