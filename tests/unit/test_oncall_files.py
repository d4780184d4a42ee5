"""oncall.yaml and escalation.yaml: what may stand there, and mistakes with file and line."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.domain.incident import Priority
from agent.domain.page import Way
from agent.errors import Misconfigured, Unavailable
from agent.lifecycle.oncall import Roster, person_of, table, who
from agent.policy.documents import parse_document
from agent.policy.load import load_policies
from agent.policy.oncall import OnCallPolicy
from agent.ports.notifier import Shift
from tests.support.alerts import SHIPPED, shipped_policies
from tests.support.life import PEOPLE, Book, peopled
from tests.support.store import NOON, StillClock

PAGERDUTY = """
zone: UTC
people: [{id: ada, name: Ada, email: Ada@example.org}, {id: bob, name: Bob, pagerduty: PBOB}]
schedules:
  - {id: primary, source: pagerduty, pagerduty: PSCHED, rotation: [ada], starts: 2026-01-05 09:00, every: 1w}
  - {id: spare, source: pagerduty, pagerduty: PSPARE}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "policies"
    shutil.copytree(SHIPPED, copy)
    return copy


def test_what_is_shipped_names_nobody_and_does_what_the_priorities_promise() -> None:
    policies = shipped_policies()
    assert policies.oncall.people == ()
    assert set(policies.oncall.roles) == {
        "CTO",
        "VP Engineering",
        "Engineering Manager",
        "Team Lead",
        "Security Team",
        "Security Lead",
    }
    steps = policies.escalation.priorities
    assert [steps[priority].in_quiet_hours for priority in Priority] == ["call", "call", "wait", "wait"]
    assert steps[Priority.P3].ways == ()
    assert steps[Priority.P3].digest == "on call"
    assert policies.escalation.back_up.after == 60


@pytest.mark.parametrize(
    ("file", "good", "bad", "said"),
    [
        (
            "oncall.yaml",
            "  CTO: []",
            "  CTO: [nobody]",
            "oncall.yaml:10: roles.CTO.0: no person has the id nobody",
        ),
        ("oncall.yaml", "  CTO: []\n", "", "routes.0.escalate_to.1: CTO is no role"),
        ("oncall.yaml", 'to: "08:00"', 'to: "25:00"', "write a time of day in quotes"),
        ("oncall.yaml", 'to: "08:00"', "to: 18:00", "write a time of day in quotes"),
        ("oncall.yaml", 'to: "08:00"', 'to: "22:00"', "quiet_hours: Value error, it ends where it begins"),
        (
            "oncall.yaml",
            "schedules: []",
            "schedules:\n- {id: a, rotation: [jin], starts: 2026-01-05 09:00}",
            "schedules.0.rotation.0: no person has the id jin",
        ),
        (
            "oncall.yaml",
            "schedules: []",
            "schedules:\n- {id: a, source: pagerduty}",
            "name the schedule's id over there",
        ),
        (
            "oncall.yaml",
            "people: []",
            "people: [{id: service, name: S}]",
            "people.0.id: the id service is taken",
        ),
        (
            "routing.yaml",
            "page: [pagerduty]",
            "page: [pigeon]",
            "routes.0.page.0: pigeon is no way",
        ),
        (
            "escalation.yaml",
            "P0: {ways: [slack],",
            "P0: {ways: [slack], at_target: [King],",
            "escalation.yaml:10: priorities.P0.at_target.0: King is no role",
        ),
        ("escalation.yaml", "after: 60s", "after: soon", "back_up.after"),
        ("escalation.yaml", "  P3: {", "  P4: {", "priorities"),
    ],
)
def test_mistakes_are_named_with_file_and_line(
    folder: Path, file: str, good: str, bad: str, said: str
) -> None:
    path = folder / file
    text = path.read_text()
    assert good in text
    path.write_text(text.replace(good, bad, 1))
    with pytest.raises(Misconfigured) as failed:
        load_policies(folder)
    assert said in failed.value.user_message


def test_a_service_is_served_by_who_names_it_then_its_tier_then_the_rest() -> None:
    policy = parse_document(
        """
zone: UTC
schedules: [{id: a, services: [payment]}, {id: b, tiers: [critical]}, {id: c}, {id: d}]
""",
        OnCallPolicy,
        name="oncall.yaml",
    )
    assert [s.id for s in policy.serving("payment", "critical")] == ["a"]
    assert [s.id for s in policy.serving("checkout", "critical")] == ["b"]
    assert [s.id for s in policy.serving("blog", "standard")] == ["c", "d"]


def test_names_stand_for_people_each_once_and_unknown_ones_for_nobody() -> None:
    oncall = peopled().oncall
    called = who(oncall, ["primary", "CTO", "cleo", "nobody"], NOON)
    assert [(one.id, one.source) for one in called] == [("ada", "rota"), ("cleo", "role")]
    assert dict(table(oncall, NOON))["Team Lead"][0].id == "bob"
    assert oncall.person_in_slack("U0CLEO") == oncall.person("cleo")


class Pager:
    """A PagerDuty that knows one shift, or does not answer."""

    def __init__(self, shift: Shift | None) -> None:
        self.shift = shift

    async def on_call(self, schedule: str, at: datetime) -> tuple[Shift, ...]:
        if self.shift is None:
            raise Unavailable("PagerDuty does not answer.", backend="pagerduty")
        return (self.shift,) if schedule == "PSCHED" else ()


async def test_schedules_of_pagerduty_fall_back_to_the_last_known_then_the_rota_then_the_service() -> None:
    policies, clock = peopled(PAGERDUTY), StillClock()
    pager = Pager(Shift(person="PX", email="bob@example.org", name="Bo", until=NOON + timedelta(hours=2)))
    roster = Roster(Book(policies), clock, pager)
    names = ["primary", "spare"]

    def told() -> list[tuple[str, str]]:
        return [(one.id, one.source) for one in roster.who(names, clock.now())]

    assert told() == [("ada", "rota_instead"), ("service", "service")]
    await roster.refresh()
    assert told() == [("pagerduty-px", "pagerduty"), ("service", "service")]
    stranger = roster.person("pagerduty-px")
    assert stranger is not None
    assert (stranger.name, stranger.email, stranger.pagerduty) == ("Bo", "bob@example.org", "PX")
    pager.shift = None
    clock.advance(1800)
    await roster.refresh()
    assert told()[0] == ("pagerduty-px", "last_known")
    assert roster.trouble["primary"] == "PagerDuty does not answer."
    clock.advance(3600 * 2)
    assert told()[0] == ("ada", "rota_instead")


@pytest.mark.parametrize(
    ("shift", "person"),
    [
        (Shift(person="PBOB", email="other@example.org"), "bob"),
        (Shift(person="PNEW", email="ada@EXAMPLE.org"), "ada"),
        (Shift(person="PNEW"), "pagerduty-pnew"),
    ],
)
async def test_who_is_on_call_there_is_recognised_here(shift: Shift, person: str) -> None:
    roster = Roster(Book(peopled(PAGERDUTY)), StillClock(), Pager(shift))
    await roster.refresh()
    assert roster.who(["primary"], NOON)[0].id == person


def test_ways_and_people_are_read_as_they_are_written() -> None:
    ada = peopled().oncall.person("ada")
    assert ada is not None
    assert (ada.phone, ada.slack) == ("+15550100001", "U0ADA")
    assert person_of(peopled().oncall, "nobody") is None
    assert Way("sms") is Way.SMS
    assert peopled(PEOPLE).oncall.quiet_until(ada, datetime(2026, 11, 22, 23, tzinfo=UTC)) == datetime(
        2026, 11, 23, 8, tzinfo=UTC
    )
