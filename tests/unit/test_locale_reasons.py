"""Why something was decided, in Korean as in English; what was stored before has its English sentence."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from agent.domain.alert import Reason, Severity
from agent.domain.incident import Incident, Priority
from agent.domain.timeline import TimelineKind
from agent.lifecycle import changes
from agent.locale.messages import LANGUAGES
from agent.locale.reasons import reason_words
from agent.locale.timeline import happened
from agent.policy.priority import AlertFact, IncidentFacts, decide_priority
from tests.support.alerts import Desk, shipped_policies
from tests.support.ended import event
from tests.support.store import NOON, store_at

HANGUL = re.compile(r"[가-힣]")


def test_every_priority_rule_of_ours_speaks_both_languages() -> None:
    rules = shipped_policies().priority.rules

    assert [] == [rule.id for rule in rules if not HANGUL.search(rule.because_in("ko") or "")]
    assert [] == [rule.id for rule in rules if HANGUL.search(rule.because_in("en") or "가")]


def test_a_priority_says_why_with_what_it_rests_on() -> None:
    fact = AlertFact(name="PaymentDown", service="payment", severity=Severity.CRITICAL)
    priority, reason = decide_priority(shipped_policies(), IncidentFacts(alerts=(fact,)))

    assert Priority.P0 is priority
    assert "the payment system is down (PaymentDown on payment)" == reason_words("en", reason)
    assert "결제 시스템이 중단됨(payment의 PaymentDown)" == reason_words("ko", reason)


def test_a_measured_reason_is_korean_too() -> None:
    _, reason = decide_priority(shipped_policies(), IncidentFacts(alerts=(), error_ratio=0.12))

    assert reason_words("ko", reason).endswith("(오류율 0.12)")
    assert reason_words("en", reason).endswith("(error rate 0.12)")


def test_words_that_only_english_has_stay_english() -> None:
    assert "so it is" == reason_words("ko", Reason(rule="somebody-s-own", sentence="so it is"))


def test_a_reason_without_its_arguments_leaves_no_gaps() -> None:
    old = Reason(rule="same-service", sentence="its service label is payment")

    assert "its service label is payment" == reason_words("ko", old)


async def grouped(tmp_path: Path) -> list[Reason]:
    """Return why each alert of three incidents is where it is."""
    async with store_at(tmp_path) as store:
        desk = Desk(store)
        await desk.fire("HighErrorRate", service="payment")
        await desk.fire("HighLatency", service="payment")
        await desk.fire("HighLatency", service="checkout")
        await desk.fire("DiskFull", service="warehouse")
        [*incidents] = await desk.incidents()
        async with store.read() as tx:
            return [r.reason for one in incidents for r in await tx.alerts.of_incident(one.id)]


async def test_why_alerts_are_together_is_korean_for_koreans(tmp_path: Path) -> None:
    reasons = await grouped(tmp_path)

    assert 4 == len(reasons)
    for reason in reasons:
        assert HANGUL.search(reason_words("ko", reason)), reason
        assert reason.sentence == reason_words("en", reason)
        assert not re.search(r"\b(name|service|seconds|other)\b(?=[^a-z]*$)", reason_words("ko", reason))


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_mute_and_a_new_priority_read_in_the_viewer_s_language(tmp_path: Path, lang: str) -> None:
    async with store_at(tmp_path) as store:
        desk = Desk(store)
        await desk.fire("HighErrorRate", service="payment")
        [incident] = await desk.incidents()
        await _muted_and_raised(desk, incident)
        timeline = await desk.timeline(incident.id)
    lines = [
        happened(lang, event, person=str, foreign=str)
        for event in timeline
        if event.kind in (TimelineKind.NOTE, TimelineKind.PRIORITY_CHANGED)
    ]
    expected = {
        "en": [
            "U0ADA: muted until 2026-11-22 13:00 UTC: known",
            "priority changed, P1 → P0: a person declared it",
        ],
        "ko": [
            "U0ADA: 2026-11-22 13:00 UTC까지 알림 끔: known",
            "우선순위 변경: P1 → P0: 사람이 직접 선언함",
        ],
    }

    assert expected[lang] == lines


async def _muted_and_raised(desk: Desk, incident: Incident) -> None:
    now = desk.clock.now()
    async with desk.store.write() as tx:
        await changes.mute(
            tx,
            desk.policies,
            incident.id,
            until=now + timedelta(hours=1),
            reason="known",
            by="U0ADA",
            at=now,
        )
        await changes.set_priority(
            tx,
            desk.policies,
            incident.id,
            priority=Priority.P0,
            reason=Reason(rule="declared", sentence="a person declared it"),
            by="U0ADA",
            at=now,
        )


def test_a_diagnosis_and_its_reads_are_told_in_korean() -> None:
    inconclusive = event(1, TimelineKind.DIAGNOSED, NOON, summary="inconclusive")
    old = event(2, TimelineKind.DIAGNOSED, NOON, summary="payment v2 broke it")
    read = event(3, TimelineKind.INVESTIGATED, NOON, summary="14 reads", success=12, no_data=0, error=2)
    told = [happened("ko", one, person=str, foreign=str) for one in (inconclusive, old, read)]

    assert [
        "진단: 원인을 찾지 못함",
        "진단: payment v2 broke it",
        "근거 수집: 데이터 있음 12건, 실패 2건",
    ] == told
    assert "evidence read 12 with data, 2 failed" == happened("en", read, person=str, foreign=str)
