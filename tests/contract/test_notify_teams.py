"""Cards against Microsoft's own schema, and against a double of a Teams workflow."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import jsonschema
import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.notification import Channel, TeamsCard
from agent.errors import Misconfigured, Overloaded, Refused, Unavailable
from demo.vendors.door import VendorServer
from demo.vendors.teams import TeamsVendor
from tests.support.outgoing import card, mail, outgoing
from tools.connectors.teams import TeamsCards
from tools.connectors.teams_cards import MOST_BYTES, encoded, message

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "data" / "specs" / "adaptive-card-1.5.schema.json").read_text("utf-8")
)
CHECK = jsonschema.Draft6Validator(SCHEMA)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "**bold** [x](https://evil.example)",
            "{{DATE(2026-01-01T00:00:00Z)}}",
            "<at>all</at>",
            "\u202e",
            "한국어",
        ]
    ),
)


def problems(drawn: dict) -> list[str]:
    return [error.message[:200] for error in CHECK.iter_errors(drawn["attachments"][0]["content"])]


def texts(node: object) -> list[dict]:
    """Return every element that shows text."""
    if isinstance(node, list):
        return [found for item in node for found in texts(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if "text" in node else []
    return own + [found for item in node.values() for found in texts(item)]


def test_the_schema_can_say_no() -> None:
    drawn = message(card())
    drawn["attachments"][0]["content"]["body"][0]["inlines"][0]["color"] = "mauve"

    assert problems(drawn)


def test_a_card_says_what_it_was_given() -> None:
    drawn = message(
        card(
            lines=("Checkout fails.\nWe are looking.", " "),
            facts={"Priority": "P0"},
            links={"Open in Slack": "https://slack.example/a", "Bad": "javascript:alert(1)"},
            colour="attention",
        )
    )
    shown = drawn["attachments"][0]["content"]

    assert [] == problems(drawn)
    assert ["INC-7: checkout is slow", "Priority: ", "P0", "Checkout fails.", "We are looking."] == [
        run["text"] for run in texts(shown["body"])
    ]
    assert "Attention" == shown["body"][0]["inlines"][0]["color"]
    assert [("Open in Slack", "https://slack.example/a")] == [
        (a["title"], a["url"]) for a in shown["actions"]
    ]
    assert "INC-7: checkout is slow" == shown["fallbackText"]


@settings(max_examples=80, deadline=None)
@given(
    title=TEXTS,
    lines=st.lists(TEXTS, max_size=5),
    facts=st.dictionaries(TEXTS, TEXTS, max_size=4),
    links=st.dictionaries(TEXTS, st.one_of(TEXTS, st.just("https://slack.example/x?y=1")), max_size=3),
    colour=st.sampled_from(["good", "warning", "attention", "default"]),
)
def test_any_text_makes_a_valid_card_in_which_text_is_only_text(
    title: str, lines: list[str], facts: dict[str, str], links: dict[str, str], colour: str
) -> None:
    drawn = message(TeamsCard(title=title, lines=tuple(lines), facts=facts, links=links, colour=colour))
    shown = drawn["attachments"][0]["content"]

    assert [] == problems(drawn)
    # A text run shows its characters as they are; every other element would read Markdown in them.
    assert {"TextRun"} == {run["type"] for run in texts(shown["body"])}
    assert not any("{{" in run["text"] for run in texts(shown["body"]))
    assert not set("*[]()<>`~#") & set(shown["fallbackText"])
    assert all(action["url"].startswith(("https://", "http://")) for action in shown.get("actions", ()))


@settings(max_examples=15, deadline=None)
@given(word=st.text(min_size=1, max_size=3), times=st.integers(500, 3000), count=st.integers(1, 200))
def test_a_card_never_grows_over_what_teams_takes(word: str, times: int, count: int) -> None:
    long = word * times
    drawn = message(TeamsCard(title=long, lines=(long,) * count, facts={long: long, "b": long}))

    assert len(encoded(drawn)) <= MOST_BYTES
    assert [] == problems(drawn)


@pytest_asyncio.fixture
async def vendor() -> TeamsVendor:
    return TeamsVendor()


@pytest_asyncio.fixture
async def server(vendor: TeamsVendor) -> AsyncIterator[VendorServer]:
    async with VendorServer(vendor) as started:
        yield started


async def test_a_card_is_posted_into_the_channel(vendor: TeamsVendor, server: VendorServer) -> None:
    teams = TeamsCards(vendor.webhook_url(server.url), timeout_seconds=30)

    receipt = await teams.send(outgoing(card()), again=False)
    await teams.close()

    assert Channel.TEAMS is teams.channel
    assert "message-1" == receipt.reference
    assert [message(card())["attachments"][0]["content"]] == [held["card"] for held in vendor.cards]


async def test_refusals_are_sentences_without_the_secret_address(
    vendor: TeamsVendor, server: VendorServer
) -> None:
    url = vendor.webhook_url(server.url)
    right = TeamsCards(url, timeout_seconds=30)
    wrong = TeamsCards(url.replace(vendor.signature, "guess"), timeout_seconds=30)
    away = TeamsCards("http://127.0.0.1:1/workflows/hidden?sig=hidden", timeout_seconds=30)
    sent = outgoing(card())

    with pytest.raises(Refused, match="refuses our credentials") as first:
        await wrong.send(sent, again=False)
    with pytest.raises(Unavailable, match=r"cannot be reached at http://127.0.0.1\.") as second:
        await away.send(sent, again=False)
    vendor.turned_off = True
    with pytest.raises(Refused, match="no workflow at OPS_TEAMS_WEBHOOK_URL") as third:
        await right.send(sent, again=False)
    vendor.turned_off = False
    vendor.faults.set(rate_limited=True, retry_after=3.0)
    with pytest.raises(Overloaded) as fourth:
        await right.send(sent, again=False)

    for raised in (first, second, third, fourth):
        assert not {"hidden", vendor.signature, "workflows/"} & set(str(raised.value).split("/"))
        assert vendor.signature not in str(raised.value)
    assert 3 == fourth.value.retry_after_seconds
    with pytest.raises(Refused, match="Only cards"):
        await right.send(outgoing(mail()), again=False)
    for each in (right, wrong, away):
        await each.close()


async def test_the_probe_posts_nothing(vendor: TeamsVendor, server: VendorServer) -> None:
    right = TeamsCards(vendor.webhook_url(server.url), timeout_seconds=30)
    away = TeamsCards("http://127.0.0.1:1/workflows/hidden?sig=hidden", timeout_seconds=30)

    good, bad = await right.probe(), await away.probe()
    await right.close()
    await away.close()

    assert (True, False) == (good.ok, bad.ok)
    assert "OPS_TEAMS_WEBHOOK_URL" in (bad.fix or "")
    assert "hidden" not in f"{bad}"
    assert [] == vendor.cards
    with pytest.raises(Misconfigured, match="OPS_TEAMS_WEBHOOK_URL must begin with https"):
        TeamsCards("http://teams.example/x", timeout_seconds=30)
