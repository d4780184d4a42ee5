"""People at work on an incident, over the real wire: dialogs, living replies, a channel of its own, pins, languages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.domain.handoff import EXPECTED, Handoff, HandoffState, InformAudiences, Question
from agent.domain.incident import Incident, Priority
from agent.domain.notification import Channel, Mail, Notification, NotificationState
from agent.domain.update import UpdateState
from agent.lifecycle.updates import accept
from agent.policy.oncall import OnCallPolicy, Person
from agent.ports.store import Tx
from agent.transport.slack.doors import Doors
from agent.transport.slack.rooms.jobs import KEEP
from demo.workspace.workspace import Workspace
from tests.support.alerts import shipped_policies
from tests.support.blockkit import wrong_with, wrong_with_view
from tests.support.people import sample_handoff, sample_risk, sample_update
from tests.support.slackbot import Bot, running_bot
from tests.support.workspace import ALEX, JUN, MINA

GENERAL = "#general"
PEOPLE = (Person(id="mina", name="Mina", slack=MINA), Person(id="jun", name="Jun", slack=JUN))


@dataclass
class Asked:
    """A door to sub-agents that only stores what is asked."""

    async def ask(
        self, tx: Tx, question: Question, *, by: str, incident: Incident | None = None, **more: Any
    ) -> Handoff:
        made = sample_handoff(1, EXPECTED[question.kind][0], question, HandoffState.ASKED).model_copy(
            update={"incident_id": incident.id if incident else None, "asked_by": by, "id": more["key"]}
        )
        await tx.handoffs.create(made)
        return made


@asynccontextmanager
async def scene(tmp_path: Path, **options: Any) -> AsyncIterator[tuple[Bot, Incident]]:
    """Run a bot with a posted P0 in it."""
    roles: dict[str, tuple[str, ...]] = {"CTO": ("jun",), "VP Engineering": ("jun",)}
    roles |= {"Engineering Manager": ("jun",), "Team Lead": ("mina",)}
    rota = OnCallPolicy(zone="UTC", people=PEOPLE, roles=roles)
    policies = replace(shipped_policies(), oncall=rota)
    handoffs: Any = Asked()
    async with running_bot(tmp_path, policies=policies, doors=Doors(handoffs=handoffs), **options) as bot:
        yield bot, await bot.card(await bot.declare(priority=Priority.P0))


async def said(bot: Bot, words: str, user: str = MINA, answer: str = "") -> str:
    """Type a command and return what only its author sees, the first message with `answer` in it."""
    ws = bot.server.workspace
    before = len(ws.whispers(user, GENERAL))

    def answers(w: Workspace) -> list[dict[str, Any]]:
        return [whisper for whisper in w.whispers(user, GENERAL)[before:] if answer in str(whisper)]

    outcome = await ws.slash(user, GENERAL, f"/ops {words}")
    assert outcome.ok, outcome
    await ws.wait_for(answers)
    whisper = answers(ws)[0]
    assert [] == wrong_with(whisper.get("blocks") or [])
    return str(whisper)


async def dialog(bot: Bot, callback: str, user: str = MINA) -> dict[str, Any]:
    """Wait until a person sees a dialog."""
    ws = bot.server.workspace
    await ws.wait_for(lambda w: [v for v in w.modals_of(user) if v["callback_id"] == callback])
    found: dict[str, Any] = ws.modals_of(user)[-1]
    shown = {name: found[name] for name in ("type", "callback_id", "title", "blocks", "private_metadata")}
    assert [] == wrong_with_view(shown)
    return found


async def thread(bot: Bot, incident: Incident, words: str) -> dict[str, Any]:
    """Wait until a reply below the card says something."""
    ws, place = bot.server.workspace, incident.conversation

    def found(_: Any) -> list[dict[str, Any]]:
        return [m for m in ws.replies(place.channel, place.ts or "") if words in str(m)]

    await ws.wait_for(found)
    return found(ws)[-1]


async def test_first_timers_lead_call_and_give_work_by_dialogs(tmp_path: Path) -> None:
    async with scene(tmp_path) as (bot, incident):
        ws, place = bot.server.workspace, incident.conversation
        await ws.click(MINA, place.channel, place.ts or "", "incident.more")
        more = await dialog(bot, "modal.more")
        await ws.click_view(MINA, more["id"], "more.command")
        await dialog(bot, "modal.command")
        led = await ws.submit(MINA, {"incident": incident.id, "person": JUN})
        await ws.wait_for(lambda w: f"<@{JUN}> leads" in str(w.history(place.channel)))
        await ws.slash(MINA, GENERAL, "/ops priority")
        await dialog(bot, "modal.priority")
        empty = await ws.submit(MINA, {"incident": incident.id, "priority": "P1", "reason": " "})
        await ws.submit(MINA, {"incident": incident.id, "priority": "P1", "reason": "half of it works"})
        await ws.wait_for(lambda w: "half of it works" in str(w.history(place.channel)))
        added = await said(bot, f"task {incident.name} call the provider <@{JUN}> in 30m")
        reply = await thread(bot, incident, "call the provider")
        await ws.click(JUN, place.channel, reply["ts"], "task.done")
        await thread(bot, incident, "1 of 1 ended")
        called = await said(bot, f"escalate {incident.name} CTO nobody can pay")
        async with bot.store.read() as tx:
            pages = await tx.pages.of_incident(incident.id)
            kinds = [event.kind.value for event in await tx.timeline.of(incident.id)]

    assert led.ok
    assert ["reason"] == list(empty.errors or {})
    assert "T-1 is on the list" in added
    assert "CTO is being called" in called
    assert {"jun"} == {page.person for page in pages}
    assert {"command_taken", "priority_changed", "task_added", "task_done", "escalated"} <= set(kinds)


async def test_an_update_is_sent_only_as_it_was_read_and_by_those_who_may(tmp_path: Path) -> None:
    async with scene(tmp_path, guarded=True) as (bot, incident):
        ws, place, policies = bot.server.workspace, incident.conversation, bot.services.policies
        asked = await said(bot, f"update {incident.name} customers we are on it")
        update = sample_update().model_copy(
            update={"incident_id": incident.id, "at": bot.services.clock.now()}
        )
        async with bot.store.write() as tx:
            await accept(tx, policies, [update], bot.services.clock.now())
            [handoff] = await tx.handoffs.of_incident(incident.id)
        bot.outbox.wake()
        reply = await thread(bot, incident, "waits for approval")
        await ws.click(ALEX, place.channel, reply["ts"], "update.approve")
        await ws.wait_for(
            lambda w: [m for m in w.whispers(ALEX, place.channel) if "Only members of" in str(m)]
        )
        await ws.click(JUN, place.channel, reply["ts"], "update.edit")
        await dialog(bot, "modal.update_edit", JUN)
        await ws.submit(JUN, {"title": "Payments", "words": "Some payments fail. We are on it."})
        await thread(bot, incident, "Some payments fail. We are on it.")
        again = await thread(bot, incident, "Approve & send")
        await ws.click(JUN, place.channel, again["ts"], "update.approve")
        await thread(bot, incident, "being sent")
        async with bot.store.read() as tx:
            stored = await tx.updates.get(update.id)

    assert "stakeholder-communicator writes it" in asked
    assert isinstance(handoff.question, InformAudiences)
    assert (("customers",), "we are on it") == (handoff.question.audiences, handoff.question.words)
    assert stored is not None
    assert (UpdateState.SENDING, JUN, "person") == (stored.state, stored.approved_by, stored.form)


async def test_an_incident_has_a_channel_in_which_pins_and_questions_are_about_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as (bot, incident):
        ws = bot.server.workspace
        opening = await said(bot, f"channel {incident.name}")
        for _ in range(2):
            await bot.door.handlers[KEEP]({"incident_id": incident.id, "by": MINA})
        await ws.wait_for(lambda w: "This channel is for" in str(w.history("#inc-1-payment")))
        room = ws.state.channel("#inc-1-payment")
        note = await ws.say(MINA, room.name, "we switched the flag off, password=hunter2secret")
        for reaction in ("eyes", "pushpin", "memo"):
            await ws.react(MINA, room.name, note["ts"], reaction)
        await ws.wait_for(lambda w: "white_check_mark" in str(w.history(room.name)))
        await ws.say(MINA, room.name, "<@U0OPSBOT01> what changed just before this?")
        await ws.wait_for(lambda _: bot.desk.asked)
        async with bot.store.read() as tx:
            kept = [e.data for e in await tx.timeline.of(incident.id) if e.data.get("pinned_from")]

    assert "is being opened" in opening
    assert 1 == len(bot.calls("conversations.create"))
    assert [incident.id] == [question.incident_id for question in bot.desk.asked]
    assert [MINA] == [one["pinned_from"] for one in kept]
    assert "we switched the flag off" in str(kept)
    assert "hunter2secret" not in str(kept)


async def test_people_and_channels_choose_their_language(tmp_path: Path) -> None:
    async with scene(tmp_path) as (bot, incident):
        ws, place = bot.server.workspace, incident.conversation
        mine = await said(bot, "language ko")
        help_ = await said(bot, "task help")
        hers = await said(bot, "task help", JUN)
        await ws.slash(JUN, place.channel, "/ops language ko here")
        await ws.wait_for(lambda w: w.whispers(JUN, place.channel))
        await said(bot, f"ack {incident.name}")
        await ws.wait_for(lambda w: "대응 중" in str(w.history(place.channel)))
        wrong = await said(bot, "language klingon")
        await asyncio.sleep(0)

    assert "한국어로 답합니다" in mine
    assert "할 일 추가" in help_
    assert "add a task" in hers
    assert "ko, en, default" in wrong


async def test_what_can_be_looked_up_answers_its_author_alone(tmp_path: Path) -> None:
    async with scene(tmp_path) as (bot, incident):
        now = bot.services.clock.now()
        dead = Notification(
            key="mail:1",
            channel=Channel.EMAIL,
            address="desk@demo.example",
            content=Mail(subject="s", text="t"),
            at=now,
            state=NotificationState.DEAD,
            last_error="the server said no",
        )
        async with bot.store.write() as tx:
            await tx.risks.create(sample_risk().model_copy(update={"at": now}))
            await tx.notifications.add(dead)
        oncall, risks = await said(bot, "oncall"), await said(bot, "risks")
        letters, deploys = await said(bot, "redeliver"), await said(bot, "deploys payment")
        mine = await said(bot, "tasks")
        # It says first that it looks.
        await said(bot, f"postmortem {incident.name}", answer="not set up here")
        given_up = await said(bot, f"command {incident.name} nobody")
        ws = bot.server.workspace
        whisper = next(m for m in ws.whispers(MINA, GENERAL) if "the server said no" in str(m))
        await ws.click(MINA, GENERAL, whisper["ts"], "letter.again")
        await ws.wait_for(lambda w: [m for m in w.whispers(MINA, GENERAL) if "It is sent again" in str(m)])
        await ws.open_home(MINA)
        await ws.wait_for(lambda w: w.home_of(MINA))
        home = ws.home_of(MINA)
        async with bot.store.read() as tx:
            again = await tx.notifications.get("mail:1")

    assert "VP Engineering" in oncall
    assert JUN in oncall
    assert "releases without a canary" in risks
    assert "the server said no" in letters
    assert "payment" in deploys
    assert "Nothing is on your list" in mine
    assert "has no leader any more" in given_up
    assert again is not None
    assert NotificationState.WAITING is again.state
    assert home is not None
    assert "risk is overdue" in str(home) or "releases without a canary" in str(home)
