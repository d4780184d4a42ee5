"""A message that was posted is read back from a workspace: in a channel, in a thread, deleted, and without the right."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from agent.app.informing import look
from agent.domain.update import Destination, Reading, Update, UpdateState
from agent.errors import Refused
from agent.lifecycle.updates import accept
from agent.lifecycle.updates_reading import alike
from agent.ports.chat import Posted, Rendered
from agent.transport.slack.chat import SlackChat
from agent.transport.slack.shown import words_of
from demo.workspace.server import WorkspaceServer
from tests.support.backends import eventually
from tests.support.people import sample_update
from tests.support.slackbot import Bot, running_bot
from tests.support.workspace import client_of, running, seed

WORDS = "카드 결제 <오류> & more\nWe look at https://shop.example 🎉"


def message(words: str = WORDS) -> Rendered:
    """Return an update as it is posted: a header and a plain text."""
    return Rendered(
        text="News",
        blocks=(
            {"type": "header", "text": {"type": "plain_text", "text": "News", "emoji": False}},
            {"type": "section", "text": {"type": "plain_text", "text": words, "emoji": False}},
        ),
    )


def sent(words: str = WORDS) -> str:
    return words_of(message(words).model_dump())


async def held(server: WorkspaceServer, posted: Posted, thread_ts: str | None = None) -> str | None:
    return await SlackChat(client_of(server)).read(posted, thread_ts=thread_ts)


async def test_what_was_posted_is_read_back_where_it_stands() -> None:
    async with running() as server:
        chat = SlackChat(client_of(server))
        root = await chat.post("#general", message())
        below = await chat.post("#general", message("later"), thread_ts=root.ts)
        other = await chat.post("#general", message("another"), thread_ts=root.ts)
        await chat.update(root, message("edited"))

        assert alike(sent("edited"), await held(server, root) or "")
        assert alike(sent("later"), await held(server, below, root.ts) or "")
        assert alike(sent("another"), await held(server, other, root.ts) or "")
        assert not alike(sent(), await held(server, root) or "")


async def test_what_was_deleted_is_gone_with_and_without_a_thread() -> None:
    async with running() as server:
        client = client_of(server)
        chat = SlackChat(client)
        alone, root = await chat.post("#general", message()), await chat.post("#general", message())
        below = await chat.post("#general", message("later"), thread_ts=root.ts)
        kept = await chat.post("#general", message("kept"), thread_ts=root.ts)
        for one in (alone, below, root):
            await client.chat_delete(channel=one.channel, ts=one.ts)

        assert await held(server, alone) is None
        assert await held(server, root) is None
        assert await held(server, below, root.ts) is None
        assert await held(server, kept, root.ts) is not None


async def test_a_workspace_without_the_right_refuses_and_posts_all_the_same() -> None:
    async with running(seed(without_scopes=("channels:history",))) as server:
        posted = await SlackChat(client_of(server)).post("#general", message())
        with pytest.raises(Refused, match="lacks a permission"):
            await held(server, posted)


@asynccontextmanager
async def working(bot: Bot) -> AsyncIterator[None]:
    """Run the jobs of Slack's side."""
    running = asyncio.create_task(bot.jobs.run(bot.door.handlers))
    try:
        yield
    finally:
        await bot.jobs.stop(5)
        with suppress(asyncio.CancelledError):
            await running


async def read_as(bot: Bot, update: Update, reading: Reading) -> None:
    """Wait until an update was sent and reads so."""

    async def so() -> bool:
        await look(bot.store, bot.jobs, bot.services.clock)
        async with bot.store.read() as tx:
            found = await tx.updates.get(update.id)
        return found is not None and [one.reading for one in found.delivered] == [reading]

    await eventually(so)


@pytest.mark.parametrize("reading", [Reading.SAME, Reading.GONE])
async def test_an_update_that_was_posted_is_read_back_and_a_missing_one_is_told(
    tmp_path: Path, reading: Reading
) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        place = Destination(way="slack", address="#general")
        update = sample_update(UpdateState.SENDING, WORDS).model_copy(
            update={"incident_id": incident.id, "destinations": (place,), "at": bot.services.clock.now()}
        )
        async with bot.store.write() as tx:
            await accept(tx, bot.services.policies, [update], bot.services.clock.now())
        bot.outbox.wake()
        await read_as(bot, update, Reading.DUE)
        async with bot.store.read() as tx:
            sent = await tx.updates.get(update.id)
        assert sent is not None
        channel, _, ts = sent.delivered[0].reference.partition("/")
        if reading is Reading.GONE:
            await bot.door.clients[0].chat_delete(channel=channel, ts=ts)
        async with working(bot):
            await read_as(bot, update, reading)
        bot.outbox.wake()
        root = str(incident.conversation.ts)

        def told() -> list[str]:
            replies = bot.server.workspace.replies(incident.conversation.channel, root)
            return [one["text"] for one in replies if "is gone from where it was sent" in one["text"]]

        if reading is Reading.GONE:
            await eventually(told)
        assert len(told()) == (reading is Reading.GONE)
