"""A person's word on a diagnosis: bound to the run that was seen, once a person, remembered, and told in the thread."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.evidence import Diagnosis, Finding, FindingKind
from agent.domain.feedback import Feedback
from agent.domain.incident import Incident, IncidentStatus
from agent.domain.noun import Json
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.domain.view import IncidentView
from agent.errors import NotFound
from agent.lifecycle import changes
from agent.lifecycle.memory_votes import LONGEST_TRUTH, judge, judged_run
from agent.locale.messages import LANGUAGES
from agent.store.timeline import verify_chain
from agent.transport.slack.cards import render_card
from agent.transport.slack.details import render_details
from tests.support.alerts import Desk
from tests.support.blockkit import wrong_with
from tests.support.store import store_at
from tests.support.views import OPENED, diagnosed_view, resolved_view

MINA, JUN = "U0MINA0001", "U0JUN00002"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with store_at(tmp_path) as store:
        desk = Desk(store)
        await desk.fire("HighErrorRate", service="payment", namespace="shop")
        incident = await the_incident(desk)
        async with store.write() as tx:
            for run, sure in ((1, 0.6), (2, 0.9)):
                data: dict[str, Json] = {
                    "run": run,
                    "rule": f"rule-{run}",
                    "service": "payment",
                    "confidence": sure,
                }
                await tx.timeline.append(
                    incident.id, TimelineKind.DIAGNOSED, "playbook", desk.clock.now(), data
                )
        yield desk


async def the_incident(desk: Desk) -> Incident:
    return (await desk.incidents())[-1]


async def said(
    desk: Desk, *, right: bool, run: int = 2, person: str = MINA, truth: str = ""
) -> list[Feedback]:
    incident = await the_incident(desk)
    desk.clock.advance(5)
    async with desk.store.write() as tx:
        await judge(
            tx,
            desk.policies,
            incident.id,
            run=run,
            right=right,
            person=person,
            at=desk.clock.now(),
            truth=truth,
        )
        return await tx.feedback.of_incident(incident.id)


async def test_a_vote_carries_what_the_diagnosis_of_its_run_stated(desk: Desk) -> None:
    [first] = await said(desk, right=True, run=1)
    _, second = await said(desk, right=False, run=2)

    assert (0.6, "rule-1", "playbook") == (first.confidence, first.rule, first.brain)
    assert (0.9, "rule-2", "payment") == (second.confidence, second.rule, second.service)


@pytest.mark.parametrize(
    ("run", "expected"), [(1, (0.6, "rule-1", "playbook")), (2, (0.8, "model", "claude"))]
)
async def test_what_a_later_look_added_is_what_is_judged(
    desk: Desk, run: int, expected: tuple[float, str, str]
) -> None:
    incident = await the_incident(desk)
    finding = Finding(
        kind=FindingKind.CAUSE,
        claim="c",
        confidence=0.8,
        evidence_ids=("ev_1",),
        rule="model",
        service="cart",
    )
    async with desk.store.write() as tx:
        diagnosis = Diagnosis(findings=(finding,), cause=finding)
        await tx.evidence.put_diagnosis(incident.id, diagnosis, desk.clock.now())
        deepened = next((kind for kind in TimelineKind if kind.value == "deepened"), None)
        if deepened is not None:
            await tx.timeline.append(incident.id, deepened, "claude", desk.clock.now(), {"run": 2})
    [vote] = await said(desk, right=True, run=run)

    assert expected[:2] == (vote.confidence, vote.rule)
    assert vote.brain == (expected[2] if deepened is not None else "playbook")


async def test_the_same_word_again_changes_nothing(desk: Desk) -> None:
    before = await said(desk, right=False, truth="the  cache\nwas flushed")
    events = await desk.timeline((await the_incident(desk)).id)
    again = await said(desk, right=False, truth="the cache was flushed")

    assert before == again
    assert "the cache was flushed" == before[0].truth
    assert events == await desk.timeline((await the_incident(desk)).id)
    assert verify_chain(events) is None


async def test_two_people_have_two_votes_and_a_right_one_names_no_other_cause(desk: Desk) -> None:
    await said(desk, right=False, truth="x" * 900)
    votes = await said(desk, right=True, person=JUN, truth="ignored")

    assert [(MINA, LONGEST_TRUTH), (JUN, 0)] == [(vote.person, len(vote.truth)) for vote in votes]


@pytest.mark.parametrize("run", [0, 3, 99])
async def test_a_diagnosis_that_never_was_cannot_be_judged(desk: Desk, run: int) -> None:
    with pytest.raises(NotFound):
        await said(desk, right=True, run=run)


async def test_an_incident_that_never_was_cannot_be_judged(desk: Desk) -> None:
    async with desk.store.write() as tx:
        with pytest.raises(NotFound):
            await judge(tx, desk.policies, "gone", run=1, right=True, person=MINA, at=desk.clock.now())


async def test_the_true_cause_of_an_ended_incident_is_remembered_at_once(desk: Desk) -> None:
    incident = await the_incident(desk)
    async with desk.store.write() as tx:
        await tx.evidence.put_diagnosis(incident.id, Diagnosis(), desk.clock.now())
        await changes.resolve(tx, desk.policies, incident.id, by=MINA, at=desk.clock.now())
    await said(desk, right=False, truth="a split brain of etcd")
    async with desk.store.read() as tx:
        past = await tx.memory.recall(incident.id)
        found = await tx.memory.similar("etcd", exclude=None, limit=1)

    assert past is not None
    assert "a split brain of etcd" == past.about.truth
    assert [incident.id] == [one.incident_id for one in found]


def test_the_newest_diagnosis_is_the_one_that_is_judged() -> None:
    def event(kind: TimelineKind, **data: object) -> TimelineEvent:
        return TimelineEvent.model_validate(
            {
                "incident_id": "i",
                "seq": 1,
                "at": OPENED,
                "kind": kind,
                "actor": "playbook",
                "data": data,
                "previous": "",
                "digest": "",
            }
        )

    first, second = event(TimelineKind.DIAGNOSED, run=1), event(TimelineKind.DIAGNOSED, run=2)

    assert 0 == judged_run([])
    assert 0 == judged_run([event(TimelineKind.DIAGNOSED, run="2"), event(TimelineKind.NOTE, run=4)])
    assert 2 == judged_run([first, second, event(TimelineKind.CAUSE_DENIED, run=1)])


def judged(view: IncidentView, *votes: Feedback) -> IncidentView:
    events = [
        e.model_copy(update={"data": {"run": 4}}) if e.kind is TimelineKind.DIAGNOSED else e
        for e in view.timeline
    ]
    return view.model_copy(update={"timeline": tuple(events), "feedback": votes})


def vote(person: str, *, right: bool, run: int = 4, minute: int = 0, truth: str = "") -> Feedback:
    return Feedback(
        incident_id="inc_payment",
        run=run,
        person=person,
        right=right,
        at=OPENED + timedelta(minutes=minute),
        truth=truth,
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_buttons_stand_below_the_findings_and_on_an_ended_card(lang: str) -> None:
    details = render_details(judged(diagnosed_view()), lang, rerun=True).blocks
    ended = render_card(judged(resolved_view()), None, lang).blocks
    running = render_card(judged(diagnosed_view()), None, lang).blocks

    for shown in (details, ended):
        assert [] == wrong_with(shown)
        assert ["feedback.right", "feedback.wrong"] == buttons(shown, "feedback.")
        assert '"inc_payment 4"' in json.dumps(shown)
    assert [] == buttons(running, "feedback.")
    assert ["evidence.rerun"] * 3 == buttons(details, "evidence.rerun")


def buttons(blocks: tuple[dict[str, Any], ...], prefix: str) -> list[str]:
    found = []
    for block in blocks:
        elements = block.get("elements") if block["type"] == "actions" else [block.get("accessory") or {}]
        assert isinstance(elements, list)
        found += [e["action_id"] for e in elements if str(e.get("action_id", "")).startswith(prefix)]
    return found


def test_without_a_cause_people_are_asked_to_name_it() -> None:
    view = judged(resolved_view()).model_copy(update={"diagnosis": Diagnosis()})
    shown = str(render_card(view, None, "en").blocks)

    assert "Name the cause" in shown
    assert "Right cause" not in shown


def test_each_persons_last_word_is_counted_and_what_they_named_is_quoted_safely() -> None:
    votes = (
        vote(MINA, right=True, run=3),
        vote(MINA, right=False, minute=2, truth="<!here> *the* cache <http://evil|x>"),
        vote(JUN, right=True, minute=1),
    )
    shown = json.dumps(render_card(judged(resolved_view(), *votes), None, "en").blocks, ensure_ascii=False)

    assert "Diagnosis judged: 1 × right, 1 × wrong" in shown
    assert f"<@{MINA}>: it was" in shown
    assert "<!here>" not in shown
    assert "<http://evil" not in shown
    assert IncidentStatus.RESOLVED is resolved_view().incident.status
