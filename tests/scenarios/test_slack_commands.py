"""`/ops` on the real wire: every subcommand answers its author alone."""

from pathlib import Path
from typing import Any

import pytest

from agent.domain.answer import Answer
from agent.domain.incident import IncidentStatus
from agent.domain.results import PictureResult, TableResult
from agent.errors import Unavailable
from agent.transport.slack.subcommands import SUBCOMMANDS
from tests.support.blockkit import texts_of, wrong_with
from tests.support.slackbot import PIXEL, Bot, running_bot
from tests.support.views import BLOB
from tests.support.workspace import JUN, MINA

CHANNEL = "#general"


def said(message: dict[str, Any]) -> str:
    return "\n".join([message.get("text", ""), *(text for _, text in texts_of(message.get("blocks") or []))])


async def ops(bot: Bot, words: str, user: str = MINA) -> dict[str, Any]:
    """Type a command and return what only its author sees."""
    before = len(bot.server.workspace.whispers(user, CHANNEL))
    outcome = await bot.server.workspace.slash(user, CHANNEL, f"/ops {words}".strip())

    assert outcome.ok, outcome
    await bot.server.workspace.wait_for(lambda ws: len(ws.whispers(user, CHANNEL)) > before)
    return bot.server.workspace.whispers(user, CHANNEL)[-1]


async def test_ops_alone_shows_buttons_that_work(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        welcome = await ops(bot, "")
        before = len(bot.server.workspace.whispers(MINA, CHANNEL))
        clicked = await bot.server.workspace.click(MINA, CHANNEL, welcome["ts"], "ops.shortcut.status")
        await bot.server.workspace.wait_for(lambda ws: len(ws.whispers(MINA, CHANNEL)) > before)

    assert "turn alerts into incidents" in said(welcome)
    assert clicked.ok
    assert ["status"] == bot.desk.lines


async def test_help_names_every_subcommand(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        shown = said(await ops(bot, "help"))
        one = said(await ops(bot, "metrics help"))

    assert [name for name in SUBCOMMANDS if f"/ops {name}" not in shown] == []
    assert "/ops metrics checkout latency 30m" in one


async def test_a_misspelt_subcommand_is_guessed(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        shown = said(await ops(bot, "metrcs checkout"))

    assert "/ops metrics" in shown
    assert [] == bot.desk.lines


async def test_metrics_come_with_table_and_picture(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        bot.pictures[BLOB] = PIXEL
        bot.desk.answer = Answer(
            text="Latency of **checkout**",
            table=TableResult(columns=("time", "p95"), rows=(("19:30", "1.9 s"),)),
            picture=PictureResult(blob=BLOB, alt="latency over time", title="checkout latency"),
        )
        message = await ops(bot, "metrics checkout latency 30m")

    kinds = [block["type"] for block in message["blocks"]]
    assert kinds == ["markdown", "table", "image"]
    assert bot.desk.lines == ["metrics checkout latency 30m"]


async def test_a_wrong_argument_is_explained(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        shown = said(await ops(bot, "metrics"))

    assert "Name a service" in shown


async def test_a_broken_desk_is_an_apology_not_silence(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        bot.desk.trouble = Unavailable("Prometheus does not answer.", backend="prometheus")
        shown = said(await ops(bot, "status"))
        bot.desk.trouble = ZeroDivisionError("secret detail")
        unexpected = said(await ops(bot, "status"))

    assert "Prometheus does not answer." in shown
    assert "our fault" in unexpected
    assert "secret detail" not in unexpected


async def test_incidents_are_shown_noted_muted_acknowledged_and_resolved(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        name = incident.name
        shown = await ops(bot, f"show {name}")
        await ops(bot, f"ack {name.lower()}", JUN)
        await ops(bot, f"note {incident.number} rolling back <now>")
        unmutable = said(await ops(bot, f"mute {name} 2h load test"))
        resolved = said(await ops(bot, f"resolve {name}"))
        async with bot.store.read() as tx:
            after = await tx.incidents.get(incident.id)
            events = [(event.kind.value, event.actor) for event in await tx.timeline.of(incident.id)]

    assert "payment — high error rate" in said(shown)
    assert wrong_with(shown["blocks"]) == []
    assert "has no alerts to mute" in unmutable
    assert "resolved" in resolved
    assert after is not None
    assert (after.acknowledged_by, after.status) == (JUN, IncidentStatus.RESOLVED)
    assert ("note", MINA) in events


async def test_an_ended_incident_is_brought_back_only_by_name(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        incident = await bot.card(await bot.declare())
        await ops(bot, f"resolve {incident.name}")
        nameless = said(await ops(bot, "reopen"))
        async with bot.store.read() as tx:
            ended = await tx.incidents.get(incident.id)
        reopened = said(await ops(bot, f"reopen {incident.name}", JUN))
        async with bot.store.read() as tx:
            living = await tx.incidents.get(incident.id)
            actors = [e.actor for e in await tx.timeline.of(incident.id) if e.kind.value == "reopened"]

    assert "/ops incidents" in nameless
    assert ended is not None
    assert ended.status is IncidentStatus.RESOLVED
    assert "open again" in reopened
    assert living is not None
    assert living.status.open
    assert actors == [JUN]


@pytest.mark.parametrize(
    "words", ["show INC-99", "ack nonsense", "resolve 5", "mute INC-1", "note INC-77 hello"]
)
async def test_unknown_incidents_are_named_in_the_answer(tmp_path: Path, words: str) -> None:
    async with running_bot(tmp_path) as bot:
        shown = said(await ops(bot, words))

    assert "/ops incidents" in shown or "how long" in shown


async def test_ask_answers_its_author_in_their_language(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as bot:
        first = await ops(bot, "ask 결제 왜 느려?")
        await bot.server.workspace.wait_for(
            lambda ws: "failing since" in said(ws.whispers(MINA, CHANNEL)[-1])
        )

    assert "살펴보는 중" in said(first) or "failing since" in said(first)
    assert [(q.text, q.language, q.asker) for q in bot.desk.asked] == [("결제 왜 느려?", "ko", MINA)]


async def test_what_people_note_is_kept_without_secrets(tmp_path: Path) -> None:
    secret = "hunter2hunter2"
    async with running_bot(tmp_path) as bot:
        ws = bot.server.workspace
        name = (await bot.card(await bot.declare())).name
        await ops(bot, f"note {name} password={secret}")
        await ops(bot, f"resolve {name} set password={secret}")
        await ws.slash(MINA, CHANNEL, "/ops declare")
        await ws.wait_for(lambda w: w.modals_of(MINA))
        told = {"title": f"token={secret} leaked", "service": "checkout", "description": f"password={secret}"}
        await ws.submit(MINA, told | {"priority": "P1"})
        await ws.wait_for(lambda w: "is declared" in str(w.whispers(MINA, CHANNEL)))
        async with bot.store.read() as tx:
            incidents = await tx.incidents.recent(10)
            stored = [event.data for one in incidents for event in await tx.timeline.of(one.id)]

    assert 2 == len(incidents)
    assert "password=" in str(stored)
    assert secret not in str([*stored, *incidents])
