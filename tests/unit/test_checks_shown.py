"""How checklists are shown: within Slack's limits in both languages whatever stands on them, and nothing is lost silently."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.checklist import (
    Checklist,
    ChecklistItem,
    ChecklistState,
    ItemState,
    Proposal,
    Said,
    in_language,
)
from agent.locale.messages import LANGUAGES
from agent.operations.checks.words import detail_words, item_words, plain_pen, said
from agent.transport.slack.standing import checklist_views as views
from agent.transport.slack.standing.checklist_card import MARKS, render_checklist, render_reminder
from tests.support.blockkit import wrong_with, wrong_with_view
from tests.support.checklists import NINE
from tests.support.hostile import stored
from tests.support.views import sample_evidence

TITLE = {"en": "All services are up", "ko": "모든 서비스 정상 작동"}
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def item(number: int, state: ItemState, words: str = "payment", lines: int = 0) -> ChecklistItem:
    return ChecklistItem(
        id=f"item-{number}",
        check="" if state is ItemState.PERSON else "services_healthy",
        title={"en": f"{words} {number}", "ko": f"{words} {number}"},
        asks={"en": words, "ko": words} if state is ItemState.PERSON else {},
        state=state,
        message="check-services-bad" if state is ItemState.ATTENTION else "check-no-data-of",
        args={"bad": 1, "count": 3, "names": [words, words], "what": words},
        details=(Said(message="check-speed-line", args={"service": words, "p95": {"latency": 0.7}}),) * lines,
        why=words if state is ItemState.UNKNOWN else "",
        proposals=(Proposal(action="silence_alerts"),) if state is ItemState.ATTENTION else (),
        by="U0MINA0001" if state is ItemState.DONE else None,
        at=NINE,
        note=words if state is ItemState.DONE else "",
    )  # fmt: skip


def checklist(*items: ChecklistItem, **changes: Any) -> Checklist:
    fields: dict[str, Any] = {
        "id": "morning:2026-11-24T09:00:00+09:00", "number": 3, "name": "morning",
        "title": {"en": "Morning check", "ko": "오전 점검"}, "due_at": NINE, "at": NINE, "channel": "#checks",
        "state": ChecklistState.OPEN, "items": items,
    } | changes  # fmt: skip
    return Checklist(**fields)


def named(who: str) -> str:
    return f"<@{who}>"


def shown(one: Checklist, lang: str = "en") -> str:
    return json.dumps(render_checklist(one, lang, named, {}).blocks, ensure_ascii=False)


@given(
    stored,
    st.lists(st.sampled_from(list(ItemState)), min_size=1, max_size=20),
    st.integers(0, 12),
    st.sampled_from(LANGUAGES),
    st.sampled_from(list(ChecklistState)),
)
@SLOW
def test_whatever_stands_on_it_fits(
    words: str, states: list[ItemState], lines: int, lang: str, state: ChecklistState
) -> None:
    items = [item(n, one, words, lines) for n, one in enumerate(states)]
    one = checklist(
        *items, state=state, at=NINE + timedelta(hours=2), missed=(NINE,) * 9, left_over=tuple(items)
    )

    message = render_checklist(one, lang, named, {"item-0": ("INC-5", "A-7")})

    assert [] == wrong_with(message.blocks)
    assert message.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_item_is_left_out_however_much_there_is_to_say(lang: str) -> None:
    states = [*([ItemState.ATTENTION] * 8), *([ItemState.UNKNOWN] * 4), *([ItemState.OK] * 8)]
    one = checklist(*(item(n, state, "결제 서비스 " * 30, 12) for n, state in enumerate(states)))

    message = render_checklist(one, lang, named, {})
    words = json.dumps(message.blocks, ensure_ascii=False)

    assert [] == wrong_with(message.blocks)
    assert 12 == words.count('"action_id": "check.item"')
    assert 8 == words.count(" · 결제 서비스") + 1


@given(stored, st.sampled_from(list(ItemState)), st.sampled_from(LANGUAGES))
@SLOW
def test_the_dialogs_fit(words: str, state: ItemState, lang: str) -> None:
    one = checklist(item(0, state, words, 8))
    evidence = [sample_evidence(n, "log_analyzer.search", words) for n in range(5)]

    for view in (
        views.item_view(one, one.items[0], evidence, ("INC-5",), lang, named),
        views.done_view(one, one.items[0], lang),
        views.incident_view(one, one.items[0], ["payment"], lang),
        views.task_view(one, one.items[0], lang),
    ):
        assert [] == wrong_with_view(view)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_reminder_fits(lang: str) -> None:
    one = checklist(*(item(n, ItemState.PERSON, "창고 " * 40) for n in range(20)))

    assert [] == wrong_with(render_reminder(one, lang, ["<!subteam^S0SREONC01>"]).blocks)


def test_how_far_it_is_stands_in_the_first_line() -> None:
    going = checklist(item(0, ItemState.OK), item(1, ItemState.WAITING), state=ChecklistState.RUNNING)
    waiting = checklist(item(0, ItemState.OK), item(1, ItemState.ATTENTION), item(2, ItemState.PERSON))
    done = checklist(item(0, ItemState.OK), item(1, ItemState.DONE), state=ChecklistState.DONE)

    assert "1 of 2 looked at" in shown(going)
    assert "1 needs attention, 👤 1 for somebody · 1 of 3 done" in shown(waiting)
    assert "All 2 items are done" in shown(done)


def test_unknown_is_never_shown_as_fine() -> None:
    words = shown(checklist(item(0, ItemState.UNKNOWN, "Prometheus is away")))

    assert MARKS[ItemState.OK] not in words
    assert "no data about Prometheus is away: Prometheus is away" in words


def test_late_missed_and_left_over_are_told() -> None:
    late = checklist(
        item(0, ItemState.OK), at=NINE + timedelta(hours=4), missed=(NINE - timedelta(days=1),),
        left_over=(item(9, ItemState.PERSON, "door"),),
    )  # fmt: skip
    asked = checklist(item(0, ItemState.OK), at=NINE + timedelta(hours=4), asked_by="U0MINA0001")

    assert "Late: it was due at" in shown(late)
    assert "Missed while the bot was away" in shown(late)
    assert "Left over from the last one: door 9" in shown(late)
    assert "Asked for by <@U0MINA0001>" in shown(asked)
    assert "Late" not in shown(asked)


def test_buttons_go_when_the_next_one_has_taken_over() -> None:
    one = checklist(item(0, ItemState.PERSON), item(1, ItemState.ATTENTION), state=ChecklistState.LEFT)

    assert "check.done" not in shown(one)
    assert "check.all" not in shown(one)
    assert "taken over" in shown(one)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"at": "2026-11-24T00:00:00+00:00"}, "2026-11-24 09:00"),
        ({"seconds": 7_260}, "2 h 1 min"),
        ({"latency": 0.25}, "250 ms"),
        ({"share": 0.125}, "12.5%"),
        ({"bytes": 3 * 1024**3}, "3 GiB"),
        ({"person": "mina"}, "mina"),
        ({"message": "check-no-data"}, "no data"),
        (["a", "b"], "a, b"),
        (None, "–"),
        (3.14159, "3.14"),
        ({"what is": "this"}, "–"),
    ],
)
def test_arguments_are_written_for_people(value: Any, expected: str) -> None:
    words = said("en", "check-no-data-of", {"what": value}, plain_pen("Asia/Seoul"))

    assert f"no data about {expected}" == words


def test_a_message_that_is_gone_says_nothing() -> None:
    gone = item(0, ItemState.OK).model_copy(update={"message": "check-was-renamed", "args": {}})

    assert "" == item_words("en", gone, plain_pen("UTC"))
    assert [] == detail_words("en", (Said(message="gone-too"),), plain_pen("UTC"))
    assert "" == in_language({}, "ko")
    assert TITLE["en"] == in_language(TITLE, "fr")
