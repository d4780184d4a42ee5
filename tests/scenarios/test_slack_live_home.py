"""The Home tab changes before the eyes of those who look at it, and links the channels it names."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.transport.slack.viewers import MOST, WATCHES, Viewers
from demo.workspace.workspace import Workspace
from tests.support.slackbot import running_bot
from tests.support.workspace import ALEX, MINA

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def home_of(workspace: Workspace, user: str) -> str:
    return str((workspace.home_of(user) or {}).get("blocks"))


async def test_an_open_home_tab_follows_the_incident(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        ws = bot.server.workspace
        await ws.open_home(ALEX)
        await ws.wait_for(lambda w: "Nothing is on fire" in home_of(w, ALEX))
        incident = await bot.card(await bot.declare())
        await ws.wait_for(lambda w: "not acknowledged yet" in home_of(w, ALEX))
        shown = home_of(ws, ALEX)
        await ws.click(
            MINA, incident.conversation.channel, incident.conversation.ts or "", "incident.acknowledge"
        )
        await ws.wait_for(lambda w: "is on it" in home_of(w, ALEX))
        other = ws.home_of(MINA)

    assert "payment — high error rate" in shown
    assert "<#C0ALERTSCR>" in shown
    assert not other


def test_viewers_are_few_and_forgotten_after_an_hour() -> None:
    viewers = Viewers()
    for number in range(MOST + 5):
        viewers.opened(f"U{number:04}", NOON + timedelta(seconds=number))
    viewers.opened("U0010", NOON + WATCHES)

    assert MOST == len(viewers.watching(NOON + timedelta(minutes=1)))
    assert ("U0010",) == viewers.watching(NOON + WATCHES + timedelta(minutes=5))


def test_nobody_watches_at_first() -> None:
    nobody: tuple[Any, ...] = ()

    assert nobody == Viewers().watching(NOON)
