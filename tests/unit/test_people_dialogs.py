"""The dialogs for first-timers, the words of the commands, and what a sent dialog asks for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.incident import IncidentStatus, Priority
from agent.errors import BadInput
from agent.locale.messages import LANGUAGES
from agent.policy.load import Policies
from agent.policy.oncall import OnCallPolicy, Person
from agent.transport.slack.directory import Directory
from agent.transport.slack.gate import Gate
from agent.transport.slack.kit import Kit
from agent.transport.slack.people import dialogs, more, risks
from agent.transport.slack.people.clicks import BUTTONS
from agent.transport.slack.people.commands import read_task
from agent.transport.slack.people.escalating import callee_in
from agent.transport.slack.people.sent import DIALOGS
from agent.transport.slack.rooms import words as room_words
from agent.transport.slack.services import SlackServices
from agent.transport.slack.subcommands import SUBCOMMANDS
from tests.support.alerts import shipped_policies
from tests.support.blockkit import wrong_with_view
from tests.support.hostile import stored, words
from tests.support.people import JUN, MINA, sample_risk, sample_update
from tests.support.store import StillClock
from tests.support.views import sample_alert, sample_incident

PEOPLE = (Person(id="mina", name="Mina", slack=MINA), Person(id="jun", name="Jun", slack=JUN))


def policies() -> Policies:
    roles: dict[str, tuple[str, ...]] = {"VP Engineering": ("jun",), "CTO": ("mina",)}
    return replace(shipped_policies(), oncall=OnCallPolicy(zone="UTC", people=PEOPLE, roles=roles))


def kit(lang: str = "en") -> Kit:
    async def blob(_digest: str) -> bytes | None:
        return None

    nothing: Any = None
    services = SlackServices(nothing, nothing, policies(), StillClock(), lambda: None, blob, language=lang)
    return Kit(services, nothing, nothing, Gate(services, nothing))


def views(lang: str, said: str = "payment: HighErrorRate") -> dict[str, Any]:
    """Return every dialog, with these words wherever people or programs write."""
    one = sample_incident(title=said)
    two = one.model_copy(update={"id": "inc_other", "number": 13})
    over = sample_incident(title=said, status=IncidentStatus.RESOLVED).model_copy(
        update={"room": "C0ROOM0001"}
    )
    both = [one, two]
    alerts = [sample_alert(said or "x"), sample_alert("HighLatency", said)]
    known = Directory(policies(), None)
    shown: dict[str, Any] = {
        "command": dialogs.command_view(both, one.id, MINA, lang),
        "escalate": dialogs.escalate_view(both, None, known, lang),
        "priority": dialogs.priority_view(both, one.id, Priority.P2, lang),
        "task": dialogs.task_view([one], None, said, lang),
        "update": dialogs.update_view(both, one.id, [(said, "customers")], lang),
        "edit": dialogs.edit_view(sample_update(words=said), lang),
        "handoff": dialogs.handoff_view(both, one.id, said, lang),
        "merge": dialogs.merge_view(one, [two], lang),
        "merge_alone": dialogs.merge_view(one, [], lang),
        "split": dialogs.split_view(one, alerts, lang),
        "split_alone": dialogs.split_view(one, alerts[:1], lang),
        "risk": risks.review_view(sample_risk(title=said, note=said), lang),
        "more": more.more_view(one, lang),
        "more_over": more.more_view(over, lang),
    }
    return shown


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_dialog_is_what_slack_takes(lang: str) -> None:
    for name, view in views(lang).items():
        assert [] == wrong_with_view(view), name


@given(stored, st.sampled_from(LANGUAGES))
@settings(max_examples=30, deadline=None)
def test_no_words_break_a_dialog(said: str, lang: str) -> None:
    for name, view in views(lang, said).items():
        assert [] == wrong_with_view(view), name


def test_every_button_and_dialog_goes_by_the_rule_of_a_command() -> None:
    known = {*SUBCOMMANDS, "publish"}

    assert [] == [name for name, button in BUTTONS.items() if button.command not in known]
    assert [] == [name for name, dialog in DIALOGS.items() if dialog.command not in known]


def test_every_button_that_is_drawn_has_a_listener() -> None:
    shown = [
        element["action_id"]
        for lang in LANGUAGES
        for view in (views(lang)["more"], views(lang)["more_over"])
        for block in view["blocks"]
        for element in [block.get("accessory")]
        if element
    ]

    assert [] == [action for action in shown if action not in BUTTONS]
    assert {f"more.{name}" for name in (*more.OPEN, *more.ENDED)} == set(shown)


def test_every_field_that_is_needed_is_in_its_dialog() -> None:
    shown = views("en")
    fields = {
        view["callback_id"]: {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
        for name, view in shown.items()
        if not name.endswith("_alone")
    }

    assert [] == [
        (callback, name)
        for callback, dialog in DIALOGS.items()
        for name in dialog.needs
        if name not in fields[callback]
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("call the provider", ("call the provider", None, None)),
        ("call the provider in 30m", ("call the provider", None, timedelta(minutes=30))),
        (f"call <@{MINA}|mina> in 2h", ("call", MINA, timedelta(hours=2))),
        ("ask @jun about it", ("ask about it", JUN, None)),
        ("mail ops@nobody now", ("mail ops@nobody now", None, None)),
        ("결제사에 전화 @Mina 30분 뒤", ("결제사에 전화", MINA, timedelta(minutes=30))),
        ("전화하기 2시간 후에", ("전화하기", None, timedelta(hours=2))),
        ("roll back in 2 days or so", ("roll back in 2 days or so", None, None)),
    ],
)
def test_a_task_is_read_from_words(typed: str, expected: tuple[str, str | None, timedelta | None]) -> None:
    assert expected == read_task(kit(), typed)


@given(words)
@settings(deadline=None, max_examples=60)
def test_no_words_break_the_reading_of_a_task(typed: str) -> None:
    try:
        said, _, span = read_task(kit(), typed)
    except BadInput:
        return

    assert said
    assert span is None or span > timedelta(0)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", (None, "")),
        ("CTO", ("CTO", "")),
        ("vp engineering nobody can pay", ("VP Engineering", "nobody can pay")),
        (f"<@{JUN}> please look", ("jun", "please look")),
        ("nobody can pay", (None, "nobody can pay")),
    ],
)
def test_whom_to_call_is_read_from_words(typed: str, expected: tuple[str | None, str]) -> None:
    assert expected == callee_in(kit(), typed)


def test_a_kit_speaks_the_language_it_is_asked_to_and_so_does_its_gate() -> None:
    english = kit()
    korean = english.speaking("ko")

    assert english is english.speaking("en")
    assert ("ko", "ko") == (korean.lang, korean.gate.services.language)
    assert "en" == english.lang


@given(stored, st.integers(1, 10**7))
@settings(max_examples=60, deadline=None)
def test_every_channel_has_a_name_and_a_topic_that_slack_takes(said: str, number: int) -> None:
    incident = sample_incident(title=said, number=number).model_copy(update={"service": said})
    name = room_words.room_name(incident)

    assert len(name) <= 80
    assert name.startswith(f"inc-{number}")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    for lang in LANGUAGES:
        assert 0 < len(room_words.topic(incident, lang, said)) <= 250


def test_a_channel_is_named_after_number_and_service() -> None:
    assert "inc-12-payment" == room_words.room_name(sample_incident())
    unsayable = sample_incident().model_copy(update={"service": "결제", "title": "결제: HighErrorRate"})
    assert "inc-12" == room_words.room_name(unsayable)


@pytest.mark.parametrize("name", ["update.approve", "update.edit", "update.withdraw"])
def test_what_leaves_the_house_goes_by_the_rule_of_publishing(name: str) -> None:
    assert "publish" == BUTTONS[name].command
    assert "publish" == DIALOGS[dialogs.EDIT].command
    assert "publish" not in shipped_policies().access.everyone
