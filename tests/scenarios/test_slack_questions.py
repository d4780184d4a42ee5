"""Questions by mention, thread and direct message: streamed, quiet, and answered once."""

from pathlib import Path
from typing import Any

from demo.workspace.faults import Fault
from tests.support.slackbot import Bot, running_bot
from tests.support.workspace import ALEX, MINA

CHANNEL = "#general"
ANSWER = "is failing since 19:30"


async def replies(bot: Bot, channel: str, ts: str) -> list[dict[str, Any]]:
    """Wait until a thread holds the answer and return its messages."""
    await bot.server.workspace.wait_for(lambda ws: any(ANSWER in str(m) for m in ws.replies(channel, ts)))
    return bot.server.workspace.replies(channel, ts)


async def test_a_mention_is_answered_live_in_its_thread(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        asked = await bot.server.workspace.say(ALEX, CHANNEL, "@ops-monitor why is payment failing?")
        thread = await replies(bot, CHANNEL, asked["ts"])
        await bot.server.workspace.wait_for(lambda _: bot.calls("chat.stopStream"))
        methods = [call.name for call in bot.server.workspace.recorder.calls()]

    assert len(thread) == 1
    assert [q.text for q in bot.desk.asked] == ["why is payment failing?"]
    assert [m for m in methods if m.startswith("chat.")] == [
        "chat.startStream",
        "chat.appendStream",
        "chat.stopStream",
    ]


async def test_in_an_incident_thread_the_incident_is_known(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        await bot.server.workspace.say(ALEX, channel, "@ops-monitor what changed?", thread_ts=ts)
        await replies(bot, channel, ts)

    assert [incident.id] == [q.incident_id for q in bot.desk.asked]


async def test_talk_in_a_thread_is_left_alone_unless_the_bot_asked(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        channel, ts = incident.conversation.channel, incident.conversation.ts or ""
        await bot.server.workspace.say(ALEX, channel, "I think it is the deployment", thread_ts=ts)
        await bot.server.workspace.say(ALEX, channel, "@ops-monitor", thread_ts=ts)
        await bot.server.workspace.wait_for(lambda ws: "What would you like" in str(ws.replies(channel, ts)))
        await bot.server.workspace.say(MINA, channel, "not me, I just talk", thread_ts=ts)
        await bot.server.workspace.say(ALEX, channel, "why is payment failing?", thread_ts=ts)
        await replies(bot, channel, ts)
        await bot.server.workspace.say(ALEX, channel, "thanks!", thread_ts=ts)

    assert [(q.asker, q.text) for q in bot.desk.asked] == [(ALEX, "why is payment failing?")]


async def test_direct_messages_are_answered(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        bot_user = bot.server.workspace.state.app.seed.bot_user_id
        channel = bot.server.workspace.open_dm(ALEX, bot_user)
        asked = await bot.server.workspace.say(ALEX, channel.id, "상태 어때?")
        await replies(bot, channel.id, asked["ts"])

    assert [("상태 어때?", "ko")] == [(q.text, q.language) for q in bot.desk.asked]


async def test_a_delivery_that_comes_twice_is_answered_once(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        bot.server.workspace.faults.duplicate(4)
        asked = await bot.server.workspace.say(ALEX, CHANNEL, "@ops-monitor status?")
        thread = await replies(bot, CHANNEL, asked["ts"])

    assert len(bot.desk.asked) == 1
    assert len(thread) == 1


async def test_a_refused_stream_becomes_a_message_that_is_edited(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        bot.server.workspace.faults.add(Fault("refuse", "chat.startStream", error="unknown_method"))
        asked = await bot.server.workspace.say(ALEX, CHANNEL, "@ops-monitor why?")
        thread = await replies(bot, CHANNEL, asked["ts"])

    assert len(thread) == 1
    assert len(bot.calls("chat.postMessage")) == 1


async def test_a_stream_that_breaks_off_goes_on_in_the_same_message(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        for method in ("chat.appendStream", "chat.stopStream"):
            bot.server.workspace.faults.add(Fault("refuse", method, error="message_not_in_streaming_state"))
        asked = await bot.server.workspace.say(ALEX, CHANNEL, "@ops-monitor why?")
        thread = await replies(bot, CHANNEL, asked["ts"])

    assert len(thread) == 1
    assert [] == bot.calls("chat.postMessage")


async def test_a_question_that_breaks_the_desk_gets_an_answer(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        bot.desk.trouble = ZeroDivisionError("inside")
        asked = await bot.server.workspace.say(ALEX, CHANNEL, "@ops-monitor why?")
        await bot.server.workspace.wait_for(lambda ws: "our fault" in str(ws.replies(CHANNEL, asked["ts"])))
        thread = bot.server.workspace.replies(CHANNEL, asked["ts"])

    assert "inside" not in str(thread)
