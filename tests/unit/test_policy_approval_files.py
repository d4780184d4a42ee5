"""A mistake in approvals, freezes, autonomy or access is refused with file, line, field and the fix."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.errors import Misconfigured
from agent.policy.access import AccessPolicy
from agent.policy.approvals import ApprovalPolicy
from agent.policy.autonomy import AutonomyPolicy
from agent.policy.documents import Rulebook, read_document
from agent.policy.freezes import FreezePolicy
from agent.policy.load import folder_digest, load_policies
from tests.support.alerts import SHIPPED

HEAD = """expires_after: 15m
fallback: {name: a person looked, requires: {count: 1, groups: [sre-oncall]}, expires_after: 15m}
rules:
  - name: an engineer agreed
    if: {action: [restart_workload]}
    then: ask
    requires: {count: 1, groups: [sre-oncall]}
"""
ASK, PERMIT, FORBID = (
    f"if: {{action: [delete_pod]}}\n    then: {then}" for then in ("ask", "permit", "forbid")
)
MODELS: dict[str, type[Rulebook]] = {
    "approvals.yaml": ApprovalPolicy,
    "freezes.yaml": FreezePolicy,
    "autonomy.yaml": AutonomyPolicy,
    "access.yaml": AccessPolicy,
}
DEMAND = "if: {freeze: active}\n    then: ask\n    requires: {count: 1, groups: [dba]}"
# The rule under test begins on line 8.
WRONG_RULES = [
    ("if: {actions: [delete_pod]}", 9, "rules.1.if.actions", "Extra inputs"),
    ("if: {action: delete_pod}", 9, "rules.1.if.action", "valid array"),
    ("if: {action: []}", 9, "rules.1.if.action", "at least 1 item"),
    ('if: {action: ["*"]}', 9, "rules.1.if.action.0", "pattern"),
    ("if: {}", 9, "rules.1.if", "at least one predicate"),
    ("if: {unknown: {tier: true}}", 9, "rules.1.if", "at least one predicate"),
    ("if: {action: [delete_pod], unknown: {tier: true}}", 9, "rules.1.if", "does not test"),
    ("if: {action: [delete_pod], risk: [deadly]}", 9, "rules.1.if.risk.0", "low"),
    ("if: {action: [delete_pod], reversible: maybe}", 9, "rules.1.if.reversible", "boolean"),
    ("if: {action: [delete_pod], freeze: on}", 9, "rules.1.if.freeze", "active"),
    ("if: {action: [delete_pod], error_budget: {unknown: true}}", 9, "rules.1.if.error_budget", "below and above"),
    ("if: {action: [delete_pod], error_budget: {below: 10}}", 9, "rules.1.if.error_budget.below", "less than"),
    ("if: {action: [delete_pod], radius: {unit: [pods]}}", 9, "rules.1.if.radius", "name a bound"),
    ("if: {action: [delete_pod], grows_at_most: 0.5}", 9, "rules.1.if.grows_at_most", "greater than"),
    ("if: {action: [delete_pod]}\n    then: maybe", 10, "rules.1.then", "permit"),
    (ASK, 10, "rules.1.then", "requires"),
    ("if: {environment: [demo]}\n    then: permit", 9, "rules.1.if", "must name the actions"),
    (PERMIT + "\n    requires: {count: 1, groups: [dba]}", 11, "rules.1.requires", "then: ask"),
    (FORBID + "\n    limits: {per_hour: 1}", 11, "rules.1.limits", "forbids"),
    (PERMIT + "\n    limits: {}", 11, "rules.1.limits", "name a limit"),
    (PERMIT + "\n    limits: {per_hour: 0}", 11, "rules.1.limits.per_hour", "greater than"),
    (PERMIT + "\n    limits: {undo_after: 30}", 11, "rules.1.limits.undo_after", "30s"),
    (PERMIT + "\n    expires_after: 5m", 11, "rules.1.expires_after", "then: ask"),
    (ASK + "\n    requires: {count: 0, groups: [dba]}", 11, "rules.1.requires.count", "greater than"),
    (ASK + "\n    requires: {count: 1, groups: []}", 11, "rules.1.requires.groups", "at least 1 item"),
    (ASK + "\n    requires: {count: 1, groups: ['@dba']}", 11, "rules.1.requires.groups.0", "pattern"),
    (ASK + "\n    requires: {count: 1, groups: [dba]}\n    expires_after: 0s", 12, "rules.1.expires_after", "1s"),
    (PERMIT + "\n    waives: [no such rule]", 11, "rules.1.waives.0", "no rule is called"),
    (PERMIT + "\n    waives: [a second reason]", 11, "rules.1.waives.0", "asks nobody"),
    (FORBID + "\n    waives: [an engineer agreed]", 11, "rules.1.waives", "may waive"),
    (DEMAND + "\n    waives: [an engineer agreed]", 12, "rules.1.waives", "may waive"),
    (FORBID + "\n    because: I say so", 11, "rules.1.because", "Extra inputs"),
    (FORBID + "\n    then: permit", 11, "rules.1.then", "written twice"),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    copy = tmp_path / "policies"
    shutil.copytree(SHIPPED, copy)
    return copy


def read(folder: Path, file: str, content: str) -> Any:
    (folder / file).write_text(content)
    return read_document(folder / file, MODELS[file])


def refusal(folder: Path, file: str, content: str) -> list[str]:
    with pytest.raises(Misconfigured) as refused:
        read(folder, file, content)
    return refused.value.user_message.splitlines()


@pytest.mark.parametrize(("body", "line", "field", "fix"), WRONG_RULES)
def test_a_wrong_rule_is_refused(folder: Path, body: str, line: int, field: str, fix: str) -> None:
    then = "" if "then:" in body else "\n    then: forbid"
    messages = refusal(folder, "approvals.yaml", f"{HEAD}  - name: a second reason\n    {body}{then}\n")

    (message,) = [one for one in messages if f"{field}: " in one]
    assert message.startswith(f"{folder}/approvals.yaml:{line}: {field}: ")
    assert fix in message


@pytest.mark.parametrize("name", ["an engineer agreed", "An Engineer agreed", "a person looked"])
def test_two_rules_of_one_name_are_refused(folder: Path, name: str) -> None:
    text = f"{HEAD}  - name: {name}\n    if: {{freeze: active}}\n    then: forbid\n"
    (message,) = refusal(folder, "approvals.yaml", text)

    assert message.startswith(f"{folder}/approvals.yaml:8: rules.1.name: another rule is called")


@pytest.mark.parametrize("name", ['"two\\nlines"', '" spaced "', "ab", "x" * 201, '"ring \\a"'])
def test_a_name_that_is_no_sentence_is_refused(folder: Path, name: str) -> None:
    text = f"{HEAD}  - name: {name}\n    if: {{freeze: active}}\n    then: forbid\n"

    assert "approvals.yaml:8: rules.1.name: " in refusal(folder, "approvals.yaml", text)[0]


def test_waives_in_a_circle_are_refused(folder: Path) -> None:
    ask = "if: {action: [delete_pod]}\n    then: ask\n    requires: {count: 1, groups: [dba]}"
    text = (
        f"{HEAD}  - name: reason two\n    {ask}\n    waives: [reason three]\n"
        f"  - name: reason three\n    {ask}\n    waives: [reason two]\n"
        f"  - name: reason four\n    {ask}\n    waives: [reason four]\n"
    )
    messages = refusal(folder, "approvals.yaml", text)

    assert [12, 17, 22] == [int(message.split(":")[1]) for message in messages]
    assert all("waives this rule in turn" in message for message in messages)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("rules: []", "rules"),
        (HEAD.replace("fallback", "fall_back"), "fallback"),
        (HEAD.replace("expires_after: 15m\n", "", 1), "expires_after"),
        (HEAD.replace("expires_after: 15m\n", "expires_after: soon\n", 1), "expires_after"),
    ],
)
def test_a_file_without_its_head_is_refused(folder: Path, text: str, field: str) -> None:
    assert any(f": {field}: " in message for message in refusal(folder, "approvals.yaml", text))


WEEK_END = "weekly: {from: fri 18:00, to: mon 08:00}"
CALENDAR = """zone: Asia/Seoul
business_hours: {days: [mon, fri], from: "09:00", to: "18:00"}
windows:
  - name: the week-end
    environments: [production]
    weekly: {from: fri 18:00, to: mon 08:00}
"""


@pytest.mark.parametrize(
    ("good", "bad", "line", "field", "fix"),
    [
        ("Asia/Seoul", "Mars/Olympus", 1, "zone", "IANA zone"),
        ("Asia/Seoul", "../../etc/passwd", 1, "zone", "IANA zone"),
        ("Asia/Seoul", "America", 1, "zone", "IANA zone"),
        ('"09:00"', "9:00", 2, "business_hours.from", "in quotes"),
        ('"18:00"', "18:00", 2, "business_hours.to", "in quotes"),
        ('"18:00"', '"25:00"', 2, "business_hours.to", "in quotes"),
        ('"18:00"', '"08:00"', 2, "business_hours", "later than"),
        ("[mon, fri]", "[monday]", 2, "business_hours.days.0", "mon"),
        ("fri 18:00", "friday 18:00", 6, "windows.0.weekly.from", "fri 18:00"),
        ("mon 08:00", "fri 18:00", 6, "windows.0.weekly", "empty or goes round"),
        ("weekly:", "monthly:", 6, "windows.0.monthly", "Extra inputs"),
        (WEEK_END, "zone: UTC", 4, "windows.0", "exactly one"),
        (WEEK_END, 'daily: {days: [mon], from: "10:00", to: "10:00"}', 6, "windows.0.daily", "empty or goes round"),
        (WEEK_END, 'daily: {days: [mon, mon], from: "10:00", to: "11:00"}', 6, "windows.0.daily", "once"),
        (WEEK_END, "yearly: {from: 12-32, to: 01-03}", 6, "windows.0.yearly.from", "12-20"),
        (WEEK_END, "yearly: {from: december, to: 01-03}", 6, "windows.0.yearly.from", "pattern"),
        (WEEK_END, "once: {from: 2026-05-02, to: 2026-05-01}", 6, "windows.0.once", "ends before it begins"),
        (WEEK_END, "once: {from: 2026-05-02, to: 2026-05-02}", 6, "windows.0.once", "ends before it begins"),
        (WEEK_END, "once: {from: tomorrow, to: 2026-05-02}", 6, "windows.0.once.from", "2026-12-20 18:00"),
        (WEEK_END, 'once: {from: "2026-05-02T10:00Z", to: 2026-05-03}', 6, "windows.0.once.from", "the zone stands in"),
    ],
)  # fmt: skip
def test_a_wrong_calendar_is_refused(
    folder: Path, good: str, bad: str, line: int, field: str, fix: str
) -> None:
    messages = refusal(folder, "freezes.yaml", CALENDAR.replace(good, bad, 1))

    (message,) = [one for one in messages if f": {field}: " in one]
    assert message.startswith(f"{folder}/freezes.yaml:{line}: {field}: ")
    assert fix in message


OTHERS = [
    ("weekly: {from: sun 20:00, to: mon 09:00}", True),
    ("weekly: {from: thu 00:00, to: thu 12:00}", False),
    ("weekly: {from: mon 08:00, to: mon 09:00}", False),
    ('daily: {days: [sat], from: "10:00", to: "11:00"}', True),
    ('daily: {days: [thu], from: "22:00", to: "06:00"}', False),
    ('daily: {days: [fri], from: "10:00", to: "24:00"}', True),
    ("yearly: {from: 12-20, to: 01-03}", False),
    ("once: {from: 2026-05-02, to: 2026-05-04}", False),
]


@pytest.mark.parametrize(("other", "overlaps"), OTHERS)
def test_windows_that_say_the_same_time_twice_are_refused(folder: Path, other: str, overlaps: bool) -> None:
    text = f"{CALENDAR}  - name: another one\n    {other}\n"
    if overlaps:
        (message,) = refusal(folder, "freezes.yaml", text)
        assert message.startswith(f"{folder}/freezes.yaml:7: windows.1: it overlaps “the week-end”")
    else:
        assert 2 == len(read(folder, "freezes.yaml", text).windows)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("yearly: {from: 12-20, to: 01-03}", "yearly: {from: 01-02, to: 01-10}"),
        ("once: {from: 2026-05-02, to: 2026-05-04}", "once: {from: 2026-05-03, to: 2026-05-09}"),
        (
            "weekly: {from: mon 00:00, to: mon 02:00}",
            "zone: UTC\n    weekly: {from: sun 16:00, to: sun 18:00}",
        ),
    ],
)
def test_windows_of_one_kind_may_not_overlap_across_years_and_zones(
    folder: Path, first: str, second: str
) -> None:
    text = CALENDAR.replace(WEEK_END, first) + f"  - name: another one\n    {second}\n"

    assert "windows.1: it overlaps" in refusal(folder, "freezes.yaml", text)[0]


@pytest.mark.parametrize(
    "scope", ["environments: [staging]", "environments: [staging]\n    services: [payment]"]
)
def test_windows_of_other_environments_may_overlap(folder: Path, scope: str) -> None:
    text = f"{CALENDAR}  - name: another one\n    {scope}\n    {WEEK_END}\n"

    assert 2 == len(read(folder, "freezes.yaml", text).windows)


def test_two_windows_of_one_name_are_refused(folder: Path) -> None:
    text = f"{CALENDAR}  - name: The Week-End\n    weekly: {{from: tue 00:00, to: tue 01:00}}\n"
    (message,) = refusal(folder, "freezes.yaml", text)

    assert message.startswith(f"{folder}/freezes.yaml:7: windows.1.name: another window is called")


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("default: full", 1, "default"),
        ("default: on", 1, "default"),
        ("default: suggest\nenvironments:\n  demo: always", 3, "environments.demo"),
        ("environments: {}", 1, "default"),
        ("default: suggest\nenvironment: {}", 2, "environment"),
    ],
)
def test_a_wrong_autonomy_is_refused(folder: Path, text: str, line: int, field: str) -> None:
    assert refusal(folder, "autonomy.yaml", text)[0].startswith(f"{folder}/autonomy.yaml:{line}: {field}: ")


def test_off_may_be_written_without_quotes(folder: Path) -> None:
    levels = read(folder, "autonomy.yaml", "default: off\nenvironments: {demo: auto}\n")

    assert ("off", "auto") == (levels.of("production"), levels.of("demo"))


TWIN = "{id: a, commands: [stop], groups: [dba]}"


@pytest.mark.parametrize(
    ("text", "line", "field", "fix"),
    [
        ("everyone: [status]\nrules:\n  - {id: a, commands: [status], groups: [dba]}", 1, "everyone.0", "limits status"),
        ("rules:\n  - {id: a, commands: [stop]}", 2, "rules.0", "name groups"),
        ("rules:\n  - {id: a, commands: [], groups: [dba]}", 2, "rules.0.commands", "at least 1"),
        ("rules:\n  - {id: a, commands: [/stop], groups: [dba]}", 2, "rules.0.commands.0", "pattern"),
        ("rules:\n  - {id: a, commands: [stop], channels: [ops]}", 2, "rules.0.channels.0", "pattern"),
        (f"rules:\n  - {TWIN}\n  - {TWIN}", 3, "rules.1.id", "give this one"),
    ],
)  # fmt: skip
def test_a_wrong_access_rule_is_refused(folder: Path, text: str, line: int, field: str, fix: str) -> None:
    messages = refusal(folder, "access.yaml", text)

    assert messages[0].startswith(f"{folder}/access.yaml:{line}: {field}: ")
    assert fix in messages[0]


@pytest.mark.parametrize("file", ["approvals.yaml", "freezes.yaml", "autonomy.yaml", "access.yaml"])
def test_a_missing_or_unreadable_file_is_named(shipped: Path, file: str) -> None:
    for content in (b"", b"- a list", b"\xff\xfe\x00"):
        (shipped / file).write_bytes(content)
        with pytest.raises(Misconfigured, match=file):
            load_policies(shipped)
    (shipped / file).unlink()
    with pytest.raises(Misconfigured, match=f"{file}: this file is missing"):
        load_policies(shipped)


@pytest.mark.parametrize("file", ["approvals.yaml", "freezes.yaml", "autonomy.yaml", "access.yaml"])
def test_any_change_of_a_file_changes_the_digest(shipped: Path, file: str) -> None:
    before = folder_digest(shipped)
    (shipped / file).write_text((shipped / file).read_text() + "# a word more\n")

    assert before != folder_digest(shipped)
