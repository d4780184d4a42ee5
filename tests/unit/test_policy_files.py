"""A mistake in a policy file is refused with file, line and field."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import Misconfigured
from agent.policy.casebook import run_cases
from agent.policy.documents import parse_document
from agent.policy.load import load_policies
from agent.policy.model import SeverityPolicy
from tests.support.alerts import SHIPPED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "policies"
    shutil.copytree(SHIPPED, copy)
    return copy


def line_of(path: Path, text: str) -> int:
    lines = path.read_text().splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


@pytest.mark.parametrize(
    ("file", "good", "bad", "field"),
    [
        ("severity.yaml", "label: severity", "labell: severity", "labell"),
        ("severity.yaml", "critical: [critical, emergency, alert]", "critical: critical", "levels.critical"),
        ("severity.yaml", "  low: [low", "  lowest: [low", "levels.lowest"),
        ("severity.yaml", "medium: [medium, warning]", "medium: [medium, critical]", "whole file"),
        ("services.yaml", "default_tier: standard", "default_tier: gold", "default_tier must be one of"),
        ("priority.yaml", "priority: P0", "priority: P9", "rules.0.priority"),
        ("priority.yaml", "if: {alert: [ServiceDown", "if: {alerts: [ServiceDown", "rules.0.if.alerts"),
        ("priority.yaml", "error_ratio_over: 0.9}", "error_ratio_over: lots}", "rules.2.if.error_ratio_over"),
        ("priority.yaml", "- id: data-loss", "- id: payment-down", "rule ids must differ"),
        ("priority.yaml", "if: {severity: [low]}", "if: {alert: [x], severity: [low]}", "severity low"),
        ("priority.yaml", "  P3:", "  P4:", "levels.P4"),
        ("routing.yaml", 'channel: "#alerts-critical"', "channel: alerts-critical", "routes.4.channel"),
        ("routing.yaml", "respond_within: 5m", "respond_within: soon", "routes.0.respond_within"),
        (
            "routing.yaml",
            "if: {priority: [P3]}",
            "if: {priority: [P2]}",
            "no route takes every incident of P3",
        ),
        ("routing.yaml", "page: [pagerduty]", "page: [pagerduty]\n    page: [x]", "written twice"),
        ("routing.yaml", "routes:", "routes: [", "routing.yaml:"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_field(
    folder: Path, file: str, good: str, bad: str, field: str
) -> None:
    path = folder / file
    number = line_of(path, good)
    path.write_text(path.read_text().replace(good, bad, 1))
    with pytest.raises(Misconfigured) as refused:
        load_policies(folder)
    message = refused.value.user_message

    assert f"{file}:" in message
    assert field in message
    if field.startswith(("rules.", "routes.", "levels.", "labell")):
        assert any(f"{file}:{n}: " in message for n in (number, number + 1, number + 2))


@pytest.mark.parametrize("file", ["severity.yaml", "services.yaml", "priority.yaml", "routing.yaml"])
def test_a_missing_empty_or_unreadable_file_is_named(folder: Path, file: str) -> None:
    for content in (b"", b"- a list", b"\xff\xfe\x00"):
        (folder / file).write_bytes(content)
        with pytest.raises(Misconfigured, match=file):
            load_policies(folder)
    (folder / file).unlink()
    with pytest.raises(Misconfigured, match="missing"):
        load_policies(folder)


def test_any_change_of_a_file_changes_the_digest(folder: Path) -> None:
    before = load_policies(folder).digest
    (folder / "routing.yaml").write_text((folder / "routing.yaml").read_text() + "# a word more\n")

    assert load_policies(folder).digest != before


def test_a_failing_case_says_what_came_instead(folder: Path) -> None:
    (folder / "tests" / "mine.yaml").write_text(
        "cases:\n  - name: wrong\n    priority:\n      alerts: [HighErrorRate on payment is critical]\n    expect: P3\n"
    )
    (wrong,) = [result for result in run_cases(folder) if not result.passed]

    assert (wrong.name, wrong.expected, wrong.actual) == ("wrong", "P3", "P1")
    assert wrong.file.endswith("mine.yaml")
    assert (wrong.line, wrong.because.split(":")[0]) == (2, "error-rate-high")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    with pytest.raises(Misconfigured):
        parse_document(text, SeverityPolicy, name="x.yaml")
