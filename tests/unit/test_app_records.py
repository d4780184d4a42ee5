"""The terminal's commands about policies and the audit record, called as a person would call them."""

import asyncio
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.domain.audit import AuditKind
from agent.settings import ROOT
from agent.store.engine import open_store
from tests.support.rules import facts
from tests.support.store import prepared

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
Ops = Callable[..., Result]


@pytest.fixture
def ops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ops:
    # A command sets up the logs of its process, which here is that of every other test.
    monkeypatch.setattr("agent.app.terminal.configure_logs", lambda **_: None)
    environment = {"OPS_DATABASE_URL": f"sqlite:///{tmp_path / 'ops.db'}"}

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, words, env=environment)

    return run


async def recorded(path: Path) -> None:
    store = await open_store(await prepared(f"sqlite:///{path}"))
    async with store.write() as tx:
        for kind in (AuditKind.REQUESTED, AuditKind.DECIDED):
            await tx.audit.append(kind, "U0MINA0001", NOW, {"why": "결제"})
    await store.close()


def test_a_decision_is_explained_with_its_rules(ops: Ops) -> None:
    result = ops("policy", "explain", "scale_workload", "--set", "replicas=[4, 9]")
    assert 0 == result.exit_code
    assert "**May run when people agree** · `scale_workload`" in result.output
    assert "needs one person of @sre-oncall other than the requester" in result.output


def test_an_explanation_says_which_facts_nobody_gave(ops: Ops) -> None:
    told = ops("policy", "explain", "scale_workload", "--set", "environment=staging").output
    assumed = told.partition("ordinary case")[2]
    assert "error_budget=0.61" in assumed
    assert "environment=" not in assumed


def test_what_nobody_allowed_is_explained_as_forbidden(ops: Ops) -> None:
    assert "may not run, because no rule lets drop_table run" in ops("policy", "explain", "drop_table").output


def test_a_fact_that_does_not_exist_names_itself(ops: Ops) -> None:
    result = ops("policy", "explain", "scale_workload", "--set", "replica=[4, 9]")
    assert 1 == result.exit_code
    assert "replica: Extra inputs are not permitted" in result.output


def test_a_fact_without_a_value_says_how_to_write_it(ops: Ops) -> None:
    assert (
        "Write a fact as NAME=VALUE" in ops("policy", "explain", "scale_workload", "--set", "replicas").output
    )


def test_other_rules_are_replayed_on_recorded_actions(ops: Ops, tmp_path: Path) -> None:
    strict = tmp_path / "strict"
    shutil.copytree(ROOT / "policies", strict)
    approvals = strict / "approvals.yaml"
    approvals.write_text(
        approvals.read_text()
        + "  - name: nobody restarts anything today\n"
        + "    if: {action: [restart_workload]}\n    then: forbid\n"
    )
    replay = tmp_path / "recorded.jsonl"
    replay.write_text(facts(action="restart_workload").model_dump_json() + "\n")

    result = ops("policy", "diff", str(ROOT / "policies"), str(strict), "--replay", str(replay))

    assert "1 of 1 recorded actions would be decided differently." in result.output
    assert "restart_workload" in result.output


async def test_the_record_verifies_and_says_what_to_keep(ops: Ops, tmp_path: Path) -> None:
    await recorded(tmp_path / "ops.db")
    result = await asyncio.to_thread(ops, "audit", "verify")
    assert 0 == result.exit_code
    assert "ok: 2 entries, nothing changed or missing" in result.output
    anchor = result.output.rpartition(": ")[2].strip()
    assert 0 == (await asyncio.to_thread(ops, "audit", "verify", "--anchor", anchor)).exit_code
    broken = await asyncio.to_thread(ops, "audit", "verify", "--anchor", f"2:{'a' * 64}")
    assert (1, True) == (broken.exit_code, "the chain was written anew" in broken.output)


async def test_the_record_is_exported_line_by_line(ops: Ops, tmp_path: Path) -> None:
    await recorded(tmp_path / "ops.db")
    result = await asyncio.to_thread(ops, "audit", "export", "--after", "1")
    [line] = result.output.strip().splitlines()
    assert ("decided", "결제") == (json.loads(line)["kind"], json.loads(line)["data"]["why"])


def test_an_anchor_that_cannot_be_one_is_refused(ops: Ops) -> None:
    assert (
        "Write the anchor as `audit verify` printed it" in ops("audit", "verify", "--anchor", "5:xyz").output
    )
