"""The living replies, block for block, against golden files that somebody has looked at, and with hostile words.

Write them anew with `OPS_GOLDEN=write pytest tests/unit/test_people_replies.py`, then read the difference.
"""

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.incident import IncidentStatus, Priority
from agent.domain.page import PageState
from agent.domain.update import Reading, Update, UpdateState
from agent.locale.messages import LANGUAGES
from agent.operations.dead_letters import DeadLetters
from agent.policy.oncall import SERVICE, OnCallPolicy, Person
from agent.ports.chat import Rendered
from agent.transport.slack.cards import render_card
from agent.transport.slack.directory import Directory
from agent.transport.slack.living.handoffs import render_handoffs
from agent.transport.slack.living.next_update import next_update
from agent.transport.slack.living.pages import render_page
from agent.transport.slack.living.status import live_line
from agent.transport.slack.living.tasks import render_reminder, render_tasks
from agent.transport.slack.living.updates import render_unlike, render_update, render_written
from agent.transport.slack.markup import person
from agent.transport.slack.people.letters import render_letters
from agent.transport.slack.people.risks import render_risks
from tests.support.alerts import shipped_policies
from tests.support.blockkit import texts_of, wrong_with
from tests.support.hostile import stored
from tests.support.people import (
    JUN,
    MINA,
    busy_view,
    sample_page,
    sample_risk,
    sample_task,
    sample_update,
)
from tests.support.views import OPENED, fresh_view, sample_incident, sample_view

GOLDEN = Path(__file__).resolve().parent.parent / "data" / "slack_golden" / "people"
UNLIKE = (Reading.DIFFERS, Reading.GONE, Reading.UNREADABLE)
NOW = OPENED + timedelta(minutes=12)


def drawn(lang: str, words: str = "payment:v2 went out 40 s before the errors began") -> dict[str, Rendered]:
    """Return every reply, with these words wherever people or programs write."""
    view = busy_view(words)
    incident = view.incident
    live = live_line(view, lang, person, NOW)
    return {
        "handoffs": render_handoffs(view, lang, person),
        "tasks": render_tasks(view, lang, person),
        "reminder": render_reminder(view.tasks[0], incident.name, lang, person, NOW),
        "reminder_over": render_reminder(view.tasks[3], incident.name, lang, person, NOW),
        "page": render_page(incident, sample_page(1), lang, person, quietly=str),
        "page_over": render_page(
            incident, sample_page(1, state=PageState.ANSWERED), lang, person, quietly=lambda _: "Mina"
        ),
        **{
            f"update_{state.value}": render_update(
                sample_update(state, words), incident.name, "customers", lang, person
            )
            for state in UpdateState
        },
        "written": render_written(
            [
                (sample_update(UpdateState.WRITTEN, words), "Customers"),
                (sample_update(UpdateState.WRITTEN, words, number=2, audience="support"), "Support"),
            ],
            incident.name,
            lang,
        ),
        **{
            f"update_read_{reading.value}": render_update(
                read_update(reading, words), incident.name, "customers", lang, person
            )
            for reading in Reading
            if reading is not Reading.UNKNOWN
        },
        **{f"unlike_{reading.value}": unlike(reading, words, lang) for reading in UNLIKE},
        "card_live": render_card(view, None, lang, live=live),
        "risks": render_risks(
            [sample_risk(title=words), sample_risk(4, owner=None)], lang, person, NOW.date()
        ),
    }


def read_update(reading: Reading, words: str) -> Update:
    """Return an update that was read back from the status page."""
    update = sample_update(UpdateState.SENT, words)
    change = {"reading": reading, "unread_because": words if reading is Reading.UNREADABLE else ""}
    return update.model_copy(update={"delivered": (update.delivered[0].model_copy(update=change),)})


def unlike(reading: Reading, words: str, lang: str) -> Rendered:
    """Return the word about an update that reads differently, is gone, or could not be read."""
    update = read_update(reading, words)
    drawn = render_unlike(update, "statuspage:", busy_view().incident, "customers", lang, person)
    assert drawn is not None
    return drawn


def as_text(rendered: Rendered) -> str:
    return json.dumps({"text": rendered.text, "blocks": rendered.blocks}, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reply_is_as_somebody_saw_it(lang: str) -> None:
    for name, rendered in drawn(lang).items():
        path = GOLDEN / f"{name}_{lang}.json"
        if os.environ.get("OPS_GOLDEN") == "write":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(as_text(rendered), "utf-8")

        assert path.read_text("utf-8") == as_text(rendered), name
        assert [] == wrong_with(rendered.blocks), name


@given(stored, st.sampled_from(LANGUAGES))
@settings(max_examples=40, deadline=None)
def test_no_words_break_a_reply_or_become_markup(words: str, lang: str) -> None:
    for name, rendered in drawn(lang, words).items():
        assert [] == wrong_with(rendered.blocks), name
        shown = "\n".join(text for _, text in texts_of(rendered.blocks)) + rendered.text
        assert "<!channel>" not in shown, name
        assert "<!here>" not in shown, name


def test_an_approval_is_bound_to_the_words_that_were_seen() -> None:
    update = sample_update()
    shown = str(render_update(update, "INC-12", "customers", "en", person).blocks)
    other = update.model_copy(update={"title": "another"})

    assert f"update_1|{update.digest}" in shown
    assert other.digest not in shown
    assert "update.approve" not in str(
        render_update(sample_update(UpdateState.SENT), "INC-12", "customers", "en", person).blocks
    )


def test_what_reads_as_agreed_or_was_never_read_is_told_to_nobody() -> None:
    for reading in set(Reading) - set(UNLIKE):
        update = read_update(reading, "We work on it.")
        assert render_unlike(update, "statuspage:", busy_view().incident, "c", "en", person) is None

    assert f"<@{JUN}>, please look" in unlike(Reading.GONE, "We work on it.", "en").text
    assert f"<@{JUN}>" not in unlike(Reading.UNREADABLE, "We work on it.", "en").text


def test_the_card_stays_calm_while_nobody_is_at_work() -> None:
    view = fresh_view()

    assert "" == live_line(view, "en", person, None)
    assert render_card(view, None, "en").blocks == render_card(view, None, "en", live="").blocks


def test_the_live_line_tells_who_leads_who_was_called_and_what_is_left() -> None:
    line = live_line(busy_view(), "en", person, NOW)

    assert f"<@{JUN}> leads" in line
    assert "answered" in line
    assert "not reached" in line
    assert "update was due" in live_line(busy_view(), "en", person, OPENED)
    assert "1 update waits for approval" in line
    assert "3 tasks open" in line
    assert "<#C0ROOM0001>" in line


def test_the_pager_s_own_service_is_nobody_in_particular() -> None:
    page = sample_page(1, SERVICE, target=SERVICE)
    shown = render_page(sample_incident(), page, "en", person, quietly=str).text

    assert "whoever is on call, you are called" in shown


def test_a_call_that_is_over_has_no_buttons_and_mentions_nobody() -> None:
    over = render_page(
        sample_incident(), sample_page(1, state=PageState.WITHDRAWN), "en", person, quietly=lambda _: "Mina"
    )

    assert "actions" not in str(over.blocks)
    assert "<@" not in str(over.blocks)


def test_people_of_the_rota_are_shown_by_whichever_id() -> None:
    mina = Person(id="mina", name="Mina", slack=MINA)
    noa = Person(id="noa", name="Noa *the* boss")
    policies = shipped_policies()
    oncall = OnCallPolicy(zone="UTC", people=(mina, noa), roles={"Team Lead": ("mina",)})
    known = Directory(replace(policies, oncall=oncall), None)

    assert [f"<@{MINA}>", f"<@{MINA}>", "Noa ∗the∗ boss", "stranger"] == [
        known.named(who) for who in (MINA, "mina", "noa", "stranger")
    ]
    assert ["Mina", "Mina"] == [known.quietly(who) for who in (MINA, "mina")]
    assert [MINA, MINA, MINA, None, None] == [
        known.user(words) for words in (f"<@{MINA}|mina>", "@Mina", MINA, "@noa", "@nobody")
    ]
    assert ["Team Lead", "noa", "mina", "mina", None] == [
        known.callee(words) for words in ("team lead", "@Noa *the* boss", "MINA", f"<@{MINA}>", "CFO")
    ]


def test_people_are_told_next_by_the_rhythm_of_those_who_were_told() -> None:
    policies, incident = shipped_policies(), sample_incident(priority=Priority.P0)
    fresh = sample_view(incident)
    told = sample_update(UpdateState.SENT)
    every = policies.communications.cadence[Priority.P0]["customers"].every
    assert every is not None

    assert next_update(fresh, policies) is None
    assert told.at + timedelta(seconds=every) == next_update(
        fresh.model_copy(update={"updates": (told,)}), policies
    )
    over = sample_incident(status=IncidentStatus.RESOLVED)
    assert next_update(sample_view(over).model_copy(update={"updates": (told,)}), policies) is None


def test_no_dead_letters_say_so() -> None:
    assert "Nothing was given up" in render_letters(DeadLetters(), "en").text


def test_a_list_that_is_too_long_says_how_many_are_left_out() -> None:
    view = busy_view().model_copy(update={"tasks": tuple(sample_task(n) for n in range(1, 40))})
    shown = render_tasks(view, "en", person)

    assert [] == wrong_with(shown.blocks)
    assert "and 27 more" in str(shown.blocks)
