"""The gate: whatever it cannot find out means no, and it asks Slack only for the groups that a rule names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from agent.errors import Misconfigured, NotFound, NotPermitted, Unavailable
from agent.policy.access import AccessPolicy, AccessRule
from agent.ports.recovery import Principal
from agent.transport.slack.gate import Gate
from agent.transport.slack.identity import click_key, places_of, principal_of, private_of, thread_of
from agent.transport.slack.modals import placed
from agent.transport.slack.services import SlackServices
from agent.transport.slack.subcommands import SUBCOMMANDS
from tests.support.alerts import shipped_policies
from tests.support.store import StillClock

POLICIES = shipped_policies()
MINA = Principal(user="U0MINA0001", team="T0DEMO0001")
HERE = frozenset({"C0ALERTSCR", "#alerts-critical"})
RULES = AccessPolicy(
    everyone=("ack",),
    rules=(
        AccessRule(id="ending", commands=("resolve",), groups=("sre-oncall", "dba")),
        AccessRule(id="where", commands=("resolve", "freeze"), channels=("#alerts-critical",)),
        AccessRule(id="two-of-us", commands=("resume",), groups=("sre-oncall",)),
        AccessRule(id="and-a-chief", commands=("resume",), groups=("incident-commander",)),
    ),
)


@dataclass
class Book:
    """User groups that are what the test says, or trouble."""

    people: Mapping[str, frozenset[str]]
    trouble: Exception | None = None
    asked: list[str] = field(default_factory=list)

    async def members(self, group: str) -> frozenset[str]:
        self.asked.append(group)
        if self.trouble is not None:
            raise self.trouble
        if group not in self.people:
            raise NotFound(f"There is no user group @{group}.")
        return self.people[group]

    async def mention(self, group: str) -> str:
        return f"<!subteam^{group}>"


class Home:
    """The own workspace."""

    async def id(self) -> str:
        return "T0DEMO0001"


class LostHome:
    """A workspace that cannot be asked."""

    async def id(self) -> str:
        raise Unavailable("Slack cannot answer right now.", backend="slack")


def gate(book: Book | None, *, home: Any = None, recovery: Any = None, rules: AccessPolicy = RULES) -> Gate:
    async def blob(_digest: str) -> bytes | None:
        return None

    store: Any = None
    desk: Any = None
    services = SlackServices(
        store, desk, POLICIES, StillClock(), lambda: None, blob, groups=book, access=rules, recovery=recovery
    )
    where: Any = home or Home()
    return Gate(services, where)


def book(**people: str) -> Book:
    return Book({name.replace("_", "-"): frozenset(who.split()) for name, who in people.items()})


async def test_an_open_command_asks_nobody() -> None:
    groups = book()
    await gate(groups).admit("ack", MINA, HERE)

    assert [] == groups.asked


async def test_a_member_of_one_of_the_groups_may() -> None:
    groups = book(sre_oncall="U0JUN00002", dba=MINA.user)
    await gate(groups).admit("resolve", MINA, HERE)

    assert {"sre-oncall", "dba"} == set(groups.asked)


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (book(sre_oncall="U0JUN00002", dba=""), "@sre-oncall, @dba"),
        (book(sre_oncall=""), "There is no user group @dba"),
        (Book({}, trouble=Unavailable("Slack cannot answer.", backend="slack")), "Slack cannot answer"),
        (None, "@sre-oncall"),
    ],
)
async def test_who_is_in_none_is_told_which_groups_may(groups: Book | None, said: str) -> None:
    with pytest.raises(NotPermitted, match=said):
        await gate(groups).admit("resolve", MINA, HERE)


async def test_every_rule_of_a_command_counts() -> None:
    only_one = book(sre_oncall=MINA.user, incident_commander="U0JUN00002")
    both = book(sre_oncall=MINA.user, incident_commander=MINA.user)

    with pytest.raises(NotPermitted, match="incident-commander"):
        await gate(only_one).admit("resume", MINA, HERE)
    await gate(both).admit("resume", MINA, HERE)


async def test_a_rule_of_channels_knows_the_channel_by_its_name() -> None:
    await gate(book()).admit("freeze", MINA, HERE)
    for elsewhere in (frozenset({"C0GENERAL1", "#general"}), frozenset[str]()):
        with pytest.raises(NotPermitted, match="#alerts-critical"):
            await gate(book()).admit("freeze", MINA, elsewhere)


async def test_a_command_that_stands_nowhere_is_shut() -> None:
    with pytest.raises(NotPermitted):
        await gate(book()).admit("launch", MINA, HERE)


async def test_only_people_of_the_own_workspace_may_act() -> None:
    core = object()
    open_gate = gate(book(), recovery=core)

    assert core is await open_gate.admit_to_act("ack", MINA, HERE)
    for stranger in (
        MINA.model_copy(update={"team": "T0ELSEWHERE"}),
        MINA.model_copy(update={"team": ""}),
        MINA.model_copy(update={"bot": True}),
    ):
        with pytest.raises(NotPermitted):
            await open_gate.admit_to_act("ack", stranger, HERE)
    with pytest.raises(Unavailable):
        await gate(book(), recovery=core, home=LostHome()).admit_to_act("ack", MINA, HERE)
    with pytest.raises(Misconfigured):
        await gate(book()).admit_to_act("ack", MINA, HERE)


@pytest.mark.parametrize("team", ["T0ELSEWHERE", ""])
async def test_people_of_other_workspaces_may_not_even_use_what_is_open_to_everyone(team: str) -> None:
    stranger = MINA.model_copy(update={"team": team})

    with pytest.raises(NotPermitted):
        await gate(book()).admit("ack", stranger, HERE)
    with pytest.raises(Unavailable):
        await gate(book(), home=LostHome()).admit("ack", MINA, HERE)


async def test_a_bot_is_in_no_group() -> None:
    groups = book(sre_oncall=MINA.user)

    with pytest.raises(NotPermitted):
        await gate(groups).admit("resolve", MINA.model_copy(update={"bot": True}), HERE)
    assert [] == groups.asked


async def test_the_shipped_rules_know_every_command_and_button() -> None:
    everybody = {
        group: frozenset({MINA.user}) for rule in POLICIES.access.rules for group in rule.groups or ()
    }
    open_gate = gate(Book(everybody), rules=POLICIES.access)
    buttons = ("approve", "reject", "change", "why", "cancel", "settle", "propose", "undo", "publish")
    for command in (*SUBCOMMANDS, *buttons):
        await open_gate.admit(command, MINA, HERE)


CLICK: dict[str, Any] = {
    "user": {"id": "U0MINA0001", "team_id": "T0ELSEWHERE"},
    "team": {"id": "T0DEMO0001"},
    "channel": {"id": "C0ALERTSCR", "name": "alerts-critical"},
    "container": {"message_ts": "1.1", "channel_id": "C0ALERTSCR", "thread_ts": "1.1"},
    "actions": [{"action_id": "action.approve", "action_ts": "2.2", "value": "act_1"}],
    "trigger_id": "9.9",
}


def test_a_person_belongs_to_their_own_workspace_not_to_that_of_the_channel() -> None:
    assert Principal(user="U0MINA0001", team="T0ELSEWHERE") == principal_of(CLICK)
    assert "T0DEMO0001" == principal_of({"user_id": "U0MINA0001", "team_id": "T0DEMO0001"}).team
    assert "" == principal_of({"user_id": "U0MINA0001"}).team
    assert principal_of({"user": {"id": "U1"}, "bot_id": "B1"}).bot


def test_who_speaks_in_a_shared_channel_is_not_of_the_workspace_that_hears_it() -> None:
    said = {"type": "app_mention", "user": "U0FAR00001", "channel": "C0SHARED01", "team": "T0ELSEWHERE"}
    heard = {"team_id": "T0DEMO0001", "event": said}

    assert Principal(user="U0FAR00001", team="T0ELSEWHERE") == principal_of(heard)
    assert "T0DEMO0001" == principal_of({"team_id": "T0DEMO0001", "event": {"user": "U0MINA0001"}}).team
    assert {"C0SHARED01"} == places_of(heard)


def test_a_dialog_belongs_to_the_channel_in_which_it_was_opened() -> None:
    view = placed({"type": "modal", "private_metadata": '{"incident_id": "inc_1"}'}, HERE)
    sent = {"user": {"id": "U0MINA0001"}, "view": view}

    assert HERE == places_of(sent)
    assert "inc_1" == private_of(sent)["incident_id"]
    for broken in ("", "[]", "no json", '{"places": 7}'):
        assert frozenset() == places_of({"view": {"private_metadata": broken}})


def test_the_names_of_private_conversations_are_no_names() -> None:
    private = {"channel_id": "G0SECRET01", "channel_name": "privategroup"}

    assert {"G0SECRET01"} == places_of(private)
    assert HERE == places_of(CLICK)
    assert frozenset() == places_of({"view": {}})


def test_a_click_on_the_root_belongs_to_the_channel_one_below_to_the_thread() -> None:
    reply = CLICK | {"container": {"message_ts": "1.2", "thread_ts": "1.1"}}

    assert thread_of(CLICK) is None
    assert "1.1" == thread_of(reply)


def test_a_delivery_that_is_repeated_has_the_same_key_and_another_click_another() -> None:
    again = {**CLICK, "response_url": "elsewhere"}
    later = CLICK | {"actions": [{"action_ts": "2.3"}], "trigger_id": "9.10"}

    assert click_key(CLICK) == click_key(again)
    assert click_key(CLICK) != click_key(later)
