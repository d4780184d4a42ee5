"""communications.yaml: the shipped rules follow the seeds, and every mistake is named with its line."""

import re
from pathlib import Path

import pytest

from agent.domain.incident import Priority
from agent.errors import Misconfigured
from agent.policy.audiences import CommunicationPolicy
from agent.policy.checks import groups_named, unstaffed
from agent.policy.communications import cadence
from agent.policy.documents import parse_document
from tests.support.alerts import SHIPPED, shipped_policies
from tests.support.updates import told_policies

TEXT = (SHIPPED / "communications.yaml").read_text()


def parsed(text: str) -> CommunicationPolicy:
    return parse_document(text, CommunicationPolicy, name="communications.yaml")


def test_each_priority_is_told_to_those_whom_it_concerns() -> None:
    policies = shipped_policies()

    assert {level.value: set(cadence(policies, level)) for level in Priority} == {
        "P0": {"executives", "product", "support", "customers", "technical"},
        "P1": {"technical", "product"},
        "P2": {"development"},
        "P3": {"internal"},
    }


def test_the_rhythm_is_in_seconds() -> None:
    first = cadence(shipped_policies(), Priority.P0)["executives"]

    assert (first.first_seconds, first.every_seconds) == (0, 1800)
    assert cadence(shipped_policies(), Priority.P3)["internal"].every_seconds is None


def test_nothing_is_sent_before_somebody_names_a_place() -> None:
    places = [p for one in shipped_policies().communications.audiences for p in one.to.values()]

    assert [p.destinations for p in places if p.destinations] == []


def test_what_is_public_waits_for_a_person() -> None:
    public = [one for one in shipped_policies().communications.audiences if one.public]

    assert [one.id for one in public] == ["customers"]
    assert all(one.needs for one in public)


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("id: product", "id: support", r"audiences\.2\.id: another audience is called support"),
        (
            "hears: [effect, cause, work, next]",
            "hears: [priority]",
            r"audiences\.3\.hears\.0: .* public may not hear",
        ),
        ("hears: [effect, cause, work]", "hears: [gossip]", r"audiences\.6\.hears\.0"),
        (
            "    approval: [incident-commander, communications]\n",
            "",
            r"audiences\.3: a public audience names",
        ),
        ("to: {en: {}}", "to: {en: {statuspage: true}}", r"audiences\.1\.level: only what is public"),
        ("to: {en: {}}", "to: {fr: {}}", r"audiences\.1\.to\.fr"),
        ("to: {en: {}}", "to: {}", r"audiences\.1\.to"),
        ("to: {en: {}}", "to: {en: {slack: [news]}}", r"audiences\.1\.to\.en\.slack\.0"),
        ("to: {en: {}}", "to: {en: {email: [nobody]}}", r"audiences\.1\.to\.en\.email\.0"),
        ("to: {en: {}}", "to: {en: {zone: Mars/Base}}", r"audiences\.1\.to\.en\.zone: .*IANA"),
        (
            "to: {en: {}}",
            "to: {en: {teams: [leaders, tech]}}",
            r"audiences\.1\.to\.en\.teams\.1: one Teams workflow takes all cards",
        ),
        (
            "    development: {first",
            "    developers: {first",
            r"cadence\.P2\.developers: there is no audience",
        ),
        ("every: 4h", "every: 1m", r"cadence\.P2\.development\.every: more often than"),
        ("  P3:\n    internal: {first: 0s}\n", "", r"cadence: P3 is missing"),
        ("P3: none}", "P2: none}", r"written twice"),
        ("impact: {P0: critical, ", "impact: {", r"status_page\.impact: P0 is missing"),
        ("ko: 로그인}", "ko: ''}", r"names\.auth\.ko"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(good: str, bad: str, problem: str) -> None:
    assert good in TEXT
    with pytest.raises(Misconfigured) as refused:
        parsed(TEXT.replace(good, bad, 1))

    assert re.search(rf"communications\.yaml:\d+: .*{problem}|{problem}", refused.value.user_message)
    assert re.match(r"communications\.yaml:\d+: ", refused.value.user_message)


def test_the_status_page_takes_one_language() -> None:
    page = TEXT.replace(
        "communications]\n    to: {en: {}, ko: {}}",
        "communications]\n    to: {en: {statuspage: true}, ko: {statuspage: true}}",
    )
    with pytest.raises(Misconfigured, match="one language"):
        parsed(page)


def test_updates_that_nobody_could_let_go_are_named_with_their_line() -> None:
    policies = told_policies()
    everybody = {name: frozenset({"U1", "U2", "U3"}) for name in groups_named(policies)}
    nobody = everybody | {"incident-commander": frozenset(), "communications": frozenset()}
    found = [one for one in unstaffed(policies, nobody, Path(SHIPPED)) if "customers" in one]

    assert len(found) == 1
    assert re.search(
        r"communications\.yaml:\d+: updates for customers wait for one of @incident-commander", found[0]
    )
    assert not [one for one in unstaffed(policies, everybody) if "customers" in one]
    assert not [one for one in unstaffed(shipped_policies(), nobody) if "customers" in one]
