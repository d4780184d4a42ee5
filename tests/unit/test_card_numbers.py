"""The few numbers of a card: of the right service, what is wrong first, in words."""

from agent.domain.evidence import Diagnosis, Evidence, Finding, FindingKind
from agent.domain.results import Quantity
from agent.domain.view import IncidentView
from agent.transport.numbers import telling
from tests.support.views import diagnosed_view, sample_evidence

RATIO, SECONDS = "ratio", "seconds"


def reading(number: int, service: str, signal: str, now: float, normal: float, unit: str = RATIO) -> Evidence:
    return sample_evidence(
        number,
        "metrics_collector.signal",
        f"{service} {signal}",
        value=Quantity(value=now, unit=unit),
        normal=Quantity(value=normal, unit=unit),
        params={"service": service, "signal": signal},
    )


def told(evidence: tuple[Evidence, ...], culprit: str, *wrong: str) -> list[tuple[str, str, bool]]:
    symptoms = tuple(
        Finding(
            kind=FindingKind.SYMPTOM,
            claim="it is bad",
            confidence=0.9,
            evidence_ids=("ev_1",),
            rule="symptom",
            service=culprit,
            details={"signal": signal},
        )
        for signal in wrong
    )
    cause = Finding(
        kind=FindingKind.CAUSE, claim="it", confidence=0.9, evidence_ids=("ev_1",), rule="r", service=culprit
    )
    diagnosis = Diagnosis(findings=(cause, *symptoms), cause=cause)
    view: IncidentView = diagnosed_view().model_copy(update={"evidence": evidence, "diagnosis": diagnosis})
    return [(one.signal, one.now, one.beyond) for one in telling(view, "en", 4)]


def test_the_causes_service_is_shown_and_what_is_wrong_stands_first() -> None:
    evidence = (
        reading(1, "payment", "server_error_ratio", 0.5, 0.002),
        reading(2, "ledger-db", "server_error_ratio", 0.0, 0.002),
        reading(3, "ledger-db", "pool_utilization", 1.0, 0.03),
        reading(4, "ledger-db", "cpu_utilization", 0.2, 0.2),
        reading(5, "ledger-db", "latency_p95", 2.9, 0.024, SECONDS),
        reading(6, "ledger-db", "request_rate", 3.0, 3.2, "1/s"),
    )

    assert [
        ("latency_p95", "2.9 s", True),
        ("pool_utilization", "100%", True),
        ("server_error_ratio", "0%", False),
        ("request_rate", "3/s", False),
    ] == told(evidence, "ledger-db", "latency_p95", "pool_utilization")


def test_a_last_number_that_stands_alone_and_is_fine_is_left_out() -> None:
    evidence = (
        reading(1, "payment", "server_error_ratio", 0.5, 0.002),
        reading(2, "payment", "latency_p95", 0.1, 0.1, SECONDS),
        reading(3, "payment", "request_rate", 3.0, 3.0, "1/s"),
    )

    assert ["server_error_ratio", "latency_p95"] == [
        signal for signal, _, _ in told(evidence, "payment", "server_error_ratio")
    ]


def test_a_certificate_that_has_ended_is_told_in_words() -> None:
    evidence = (reading(1, "tutor", "certificate_days_left", -0.0417, 60.0, "days"),)

    assert [("certificate_days_left", "expired 1 h ago", True)] == told(
        evidence, "tutor", "certificate_days_left"
    )
