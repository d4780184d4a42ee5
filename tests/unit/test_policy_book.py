"""A running bot reads changed rules, and keeps the last good ones when the new ones are wrong."""

import shutil
from pathlib import Path

import pytest

from agent.domain.decision import Autonomy
from agent.errors import Misconfigured
from agent.policy.book import PolicyBook
from agent.policy.checks import unknown_actions
from agent.policy.load import Policies, load_policies
from tests.support.alerts import SHIPPED


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "policies"
    shutil.copytree(SHIPPED, copy)
    return copy


def test_nothing_changes_while_no_file_does(folder: Path) -> None:
    book = PolicyBook(folder)
    before = book.current

    assert None is book.reload()
    assert before is book.current


def test_a_change_is_taken_with_a_new_digest(folder: Path) -> None:
    book = PolicyBook(folder)
    before = book.current.digest
    (folder / "autonomy.yaml").write_text("default: auto\n")

    assert None is book.reload()
    assert before != book.current.digest
    assert load_policies(folder).digest == book.current.digest
    assert Autonomy.AUTO == book.current.autonomy.of("production")


@pytest.mark.parametrize("content", [b"default: full\n", b"default: [", b"\xff", b""])
def test_a_wrong_file_leaves_the_last_good_rules_and_says_so(folder: Path, content: bytes) -> None:
    book = PolicyBook(folder)
    good = book.current
    (folder / "autonomy.yaml").write_bytes(content)
    problem = book.reload()

    assert good is book.current
    assert problem is not None
    assert "autonomy.yaml:" in problem
    assert (problem, problem) == (book.problem, book.reload())


def test_a_file_that_is_gone_leaves_the_last_good_rules(folder: Path) -> None:
    book = PolicyBook(folder)
    good = book.current
    (folder / "approvals.yaml").unlink()

    assert "approvals.yaml: this file is missing" in (book.reload() or "")
    assert good is book.current


def test_a_mended_file_is_taken_again(folder: Path) -> None:
    book = PolicyBook(folder)
    text = (folder / "freezes.yaml").read_text()
    (folder / "freezes.yaml").write_text("zone: Nowhere\n")
    assert None is not book.reload()
    (folder / "freezes.yaml").write_text(text)

    assert None is book.reload()
    assert None is book.problem


def test_a_bot_does_not_start_without_good_rules(folder: Path) -> None:
    (folder / "approvals.yaml").write_text("rules: []\n")

    with pytest.raises(Misconfigured, match=r"approvals\.yaml:1: "):
        PolicyBook(folder)


def test_a_rule_that_guards_nothing_is_refused_while_running_too(folder: Path) -> None:
    """A misspelt action in a rule that forbids would let everything pass that it was to hold back."""

    def demand(policies: Policies) -> None:
        wrong = unknown_actions(policies, known, folder)
        if wrong:
            raise Misconfigured("\n".join(wrong))

    known = {name for rule in load_policies(folder).approvals.rules for name in rule.when.action or ()}
    book = PolicyBook(folder, demand)
    good, path = book.current, folder / "approvals.yaml"
    path.write_text(
        path.read_text()
        + "  - {name: nobody empties a cache, if: {action: [flush_cache_servr]}, then: forbid}\n"
    )
    problem = book.reload()

    assert good is book.current
    assert problem is not None
    assert "flush_cache_servr" in problem
    with pytest.raises(Misconfigured, match="flush_cache_servr"):
        PolicyBook(folder, demand)
