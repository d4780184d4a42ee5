"""No claim survives without evidence, with a number that its evidence lacks, or with an invented span."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.diagnosis.check import checked, objection
from agent.diagnosis.diagnose import diagnose
from agent.diagnosis.numbers import stated
from agent.domain.evidence import (
    Diagnosis,
    Evidence,
    EvidenceStatus,
    Finding,
    FindingKind,
    Reading,
    ReadRequest,
    reading_digest,
)
from agent.domain.results import Quantity
from tests.support import troubles as t

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def evidence(
    value: float, unit: str = "ratio", *, summary: str = "a summary", name: str = "ev_1"
) -> Evidence:
    reading = Reading(
        status=EvidenceStatus.SUCCESS,
        query="sum(rate(x))",
        summary=summary,
        value=Quantity(value=value, unit=unit),
    )
    request = ReadRequest(tool="metrics_collector.signal", params={})
    return Evidence(
        id=name,
        incident_id=None,
        request=request,
        reading=reading,
        observed_at=AT,
        digest=reading_digest(reading),
        backend="prometheus",
    )


def finding(claim: str, *ids: str, **details: object) -> Finding:
    return Finding.model_validate(
        {
            "kind": FindingKind.SYMPTOM,
            "claim": claim,
            "confidence": 0.9,
            "evidence_ids": ids or ("ev_1",),
            "rule": "test",
            "details": details,
        }
    )


@pytest.mark.parametrize(
    ("claim", "value", "unit"),
    [
        ("payment answers 48.1% of requests with an error", 0.4812, "ratio"),
        ("payment answers 48% of requests with an error", 0.4812, "ratio"),
        ("P95 is 1.94 s", 1.938, "seconds"),
        ("P95 is 320 ms", 0.3201, "seconds"),
        ("it uses 1.5 GiB", 1.5 * 1024**3, "bytes"),
        ("it was tried 1,204 times", 1204, "count"),
        ("payment v2 on node-1 fails", 0.1, "ratio"),
        ("payment는 48% 실패", 0.48, "ratio"),
    ],
)
def test_numbers_that_the_evidence_holds_pass(claim: str, value: float, unit: str) -> None:
    assert objection(finding(claim), {"ev_1": evidence(value, unit)}) is None


@pytest.mark.parametrize(
    "claim",
    [
        "payment answers 84% of requests with an error",
        "payment answers 48.9% of requests with an error",
        "P95 is 9 s",
        "there were 17 restarts",
    ],
)
def test_numbers_that_the_evidence_lacks_are_refused(claim: str) -> None:
    assert "does not contain" in (objection(finding(claim), {"ev_1": evidence(0.4812)}) or "")


def test_evidence_that_does_not_exist_is_refused() -> None:
    assert "ev_9 does not exist" in (objection(finding("it is slow", "ev_9"), {}) or "")


def test_a_number_of_other_evidence_does_not_count() -> None:
    known = {"ev_1": evidence(0.1), "ev_2": evidence(0.48, name="ev_2")}

    assert objection(finding("48% fail", "ev_1"), known) is not None
    assert objection(finding("48% fail", "ev_2"), known) is None


def test_a_span_must_lie_between_known_instants_and_be_told_right() -> None:
    later = AT + timedelta(seconds=40)
    known = {"ev_1": evidence(0.1)}

    def spanning(end: datetime, words: str) -> Finding:
        span = {"from": AT.isoformat(), "to": end.isoformat(), "text": words}
        return finding(f"it changed {words} before", spans=[span])

    assert objection(spanning(later, "40 s"), known, [later]) is None
    assert "span" in (objection(spanning(later, "40 s"), known) or "")
    assert "span" in (objection(spanning(later, "4 s"), known, [later]) or "")


@pytest.mark.parametrize(
    "spans", ["no list", [1, 2], [{"from": "yesterday", "to": None}], [{"from": "2026-03-02T10:00:00"}]]
)
def test_malformed_spans_prove_nothing(spans: object) -> None:
    assert objection(finding("it changed 40 s before", spans=spans), {"ev_1": evidence(0.1)}) is not None


def test_a_dropped_cause_takes_its_next_step_along() -> None:
    bad = finding("99% of requests fail")
    diagnosis = Diagnosis(findings=(bad,), cause=bad, next_step="Roll back payment to v1")

    kept = checked(diagnosis, [evidence(0.1)])

    assert kept == Diagnosis()


async def test_each_of_a_hundred_false_numbers_is_dropped() -> None:
    reads, view = t.bad_deployment()
    seen = await t.investigated(reads, view)
    honest = next(f for f in diagnose(view, seen).findings if f.rule == "symptom.server_error_ratio")
    known = {e.id: e for e in seen}
    kept = [
        number
        for number in range(100, 200)
        if objection(honest.model_copy(update={"claim": f"payment fails {number}.7 times"}), known) is None
    ]

    assert objection(honest, known) is None
    assert kept == []


def test_names_are_not_numbers() -> None:
    claim = "payment v2 on node-1 at 10.0.0.3:80 since 2026-03-02, image shop:1.4 (P95), 3 times"

    assert [n.token for n in stated(claim)] == ["3"]


@given(st.text(max_size=200))
def test_any_claim_can_be_checked(claim: str) -> None:
    objection(finding(claim or "x"), {"ev_1": evidence(0.4812)})


@given(st.floats(min_value=0.001, max_value=0.99))
def test_a_percentage_as_we_print_it_is_always_found_again(value: float) -> None:
    from agent.locale.format import percent

    claim = f"payment answers {percent(value)} of requests with an error"

    assert objection(finding(claim), {"ev_1": evidence(value)}) is None


@given(st.floats(min_value=0.0005, max_value=10_000))
def test_a_latency_as_we_print_it_is_always_found_again(value: float) -> None:
    from agent.locale.format import seconds

    text = seconds("en", value)
    if value >= 60:
        return
    assert objection(finding(f"P95 is {text}"), {"ev_1": evidence(value, "seconds")}) is None
