"""A post-mortem draft: every sentence has sources, numbers add up, gaps are told, and foreign text stays text."""

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.action import ActionState
from agent.domain.evidence import Diagnosis
from agent.domain.incident import IncidentStatus
from agent.domain.timeline import TimelineKind
from agent.domain.view import IncidentView
from agent.locale.messages import LANGUAGES
from agent.operations.postmortem import Desk, Postmortem, suggested, write
from agent.operations.postmortem_impact import BUDGET_MINUTES, damages
from agent.operations.postmortem_markdown import LONGEST_CANVAS, canvas_markdown, escaped, markdown
from agent.operations.postmortem_marks import marks_of
from tests.support.deeds import sample_action
from tests.support.ended import ENDED, MINUTES, course, ended_view, event
from tests.support.views import OPENED, START, blind_view

NAMES = {"U0MINA0001": "Mina", "U0JUN00002": "Jun"}
HANGUL = re.compile(r"[가-힣]")


def drafted(view: IncidentView, lang: str = "en", zone: str = "UTC", **more: Any) -> Postmortem:
    return write(Desk(view, lang, ZoneInfo(zone), lambda who: NAMES.get(who, who), **more))


def said(draft: Postmortem, part: str) -> list[str]:
    section = draft.section(part)
    return [one.text for one in section.statements] if section is not None else []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("view", [ended_view(), blind_view()], ids=["ended", "blind"])
def test_every_sentence_names_what_it_rests_on(view: IncidentView, lang: str) -> None:
    draft = drafted(view, lang)
    statements = [*draft.header, *(one for section in draft.sections for one in section.statements)]

    assert [] == [one.text for one in statements if not one.sources]
    assert {name for one in statements for name in one.sources} == {source.id for source in draft.sources}
    assert [] == [source for source in draft.sources if not source.what.strip()]


def test_impact_is_bad_time_and_weighed_time_against_the_month() -> None:
    [damage] = damages(ended_view(), marks_of(ended_view()))

    assert 600 == damage.bad_seconds
    assert 300 == damage.lost_seconds
    assert 300 / 60 / BUDGET_MINUTES == pytest.approx(damage.budget_share)
    assert (3000, 12000) == (damage.failed, damage.asked)
    assert damage.whole
    assert "43.8" == f"{BUDGET_MINUTES:.1f}"


def test_what_nobody_measured_is_said_to_be_not_measured() -> None:
    impact = said(drafted(ended_view()), "impact")

    assert "checkout: not measured. No error rate over the time of the incident is known." in impact
    assert any("people were affected is not measured" in line for line in impact)


def test_gaps_in_a_course_count_for_nothing_and_are_told() -> None:
    view = ended_view().model_copy(
        update={"evidence": (course(11, "server_error_ratio", "ratio", [0.5] * 5),)}
    )
    [damage] = damages(view, marks_of(view))

    assert 300 == damage.bad_seconds
    assert 300 == damage.seen_seconds
    assert not damage.whole
    assert None is damage.failed
    impact = said(drafted(view), "impact")
    assert any("measured for 5 min of 20 min" in line for line in impact)
    assert any("how many requests failed is not measured" in line for line in impact)


def test_series_of_other_services_do_not_count() -> None:
    other = course(11, "server_error_ratio", "ratio", [0.9] * MINUTES, service="checkout")
    view = ended_view().model_copy(update={"evidence": (other,)})

    assert [] == damages(view, marks_of(view))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(1, 300))
def test_weighed_time_never_exceeds_bad_time_by_more_than_the_objective(
    values: list[float], rate: float
) -> None:
    evidence = (
        course(11, "server_error_ratio", "ratio", values),
        course(12, "request_rate", "1/s", [rate] * len(values)),
    )
    view = ended_view().model_copy(update={"evidence": evidence})
    [damage] = damages(view, marks_of(view))

    assert damage.lost_seconds <= damage.bad_seconds + 0.001 * damage.seen_seconds + 1e-6
    assert damage.seen_seconds <= damage.span_seconds + 1e-6
    assert damage.failed is not None
    assert damage.asked is not None
    assert damage.failed <= damage.asked + 1e-6


def test_the_four_spans_come_from_the_events() -> None:
    assert [
        "Detection (MTTD): 21 s after it began, at 19:31:01.",
        "Response (MTTA): 40 s after it was opened, at 19:31:41.",
        "Mitigation (MTTM): 9 min 21 s after it began, at 19:40:01.",
        "Resolution (MTTR): 20 min after it began, at 19:50:40.",
    ] == said(drafted(ended_view()), "spans")


def test_hours_are_those_of_the_reader() -> None:
    korean = drafted(ended_view(), "ko", "Asia/Seoul")

    assert any(line.startswith("04:31:41 ") for line in said(korean, "timeline"))
    assert any("KST" in one.text for one in korean.header)


def test_facts_for_and_against_come_from_the_records() -> None:
    draft = drafted(ended_view(), undelivered=("page:1",))
    well, badly = said(draft, "well"), said(draft, "badly")

    assert any(line.startswith("Somebody answered after 40 s") for line in well)
    assert any(line.startswith("A-7 helped: Roll back payment") for line in well)
    assert "1 of 2 calls to people failed." in badly
    assert "1 update was still waiting for approval when it was over." in badly
    assert "1 message to the outside was given up." in badly


def test_a_late_answer_and_a_harmful_action_did_not_go_well() -> None:
    view = ended_view()
    late = event(4, TimelineKind.ACKNOWLEDGED, OPENED + timedelta(minutes=16), "U0MINA0001")
    line = tuple(late if one.kind is TimelineKind.ACKNOWLEDGED else one for one in view.timeline)
    worse = sample_action(state=ActionState.UNDONE, outcome="undone-worse")
    badly = said(drafted(view.model_copy(update={"timeline": line, "actions": (worse,)})), "badly")

    assert any("only after 16 min; the target is 15 min" in one for one in badly)
    assert any(one.startswith("A-7 did not help") and "made things worse" in one for one in badly)


def test_people_s_follow_ups_stand_as_they_are_else_rules_suggest() -> None:
    view = ended_view()

    assert ["T-1 (open, Mina, issue OPS-7): rolled back"] == said(drafted(view), "follow")
    bare = view.model_copy(update={"tasks": ()})
    names = [one.name for one in suggested(Desk(bare, "en", ZoneInfo("UTC"), str))]
    assert ["fault", "calls", "approval", "review"] == names
    assert all(line.startswith("Suggested: ") for line in said(drafted(bare), "follow"))


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("change.image", "release"),
        ("memory.oom", "memory"),
        ("pool.exhausted", "pool"),
        ("node.busy", "node"),
    ],
)
def test_the_cause_chooses_the_first_suggestion(rule: str, name: str) -> None:
    view = ended_view()
    assert view.diagnosis is not None
    assert view.diagnosis.cause is not None
    cause = view.diagnosis.cause.model_copy(update={"rule": rule})
    changed = view.model_copy(update={"diagnosis": Diagnosis(findings=(cause,), cause=cause)})

    assert name == suggested(Desk(changed, "en", ZoneInfo("UTC"), str))[0].name


def test_without_a_cause_the_question_stays_open() -> None:
    view = ended_view().model_copy(update={"diagnosis": Diagnosis()})
    draft = drafted(view)

    assert ["The evidence carries no cause."] == said(draft, "causes")
    assert "What caused it?" in said(draft, "open")
    assert "cause" in [one.name for one in suggested(Desk(view, "en", ZoneInfo("UTC"), str))]


def test_an_incident_that_still_runs_says_so() -> None:
    view = ended_view()
    times = view.incident.times.model_copy(update={"resolved_at": None, "mitigated_at": None})
    incident = view.incident.model_copy(update={"status": IncidentStatus.ACTIVE, "times": times})
    running = view.model_copy(update={"incident": incident, "actions": (), "timeline": view.timeline[:6]})

    assert "Resolution (MTTR): it is not over." in said(drafted(running), "spans")
    assert any("is not over" in line for line in said(drafted(running), "summary"))


def test_a_storm_is_one_line_and_a_long_course_loses_its_middle_visibly() -> None:
    at = [START + timedelta(seconds=place) for place in range(400)]
    storm = tuple(event(n, TimelineKind.ALERT_ADDED, one, alert="A") for n, one in enumerate(at, start=1))
    notes = tuple(event(n, TimelineKind.NOTE, one, "ada", text=f"{n}") for n, one in enumerate(at, start=1))
    bare = ended_view().model_copy(update={"actions": (), "updates": ()})

    assert 1 == len(said(drafted(bare.model_copy(update={"timeline": storm})), "timeline"))
    long = said(drafted(bare.model_copy(update={"timeline": notes})), "timeline")
    assert 121 == len(long)
    assert "280 more things happened here" in long[60]


def test_the_course_is_in_order() -> None:
    hours = [line[:8] for line in said(drafted(ended_view()), "timeline")]

    assert all(earlier <= later for earlier, later in pairwise(hours))
    assert f"{ENDED:%H:%M:%S}" == hours[-1]


HOSTILE = st.text(alphabet=st.sampled_from(list("ab_*`[]()!<>#|~\\\n&@ -1.가")), max_size=80)


@settings(max_examples=60)
@given(HOSTILE)
def test_foreign_text_is_never_markup(words: str) -> None:
    shown = escaped(words)

    assert "\n" not in shown
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]`*<]", shown)
    draft = drafted(ended_view(words + " x"))
    for text in (markdown(draft), canvas_markdown(draft)):
        assert not re.search(r"(?<!\\)(?:\\\\)*!\[", text)
        headings = [line for line in text.splitlines() if line.startswith("#")]
        assert 1 + len(draft.sections) + 1 == len(headings)


def test_a_canvas_has_three_levels_at_most_no_code_and_fits() -> None:
    draft = drafted(ended_view("long words " * 40))
    canvas = canvas_markdown(draft)

    assert "`" not in canvas
    assert not re.search(r"^#{4,}", canvas, re.MULTILINE)
    assert "## Sources" in canvas
    assert LONGEST_CANVAS >= len(canvas)
    slim = canvas_markdown(draft, most=len(canvas) - 1)
    assert "## Sources" not in slim
    tiny = canvas_markdown(draft, most=600)
    assert 600 >= len(tiny)
    assert tiny.endswith("the file in the thread holds everything.\n")


def test_links_and_queries_stand_in_the_file() -> None:
    view = ended_view()
    linked = tuple(
        one.model_copy(
            update={"reading": one.reading.model_copy(update={"link": "http://prom.example/g?a=<b>"})}
        )
        for one in view.evidence
    )
    text = markdown(drafted(view.model_copy(update={"evidence": linked})))

    assert "`query of request_rate`" in text
    assert "<http://prom.example/g?a=%3Cb%3E>" in text


def test_korean_drafts_are_korean_all_through() -> None:
    """What is not Korean are names, and words that people or programs wrote."""
    draft = drafted(ended_view("롤백함"), "ko", "Asia/Seoul", audience=lambda _: "고객")
    foreign = ("broke charging", "before the onset", "answers 48%", "payment, checkout", "Jun, noa")
    english = [
        one.text
        for section in draft.sections
        for one in section.statements
        if not HANGUL.search(one.text) and not any(word in one.text for word in foreign)
    ]

    assert [] == english
