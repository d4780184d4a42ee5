"""Security matters are there for everybody, and their details only for those whom the rules let see them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.brain.playbook import PlaybookBrain
from agent.brain.standing import standing_view
from agent.domain.answer import Answer, Question
from agent.domain.incident import Conversation, Incident, IncidentStatus
from agent.domain.memory import Recollection
from agent.errors import NotFound, NotPermitted
from agent.lifecycle.memory import similar_incidents
from agent.operations.inquiry import Desk
from agent.operations.marks import incident_mark
from agent.operations.objectives_spent import Spending, Spent
from agent.operations.objectives_words import spent_words
from agent.policy.documents import parse_document
from agent.policy.oncall import OnCallPolicy
from agent.store.engine import SqlStore
from agent.transport.slack.actions import Actions
from agent.transport.slack.gate import Gate
from agent.transport.slack.home import render_home
from agent.transport.slack.kit import Kit
from agent.transport.slack.mentions import may_tell
from agent.transport.slack.people.opening import OPENERS
from agent.transport.slack.requests import Request
from agent.transport.slack.services import SlackServices
from agent.transport.slack.sight import sight_of
from agent.transport.slack.streaming import Place
from agent.transport.slack.subcommands import SUBCOMMANDS
from tests.support.alerts import shipped_policies
from tests.support.people import JUN, MINA
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock, store_at
from tests.support.views import OPENED, sample_incident, sample_view

SECRET = "vault: StolenKey"
POLICIES = shipped_policies()
ROSTER = f"""
zone: UTC
people: [{{id: mina, name: Mina, slack: {MINA}}}, {{id: jun, name: Jun, slack: {JUN}}}]
roles: {{Security Team: [mina], Security Lead: [], CTO: []}}
schedules: []
quiet_hours: {{from: "22:00", to: "08:00"}}
"""


class Groups:
    """Knows the members of groups; a group that nobody made is not found."""

    def __init__(self, **members: frozenset[str]) -> None:
        self.known = {name.replace("_", "-"): found for name, found in members.items()}

    async def members(self, group: str) -> frozenset[str]:
        if group not in self.known:
            raise NotFound("There is no such group.")
        return self.known[group]

    async def mention(self, group: str) -> str:
        return f"@{group}"


class Slack:
    """Stands for Slack's client and chat; keeps what was answered and shown."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    async def id(self) -> str:
        return "T1"

    async def post(self, channel: str, message: Any, **_more: Any) -> None:
        self.said.append(message.text)

    async def placed(self, message: Any) -> Any:
        return list(message.blocks)

    async def respond(self, **answer: Any) -> Any:
        self.said.append(answer)
        return SimpleNamespace(status_code=200, body="ok")

    async def views_open(self, *, trigger_id: str, view: Any) -> Any:
        self.said.append(view)
        return {"view": {"id": "V1"}}


def matter() -> Incident:
    told = {"id": "inc_breach", "service": "vault", "category": "security"}
    where = Conversation(channel="#security-alerts", ts="1.1")
    return sample_incident(title=SECRET, number=7).model_copy(update=told | {"conversation": where})


def plain() -> Incident:
    return sample_incident(number=8).model_copy(update={"id": "inc_plain"})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        async with opened.write() as tx:
            await tx.incidents.create(matter())
            await tx.incidents.create(plain())
        yield opened


def services(store: SqlStore, groups: Groups | None = None, **changes: Any) -> SlackServices:
    async def blob(_digest: str) -> bytes | None:
        return None

    clock, reads = StillClock(OPENED), ScriptedReads(OPENED)

    async def no_view(_incident: str) -> None:
        return None

    desk = Desk(store, reads, PlaybookBrain(reads, store, clock), POLICIES, clock, view_of=no_view)
    options: dict[str, Any] = {"groups": groups or Groups(), "access": POLICIES.access}
    return SlackServices(store, desk, POLICIES, clock, lambda: None, blob, **(options | changes))


def seeing(store: SqlStore) -> SlackServices:
    return services(store, Groups(security_team=frozenset({MINA})))


async def command(on: SlackServices, name: str, words: str = "", places: tuple[str, ...] = ("C1",)) -> str:
    slack: Any = Slack()
    who: Any = SimpleNamespace(user=MINA, team="T1", bot=False)
    request = Request(words, who, "T1", "C1", frozenset(places), slack.respond, f"key:{name}:{words}")
    await SUBCOMMANDS[name].run(Kit(on, slack, slack, Gate(on, slack)), request)
    return str(slack.said[-1])


@pytest.mark.parametrize("name", ["status", "incidents"])
async def test_lists_name_it_and_tell_its_details_only_to_those_who_may_see_it(
    store: SqlStore, name: str
) -> None:
    hidden, shown = await command(services(store), name), await command(seeing(store), name)

    assert "INC-7" in hidden
    assert "a security matter" in hidden
    assert "vault" not in hidden
    assert "payment — high error rate" in hidden
    assert "vault — stolen key" in shown


@pytest.mark.parametrize(
    ("name", "words"),
    [("show", "INC-7"), ("ack", "7"), ("note", "7 hello"), ("mute", "7 1h"), ("resolve", "inc7"),
     ("actions", "INC-7"), ("postmortem", "7"), ("merge", "INC-8 INC-7"), ("split", "7 StolenKey"),
     ("task", "7 look"), ("escalate", "7 CTO")],
)  # fmt: skip
async def test_its_number_opens_nothing_to_others(store: SqlStore, name: str, words: str) -> None:
    with pytest.raises(NotPermitted, match="INC-7 is a security matter"):
        await command(services(store), name, words)

    async with store.read() as tx:
        found = await tx.incidents.get("inc_breach")
    assert found is not None
    assert (IncidentStatus.ACTIVE, None) == (found.status, found.acknowledged_by)


async def test_it_is_shown_to_those_who_may_see_it_and_where_its_card_is(store: SqlStore) -> None:
    assert "vault" in await command(seeing(store), "show", "7")
    assert "vault" in await command(services(store), "show", "7", ("C9", "#security-alerts"))
    assert "payment" in await command(services(store), "show", "8")


async def test_people_who_are_called_for_it_or_on_call_see_it_without_any_group(store: SqlStore) -> None:
    rota = "schedules: [{id: night, source: rota, rotation: [jun], starts: 2026-01-05 09:00, every: 1w}]"
    written = ROSTER.replace("schedules: []", rota)
    oncall = parse_document(written, OnCallPolicy, name="oncall.yaml")
    nobody = services(store)
    known = replace(nobody, policies=replace(POLICIES, oncall=oncall))

    seen = [(await sight_of(known, who)).whole for who in (MINA, JUN, "U0STRANGER")]

    assert [True, True, False] == seen
    assert not (await sight_of(nobody, MINA)).whole


async def test_without_rules_everybody_sees_everything(store: SqlStore) -> None:
    assert (await sight_of(services(store, access=None), MINA)).whole


async def test_home_tells_each_person_what_they_may_see(store: SqlStore) -> None:
    hidden, shown = str(await render_home(services(store), MINA)), str(await render_home(seeing(store), MINA))

    assert "a security matter" in hidden
    assert "vault" not in hidden
    assert "inc_breach" not in hidden
    assert "vault — stolen key" in shown
    assert "inc_breach" in shown


async def test_dialogs_offer_it_only_to_those_who_may_see_it(store: SqlStore) -> None:
    async def offered(on: SlackServices) -> str:
        slack: Any = Slack()
        return str(await OPENERS["task"](Kit(on, slack, slack, Gate(on, slack)), None, MINA))

    assert "inc_breach" not in await offered(services(store))
    assert "inc_plain" in await offered(services(store))
    assert "inc_breach" in await offered(seeing(store))


@pytest.mark.parametrize(
    "words", ["what is going on?", "why is vault down?", "has this happened before?", "who is on it?"]
)
async def test_an_answer_tells_nothing_of_it_to_others(store: SqlStore, words: str) -> None:
    on = services(store)
    parts = [one async for one in on.desk.ask(Question(text=words, asker=MINA, whole=False))]
    (answer,) = [one for one in parts if isinstance(one, Answer)]

    assert "stolen" not in answer.model_dump_json().casefold()


async def test_a_question_about_its_service_begins_at_it_only_for_those_who_may_see_it(
    store: SqlStore,
) -> None:
    hidden = await standing_view(store, "vault", OPENED, whole=False)
    shown = await standing_view(store, "vault", OPENED)

    assert hidden is None
    assert shown is not None
    assert "inc_breach" == shown.incident.id


async def test_ordinary_incidents_recall_none_of_it(store: SqlStore) -> None:
    words = "stolen key vault"
    async with store.write() as tx:
        await tx.memory.remember(matter(), "stolen key", words, Recollection())
        await tx.memory.remember(plain(), "stolen key", words, Recollection())
    new = sample_incident(number=9, title="stolen key of the vault").model_copy(update={"id": "inc_new"})
    asked, apart = sample_view(new), sample_view(new.model_copy(update={"category": "security"}))
    async with store.read() as tx:
        ordinary = [one.number for one in await similar_incidents(tx, asked)]
        security = [one.number for one in await similar_incidents(tx, apart)]

    assert [8] == ordinary
    assert [7, 8] == sorted(security)


def test_no_dashboard_and_no_budget_tells_what_it_was() -> None:
    slo = POLICIES.slos.objectives[0]
    spent = Spending(slo, 0.5, (Spent(matter(), 0.3), Spent(plain(), 0.2)))
    words = " ".join(spent_words(spent, "en"))

    assert "INC-7" in words
    assert "StolenKey" not in words + incident_mark(matter(), "en").text
    assert "HighErrorRate" in words
    assert "HighErrorRate" in incident_mark(plain(), "en").text


@pytest.mark.parametrize(
    ("channel", "told"), [("D1", True), ("C1", False), ("G1", False)], ids=["alone", "open", "private"]
)
async def test_an_answer_that_others_read_leaves_it_out_whoever_asks(
    store: SqlStore, channel: str, told: bool
) -> None:
    slack: Any = Slack()
    place = Place(channel=channel, thread_ts="1.1", user=MINA, team="T1")
    kit = Kit(seeing(store), slack, slack, Gate(seeing(store), slack))
    stranger = Kit(services(store), slack, slack, Gate(services(store), slack))

    assert told is await may_tell(kit, place, None)
    assert not await may_tell(stranger, place, None)
    assert not await may_tell(kit, place, plain())
    assert await may_tell(stranger, place, matter())


async def test_a_click_on_an_old_home_tab_opens_no_evidence_of_it(store: SqlStore) -> None:
    async def clicked(on: SlackServices, incident: str) -> str:
        slack: Any = Slack()
        body = {
            "actions": [{"action_id": "incident.evidence", "value": incident, "action_ts": str(id(slack))}],
            "trigger_id": f"T{id(slack)}", "user": {"id": MINA, "team_id": "T1"}, "team": {"id": "T1"},
        }  # fmt: skip
        await Actions(Kit(on, slack, slack, Gate(on, slack))).on_evidence(body)
        return str(slack.said)

    assert "INC-7 is a security matter" in await clicked(services(store), "inc_breach")
    assert "'type': 'modal'" in await clicked(seeing(store), "inc_breach")
    assert "'type': 'modal'" in await clicked(services(store), "inc_plain")
