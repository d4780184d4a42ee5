"""`/ops dashboard` and the terminal's commands: what people type, and what they are shown."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from agent.cli.commands import main
from agent.domain.dashboard import DashboardLine, DashboardShown
from agent.domain.view import IncidentView
from agent.errors import BadInput, Misconfigured, NotFound
from agent.locale.messages import LANGUAGES, text
from agent.store.engine import SqlStore
from agent.transport.slack.doors import Doors
from agent.transport.slack.gate import Gate
from agent.transport.slack.kit import Kit
from agent.transport.slack.requests import Request
from agent.transport.slack.services import SlackServices
from agent.transport.slack.standing.dashboards import DASHBOARD, render_list, render_shown
from tests.support.alerts import shipped_policies
from tests.support.blockkit import texts_of, wrong_with
from tests.support.hostile import HOSTILE
from tests.support.recovery import FakeRecovery
from tests.support.store import StillClock, store_at
from tests.support.views import sample_incident
from tools.dashboard_builder.catalogue import boards

PIXEL = b"\x89PNG"
LINE = DashboardLine(name="slo", title="Objectives", purpose="Budgets.", readers=("SRE",))
LINKED = LINE.model_copy(update={"link": "https://g.example/d/ops-slo"})


@dataclass
class Boards:
    """A door with one dashboard."""

    publishes: bool = False
    there: bool = False
    asked: list[str] = field(default_factory=list)

    async def listed(self) -> Sequence[DashboardLine]:
        return (LINE, LINKED)

    def address(self, name: str) -> str | None:
        return LINKED.link if name == "slo" else None

    def link_of(self, view: IncidentView) -> str | None:
        return None

    def wish(self, name: str) -> Mapping[str, Any]:
        if name != "slo":
            raise BadInput("There is no dashboard called that.", field="dashboard")
        return {"dashboard": name}

    def incident_wish(self, view: IncidentView, link: str = "") -> Mapping[str, Any]:
        return {"dashboard": "incident", "incident": {"number": view.incident.number, "link": link}}

    async def shown(self, name: str) -> DashboardShown:
        self.asked.append(name)
        self.wish(name)
        return (
            DashboardShown(line=LINKED) if self.there else DashboardShown(line=LINE, picture=PIXEL, alt="a")
        )

    async def of_incident(self, view: IncidentView) -> DashboardShown:
        self.asked.append(view.incident.name)
        return DashboardShown(line=LINE, picture=PIXEL, alt="a", silent=("CPU",))


@dataclass
class Said:
    """Keeps what was shown to a person; it is also the client and the chat."""

    answers: list[dict[str, Any]] = field(default_factory=list)

    async def respond(self, **answer: Any) -> Any:
        self.answers.append(answer)
        return SimpleNamespace(status_code=200, body="ok")

    async def placed(self, message: Any) -> Any:
        return list(message.blocks)


class AnybodyMay(Gate):
    """Lets everybody of our own workspace in."""

    async def admit(self, command: str, who: Any, places: Any) -> None:
        return None

    async def demand_ours(self, command: str, who: Any) -> None:
        return None


@dataclass
class Room:
    """Where somebody types `/ops dashboard …`."""

    store: SqlStore
    boards: Boards = field(default_factory=Boards)
    said: Said = field(default_factory=Said)
    count: int = 0

    def __post_init__(self) -> None:
        self.recovery = FakeRecovery(self.store, shipped_policies(), StillClock())

    async def types(self, words: str, *, key: str = "", **changes: Any) -> str:
        """Type it, and return everything that was answered."""
        nothing: Any = None
        self.count += 1

        async def blob(_: str) -> bytes | None:
            return None

        services = SlackServices(
            self.store, nothing, shipped_policies(), StillClock(), lambda: None, blob,
            doors=Doors(dashboards=self.boards), recovery=self.recovery,
        )  # fmt: skip
        services = replace(services, **changes)
        client: Any = self.said
        kit = Kit(services, client, client, AnybodyMay(services, nothing))
        who: Any = SimpleNamespace(user="U1", bot=False, team="T1")
        places = frozenset({"C1"})
        await DASHBOARD.run(
            kit, Request(words, who, "T1", "C1", places, self.said.respond, key or f"k{self.count}")
        )
        return str(self.said.answers[-1]) if self.said.answers else ""


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with store_at(tmp_path) as store:
        async with store.write() as tx:
            await tx.incidents.create(sample_incident())
        yield Room(store)


async def test_alone_it_lists_dashboards_with_their_addresses(room: Room) -> None:
    said = await room.types("")

    assert "2 dashboards" in said
    assert "<https://g.example/d/ops-slo|Objectives>" in said
    assert "`slo`" in said


async def test_with_a_name_it_shows_the_address_or_the_picture(room: Room) -> None:
    drawn = await room.types("slo")
    room.boards.there = room.boards.publishes = True
    linked = await room.types("slo")

    assert "drawn from Prometheus" in drawn
    assert "attachment:slo.png" in drawn
    assert "Grafana is not configured" in drawn
    assert "https://g.example/d/ops-slo" in linked
    assert "attachment" not in linked


async def test_publish_proposes_the_action_once(room: Room) -> None:
    for _ in range(2):
        said = await room.types("slo publish", key="same")
    [asked] = room.recovery.asked("propose")
    request = asked["request"]

    assert ("publish_dashboard", {"dashboard": "slo"}, "U1", None) == (
        request.name, request.params, request.by, request.incident_id,
    )  # fmt: skip
    async with room.store.read() as tx:
        [slot] = await tx.outbox.due(StillClock().now(), 5)
    assert "A-1" in said
    assert ("C1", {"action": slot.key.removeprefix("action:")}) == (slot.channel, slot.payload)


async def test_an_incidents_dashboard_is_published_where_there_is_a_grafana_and_drawn_elsewhere(
    room: Room,
) -> None:
    drawn = await room.types("INC-12")
    room.boards.publishes = True
    waiting = await room.types("12")
    [asked] = room.recovery.asked("propose")
    room.recovery.trouble = BadInput("published already", field="dashboard")
    again = await room.types("#12")

    assert "One panel has no data: CPU" in drawn
    assert "attachment:slo.png" in waiting
    assert "A-1" in waiting
    assert ("inc_payment", 12) == (
        asked["request"].incident_id,
        asked["request"].params["incident"]["number"],
    )
    assert "published already" in again


async def test_where_nothing_may_be_published_the_picture_is_shown_all_the_same(room: Room) -> None:
    room.boards.publishes = True
    room.recovery.trouble = Misconfigured("Switch execution on.")
    said = await room.types("INC-12")

    assert "attachment:slo.png" in said
    assert "Switch execution on." in said


async def test_what_cannot_be_meant_is_told(room: Room) -> None:
    with pytest.raises(BadInput, match="only “publish”"):
        await room.types("slo delete")
    with pytest.raises(BadInput, match="no dashboard"):
        await room.types("nonsense")
    with pytest.raises(NotFound):
        await room.types("INC-99")
    with pytest.raises(Misconfigured):
        await room.types("", doors=Doors())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("words", HOSTILE[:12])
def test_hostile_words_are_shown_as_words(words: str, lang: str) -> None:
    line = LINE.model_copy(update={"title": words, "purpose": words})
    shown = DashboardShown(line=line, picture=PIXEL, alt=words, silent=(words,) * 9, trouble=words)
    for message in (render_list((line, LINKED), lang), render_shown(shown, lang, publishes=True)):
        assert [] == wrong_with(message.blocks)
        assert [] == [said for kind, said in texts_of(message.blocks) if kind == "mrkdwn" and "<!" in said]


def invoked(*words: str, **variables: str) -> Any:
    """Run the terminal's command with nothing configured but what is named."""
    return CliRunner(env={"OPS_PROMETHEUS_URL": None, "OPS_GRAFANA_URL": None, **variables}).invoke(
        main, ["dashboards", *words]
    )


def test_the_terminal_lists_and_exports(tmp_path: Path) -> None:
    listed = invoked("list", OPS_GRAFANA_URL="https://g.example")
    exported = invoked("export", str(tmp_path / "g"))
    saved = invoked("kibana", str(tmp_path / "k"), OPS_LOG_INDICES="mine-*")

    assert (0, 0, 0) == (listed.exit_code, exported.exit_code, saved.exit_code)
    assert "https://g.example/d/ops-executive" in listed.output
    assert (tmp_path / "g" / "dashboards" / "ops-executive" / "executive.json").is_file()
    assert '"title": "mine-*"' in (tmp_path / "k" / "ops-monitor.ndjson").read_text("utf-8")


def test_the_terminal_says_what_is_missing_and_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    unasked, unpublished = invoked("check"), invoked("publish")
    unwritten = invoked("export", str(tmp_path / "file" / "below"))

    assert "OPS_PROMETHEUS_URL" in unasked.output
    assert "OPS_GRAFANA_URL" in unpublished.output
    assert "cannot be written" in unwritten.output
    assert {1} == {one.exit_code for one in (unasked, unpublished, unwritten)}


def test_every_standing_dashboard_is_called_and_explained_in_both_languages() -> None:
    for board in boards():
        assert board.title == text("en", f"board-{board.name}")
        assert board.purpose == text("en", f"board-{board.name}-purpose")
        assert text("ko", f"board-{board.name}-purpose") != board.purpose
