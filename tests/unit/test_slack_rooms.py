"""An incident's own channel: opened once whatever is cut off, headed and joined, and done without when Slack says no."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from agent.domain.incident import Conversation, Incident, Priority
from agent.errors import BadInput, Unavailable
from agent.lifecycle import changes, roles
from agent.lifecycle.view import load_view
from agent.transport.slack.channels import Channels
from agent.transport.slack.gate import Gate
from agent.transport.slack.kit import Kit
from agent.transport.slack.people.archiving import archive
from agent.transport.slack.rooms.asking import RoomAsking
from agent.transport.slack.rooms.calls import RoomCalls
from agent.transport.slack.rooms.jobs import KEEP
from agent.transport.slack.rooms.keeper import RoomKeeper
from agent.transport.slack.rooms.words import room_name
from agent.transport.slack.services import SlackServices
from tests.support.alerts import Desk
from tests.support.people import JUN, MINA
from tests.support.store import store_at

BOT = "U0OPSBOT01"


def refusal(code: str) -> Exception:
    """Return what the official client raises."""
    answer: Any = {"ok": False, "error": code, "needed": "channels:manage"}
    made: Callable[..., Exception] = SlackApiError
    return made(code, answer)


@dataclass
class FakeSlack:
    """Channels as Slack keeps them; `cut_off` creates one and then loses the answer, `refusing` names methods."""

    rooms: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusing: dict[str, str] = field(default_factory=dict)
    cut_off: int = 0
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    clock: Any = None

    def _heard(self, method: str, **args: Any) -> None:
        self.said.append((method, args))
        code = self.refusing.get(method)
        if code:
            raise refusal(code)

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [args for name, args in self.said if name == method]

    def add(self, name: str, creator: str, created: float) -> str:
        room = f"C0ROOM{len(self.rooms):04d}"
        self.rooms[room] = {"id": room, "name": name, "creator": creator, "created": created, "topic": {}}
        return room

    async def auth_test(self) -> dict[str, Any]:
        return {"user_id": BOT, "team_id": "T1"}

    async def users_info(self, user: str) -> dict[str, Any]:
        return {"user": {"id": user, "real_name": "Mina"}}

    async def conversations_create(self, name: str, is_private: bool) -> dict[str, Any]:
        self._heard("create", name=name)
        if any(one["name"] == name for one in self.rooms.values()):
            raise refusal("name_taken")
        room = self.add(name, BOT, self.clock.now().timestamp())
        if self.cut_off:
            self.cut_off -= 1
            raise TimeoutError
        return {"channel": {"id": room}}

    async def conversations_list(self, **_: Any) -> dict[str, Any]:
        return {"channels": list(self.rooms.values())}

    async def conversations_info(self, channel: str) -> dict[str, Any]:
        return {"channel": self.rooms[channel]}

    async def conversations_setTopic(self, channel: str, topic: str) -> None:
        self._heard("topic", channel=channel, topic=topic)
        self.rooms[channel]["topic"] = {"value": topic.replace("&", "&amp;").replace("<", "&lt;")}

    async def conversations_invite(self, channel: str, users: str) -> None:
        self._heard("invite", channel=channel, users=users)

    async def conversations_archive(self, channel: str) -> None:
        self._heard("archive", channel=channel)

    async def bookmarks_list(self, channel_id: str) -> dict[str, Any]:
        return {"bookmarks": [{"title": one["title"]} for one in self.calls("bookmark")]}

    async def bookmarks_add(self, channel_id: str, title: str, type: str, link: str) -> None:
        self._heard("bookmark", title=title, link=link)

    async def chat_getPermalink(self, channel: str, message_ts: str) -> dict[str, Any]:
        return {"permalink": f"https://demo.example/{channel}/{message_ts}"}


@dataclass
class Book:
    """One user group."""

    async def members(self, group: str) -> frozenset[str]:
        return frozenset({JUN})

    async def mention(self, group: str) -> str:
        return f"@{group}"


@dataclass
class Scene:
    """A P0 of payment, a Slack, and the keeper between them."""

    desk: Desk
    slack: FakeSlack
    kit: Kit
    keeper: RoomKeeper

    async def incident(self) -> Incident:
        return (await self.desk.incidents())[-1]

    async def keep(self) -> Incident:
        await self.keeper.keep({"incident_id": (await self.incident()).id})
        return await self.incident()

    async def slot(self, key: str) -> Any:
        async with self.desk.store.read() as tx:
            return await tx.outbox.get(key)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async def blob(_digest: str) -> bytes | None:
        return None

    async with store_at(tmp_path) as store:
        desk, slack = Desk(store), FakeSlack()
        slack.clock = desk.clock
        async with store.write() as tx:
            made = await changes.declare(
                tx,
                desk.policies,
                title="payment: <Down> & out",
                service="payment",
                priority=Priority.P0,
                by=MINA,
                at=desk.clock.now(),
                environment="production",
            )
            posted = Conversation(channel="C0ALERTS01", ts="1.0")
            await tx.incidents.save(made.model_copy(update={"conversation": posted}))
        nothing: Any = None
        client: Any = slack
        services = SlackServices(
            store,
            nothing,
            desk.policies,
            desk.clock,
            lambda: None,
            blob,
            jobs=desk.jobs,
            groups=Book(),
        )
        chat: Any = type("Chat", (), {"channels": Channels(client)})()
        kit = Kit(services, client, chat, Gate(services, nothing))
        yield Scene(desk, slack, kit, RoomKeeper(kit, RoomCalls(client)))


async def test_it_is_opened_headed_and_joined(scene: Scene) -> None:
    incident = await scene.keep()
    again = await scene.keep()

    assert incident.room is not None
    assert incident.room == again.room
    assert ["inc-1-payment"] == [one["name"] for one in scene.slack.calls("create")]
    assert ["🚨 P0 · INC-1 · New · nobody leads yet"] == [one["topic"] for one in scene.slack.calls("topic")]
    assert [("Card of INC-1", "https://demo.example/C0ALERTS01/1.0")] == [
        (one["title"], one["link"]) for one in scene.slack.calls("bookmark")
    ]
    assert [JUN] == [one["users"] for one in scene.slack.calls("invite")]
    welcome = await scene.slot(f"room:{incident.id}")
    assert (incident.room, None) == (welcome.channel, welcome.thread_of)
    assert "room_opened" in await scene.desk.kinds(incident.id)


async def test_the_topic_follows_and_new_people_are_asked_in_once(scene: Scene) -> None:
    incident = await scene.keep()
    async with scene.desk.store.write() as tx:
        await roles.take_command(tx, scene.desk.policies, incident.id, by=MINA, at=scene.desk.clock.now())
    for _ in range(2):
        await scene.keep()

    assert 2 == len(scene.slack.calls("topic"))
    assert "led by Mina" in scene.slack.calls("topic")[-1]["topic"]
    assert [JUN, MINA] == [one["users"] for one in scene.slack.calls("invite")]


async def test_a_new_title_changes_the_first_message_and_no_topic(scene: Scene) -> None:
    incident = await scene.keep()
    async with scene.desk.store.write() as tx:
        renamed = incident.model_copy(update={"title": "ledger: HighErrorRate"})
        await tx.incidents.save(renamed)
    for _ in range(2):
        await scene.keep()
    welcome = await scene.slot(f"room:{incident.id}")

    assert 1 == len(scene.slack.calls("topic"))
    assert "ledger — high error rate" in welcome.payload["text"]
    assert 2 == welcome.wanted


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("payment: HighErrorRate", "inc-1-payment"),
        ("Nobody can pay", "inc-1-checkout"),
        ("결제: 안 됨", "inc-1-checkout"),
    ],
)
async def test_the_name_is_what_the_card_s_title_names(scene: Scene, title: str, name: str) -> None:
    incident = await scene.incident()

    assert name == room_name(incident.model_copy(update={"title": title, "service": "checkout"}))


async def test_a_try_that_was_cut_off_is_found_again(scene: Scene) -> None:
    scene.slack.cut_off = 1
    with pytest.raises(Unavailable):
        await scene.keep()
    incident = await scene.keep()

    assert ["inc-1-payment"] == [one["name"] for one in scene.slack.rooms.values()]
    assert incident.room in scene.slack.rooms


@pytest.mark.parametrize(("creator", "created"), [(MINA, 9e9), (BOT, 1.0)])
async def test_somebody_else_s_channel_of_this_name_is_left_alone(
    scene: Scene, creator: str, created: float
) -> None:
    scene.slack.add("inc-1-payment", creator, created)
    incident = await scene.keep()

    assert incident.room is not None
    assert "inc-1-payment-2" == scene.slack.rooms[incident.room]["name"]


async def test_without_the_permission_the_thread_says_so_once_and_nothing_breaks(scene: Scene) -> None:
    scene.slack.refusing["create"] = "missing_scope"
    for _ in range(2):
        incident = await scene.keep()
    told = await scene.slot(f"room-refused:{incident.id}")

    assert incident.room is None
    assert "needed: channels:manage" in told.payload["text"]
    assert f"card:{incident.id}" == told.thread_of


async def test_each_part_may_be_forbidden_by_itself(scene: Scene) -> None:
    scene.slack.refusing = dict.fromkeys(("topic", "bookmark", "invite"), "missing_scope")
    incident = await scene.keep()

    assert incident.room is not None
    assert await scene.slot(f"room:{incident.id}") is not None


async def test_what_is_over_gets_no_channel_but_closes_its_own(scene: Scene) -> None:
    incident = await scene.incident()
    async with scene.desk.store.write() as tx:
        await changes.resolve(tx, scene.desk.policies, incident.id, by=MINA, at=scene.desk.clock.now())
    over = await scene.keep()
    with pytest.raises(BadInput, match="no channel of its own"):
        await archive(scene.kit, over)
    await archive(scene.kit, over.model_copy(update={"room": "C0ROOM0009"}))

    assert over.room is None
    assert [{"channel": "C0ROOM0009"}] == scene.slack.calls("archive")


async def test_the_policy_asks_for_it_once_and_again_for_every_change(scene: Scene) -> None:
    asking = RoomAsking(scene.kit.services)
    incident = await scene.incident()

    async def look() -> int:
        async with scene.desk.store.read() as tx:
            view = await load_view(tx, incident.id, scene.desk.policies, scene.desk.clock.now())
        assert view is not None
        await asking.look(view)
        return len(await scene.desk.queued(KEEP))

    assert [1, 1] == [await look(), await look()]
    async with scene.desk.store.write() as tx:
        await roles.take_command(tx, scene.desk.policies, incident.id, by=MINA, at=scene.desk.clock.now())
    assert 1 == await look()
