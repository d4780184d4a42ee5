"""An answer about a service begins with what the open incident's card says, and adds what the fresh reads show."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brain.explain import because
from agent.brain.playbook import PlaybookBrain
from agent.brain.standing import standing_view
from agent.domain.answer import Answer, Question
from agent.domain.evidence import Diagnosis, Finding, FindingKind
from agent.domain.view import IncidentView
from agent.locale.claims import claim
from agent.store.engine import SqlStore
from tests.support import troubles as t
from tests.support.store import StillClock, store_at

SPAN = {"from": "2026-03-02T09:55:00+00:00", "to": "2026-03-02T09:55:16+00:00", "text": "16 s"}
NEXT = {"id": "next-roll-back", "args": {"service": "payment", "version": "v1"}}


def cause(rule: str = "change.bad-deployment", service: str = "payment") -> Finding:
    """The cause as the card shows it, surer and with another lead than the fresh reads give."""
    return Finding(
        kind=FindingKind.CAUSE,
        claim=f"{service} fails since its deployment v1 → v2, 16 s before the trouble began",
        confidence=0.93,
        evidence_ids=("ev_card",),
        rule=rule,
        service=service,
        details={
            "next": NEXT,
            "signs": [{"sign": s} for s in ("changed-just-before", "new-errors", "errors-after-change")],
        },
    )


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        yield opened


async def opened(store: SqlStore, found: Finding | None) -> IncidentView:
    """Store the incident of the bad deployment with a diagnosis."""
    _, view = t.bad_deployment()
    diagnosis = Diagnosis(cause=found, findings=(found,) if found else ())
    async with store.write() as tx:
        await tx.incidents.create(view.incident)
        await tx.alerts.upsert(view.alerts)
        await tx.evidence.put_diagnosis(view.incident.id, diagnosis, t.NOW)
    return view.model_copy(update={"diagnosis": diagnosis})


async def asked(
    store: SqlStore, words: str, view: IncidentView | None = None, trouble: str = "bad-deployment"
) -> str:
    reads = t.healthy() if trouble == "healthy" else t.TROUBLES[trouble]()[0]
    brain = PlaybookBrain(reads, store, StillClock(t.NOW))
    parts = [p async for p in brain.answer(Question(text=words, asker="U1"), view)]
    assert isinstance(parts[-1], Answer)
    return parts[-1].text


@pytest.mark.parametrize("in_thread", [True, False])
@pytest.mark.parametrize("words", ["why is checkout failing?", "why is payment failing?", "why?"])
async def test_the_answer_gives_the_cause_of_the_card(store: SqlStore, in_thread: bool, words: str) -> None:
    view = await opened(store, cause())

    said = await asked(store, words, view if in_thread else None)

    assert said.startswith(
        "**Likely cause** (93% sure, as on the card of INC-1): "
        "payment fails since its deployment v1 → v2, 16 s before the trouble began\n\n"
        "**Why:** payment changed just before; its new errors began with that change."
    )
    assert "Measured just now:\n- " in said
    assert "says instead" not in said
    assert "**Next:** Roll back payment to v1" in said


async def test_fresh_reads_that_differ_are_said_in_one_sentence(store: SqlStore) -> None:
    view = await opened(store, cause(service="checkout"))

    said = await asked(store, "why is checkout failing?", view)

    assert "(93% sure, as on the card of INC-1): checkout fails since" in said
    assert "**Read again just now, the evidence says instead:** payment fails since its deployment" in said
    assert 1 == said.count("Read again just now")


async def test_a_trouble_that_is_over_is_said_to_be_over(store: SqlStore) -> None:
    view = await opened(store, cause())

    said = await asked(store, "why is checkout failing?", view, trouble="healthy")

    assert "Read again just now, the signals of checkout are back in their normal range." in said
    assert "93% sure" in said


async def test_an_incident_without_a_cause_leaves_the_word_to_the_fresh_reads(store: SqlStore) -> None:
    view = await opened(store, None)

    said = await asked(store, "why is checkout failing?", view)

    assert "**Likely cause** (89% sure): payment fails since" in said


async def test_a_service_outside_every_incident_gets_its_own_answer(store: SqlStore) -> None:
    await opened(store, cause())

    said = await asked(store, "why is catalog slow?")

    assert said.startswith("**catalog looks healthy**")


async def test_an_incident_is_found_by_its_alerts_and_by_its_cause(store: SqlStore) -> None:
    await opened(store, cause(service="ledger-db"))

    found = [await standing_view(store, s, t.NOW) for s in ("checkout", "ledger-db", "tutor", None)]

    assert ["inc_1", "inc_1", None, "inc_1"] == [v.incident.id if v else None for v in found]


def test_spans_are_told_in_the_readers_language() -> None:
    ago = {"message": {"id": "answer-ago", "args": {"span": "16 s"}}, "spans": [SPAN]}
    told = cause().model_copy(update={"details": ago})

    assert "16초 전" == claim("ko", told)
    assert "16 s ago" == claim("en", told)


@settings(max_examples=30)
@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.dictionaries(st.text(), inner)))
def test_any_stored_message_and_span_can_be_told(span: Any) -> None:
    odd = {
        "message": {"id": "answer-ago", "args": {"span": "1 s"}},
        "spans": [span, {"text": "1 s", "from": span}],
    }

    assert "1 s ago" == claim("en", cause().model_copy(update={"details": odd}))


def test_doubts_close_the_reasons() -> None:
    doubted = cause().model_copy(
        update={"details": {"signs": [{"sign": "new-errors"}], "doubts": [{"sign": "callee-fails-too"}]}}
    )

    assert "it logs errors that it did not log before; but something it calls fails as well" == because(
        doubted, "en"
    )
    assert "" == because(cause().model_copy(update={"details": {}}), "en")


def test_a_finding_without_a_message_keeps_its_words() -> None:
    plain = cause().model_copy(update={"details": {}})

    assert plain.claim == claim("ko", plain)
