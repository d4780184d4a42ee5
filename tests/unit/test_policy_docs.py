"""The documents tell every rule about actions, every predicate and every access rule, and no other."""

import re
from pathlib import Path

import pytest
import yaml

from agent.policy.access import AccessRule
from agent.policy.approvals import ApprovalRule, Limits
from agent.policy.conditions import ActionCondition
from agent.policy.windows import Daily, Once, Weekly, Yearly

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "policies.md").read_text()


def section(name: str) -> str:
    return TEXT.split(f"## {name}\n", 1)[1].split("\n## ", 1)[0]


def table(words: str, heading: str) -> list[list[str]]:
    """Return the cells of the table whose first heading is this."""
    rows = words.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_every_rule_about_actions_is_documented_in_order() -> None:
    rules = yaml.safe_load((ROOT / "policies" / "approvals.yaml").read_text())["rules"]
    rows = table(section("approvals.yaml"), "this action may (or may not) run because …")

    assert [rule["name"] for rule in rules] == [row[0] for row in rows]


def test_the_groups_and_counts_of_the_documents_are_those_of_the_rules() -> None:
    rules = yaml.safe_load((ROOT / "policies" / "approvals.yaml").read_text())["rules"]
    rows = table(section("approvals.yaml"), "this action may (or may not) run because …")

    for rule, row in zip(rules, rows, strict=True):
        if rule["then"] == "ask":
            groups = ", ".join(f"`{group}`" for group in rule["requires"]["groups"])
            assert row[2].startswith(f"{rule['requires']['count']} of {groups}"), rule["name"]
        else:
            assert row[2].startswith(f"{rule['then']}s"), rule["name"]


@pytest.mark.parametrize(
    ("heading", "model"), [("field of a rule", ApprovalRule), ("predicate", ActionCondition)]
)
def test_every_field_is_documented(heading: str, model: type[ApprovalRule | ActionCondition]) -> None:
    named = {
        word for row in table(section("approvals.yaml"), heading) for word in re.findall(r"`(\w+)`", row[0])
    }

    assert {field.alias or name for name, field in model.model_fields.items()} == named


def test_every_limit_and_kind_of_window_is_documented() -> None:
    assert [] == [name for name in Limits.model_fields if f"`{name}`" not in section("approvals.yaml")]
    kinds = [row[0].strip("`") for row in table(section("freezes.yaml"), "kind")]

    assert [kind.__name__.lower() for kind in (Weekly, Daily, Yearly, Once)] == kinds


def test_every_access_rule_is_documented() -> None:
    shipped = yaml.safe_load((ROOT / "policies" / "access.yaml").read_text())["rules"]
    rows = table(section("access.yaml"), "rule")

    assert [
        [
            f"`{AccessRule.model_validate(rule, strict=False).id}`",
            _list(rule["commands"]),
            _list(rule["groups"]),
        ]
        for rule in shipped
    ] == rows


def _list(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
