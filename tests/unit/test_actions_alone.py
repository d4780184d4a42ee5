"""An action that belongs to no incident has a message of its own, drawn in every state and redrawn with every change."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.domain.action import ActionState
from agent.execution.alone import redraw
from agent.locale.messages import LANGUAGES
from agent.operations.checks.deeds import show_action
from agent.transport.alone import show_in
from agent.transport.slack.doors import Doors
from agent.transport.slack.services import SlackServices
from agent.transport.slack.standing.draw import draw_standing
from tests.support.alerts import shipped_policies
from tests.support.blockkit import wrong_with
from tests.support.checklists import NINE, House, house
from tests.support.deeds import sample_action
from tests.support.store import StillClock


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


def services(home: House, lang: str = "en") -> SlackServices:
    async def blob(_digest: str) -> bytes | None:
        return None

    nothing: Any = None
    found = SlackServices(home.store, nothing, shipped_policies(), StillClock(), lambda: None, blob)
    return replace(found, language=lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", list(ActionState))
async def test_it_is_drawn_in_every_state(home: House, state: ActionState, lang: str) -> None:
    checklist = await home.begun()
    action = sample_action(state, incident_id=None, origin="person", by="U0MINA0001")
    async with home.store.write() as tx:
        await tx.actions.create(action)
        await show_action(tx, checklist, action.id, NINE)
        slot = await tx.outbox.get(f"action:{action.id}")
    assert slot is not None

    drawn = await draw_standing(services(home, lang), slot)

    assert drawn is not None
    assert [] == wrong_with(drawn.message.blocks)
    assert action.handle in drawn.message.text
    assert f"checklist:{checklist.id}" == slot.thread_of


async def test_a_change_has_it_shown_anew_where_there_is_a_message(home: House) -> None:
    checklist, action = await home.begun(), sample_action(incident_id=None)
    async with home.store.write() as tx:
        await redraw(tx, action, NINE)
        assert await tx.outbox.get(f"action:{action.id}") is None
        await show_action(tx, checklist, action.id, NINE)
        await redraw(tx, action, NINE)
        slot = await tx.outbox.get(f"action:{action.id}")

    assert slot is not None
    assert (2, {"action": action.id}) == (slot.wanted, slot.payload)


@pytest.mark.parametrize("grown", ["undo_of", "replaces"])
async def test_what_takes_it_back_or_its_place_is_shown_below_it_with_its_own_buttons(
    home: House, grown: str
) -> None:
    action = sample_action(ActionState.SUCCEEDED, incident_id=None)
    origin: dict[str, Any] = {grown: action.id}
    later = sample_action(number=8, incident_id=None, **origin)
    async with home.store.write() as tx:
        await tx.actions.create(action)
        await show_in(tx, action, "#general", NINE)
        await tx.actions.create(later)
        await redraw(tx, later, NINE)
        above, below = await tx.outbox.get(f"action:{action.id}"), await tx.outbox.get(f"action:{later.id}")
    assert above is not None
    assert below is not None

    drawn = {slot.key: await draw_standing(services(home), slot) for slot in (above, below)}

    assert ("#general", above.key, 2) == (below.channel, below.thread_of, above.wanted)
    assert "action.approve" in str(drawn[below.key])
    assert ("action.undo" in str(drawn[above.key])) is (grown == "replaces")


async def test_below_a_checklist_it_stays_in_the_same_thread(home: House) -> None:
    checklist, action = await home.begun(), sample_action(ActionState.SUCCEEDED, incident_id=None)
    undo = sample_action(number=8, incident_id=None, undo_of=action.id)
    async with home.store.write() as tx:
        await show_action(tx, checklist, action.id, NINE)
        await redraw(tx, undo, NINE)
        slot = await tx.outbox.get(f"action:{undo.id}")

    assert slot is not None
    assert f"checklist:{checklist.id}" == slot.thread_of


@pytest.mark.parametrize(("state", "linked"), [(ActionState.SUCCEEDED, True), (ActionState.UNDONE, False)])
async def test_a_published_dashboard_is_linked_while_it_is_there(
    home: House, state: ActionState, linked: bool
) -> None:
    action = sample_action(state, incident_id=None, name="publish_dashboard", params={"dashboard": "slo"})
    async with home.store.write() as tx:
        await tx.actions.create(action)
        await show_in(tx, action, "#general", NINE)
        slot = await tx.outbox.get(f"action:{action.id}")
    assert slot is not None
    grafana: Any = SimpleNamespace(address=lambda name: f"https://g.example/d/ops-{name}")
    drawn = await draw_standing(replace(services(home), doors=Doors(dashboards=grafana)), slot)

    assert drawn is not None
    assert ("https://g.example/d/ops-slo" in str(drawn.message.blocks)) is linked
