"""What a reading says in Korean is worked out from its typed result; English stays as the tool wrote it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.evidence import Evidence
from agent.domain.results import Change, ChangesResult, EdgesResult, PodsResult, PodState, Quantity
from agent.locale.readings import reading_words
from tests.support.ended import course
from tests.support.views import OPENED, payment_evidence, sample_evidence

HANGUL = re.compile(r"[가-힣]")


def pod(name: str, *, ready: bool) -> PodState:
    """Return a pod of payment."""
    reason = None if ready else "CrashLoopBackOff"
    return PodState(
        name=name,
        service="payment",
        node="n1",
        phase="Running",
        ready=ready,
        restarts=0,
        image="i",
        reason=reason,
    )


CHANGE = Change(at=OPENED, change="deployment", service="payment", description="payment:v1 -> payment:v2")
EVERY: tuple[tuple[Evidence, str], ...] = (
    (course(1, "server_error_ratio", "ratio", [0.48]), "payment 오류율 48%"),
    (payment_evidence()[0], "payment 오류율 48%, 응답 시간 (p95) 1.9 s, 요청량 41/s"),
    (payment_evidence()[2], "로그 패턴 1개(새 패턴 1개), 로그 220줄: charge failed: <*> is not a function"),
    (
        sample_evidence(5, "incident_responder.rollouts", "x", result=ChangesResult(changes=(CHANGE,))),
        "변경 1건, 최근: payment:v1 -> payment:v2",
    ),
    (
        sample_evidence(
            6,
            "incident_responder.pods",
            "x",
            result=PodsResult(pods=(pod("a", ready=True), pod("b", ready=False))),
        ),
        "파드 2개 중 1개 준비됨: b CrashLoopBackOff",
    ),
    (
        sample_evidence(7, "metrics_collector.topology", "x", result=EdgesResult(edges=(("a", "b"),))),
        "호출 관계 1쌍",
    ),
    (
        sample_evidence(
            8,
            "sla_tracker.budget",
            "x",
            value=Quantity(value=0.25, unit="ratio"),
            params={"service": "payment"},
        ),
        "payment 오류 예산 25% 남음",
    ),
)


@pytest.mark.parametrize(("evidence", "words"), EVERY, ids=[one.request.tool for one, _ in EVERY])
def test_korean_says_what_was_read(evidence: Evidence, words: str) -> None:
    assert words == reading_words("ko", evidence)
    assert evidence.reading.summary == reading_words("en", evidence)


def test_what_failed_says_why_as_it_was_told() -> None:
    failed = sample_evidence(1, "metrics_collector.signal", "x", error="Prometheus did not answer.")

    assert "Prometheus did not answer." == reading_words("ko", failed)


def test_what_has_no_words_of_ours_stays_as_the_tool_wrote_it() -> None:
    other = sample_evidence(1, "metrics_collector.query", "3 series; the first's newest value is 4")

    assert "3 series; the first's newest value is 4" == reading_words("ko", other)


@given(st.sampled_from([one.request.tool for one, _ in EVERY]), st.sampled_from(EVERY))
def test_a_result_of_another_shape_never_fails(tool: str, given_: tuple[Evidence, str]) -> None:
    evidence = given_[0]
    odd = evidence.model_copy(update={"request": evidence.request.model_copy(update={"tool": tool})})

    assert reading_words("ko", odd)
