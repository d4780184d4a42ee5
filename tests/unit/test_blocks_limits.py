"""Whatever an incident or an answer holds, Slack takes its blocks: schema, SDK models and our own limits agree."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.answer import Answer
from agent.domain.evidence import Diagnosis, Finding, FindingKind
from agent.domain.feedback import Feedback
from agent.domain.incident import IncidentStatus, Priority
from agent.domain.memory import Cure, CureKind, PastIncident, Recollection
from agent.domain.results import LogPattern, PatternsResult, PictureResult, Quantity, TableResult
from agent.domain.route import Route
from agent.domain.view import IncidentView
from agent.transport.slack import limits
from agent.transport.slack.answers import render_answer
from agent.transport.slack.cards import render_card
from agent.transport.slack.details import render_details
from agent.transport.slack.feedback import feedback_view
from agent.transport.slack.help import render_unknown
from agent.transport.slack.limits import Part
from agent.transport.slack.modals import evidence_page
from tests.support.blockkit import texts_of, wrong_with, wrong_with_view
from tests.support.hostile import stored as words
from tests.support.views import BLOB, START, sample_evidence, sample_incident, sample_timeline, sample_view

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    return Finding(
        kind=draw(st.sampled_from(FindingKind)),
        claim=draw(words) or "x",
        confidence=draw(st.floats(0, 1)),
        evidence_ids=("ev_1",),
        rule=draw(words),
        service=draw(words),
    )


@st.composite
def alerts(draw: st.DrawFn) -> AlertRecord:
    labels = {"alertname": draw(words), "service": draw(words), draw(words): draw(words)}
    firing = draw(st.booleans())
    return AlertRecord(
        alert=Alert(
            fingerprint="f",
            status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
            labels=labels,
            starts_at=START,
        ),
        severity=Severity.HIGH,
        incident_id="inc_payment",
        reason=Reason(rule="r", sentence=draw(words)),
        first_seen_at=START,
        last_seen_at=START,
        flapping=draw(st.booleans()),
    )


@st.composite
def pasts(draw: st.DrawFn) -> PastIncident:
    cures = st.builds(
        Cure,
        kind=st.sampled_from(CureKind),
        name=st.sampled_from(["roll_back_workload", "x"]) | words,
        args=st.dictionaries(st.sampled_from(["name", "from", "to", "namespace"]) | words, words, max_size=4),
        target=words,
        note=words,
    )
    about = Recollection(started_at=START - timedelta(days=1), truth=draw(words), note=draw(words))
    return PastIncident(
        incident_id="i",
        number=1,
        title=draw(words),
        resolved_at=START,
        cause=draw(st.none() | words),
        score=1,
        about=draw(st.sampled_from([about, Recollection()])),
        cure=draw(st.none() | cures),
        alike=draw(st.booleans()),
    )


@st.composite
def feedback(draw: st.DrawFn) -> Feedback:
    return Feedback(
        incident_id="inc_payment",
        run=1,
        person=draw(words),
        right=draw(st.booleans()),
        at=START,
        truth=draw(words),
    )


@st.composite
def views(draw: st.DrawFn) -> IncidentView:
    incident = sample_incident(
        status=draw(st.sampled_from(IncidentStatus)),
        acknowledged_by=draw(st.none() | words),
        priority=draw(st.sampled_from(Priority)),
        title=draw(words),
    ).model_copy(
        update={"service": draw(words), "priority_reason": Reason(rule=draw(words), sentence=draw(words))}
    )
    pattern = LogPattern(
        template="t",
        sample=draw(words),
        level="error",
        service=draw(words),
        count=9,
        count_before=draw(st.integers(0, 5)),
    )
    table = TableResult(columns=("s", "now", "normal"), rows=((draw(words), draw(words), draw(words)),) * 12)
    evidence = (
        sample_evidence(1, "metrics_collector.compare", draw(words), query=draw(words), result=table),
        sample_evidence(
            2,
            "metrics_collector.signal",
            draw(words),
            value=Quantity(value=draw(st.floats()), unit=draw(words)),
        ),
        sample_evidence(
            3,
            "log_analyzer.patterns",
            draw(words),
            result=PatternsResult(patterns=(pattern,), total=9, total_before=0),
        ),
        sample_evidence(
            4,
            "metrics_collector.chart",
            "c",
            result=PictureResult(blob=BLOB, alt=draw(words), title=draw(words)),
        ),
        sample_evidence(
            5, "log_analyzer.search", "x", query=draw(words), error=draw(words) or "down", backend=draw(words)
        ),
    )
    found = tuple(draw(st.lists(findings(), max_size=8)))
    diagnosis = Diagnosis(
        findings=found,
        cause=found[0] if found and draw(st.booleans()) else None,
        next_step=draw(st.none() | words),
        missing=tuple(draw(st.lists(words, max_size=6))),
    )
    names = tuple(draw(st.lists(words, max_size=6)))
    past = draw(pasts())
    view = sample_view(
        incident,
        alerts=tuple(draw(st.lists(alerts(), max_size=30))),
        evidence=evidence * draw(st.integers(0, 4)),
        diagnosis=diagnosis if draw(st.booleans()) else None,
        similar=(past,) * 3,
        investigating=draw(st.booleans()),
        route=Route(
            rule="r", channel="#a", mentions=names, page=names, escalate_to=names, respond_within_seconds=60
        ),
    )
    events = [
        e.model_copy(update={"actor": draw(words), "data": {"text": draw(words)}}) for e in sample_timeline()
    ]
    if draw(st.booleans()):
        events.append(events[2].model_copy(update={"data": {"run": draw(st.integers(1, 3))}}))
    votes = tuple(draw(st.lists(feedback(), max_size=5)))
    return view.model_copy(
        update={"timeline": tuple(events), "feedback": votes, "as_of": START + timedelta(days=1)}
    )


def pings(blocks: Any) -> list[str]:
    """Return texts that notify; `text` and `raw_text` elements are literal by Slack's definition."""
    read = [text for kind, text in texts_of(blocks) if kind not in ("text", "raw_text")]
    return [
        text for text in read if re.search(r"<!(channel|here|everyone)|<!subteam|<@(?!U0MINA0001>)", text)
    ]


@SLOW
@given(views(), st.sampled_from(["en", "ko"]), st.booleans())
def test_cards_fit_whatever_they_show(view: IncidentView, lang: str, rerun: bool) -> None:
    card = render_card(view, b"png", lang)
    details = render_details(view, lang, rerun=rerun)

    assert wrong_with(card.blocks) == []
    assert wrong_with(details.blocks) == []
    assert pings([card.blocks, details.blocks]) == []
    assert 0 < len(card.text) <= limits.MESSAGE_TEXT
    assert [block["type"] for block in card.blocks][-1] == "actions"


@SLOW
@given(words, st.lists(st.lists(words, min_size=1, max_size=25), max_size=40), words)
def test_answers_fit_whatever_they_say(text: str, rows: list[list[str]], alt: str) -> None:
    table = TableResult(columns=tuple(rows[0]) if rows else ("a",), rows=tuple(tuple(row) for row in rows))
    evidence = tuple(sample_evidence(n, "t", text, query=alt) for n in range(9))
    picture = PictureResult(blob=BLOB, alt=alt, title=text)
    answer = Answer(text=text, table=table, picture=picture, evidence=evidence)
    shown = render_answer(answer, b"png", "en")

    assert wrong_with(shown.blocks) == []
    assert pings(shown.blocks) == []


@SLOW
@given(words, words, st.integers(0, 12), st.integers(-3, 9), st.booleans())
def test_evidence_pages_fit(summary: str, query: str, count: int, page: int, rerun: bool) -> None:
    evidence = [sample_evidence(n, "t", summary, query=query) for n in range(count)]
    view = evidence_page(sample_incident(), evidence, page, "en", rerun=rerun)

    assert wrong_with_view(dict(view)) == []


@given(words)
@SLOW
def test_an_unknown_subcommand_is_quoted_safely(word: str) -> None:
    shown = render_unknown(word, None, "en")

    assert wrong_with(shown.blocks) == []
    assert pings(shown.blocks) == []


@SLOW
@given(findings(), st.booleans(), words, st.sampled_from(["en", "ko"]))
def test_the_question_what_it_was_fits(finding: Finding, named: bool, channel: str, lang: str) -> None:
    view = feedback_view(sample_incident(), finding if named else None, 3, channel, lang)

    assert wrong_with_view(dict(view)) == []
    assert pings(view["blocks"]) == []


def test_the_least_important_part_goes_first() -> None:
    def part(rank: int, size: int) -> Part:
        return Part(rank, ({"type": "section", "text": {"type": "mrkdwn", "text": str(rank) * size}},))

    kept = limits.fit([part(0, 100), part(9, 100), part(5, 100)], characters=400)

    assert [str(block["text"])[-3] for block in kept] == ["0", "5"]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}, "/0/text has 151 characters"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": ""}}, "/0/text has 0 characters"),
        ({"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}, "/0/fields has 11 items"),
        ({"type": "image", "alt_text": "x" * 2001}, "/0/alt_text has 2001 characters"),
        (
            {
                "type": "actions",
                "elements": [
                    {"type": "button", "action_id": "", "text": {"type": "plain_text", "text": "x" * 76}}
                ],
            },
            "/0/elements/0/text has 76 characters",
        ),
    ],
)
def test_the_check_finds_what_slack_would_refuse(block: dict[str, Any], said: str) -> None:
    assert said in limits.problems([block])


def test_too_many_blocks_are_noticed() -> None:
    assert limits.problems([{"type": "divider"}] * 51) == ["51 blocks, at most 50"]
