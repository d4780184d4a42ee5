"""First light: a bad deployment in the demo's world becomes one living message that explains itself and turns green."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agent.transport.slack.markup import person
from demo.show import Show
from tests.support.backends import eventually
from tests.support.product import by_calendar, details, key_of, posts, refusals, roots, shown
from tests.support.without_speed import steady_show
from tests.support.workspace import JUN, MINA

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(75),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]
FAULT = "bad-deployment"
Json = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def show(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Show]:
    home = tmp_path_factory.mktemp("show")
    async with steady_show(home) as people:
        # Mina's Slack speaks Korean, and so would every answer to her alone.
        await whispered(people.show, "/ops language en")
        yield people.show


def card(show: Show) -> Json:
    """Return the one root message there is; two would be a failure of their own."""
    found = roots(show.workspace)
    assert len(found) <= 1, [(key_of(one), shown(one)) for one in found]
    return found[0] if found else {}


def says(show: Show, *words: str) -> bool:
    return all(word in shown(card(show)) for word in words)


async def firing(show: Show) -> set[str]:
    return {a["labels"].get("service", "") for a in await show.world.prometheus.firing()}


async def whispered(show: Show, command: str) -> Json:
    """Type a command and return the last of what only its author then sees."""
    ws = show.workspace.workspace
    before = len(ws.whispers(MINA, "#general"))
    outcome = await ws.slash(MINA, "#general", command)
    assert outcome.ok, outcome
    await ws.wait_for(lambda w: len(w.whispers(MINA, "#general")) > before, timeout=120)
    return ws.whispers(MINA, "#general")[-1]


async def test_a_calm_shop_is_a_quiet_workspace(show: Show) -> None:
    await eventually(lambda: sum(show.world.users.answers.values()) > 60, within=120)
    assert [] == [one for one in posts(show.workspace) if not by_calendar(one)]
    assert "No open incident" in shown(await whispered(show, "/ops status"))


async def test_a_bad_deployment_becomes_one_message_that_names_cause_and_change(show: Show) -> None:
    await show.world.panel.turn(FAULT, True)
    await eventually(lambda: card(show), within=120)
    await eventually(lambda: says(show, "payment fails since its deployment v1 → v2"), within=120)
    said = shown(card(show))

    assert "(rule `" in said
    assert any(f"*{level}* because" in said for level in ("P0", "P1"))
    assert "*Changed just before:* payment was deployed (v1 → v2)" in said
    assert "Roll back payment to v1" in said
    assert key_of(card(show)).startswith("card:")


async def test_its_card_shows_a_picture_with_words_for_those_who_cannot_see_it(show: Show) -> None:
    await eventually(lambda: says(show, '"type": "image"'), within=120)
    picture = next(block for block in card(show)["blocks"] if block["type"] == "image")
    assert "error rate" in picture["alt_text"].lower()
    assert "threshold 5 %" in picture["alt_text"]
    stored = show.workspace.workspace.files.get(picture["slack_file"]["id"])
    assert (stored.content or b"").startswith(b"\x89PNG")


async def test_a_new_line_in_the_logs_of_payment_is_shown(show: Show) -> None:
    await eventually(lambda: says(show, "*New in the logs* of payment", "Unhandled exception"), within=120)


async def test_the_trouble_spreads_and_the_same_message_is_edited(show: Show) -> None:
    root = card(show)["ts"]

    async def spread() -> bool:
        return {"payment", "checkout"} <= await firing(show)

    await eventually(spread, within=120, every=0.5)
    await eventually(
        lambda: says(show, "checkout", "payment") and re.search("of [2-9] alerts firing", shown(card(show)))
    )
    assert card(show)["ts"] == root
    assert "edited" in card(show)
    assert len(details(show.workspace)) == 1
    assert details(show.workspace)[0]["thread_ts"] == root


async def test_a_person_acknowledges_and_the_card_says_who(show: Show) -> None:
    root = card(show)
    outcome = await show.workspace.workspace.click(
        MINA, "#alerts-critical", root["ts"], "incident.acknowledge"
    )
    assert outcome.ok
    await eventually(lambda: says(show, f"{person(MINA)} is on it"), within=120)


async def test_a_question_in_the_thread_is_answered_there_with_evidence(show: Show) -> None:
    ws, root = show.workspace.workspace, card(show)["ts"]
    bot = ws.state.app.seed.name
    await ws.say(JUN, "#alerts-critical", f"@{bot} why is checkout slow?", thread_ts=root)

    def answer() -> Json:
        own = [m for m in ws.replies("#alerts-critical", root) if m.get("bot_id") and not key_of(m)]
        return own[-1] if own and "Likely cause" in shown(own[-1]) else {}

    said = shown(await eventually(answer, within=120))
    assert "payment" in said
    assert "v1 → v2" in said


async def test_look_ups_answer_their_author(show: Show) -> None:
    status = shown(await whispered(show, "/ops status"))
    metrics = await whispered(show, "/ops metrics checkout latency 30m")
    logs = shown(await whispered(show, "/ops logs payment errors"))

    assert "INC-1" in status
    assert any(block["type"] == "image" for block in metrics["blocks"])
    assert "Unhandled exception" in logs


async def test_recovery_turns_the_card_green_by_itself(show: Show) -> None:
    root = card(show)["ts"]
    await show.world.panel.turn(FAULT, False)
    await eventually(lambda: says(show, "🟢 Resolved"), within=120, every=0.25)
    assert says(show, "detected in", "acknowledged after", "resolved after")
    assert card(show)["ts"] == root


async def test_nothing_else_was_said_and_nothing_was_refused(show: Show) -> None:
    await asyncio.sleep(2)
    own = [m for m in posts(show.workspace) if m.get("bot_id") and not by_calendar(m)]
    kinds = Counter(key_of(one).partition(":")[0] for one in own)
    # The answer has no key of the outbox. Each of the others is one message that is edited, or is said once: a priority
    # that rose, a word that is wanted, a recovery that could not be carried out, what sub-agents were asked, a release.
    once = {"raised", "approval", "recovery", "handoffs", "release", "postmortem", "room"}
    assert {kind: kinds.pop(kind) for kind in ("", "card", "details")} == {"": 1, "card": 1, "details": 1}
    # Whoever is called is told where they look, and an update is one message an audience.
    assert kinds.keys() <= once | {"page", "update"}, kinds
    assert [kind for kind in once if kinds[kind] > 1] == []
    assert kinds["page"] <= 2
    assert kinds["update"] <= 6
    assert not [m for m in posts(show.workspace, "#general") if m.get("bot_id")]
    assert refusals(show.workspace) == []
