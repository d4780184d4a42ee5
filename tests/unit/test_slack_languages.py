"""Who reads what: the choice first, then Slack's locale, then the team's; asked seldom, and never in anybody's way."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent.ports.outbox import SlotKind
from agent.transport.slack.languages import Languages
from agent.transport.slack.renderer import SlackRenderer
from agent.transport.slack.services import SlackServices
from tests.support.alerts import Desk, shipped_policies
from tests.support.people import JUN, MINA
from tests.support.store import StillClock, store_at

HERE = ("C0ALERTS01", "#alerts")


@dataclass
class Locales:
    """Slack's answers about people; `trouble` is raised, `slow` never answers."""

    of: dict[str, str] = field(default_factory=dict)
    trouble: Exception | None = None
    slow: bool = False
    asked: list[str] = field(default_factory=list)

    async def users_info(self, user: str, include_locale: bool) -> dict[str, Any]:
        self.asked.append(user)
        if self.slow:
            await asyncio.sleep(60)
        if self.trouble is not None:
            raise self.trouble
        return {"user": {"id": user, "locale": self.of.get(user, "fr-FR")}}


async def test_a_choice_comes_before_slack_s_locale_and_that_before_the_team_s(tmp_path: Path) -> None:
    locales: Any = Locales({MINA: "ko-KR", JUN: "en-US"})
    async with store_at(tmp_path) as store:
        known = Languages(store, StillClock(), "en", locales)
        before = [await known.of_person(user) for user in (MINA, JUN, "U0NOBODY01")]
        await known.choose_for_person(MINA, "en")
        await known.choose_for_person(JUN, "ko")
        chosen = [await known.of_person(user) for user in (MINA, JUN)]
        await known.choose_for_person(MINA, None)
        forgotten = await known.of_person(MINA)

    assert (["ko", "en", "en"], ["en", "ko"], "ko") == (before, chosen, forgotten)
    assert [MINA, JUN, "U0NOBODY01"] == locales.asked


async def test_a_channel_is_known_by_its_id_and_by_its_name(tmp_path: Path) -> None:
    async with store_at(tmp_path) as store:
        known = Languages(store, StillClock(), "en")
        before = await known.of_channel(HERE)
        await known.choose_for_channel(HERE, "ko")
        after = [await known.of_channel([name]) for name in (*HERE, "#general")]

    assert ("en", ["ko", "ko", "en"]) == (before, after)


@pytest.mark.parametrize("trouble", [OSError("down"), TimeoutError()])
async def test_a_slack_that_does_not_tell_means_the_team_s_language_and_is_asked_again_later(
    tmp_path: Path, trouble: Exception
) -> None:
    locales: Any = Locales({MINA: "ko-KR"}, trouble=trouble)
    clock = StillClock()
    async with store_at(tmp_path) as store:
        known = Languages(store, clock, "en", locales)
        answers = [await known.of_person(MINA) for _ in range(3)]
        locales.trouble = None
        clock.advance(61)
        later = await known.of_person(MINA)

    assert (["en"] * 3, "ko") == (answers, later)
    assert 2 == len(locales.asked)


async def test_a_card_speaks_its_channel_s_language_and_a_home_tab_its_viewer_s(tmp_path: Path) -> None:
    async def blob(_digest: str) -> bytes | None:
        return None

    class Quiet:
        async def health(self, *, language: str | None = None) -> Any:
            raise TimeoutError

    async with store_at(tmp_path) as store:
        desk = Desk(store)
        await desk.fire("HighErrorRate", service="payment", namespace="shop")
        [incident] = await desk.incidents()
        known, answers = Languages(store, desk.clock, "en"), Quiet()
        quiet: Any = answers
        services = SlackServices(
            store, quiet, shipped_policies(), desk.clock, lambda: None, blob, languages=known
        )
        renderer = SlackRenderer(services)
        async with store.read() as tx:
            card = await tx.outbox.get(f"card:{incident.id}")
        assert card is not None
        english = await renderer.draw(card)
        await known.choose_for_channel([card.channel], "ko")
        korean = await renderer.draw(card)
        moved = await renderer.draw(card.model_copy(update={"channel": "C0ELSEWHERE"}))
        await known.choose_for_person(MINA, "ko")
        home = card.model_copy(update={"key": "home", "kind": SlotKind.HOME, "channel": MINA})
        mine = await renderer.draw(home)
        hers = await renderer.draw(home.model_copy(update={"channel": JUN}))

    shown = [str(one.message.blocks) for one in (english, korean, moved, mine, hers) if one is not None]
    assert [False, True, True, True, False] == [
        "열린 인시던트" in one or "조사" in one or "확인" in one for one in shown
    ]
