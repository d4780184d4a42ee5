"""A model may say it better; what it adds, changes or gives away is dropped, sentence by sentence."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.domain.noun import Json
from tests.support.updates import Newsroom, Writer, diagnosed, newsroom


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with newsroom(tmp_path) as opened:
        await diagnosed(opened)
        yield opened


def saying(text: str, statement: int = 1) -> Writer:
    """Return a model that writes one sentence for one statement, and for the others nothing."""
    return Writer(lambda _: [{"text": text, "statements": [f"s{statement}"]}])


async def first_line(room: Newsroom, text: str, audience: str = "customers", language: str = "en") -> str:
    room.model = saying(text)
    await room.tell("opened", audience)
    return (await room.lines(audience, language))[0]


async def test_a_better_sentence_takes_the_place_of_the_rules_own(room: Newsroom) -> None:
    better = "Some of your attempts to use card payments may have failed since 11:50 UTC."
    told = await first_line(room, better)
    update = await room.newest("customers")

    assert told == better
    assert update.form == "claude"
    assert update.sentences[0].sources == ("ev_1",)
    assert len(update.sentences) == 5


async def test_two_statements_may_become_one_sentence(room: Newsroom) -> None:
    joined = "We are looking into it, and we are sorry for the trouble this causes."
    room.model = Writer(lambda _: [{"text": joined, "statements": ["s3", "s4"]}])
    await room.tell("opened", "customers")

    assert joined in await room.lines("customers")
    assert len(await room.lines("customers")) == 4


@pytest.mark.parametrize(
    "text",
    [
        "Since 11:55 UTC, some of your attempts to use card payments may fail.",
        "Since 11:50 KST, some of your attempts to use card payments may fail.",
        "Since 11:50 UTC, twelve of your attempts to use card payments may fail.",
        "Since 11:50 UTC, payment-5d7f9c8b6-x2x4z may fail.",
        "Since 11:50 UTC, wallet prod may fail.",
        "Since 11:50 UTC, the wаllet-рrod may fail.",
        "Since 11:50 UTC, card payments may fail; you will get a refund.",
        "Since 11:50 UTC, card payments failed, but that is fixed.",
        "Since 11:50 UTC, card payments may fail because of an attack.",
        "Since 11:50 UTC, card payments may fail, see https://status.example.",
        "Since 11:50 UTC, card payments may fail since PaymentErrorsHigh.",
        "11:50 UTC부터 카드 결제 오류가 발생할 수 있습니다.",
        "",
        "x" * 500,
    ],
)
async def test_a_sentence_that_says_more_is_dropped(room: Newsroom, text: str) -> None:
    told = await first_line(room, text)

    assert told == "Since 11:50 UTC, some of your attempts to use card payments may fail."
    assert (await room.newest("customers")).form == "deterministic"


@pytest.mark.parametrize(
    "cited", [[], ["s9"], ["s1", "s9"], ["ev_1"]], ids=["nothing", "unknown", "partly", "evidence"]
)
async def test_a_sentence_without_its_statements_is_dropped(room: Newsroom, cited: list[str]) -> None:
    room.model = Writer(lambda _: [{"text": "Some attempts may fail.", "statements": cited}])
    await room.tell("opened", "customers")

    assert "Some attempts may fail." not in await room.lines("customers")


async def test_a_model_that_is_away_leaves_the_rules_own_words(room: Newsroom) -> None:
    room.model = Writer(None)
    await room.tell("opened", "customers")

    assert len(await room.lines("customers")) == 5
    assert (await room.newest("customers")).form == "deterministic"


async def test_the_model_sees_nothing_but_the_sentences_of_its_readers_and_reads_nothing(
    room: Newsroom,
) -> None:
    seen: list[dict[str, Json]] = []

    def nothing(material: dict[str, Json]) -> list[dict[str, Any]]:
        seen.append(material)
        return []

    room.model = Writer(nothing)
    await room.tell("opened", "customers")

    assert [one["language"] for one in seen] == ["English", "Korean"]
    assert set(seen[0]) == {"audience", "may_know", "language", "statements"}
    words = str(seen)
    assert not any(
        name in words for name in ("wallet-prod", "10.20.30.41", "PaymentErrorsHigh", "INC-1", "v2")
    )
    assert room.model.reads == [(), ()]


async def test_a_text_with_nothing_new_is_not_given_to_a_model(room: Newsroom) -> None:
    await room.tell("opened", "executives")
    room.clock.advance(1800)
    room.model = saying("Nothing happened.")
    await room.tell("due", "executives")

    assert room.model.given == []


async def test_korean_is_written_in_korean(room: Newsroom) -> None:
    room.model = Writer(lambda _: [{"text": "Card payments may fail.", "statements": ["s1"]}])
    await room.tell("opened", "customers")
    assert (await room.lines("customers", "ko"))[0].startswith("20:50(KST)부터")

    better = "20:50(KST)부터 카드 결제 이용 중에 오류가 발생할 수 있습니다."
    room.model = saying(better)
    await room.tell("by_hand", "customers")
    assert (await room.lines("customers", "ko"))[0] == better
