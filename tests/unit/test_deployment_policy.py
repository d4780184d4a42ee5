"""deployments.yaml: what it may say, which rule takes a release, and when the error budget speaks against one."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.app.recovery import _demand_known
from agent.domain.incident import Priority
from agent.errors import Misconfigured
from agent.operations.releases_words import signal_words
from agent.policy.deployments import DeploymentPolicy, gate, priority_of, watch_of
from agent.policy.deployments_check import check_deployments
from agent.policy.documents import parse_document
from tests.support.alerts import SHIPPED, shipped_policies
from tools.signals import SIGNALS

SHIPPED_FILE = SHIPPED / "deployments.yaml"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "deployments.md"
POLICY = shipped_policies().deployments


def parsed(text: str) -> DeploymentPolicy:
    return parse_document(text, DeploymentPolicy, name="deployments.yaml")


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("least_requests: 100", "least_request: 100", "least_request"),
        ("for: 10m, look_every: 1m", "for: 10 minutes, look_every: 1m", "write a duration"),
        ("{id: others, for: 10m", "{id: others, if: {tiers: [standard]}, for: 10m", "the last watch rule"),
        ("{id: critical", "{id: demo", "ids must differ"),
        ("for: 2m, look_every: 10s, settle: 20s", "for: 20s, look_every: 10s, settle: 20s", "must fit"),
        ("discourage_below: 0.1", "discourage_below: 10", "less than or equal to 1"),
        ("roll_back: propose", "roll_back: always", "propose"),
        ("priority: {critical: P1", "priority: {critical: P7", "regression.priority.critical"),
        ("worse_by: 0.01", "worse_by: 0", "greater than 0"),
    ],
)
def test_a_mistake_is_refused_with_file_line_and_field(good: str, bad: str, problem: str) -> None:
    text = SHIPPED_FILE.read_text()
    assert good in text

    with pytest.raises(Misconfigured, match=r"deployments\.yaml:\d+: ") as refused:
        parsed(text.replace(good, bad, 1))

    assert problem in refused.value.user_message


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ("  latency_p95:", "  latency_p96:", "no signal latency_p96; did you mean latency_p"),
        ("tiers: [critical]", "tiers: [crucial]", "watch.1.if.tiers: there is no tier crucial"),
        (
            "standard: P2",
            "standart: P2",
            "regression.priority: there is no tier standart; did you mean standard",
        ),
    ],
)
def test_what_does_not_exist_is_refused_by_name(good: str, bad: str, problem: str) -> None:
    policy = parsed(SHIPPED_FILE.read_text().replace(good, bad, 1))

    found = list(check_deployments(policy, shipped_policies().services, SIGNALS))

    assert any(problem in one for one in found), found


def test_the_shipped_file_names_only_what_exists_and_has_words() -> None:
    _demand_known(shipped_policies(), SHIPPED)

    assert [] == list(check_deployments(POLICY, shipped_policies().services, SIGNALS))
    assert all(signal_words(name, "ko") != name.replace("_", " ") for name in POLICY.signals)


@pytest.mark.parametrize(
    ("service", "environment", "rule"),
    [
        ("checkout", "production", "critical"),
        ("catalog", "production", "others"),
        ("checkout", "demo", "demo"),
        ("nobody-knows", "staging", "others"),
    ],
)
def test_the_first_rule_that_takes_a_release_is_used(service: str, environment: str, rule: str) -> None:
    tier = shipped_policies().services.tier_of(service)

    assert rule == watch_of(POLICY, service=service, tier=tier, environment=environment).id


def test_a_regression_is_as_bad_as_its_services_tier() -> None:
    assert (Priority.P1, Priority.P2) == (priority_of(POLICY, "critical"), priority_of(POLICY, "standard"))
    assert Priority.P2 is priority_of(POLICY, "a tier without a line")


def test_a_budget_that_nobody_measures_is_unknown() -> None:
    assert "unknown" == gate(POLICY, None)


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=60)
def test_less_budget_never_opens_the_gate(one: float, other: float) -> None:
    less, more = sorted((one, other))

    assert (gate(POLICY, less), gate(POLICY, more)) != ("open", "shut")
    assert ("shut" if less < 0.1 else "open") == gate(POLICY, less)


def test_every_field_is_documented_and_the_reverse() -> None:
    rows = DOCS.read_text().split("## deployments.yaml", 1)[1]
    named = {
        name
        for line in rows.splitlines()
        if line.startswith("| `")
        for name in line.split("|")[1].split("`")[1::2]
    }

    assert set(DeploymentPolicy.model_fields) == named
    assert set(yaml.safe_load(SHIPPED_FILE.read_text())) <= named
