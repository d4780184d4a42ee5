"""Alerts written by an attacker, a broken exporter or a flood, through the whole product into the strict workspace."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.workspace.server import WorkspaceServer
from tests.support.backends import eventually
from tests.support.blockkit import texts_of
from tests.support.hostile import HOSTILE
from tests.support.product import (
    Product,
    alert,
    delivery,
    details,
    key_of,
    posts,
    refusals,
    roots,
    shown,
    slack_settings,
    workspace,
)

pytestmark = [pytest.mark.slow, pytest.mark.alone]
Json = dict[str, Any]
CODES = re.compile(r"<([^<>]*)>")
# What the product itself may write between angle brackets: times, and links to its own backends.
OWN = re.compile(r"!date\^\d+\^|http://127\.0\.0\.1[:/]")
KOREAN = "결제 서비스가 응답하지 않습니다"
EVIL = (
    "<!channel>",
    "<!here>",
    "<@U0MINA0001>",
    "<!subteam^S0SREONC01>",
    "<#C0GENERAL1>",
    "<https://evil.example|x>",
    "```",
    "`` ` ``",
    "\x00\x07\x1b[31m",
    "\u202eetirw\u202c",
    "*bold* _it_ ~gone~",
    ":rotating_light:",
    KOREAN,
)


def codes(server: WorkspaceServer) -> Iterator[str]:
    """Yield what stands between angle brackets wherever Slack reads markup."""
    for message in posts(server):
        texts = [
            message.get("text", ""),
            *(text for kind, text in texts_of(message["blocks"]) if kind != "plain_text"),
        ]
        for text in texts:
            yield from CODES.findall(text)


async def digested(bot: Product, server: WorkspaceServer) -> None:
    """Wait until everything is shown, and check that nothing was refused and nobody was called."""
    await eventually(lambda: bot.incidents() and bot.idle() and details(server), within=60)
    assert refusals(server) == []
    assert [code for code in codes(server) if not OWN.match(code)] == []
    assert all(key_of(message) for message in posts(server))


def hostile_alert(evil: str, number: int) -> Json:
    """Return an alert that carries the text in every place it has."""
    labels = {
        "alertname": f"Evil{number} {evil}",
        "service": f"svc-{number}-{evil}",
        "namespace": evil,
        "instance": evil,
        "pod": evil,
        evil or "empty": evil,
        "severity": "critical",
    }
    text = dict.fromkeys(("summary", "description", "runbook_url", evil or "empty"), evil)
    return alert(labels=labels, annotations=text, generatorURL=evil, fingerprint=f"evil-{number}")


async def test_text_of_strangers_stays_text(tmp_path: Path) -> None:
    async with workspace() as server, Product(tmp_path, **slack_settings(server)) as bot:
        # A few at a time, because Slack takes one message a second and each incident has two.
        chunks = [" ".join(EVIL[start : start + 3]) for start in range(0, len(EVIL), 3)]
        for number, evil in enumerate(chunks):
            assert await bot.deliver(delivery(hostile_alert(evil, number))) == 200
        await eventually(lambda: len(bot.incidents()) == len(chunks), within=60)
        await digested(bot, server)
        said = "".join(map(shown, posts(server)))
        cards = len(roots(server))
    assert cards == len(chunks)
    assert KOREAN in said
    assert not {"\x00", "\x1b", "\u202e"} & set(said)
    assert "slack_failed" not in bot.said


async def test_everything_hostile_in_one_incident(tmp_path: Path) -> None:
    alerts = [hostile_alert(evil, number) for number, evil in enumerate(e for e in HOSTILE if e != "\ud800")]
    for one in alerts:
        one["labels"] |= {"service": "payment", "namespace": "shop"}
    async with workspace() as server, Product(tmp_path, **slack_settings(server)) as bot:
        assert await bot.deliver(delivery(*alerts)) == 200
        await digested(bot, server)
        assert len(roots(server)) == 1
    assert len(bot.rows("select fingerprint from alerts")) == len(alerts)


async def test_a_lone_surrogate_is_no_reason_to_lose_an_alert(tmp_path: Path) -> None:
    async with workspace() as server, Product(tmp_path, **slack_settings(server)) as bot:
        status = await bot.deliver(delivery(hostile_alert("\ud800 half", 1)))
        if status == 200:
            await digested(bot, server)
    assert status in (200, 400)


async def test_huge_labels_and_a_thousand_of_them(tmp_path: Path) -> None:
    huge = alert("payment", labels={"a": "x" * 65_536, "b" * 65_536: "y", "severity": "critical"})
    many = alert("checkout", labels={f"label_{number}": f"<!channel> {number}" for number in range(1_000)})
    async with workspace() as server, Product(tmp_path, **slack_settings(server)) as bot:
        assert await bot.deliver(delivery(huge)) == 200
        assert await bot.deliver(delivery(many)) == 200
        await eventually(lambda: len(bot.rows("select fingerprint from alerts")) == 2, within=60)
        await digested(bot, server)
        opened = "".join(row[0] for row in bot.rows("select data from timeline where kind = 'opened'"))
    assert opened.count("too large; some of its text was cut") == 2


async def test_a_flood_does_not_hold_up_the_worst(tmp_path: Path) -> None:
    flood = [
        alert(
            f"svc-{number % 50}",
            f"Noise{number}",
            labels={"severity": "warning", "instance": f"<!here> {number}"},
        )
        for number in range(5_000)
    ]
    async with workspace() as server, Product(tmp_path, **slack_settings(server)) as bot:
        assert await bot.deliver(delivery(*flood)) == 200
        assert await bot.deliver(delivery(alert("payment", "ServiceDown"))) == 200
        await eventually(lambda: any("🚨 P0" in shown(card) for card in roots(server)), within=60)
        shown_first = len(roots(server))
        await eventually(lambda: len(bot.rows("select fingerprint from alerts")) == 5_001, within=60)
        assert refusals(server) == []
        assert [code for code in codes(server) if not OWN.match(code) and code != "!here"] == []
        mentions = [m for m in roots(server) if "<!here>" in shown(m)]
    assert shown_first <= 51
    # Routing policy calls people for a P0, and for nothing else.
    assert all("P0" in json.dumps(one["text"]) for one in mentions)
