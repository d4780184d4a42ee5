"""Whatever an action holds, Slack takes its card, dialogs and lists; and what is said of it follows its state."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.action import Action, ActionState, BlastRadius, FieldChange, Plan, Risk, Target
from agent.domain.audit import AuditEvent, AuditKind
from agent.domain.decision import Requirement
from agent.domain.noun import Json
from agent.domain.recovery import RecoveryState
from agent.domain.timeline import GENESIS, TimelineKind
from agent.domain.view import IncidentView
from agent.locale.messages import LANGUAGES, known, text
from agent.transport import proposals
from agent.transport.slack import limits
from agent.transport.slack.action_buttons import buttons
from agent.transport.slack.action_card import moved_since
from agent.transport.slack.action_modals import explained
from agent.transport.slack.action_told import audit_words
from agent.transport.slack.cards import render_card
from agent.transport.slack.home_own import approval_blocks
from agent.transport.slack.votes_asked import render_approval_asked
from agent.transport.terminal import incident_lines
from tests.support.blockkit import texts_of, wrong_with, wrong_with_view
from tests.support.deeds import (
    MINA,
    ONE_ON_CALL,
    deed_views,
    moved_plan,
    sample_action,
    sample_approval,
    sample_run,
    with_actions,
)
from tests.support.hostile import stored as words
from tests.support.views import OPENED

SLOW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
PINGS = re.compile(r"<!(channel|here|everyone)|<!subteam|<@(?!U0MINA0001>)")
names = words.map(lambda word: word or "x")


@st.composite
def actions(draw: st.DrawFn) -> Action:
    changes = draw(
        st.lists(
            st.builds(FieldChange, path=words, before=st.none() | words, after=st.none() | words), max_size=9
        )
    )
    plan = Plan(
        target=Target(kind=draw(words), name=draw(words), namespace=draw(words), version=draw(words)),
        changes=tuple(changes),
        radius=BlastRadius(
            count=draw(st.integers(0, 10**9)), unit=draw(words), share=draw(st.none() | st.floats(0, 1))
        ),
        reversible=draw(st.booleans()),
        seconds=draw(st.none() | st.floats(0, 1e9)),
        args={"name": draw(words), "from": draw(words), "namespace": draw(words)},
        warnings=tuple(draw(st.lists(words, max_size=4))),
    )
    groups = tuple(draw(st.lists(names, min_size=1, max_size=7)))
    need = Requirement(rule=draw(words), count=draw(st.integers(1, 9)), groups=groups)
    return sample_action(
        draw(st.sampled_from(ActionState)),
        number=draw(st.integers(1, 10**9)),
        name=draw(st.sampled_from(["roll_back_workload", "no_such_action"]) | words),
        by=draw(words),
        origin=draw(st.sampled_from(["person", "recovery:r#s", "undo:act_1"])),
        plan=plan,
        risk=draw(st.sampled_from(Risk)),
        outcome=draw(words | st.just("recovered")),
        detail=draw(words),
        progress=draw(st.none() | st.tuples(st.integers(), st.integers())),
        requirements=(need,) * draw(st.integers(0, 5)),
    ).model_copy(update={"id": draw(words)[:100]})


@st.composite
def views(draw: st.DrawFn) -> IncidentView:
    chosen = draw(st.lists(actions(), min_size=1, max_size=6))
    voters = tuple(draw(st.lists(words, max_size=3)))
    view = with_actions(*chosen, votes=voters, ended=draw(st.booleans()))
    run = sample_run()
    steps = tuple(step.model_copy(update={"name": draw(words)}) for step in run.steps)
    state = draw(st.sampled_from(RecoveryState))
    runs = (run.model_copy(update={"steps": steps, "recovery": draw(words), "state": state}),)
    return view.model_copy(update={"recoveries": runs})


def pings(blocks: Any) -> list[str]:
    """Return texts that notify somebody whom nobody named."""
    return [
        said for kind, said in texts_of(blocks) if kind not in ("text", "raw_text") and PINGS.search(said)
    ]


@SLOW
@given(views(), st.sampled_from(LANGUAGES), st.booleans())
def test_cards_with_actions_fit_whatever_they_show(view: IncidentView, lang: str, acting: bool) -> None:
    card = render_card(view, b"png", lang, acting=acting)

    assert wrong_with(card.blocks) == []
    assert pings(card.blocks) == []
    assert [block["type"] for block in card.blocks][-1] == "actions"


@SLOW
@given(actions(), words, words, st.sampled_from(LANGUAGES))
def test_the_reasons_fit_in_their_dialog(action: Action, explanation: str, voter: str, lang: str) -> None:
    approval = sample_approval(action, voter, MINA)
    view = explained(action, approval, f"# {explanation}\n- {explanation}", lang)

    assert wrong_with_view(dict(view)) == []
    assert pings(view["blocks"]) == []


@SLOW
@given(st.lists(actions(), max_size=8), st.sampled_from(LANGUAGES))
def test_home_and_the_reply_fit(waiting: list[Action], lang: str) -> None:
    shown = approval_blocks(tuple((one, sample_approval(one)) for one in waiting), lang)

    assert wrong_with_view({"type": "home", "blocks": list(shown)}) == []
    assert pings(list(shown)) == []
    for one in waiting:
        asked = render_approval_asked(with_actions(one).incident, one, (), lang)
        assert wrong_with(asked.blocks) == []
        assert pings(asked.blocks) == []


@SLOW
@given(views(), st.sampled_from(LANGUAGES))
def test_a_terminal_gets_one_line_for_each_action(view: IncidentView, lang: str) -> None:
    lines = incident_lines(view, lang)

    assert all(line.isprintable() for line in lines)
    shown = [line for line in lines if any(line.startswith(f"  {one.handle} ") for one in view.actions)]
    assert len(shown) >= len({one.handle for one in view.actions})


@SLOW
@given(
    st.sampled_from(AuditKind), st.dictionaries(words, words, max_size=4), words, st.sampled_from(LANGUAGES)
)
def test_every_audit_entry_has_words(kind: AuditKind, data: dict[str, Json], handle: str, lang: str) -> None:
    event = AuditEvent(seq=1, at=OPENED, kind=kind, actor="x", data=data, previous=GENESIS, digest=GENESIS)

    assert 0 < len(audit_words(lang, event, handle)) <= 118


def verbs(action: Action, *others: Action) -> list[str]:
    row = buttons((action, *others), action, "en")["elements"]
    assert isinstance(row, list)
    return [str(one["action_id"]).removeprefix("action.") for one in row if isinstance(one, dict)]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ActionState.WAITING, ["approve", "reject", "change", "why"]),
        (ActionState.SUGGESTED, ["cancel", "why"]),
        (ActionState.FORBIDDEN, ["why"]),
        (ActionState.QUEUED, ["cancel", "why"]),
        (ActionState.RUNNING, ["why"]),
        (ActionState.VERIFYING, ["cancel", "why"]),
        (ActionState.SUCCEEDED, ["undo", "why"]),
        (ActionState.UNDOING, ["why"]),
        (ActionState.UNKNOWN, ["happened", "not_happened", "why"]),
        (ActionState.EXPIRED, ["why"]),
        (ActionState.STALE, ["why"]),
    ],
)
def test_only_buttons_that_make_sense_are_offered(state: ActionState, expected: list[str]) -> None:
    assert expected == verbs(sample_action(state))


@SLOW
@given(actions(), st.sampled_from(LANGUAGES))
def test_nobody_can_approve_what_the_card_does_not_say(action: Action, lang: str) -> None:
    waiting = action.model_copy(update={"state": ActionState.WAITING})
    view = with_actions(waiting)
    crowded = view.model_copy(update={"alerts": view.alerts * 40, "evidence": view.evidence * 40})
    blocks = render_card(crowded, b"png", lang, acting=True).blocks
    words = "\n".join(said for _, said in texts_of(blocks))

    assert "action.approve" in str(blocks)
    assert waiting.handle in words
    if waiting.approval_id:
        assert "<!date^" in words.rpartition(text(lang, "deed-votes-line", votes="").strip())[2]


def test_what_is_being_taken_back_cannot_be_undone_twice() -> None:
    done = sample_action(ActionState.SUCCEEDED)
    undoing = sample_action(ActionState.WAITING, number=8, undo_of=done.id)
    refused = sample_action(ActionState.REJECTED, number=9, undo_of=done.id)

    assert ["why"] == verbs(done, undoing)
    assert ["undo", "why"] == verbs(done, refused)
    assert ["why"] == verbs(sample_action(ActionState.SUCCEEDED, plan=irreversible()))


def irreversible() -> Plan:
    return moved_plan().model_copy(update={"reversible": False})


def test_button_values_are_ids_and_nothing_else() -> None:
    for view in deed_views().values():
        for block in render_card(view, None, "en", acting=True).blocks:
            elements = block.get("elements")
            for one in elements if isinstance(elements, list) else []:
                if isinstance(one, dict) and str(one.get("action_id", "")).startswith("action."):
                    assert one["value"] in {action.id for action in view.actions}


def test_the_action_that_matters_comes_first() -> None:
    old = sample_action(ActionState.FAILED, number=1)
    stale = sample_action(ActionState.STALE, number=9)
    waiting = sample_action(number=2)
    running = sample_action(ActionState.RUNNING, number=3)
    unknown = sample_action(ActionState.UNKNOWN, number=4)

    def first(*some: Action) -> Action | None:
        return proposals.leading(with_actions(*some))

    assert first(old, waiting, stale) is waiting
    assert first(old, waiting, running) is running
    assert first(running, unknown) is unknown
    assert first(old, stale) is old
    assert proposals.leading(with_actions(waiting, ended=True)) is None
    assert proposals.others(with_actions(old, waiting, stale)) == (old,)


def test_an_ended_incident_still_asks_for_what_takes_something_back() -> None:
    done = sample_action(ActionState.SUCCEEDED, number=1)
    against_the_trouble = sample_action(number=2)
    back = sample_action(number=3, origin="undo:act_1", undo_of="act_1")
    going_on = sample_action(number=4, origin="recovery:run_2#standby@25")
    asked_since = sample_action(number=5, origin="person", by=MINA, at=OPENED + timedelta(hours=3))

    def shown(*some: Action) -> str:
        runs = (
            sample_run().model_copy(update={"state": RecoveryState.SUCCEEDED}),
            sample_run().model_copy(update={"id": "run_2", "state": RecoveryState.ROLLING_BACK}),
        )
        view = with_actions(done, *some, ended=True).model_copy(update={"recoveries": runs})
        return str(render_card(view, None, "en").blocks)

    assert "action.approve" not in shown(against_the_trouble)
    for one in (back, going_on, asked_since):
        assert f"'action.approve', 'value': '{one.id}'" in shown(one).replace('"', "'"), one.request.origin


def test_a_new_card_shows_what_changed_since_the_old_one() -> None:
    old, new = sample_action(ActionState.STALE), sample_action(number=8, plan=moved_plan(), replaces="act_7")
    [change] = moved_since(old, new)

    assert ("payment:v2", "payment:v3") == (change.before, change.after)
    card = str(render_card(with_actions(old, new), None, "en").blocks)
    assert "`payment:v2` then, is `payment:v3` now" in card


def test_votes_say_how_many_are_missing_and_whom_they_need() -> None:
    two = ONE_ON_CALL.model_copy(update={"count": 2})
    action = sample_action(requirements=(two,))

    assert ["1 of 2, waiting for @sre-oncall (not the requester)"] == proposals.votes(
        "en", action, sample_approval(action, MINA)
    )
    assert ["2 of 2 from @sre-oncall"] == proposals.votes(
        "en", action, sample_approval(action, MINA, "U0JUN00002")
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_state_kind_and_field_has_words(lang: str) -> None:
    for state in ActionState:
        assert text(lang, f"deed-{state.value}")
        assert text(lang, f"deed-head-{state.value}", handle="A-1")
    assert all(known(f"audit-{kind.value}") for kind in AuditKind)
    assert all(known(f"deed-recovery-{state.value}") for state in RecoveryState)
    assert all(known(f"timeline-{kind.value}") for kind in TimelineKind)


def test_the_pages_of_reasons_stay_under_the_limit_of_a_paragraph() -> None:
    action = sample_action()
    view = explained(action, None, "\n".join(f"- rule {n} " + "x" * 150 for n in range(70)), "en")

    assert limits.problems(view["blocks"], most=limits.VIEW_BLOCKS) == []  # type: ignore[arg-type]
    assert "rule 60" in str(view["blocks"])


def test_an_action_that_was_over_quickly_says_how_quickly() -> None:
    action = sample_action(ActionState.SUCCEEDED, outcome="recovered")
    card = str(render_card(with_actions(action), None, "en").blocks)

    assert "*recovered in 41 s*" in card
    assert "recovered after 41 s" == proposals.standing("en", action, OPENED + timedelta(days=1))
