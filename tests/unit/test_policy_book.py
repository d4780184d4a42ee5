"""A running bot reads changed rules, and keeps the last good ones when the new ones are wrong."""

import shutil
from pathlib import Path

import pytest

from agent.domain.decision import Autonomy
from agent.errors import Misconfigured
from agent.policy.book import PolicyBook
from agent.policy.load import load_policies
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
