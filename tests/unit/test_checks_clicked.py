"""What people press and send on a checklist: done once, tied to its item, and through the doors that guard the world."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.domain.action import Action, ActionRequest
from agent.domain.checklist import ChecklistState, ItemState, Proposal
from agent.domain.incident import Priority
from agent.errors import BadInput, Conflict, Misconfigured
from agent.operations.checks.beginning import CHECKLIST_RUN, show
from agent.operations.checks.engine import Outcome
from agent.ports.outbox import Slot, SlotKind
from agent.transport.slack.doors import Doors
from agent.transport.slack.gate import Gate
from agent.transport.slack.kit import Kit
from agent.transport.slack.people.clicks import Clicked
from agent.transport.slack.people.sent import Sent
from agent.transport.slack.requests import Request
from agent.transport.slack.services import SlackServices
from agent.transport.slack.standing import checklist_card as card
from agent.transport.slack.standing import checklist_views as views
from agent.transport.slack.standing.checklist_clicks import BUTTONS, DIALOGS
from agent.transport.slack.standing.checks import CHECKS
from agent.transport.slack.standing.checks_home import check_parts
from agent.transport.slack.standing.draw import draw_standing, standing_name
from tests.support.checklists import House, house
from tests.support.guarded import guarded_at
from tests.support.people import MINA

PROPOSED = Outcome(
    ItemState.ATTENTION, "check-no-data", proposals=(Proposal(action="delete_indices", params={"n": 1}),),
    service="payment",
)  # fmt: skip


@dataclass
class Said:
    """Keeps what was shown and said to a person."""

    messages: list[Any] = field(default_factory=list)
    views: list[Any] = field(default_factory=list)

    async def say(self, words: str) -> None:
        self.messages.append(words)

    async def respond(self, **answer: Any) -> Any:
        self.messages.append(answer)
        return SimpleNamespace(status_code=200, body="ok")

    async def views_open(self, *, trigger_id: str, view: Any) -> Any:
        self.views.append(view)
        return {"view": {"id": "V1"}}

    async def placed(self, message: Any) -> Any:
        return list(message.blocks)


class AnybodyMay(Gate):
    """Lets everybody in."""

    async def admit(self, command: str, who: Any, places: Any) -> None:
        return None


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


def kit(home: House, said: Said, **changes: Any) -> Kit:
    async def blob(_digest: str) -> bytes | None:
        return None

    nothing: Any = None
    services = SlackServices(
        home.store, nothing, home.desk.book.current, home.clock, lambda: None, blob,
        doors=Doors(checks=home.desk),
    )  # fmt: skip
    services = replace(services, **changes)
    client: Any = said
    return Kit(services, client, client, AnybodyMay(services, nothing))


async def click(
    home: House, said: Said, action: str, value: str, key: str = "click:1", **changes: Any
) -> None:
    body = {"trigger_id": "T1", "actions": [{"action_id": action, "value": value}]}
    await BUTTONS[action].run(kit(home, said, **changes), Clicked(body, value, MINA, key, said.say))


async def send(home: House, said: Said, dialog: str, values: dict[str, str], key: str = "click:2") -> str:
    private = {"checklist_id": "morning:2026-11-24T09:00:00+09:00", "item_id": values.pop("item", "door")}
    return await DIALOGS[dialog].run(kit(home, said), Sent(values, private, MINA, key))


async def command(home: House, said: Said, words: str, key: str = "command:1") -> str:
    who: Any = SimpleNamespace(user=MINA)
    request = Request(words, who, "T1", "C1", frozenset({"C1"}), said.respond, key)
    await CHECKS.run(kit(home, said), request)
    return str(said.messages[-1] if said.messages else "")


async def test_ticking_off_asks_for_a_note_and_is_done_once(home: House) -> None:
    said, checklist = Said(), await home.run(await home.begun())
    await click(home, said, card.DONE, f"{checklist.id}|door")
    for _ in range(2):
        await send(home, said, views.DONE_VIEW, {"note": "it was <!channel> open"})

    done = await home.now(checklist.id)

    assert views.DONE_VIEW == said.views[0]["callback_id"]
    assert (ItemState.DONE, MINA) == (done.items[2].state, done.items[2].by)
    assert ChecklistState.DONE == done.state


async def test_a_tick_is_taken_back_from_the_item_s_dialog(home: House) -> None:
    said, checklist = Said(), await home.run(await home.begun())
    await send(home, said, views.DONE_VIEW, {})
    await click(home, said, card.ITEM, f"{checklist.id}|door")
    for _ in range(2):
        await click(home, said, views.UNDO, f"{checklist.id}|door")

    item = (await home.now(checklist.id)).items[2]

    assert views.UNDO in str(said.views[0])
    assert views.UNDO not in str(said.views[1])
    assert "took back the tick of" in str(said.views[1])
    assert ItemState.PERSON == item.state


async def test_looking_again_from_the_message(home: House) -> None:
    said, checklist = Said(), await home.run(await home.begun())
    for _ in range(2):
        await click(home, said, card.ALL, checklist.id)

    assert [1, 1, 0] == [one.takes for one in (await home.now(checklist.id)).items]


async def test_an_incident_is_opened_once_from_an_item_and_tied_to_it(home: House) -> None:
    said = Said()
    home.checks["services_healthy"].outcome = PROPOSED
    checklist = await home.run(await home.begun())
    await click(home, said, views.INCIDENT, f"{checklist.id}|services")
    values = {"item": "services", "title": "payment is slow", "service": "payment", "priority": "P2"}
    told = await send(home, said, views.INCIDENT_VIEW, dict(values))
    with pytest.raises(Conflict):
        await send(home, said, views.INCIDENT_VIEW, dict(values), key="click:9")

    async with home.store.read() as tx:
        (incident,) = await tx.incidents.open()
    assert ("payment", Priority.P2) == (incident.service, incident.priority)
    assert incident.id == (await home.now(checklist.id)).items[0].incident_id
    assert "INC-1" in told


async def test_a_task_is_noted(home: House) -> None:
    said, checklist = Said(), await home.run(await home.begun())
    await click(home, said, views.TASK, f"{checklist.id}|door")

    assert "T-1 is noted." == await send(home, said, views.TASK_VIEW, {"text": "mend the lock"})
    assert (await home.now(checklist.id)).items[2].task_id


async def test_what_a_check_proposes_goes_through_guarded_recovery(home: House) -> None:
    said = Said()
    home.checks["services_healthy"].outcome = PROPOSED
    checklist = await home.run(await home.begun())

    with pytest.raises(Misconfigured):
        await click(home, said, f"{views.PROPOSE}.0", f"{checklist.id}|services|0")

    assert () == (await home.now(checklist.id)).items[0].action_ids


async def test_what_a_check_proposes_has_its_message_from_the_moment_it_is_stored(
    home: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ends right after the proposal, before anything is tied to the item, leaves nothing unseen."""
    home.checks["services_healthy"].outcome = PROPOSED
    checklist = await home.run(await home.begun())
    wishes: list[ActionRequest] = []

    class Dying:
        async def propose(self, request: ActionRequest) -> Action:
            wishes.append(request)
            raise SystemExit

    async def admitted(*_: object) -> Dying:
        return Dying()

    monkeypatch.setattr(Gate, "admit_to_act", admitted)
    with pytest.raises(SystemExit):
        await click(home, Said(), f"{views.PROPOSE}.0", f"{checklist.id}|services|0")
    async with guarded_at(tmp_path, "guarded.db") as guarded:
        async with guarded.store.write() as tx:
            await show(tx, checklist, guarded.clock.now())
        action = await guarded.propose(below=wishes[0].below)
        async with guarded.store.read() as tx:
            slot = await tx.outbox.get(f"action:{action.id}")

    assert slot is not None
    assert (f"checklist:{checklist.id}", {"action": action.id}) == (slot.thread_of, slot.payload)


async def test_the_item_s_dialog_shows_what_can_be_done(home: House) -> None:
    said = Said()
    home.checks["services_healthy"].outcome = PROPOSED
    home.checks["services_healthy"].reads = ("metrics_collector.services",)
    checklist = await home.run(await home.begun())

    await click(home, said, card.ITEM, f"{checklist.id}|services")

    words = str(said.views[0])
    for action in (card.DONE, views.AGAIN, views.INCIDENT, views.TASK, f"{views.PROPOSE}.0"):
        assert action in words


async def test_the_command_lists_begins_and_tells(home: House) -> None:
    said = Said()

    assert "Morning check" in await command(home, said, "")
    assert "There was none yet" in await command(home, said, "morning")
    await command(home, said, "morning run")
    await command(home, said, "morning run")
    assert "has begun in" in str(said.messages)
    assert 1 == len(home.queue.wanted)
    await home.runner.run(home.queue.wanted[0].payload)
    await command(home, said, "morning run", key="command:2")
    assert "Morning check of today is looked at again, in its own message: #checks" in str(said.messages[-1])
    assert 2 == len(home.queue.of(CHECKLIST_RUN))
    assert "0 of 2" in await command(home, said, "morning last") or "looked at" in str(said.messages[-1])
    assert "2026-11-25 09:00 KST" in await command(home, said, "morning next")


@pytest.mark.parametrize("words", ["noon", "noon run", "morning jump"])
async def test_the_command_says_what_it_cannot_read(home: House, words: str) -> None:
    with pytest.raises(BadInput):
        await command(home, Said(), words)


async def test_the_home_tab_shows_today_s_checks(home: House) -> None:
    services = kit(home, Said()).services
    assert [] == await check_parts(services)
    await home.run(await home.begun())

    (part,) = await check_parts(services)

    assert "Morning check" in str(part.blocks)
    assert "1 for somebody" in str(part.blocks)


async def test_the_message_and_the_call_are_drawn_from_the_record(home: House) -> None:
    services = kit(home, Said()).services
    checklist = await home.run(await home.begun())

    def slot(name: str, value: str) -> Slot:
        return Slot(key=f"{name}:1", kind=SlotKind.REPLY, channel="#checks", payload={name: value})

    drawn = await draw_standing(services, slot("checklist", checklist.id))
    called = await draw_standing(services, slot("checklist_reminder", checklist.id))

    assert drawn is not None
    assert called is not None
    assert "Morning check" in drawn.message.text
    assert "@sre-oncall" in called.message.text
    assert await draw_standing(services, slot("checklist", "gone")) is None
    assert await draw_standing(services, slot("action", "gone")) is None
    assert standing_name(slot("update", "x")) is None
