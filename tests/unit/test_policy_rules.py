"""The shipped policies decide as the team's guide says, and every decision names its rule."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.alert import Severity
from agent.domain.incident import Priority
from agent.policy.casebook import run_cases
from agent.policy.priority import AlertFact, IncidentFacts, decide_priority, explain_priority
from agent.policy.routing import route
from agent.policy.severity import UNMAPPED, mapped, severity_of
from agent.policy.subject import subject_of
from tests.support.alerts import SHIPPED, shipped_policies

POLICIES = shipped_policies()


def facts(*alerts: tuple[str, str, str], **measured: float) -> IncidentFacts:
    named = tuple(AlertFact(name=n, service=s, severity=Severity(v)) for n, s, v in alerts)
    return IncidentFacts(alerts=named, environment="production", **measured)


def test_every_shipped_case_passes() -> None:
    results = run_cases(SHIPPED)

    assert len(results) >= 30
    assert [
        f"{r.file}:{r.line} {r.name}: expected {r.expected}, got {r.actual}" for r in results if not r.passed
    ] == []


def test_the_strictest_rule_wins_and_says_why() -> None:
    priority, reason = decide_priority(
        POLICIES, facts(("HighCPUUsage", "tutor", "medium"), ("ServiceDown", "payment", "critical"))
    )

    assert (priority, reason.rule) == (Priority.P0, "critical-service-down")
    assert "ServiceDown on payment" in reason.sentence


def test_a_measured_survivor_takes_the_edge_off_a_down_alert() -> None:
    down = ("ServiceDown", "payment", "critical")

    assert decide_priority(POLICIES, facts(down))[0] is Priority.P0
    assert decide_priority(POLICIES, facts(down, up_ratio=0.0))[0] is Priority.P0
    assert decide_priority(POLICIES, facts(down, up_ratio=0.66))[0] is Priority.P1


def test_without_alerts_nothing_is_claimed() -> None:
    assert decide_priority(POLICIES, facts())[1].rule == "no-alert"


def test_an_explanation_shows_every_rule() -> None:
    results = explain_priority(POLICIES, facts(("HighErrorRate", "payment", "critical")))

    assert [rule.id for rule in POLICIES.priority.rules] == [result.rule for result in results]
    assert {"error-rate-high", "key-feature-impaired", "label-critical"} == {
        r.rule for r in results if r.applies
    }


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(max_size=20),
            st.sampled_from(["payment", "tutor", ""]),
            st.sampled_from([s.value for s in Severity]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_more_alerts_never_make_it_milder(alerts: list[tuple[str, str, str]]) -> None:
    whole, _ = decide_priority(POLICIES, facts(*alerts))
    part, _ = decide_priority(POLICIES, facts(alerts[0]))

    assert whole.rank <= part.rank


@pytest.mark.parametrize(
    ("labels", "severity", "known"),
    [
        ({"severity": "critical"}, "critical", True),
        ({"severity": " Warning "}, "medium", True),
        ({"severity": "info"}, "low", True),
        ({"severity": "banana"}, "critical", False),
        ({}, "critical", False),
    ],
)
def test_labels_become_severities(labels: dict[str, str], severity: str, known: bool) -> None:
    found, reason = severity_of(POLICIES, labels)

    assert severity == found.value
    assert known == (reason.rule != UNMAPPED) == mapped(POLICIES, labels)


@pytest.mark.parametrize(
    ("priority", "channel", "respond", "resolve", "escalate"),
    [
        ("P0", "#alerts-critical", 300, 3600, ("CTO", "VP Engineering")),
        ("P1", "#alerts-critical", 900, 4 * 3600, ("Engineering Manager",)),
        ("P2", "#alerts-warning", 3600, 86_400, ("Team Lead",)),
        ("P3", "#alerts", None, 7 * 86_400, ()),
    ],
)
def test_channel_and_times_follow_the_priority(
    priority: str, channel: str, respond: int | None, resolve: int, escalate: tuple[str, ...]
) -> None:
    found = route(POLICIES, Priority(priority), {"severity": "info"})

    assert channel == found.channel
    assert (respond, resolve) == (found.respond_within_seconds, found.resolve_within_seconds)
    assert escalate == found.escalate_to
    assert (respond is None) == found.respond_by_next_business_day
    assert bool(found.page) == (priority in ("P0", "P1"))


@pytest.mark.parametrize(
    ("labels", "service", "is_service"),
    [
        ({"service": "payment", "job": "x"}, "payment", True),
        ({"job": "ai-textbook-tutor"}, "tutor", True),
        ({"job": "node-exporter", "instance": "n1:9100"}, "n1:9100", False),
        ({"pod": "p-1"}, "p-1", False),
        ({"service": "  "}, "unknown", False),
        ({}, "unknown", False),
    ],
)
def test_the_subject_is_a_service_or_else_a_machine(
    labels: dict[str, str], service: str, is_service: bool
) -> None:
    found = subject_of(POLICIES, labels)

    assert (service, is_service) == (found.service, found.is_service)


def test_the_shipped_folder_is_the_package_that_is_installed() -> None:
    assert (SHIPPED / "__init__.py").exists()
    assert len(POLICIES.digest) == 64
    assert Path(SHIPPED / "tests").is_dir()
