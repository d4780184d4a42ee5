"""The demo's faults through the whole product: one root message each, and the right service and rule as its cause.

`test_first_light.py` follows one fault from its card to its end; here several come and go in one shop.
"""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

import demo.show
from demo.bot import bot_settings
from demo.settings import DemoSettings
from demo.show import Show
from demo.workspace.server import WorkspaceServer
from demo.world import World
from tests.support.backends import eventually
from tests.support.product import roots, shown

pytestmark = [
    pytest.mark.backend,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
]
Json = dict[str, Any]
NEIGHBOUR = "batch-report"
# Alerts of one service within this time are one story; the demo's own minute would make this test wait.
ONE_STORY_SECONDS = 30.0


def with_a_short_memory(world: World, workspace: WorkspaceServer) -> dict[str, str]:
    return bot_settings(world, workspace) | {"OPS_CORRELATION_WINDOW_SECONDS": str(ONE_STORY_SECONDS)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def show(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Show]:
    settings = DemoSettings(home=tmp_path_factory.mktemp("show")).with_free_ports()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.show, "bot_settings", with_a_short_memory)
        async with Show(settings, say=lambda _: None) as running:
            await eventually(lambda: sum(running.world.users.answers.values()) > 60, within=30)
            yield running


def diagnoses(show: Show) -> list[tuple[str, str | None, str | None]]:
    """Return (title, rule of the cause, service of the cause) of every incident with a diagnosis, oldest first."""
    query = (
        "select i.body, d.body from incidents i join diagnoses d on d.incident_id = i.id order by i.number"
    )
    with closing(sqlite3.connect(f"file:{show.settings.home / 'ops-monitor.db'}?mode=ro", uri=True)) as db:
        found = [(json.loads(incident), json.loads(told)) for incident, told in db.execute(query)]
    causes = [(incident["title"], told.get("cause") or {}) for incident, told in found]
    return [(title, cause.get("rule"), cause.get("service")) for title, cause in causes]


def cause_of(show: Show, title: str) -> tuple[str | None, str | None] | None:
    """Return rule and service of the newest incident whose title begins so."""
    return next(
        ((rule, service) for name, rule, service in reversed(diagnoses(show)) if name.startswith(title)), None
    )


async def expect(show: Show, title: str, cause: tuple[str, str | None]) -> None:
    """Wait for the diagnosis, and say what there was instead."""
    try:
        await eventually(lambda: cause_of(show, title) == cause, within=60)
    except (TimeoutError, AssertionError):
        raise AssertionError(f"{title}: {cause} expected, there is {diagnoses(show)}") from None


def ended(show: Show, service: str) -> datetime:
    """Return when the newest incident of a service ended."""
    query = "select body from incidents order by number"
    with closing(sqlite3.connect(f"file:{show.settings.home / 'ops-monitor.db'}?mode=ro", uri=True)) as db:
        found = [json.loads(body) for (body,) in db.execute(query)]
    return max(
        datetime.fromisoformat(one["times"]["resolved_at"]) for one in found if one["service"] == service
    )


def green(show: Show) -> bool:
    return all(message["text"].startswith("🟢") for message in roots(show.workspace))


async def turn(show: Show, on: bool, *faults: str) -> None:
    for fault in faults:
        await show.world.panel.turn(fault, on)


async def test_each_fault_is_one_message_and_its_cause_is_found(show: Show) -> None:
    await turn(show, True, "noisy-neighbour", "crash-loop")
    await expect(show, "textbook:", ("container.crash-loop", "textbook"))
    await turn(show, True, "pool-exhaustion")
    await expect(show, "payment:", ("pool.exhausted", "payment"))
    await turn(show, False, "crash-loop", "pool-exhaustion")
    await expect(show, "node-2:", ("node.noisy-neighbour", None))
    await turn(show, False, "noisy-neighbour")
    await eventually(lambda: green(show), within=90)

    assert [
        ("node.noisy-neighbour", None),
        ("pool.exhausted", "payment"),
        ("container.crash-loop", "textbook"),
    ] == [cause_of(show, title) for title in ("node-2:", "payment:", "textbook:")]
    headlines = [message["blocks"][0]["text"]["text"] for message in roots(show.workspace)]
    assert ["node-2", "payment", "textbook"] == sorted(
        line.split(" · ")[1].split(" — ")[0] for line in headlines
    )


async def test_the_next_faults_are_incidents_of_their_own(show: Show) -> None:
    await turn(show, True, "expired-certificate")
    await expect(show, "tutor:", ("certificate.expired", "tutor"))
    await turn(show, False, "expired-certificate")
    await eventually(lambda: green(show), within=60)
    news = ended(show, "payment") + timedelta(seconds=ONE_STORY_SECONDS)
    await eventually(lambda: datetime.now(UTC) > news, within=ONE_STORY_SECONDS)
    await turn(show, True, "bad-deployment")
    await expect(show, "payment: HighErrorRate", ("change.bad-deployment", "payment"))
    await turn(show, False, "bad-deployment")

    assert 5 == len(roots(show.workspace)), [message["text"] for message in roots(show.workspace)]


async def test_the_noisy_neighbour_is_blamed_for_nothing_but_its_machine(show: Show) -> None:
    blamed = [
        message["text"]
        for message in roots(show.workspace)
        if NEIGHBOUR in shown(message).partition("Next:")[0]
    ]

    assert ["node-2"] == [text.split(" · ")[1].split(" — ")[0] for text in blamed]
