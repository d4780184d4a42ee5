"""What other rules would have decided, from recorded facts; and the tree that explains a decision."""

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.decision import Autonomy
from agent.errors import BadInput
from agent.policy.action_case import ActionCase
from agent.policy.evaluate import decide
from agent.policy.explain import explain
from agent.policy.simulate import diff, diff_text, explain_text, read_recorded, recorded_facts
from tests.support.alerts import SHIPPED
from tests.support.rules import facts, policies, rule

ASKED = rule("an engineer agreed")
TWO = rule("two engineers agreed", count=2)


def test_the_same_rules_decide_nothing_differently() -> None:
    renamed = rule("somebody on call said yes")

    assert [] == diff(policies(ASKED), policies(renamed), [facts(), facts("delete_pod")])


@pytest.mark.parametrize(
    ("new", "before", "after"),
    [
        (TWO, "ask; 1 of sre-oncall; expires after 900 s", "ask; 2 of sre-oncall; expires after 900 s"),
        (rule("it is harmless", "permit"), "ask; 1 of sre-oncall; expires after 900 s", "permit"),
        (rule("it is never done", "forbid"), "ask; 1 of sre-oncall; expires after 900 s", "forbid"),
        (
            ASKED | {"limits": {"per_hour": 2, "undo_after": "5m"}, "expires_after": "1m"},
            "ask; 1 of sre-oncall; expires after 900 s",
            "ask; 1 of sre-oncall; at most 2 per hour; expires after 60 s; undone after 300 s",
        ),
    ],
)
def test_a_difference_tells_what_was_and_what_would_be(new: dict[str, Any], before: str, after: str) -> None:
    (found,) = diff(policies(ASKED), policies(new), [facts(), facts("delete_pod")])

    assert ("restart_workload", before, after) == (found.action, found.before, found.after)
    assert "shop/payment in production by person, 2026-03-04T10:00+00:00" == found.facts
    assert found.why == decide(policies(new), facts()).reasons[0]


def test_folders_are_compared_over_a_file_of_records(tmp_path: Path) -> None:
    new = tmp_path / "new"
    shutil.copytree(SHIPPED, new)
    rules, emergency = (new / "approvals.yaml").read_text(), "groups: [sre-oncall, platform-admins]}"
    (new / "approvals.yaml").write_text(rules.replace(f"count: 2, {emergency}", f"count: 3, {emergency}"))
    decision = decide(policies(ASKED), facts("roll_forward_workload"))
    records = tmp_path / "records.jsonl"
    lines = [
        facts("restart_workload").model_dump_json(),
        decision.model_dump_json(),
        "",
        json.dumps({"kind": "voted", "data": {"action": "A-1"}}),
        json.dumps({"kind": "decided", "data": {"decision": decision.model_dump(mode="json")}}),
    ]
    records.write_text("\n".join(lines))
    text = diff_text(SHIPPED, new, read_recorded(records))

    assert text.startswith("2 of 3 recorded actions would be decided differently.")
    assert "old: ask; 2 of sre-oncall, platform-admins" in text
    assert "new: ask; 3 of sre-oncall, platform-admins" in text
    assert [facts()] == recorded_facts([decide(policies(ASKED), facts())])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON"),
        ('{"action": "x", "origin": "person", "target": {}, "now": "soon"}', "Field required"),
    ],
)
def test_a_wrong_record_is_refused_with_its_line(tmp_path: Path, line: str, why: str) -> None:
    records = tmp_path / "records.jsonl"
    records.write_text(f"{facts().model_dump_json()}\n{line}\n")

    with pytest.raises(BadInput, match=rf"records\.jsonl:2: .*{why}"):
        read_recorded(records)
    with pytest.raises(BadInput, match="cannot be read"):
        read_recorded(tmp_path / "missing.jsonl")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200))
def test_text_that_holds_no_facts_gives_none_or_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(content, encoding="utf-8", errors="replace")
    with suppress(BadInput):
        assert [] == read_recorded(path)


def test_the_tree_shows_what_decided_first_and_what_did_not_apply() -> None:
    rules = policies(
        rule(
            "in the demo anybody may",
            "permit",
            when={"action": ["restart_workload"], "environment": ["demo"]},
        ),
        ASKED,
        rule("two agreed in the freeze", when={"freeze": "active"}, count=2),
        rule("it is harmless", "permit", waives=["an engineer agreed"]),
    )
    tree = explain(decide(rules, facts(freezes=("release\n# night",))))

    assert [
        "**May run when people agree** · `restart_workload` in `production`, autonomy `auto`",
        "- needs 2 different people of @sre-oncall other than the requester (rule “two agreed in the freeze”)",
        "- error budget 61% left",
        "- freeze: release # night",
        "",
        "**Rules about this action**",
        "- **asks: two agreed in the freeze**",
        "  - freeze: wanted active, is active: release # night",
        "- **permits: it is harmless**",
        "- waived by “it is harmless”: an engineer agreed",
        "- does not apply: in the demo anybody may",
        "  - environment: wanted demo, is production",
        "",
        "An approval expires after 15 min.",
    ] == tree.splitlines()[:-1]


def test_the_tree_shows_why_a_rule_cannot_be_judged() -> None:
    tested = rule("little of the budget is left", "forbid", when={"error_budget": {"below": 0.1}})
    tree = explain(decide(policies(ASKED, tested), facts(error_budget_left=None), language="ko"), "ko")

    assert tree.startswith("**실행 불가**")
    assert "- 판단할 수 없음: little of the budget is left" in tree
    assert "오류 예산을 알 수 없습니다" in tree


def test_a_decision_that_nobody_asked_for_is_explained_from_the_short_form() -> None:
    case = ActionCase(name="scale_workload", replicas=(2, 4), autonomy=Autonomy.APPROVE)
    tree = explain_text(SHIPPED, case.facts())

    assert "**May run when people agree** · `scale_workload` in `production`, autonomy `approve`" in tree
    assert "- the rules permit it, but in production a person looks first" in tree
    assert "It is taken back by itself after 30 min." in tree
    assert "**Limits:** 3 in an hour" in tree
