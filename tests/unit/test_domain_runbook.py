"""Runbooks are read with their matchers and steps; what is wrong in one is named with file and field."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brain.runbooks import load_runbooks
from agent.domain.malformed import Malformed
from agent.domain.runbook import parse_runbook, runbook_for
from agent.errors import Misconfigured

GOOD = """---
name: high-error-rate
title: 'High error rate: what to do'
# a comment
matchers:
  - alertname="HighErrorRate"
  - {alertname="ServiceDown", severity="critical"}
---
Some words.

1. Find the deepest service.
2) Roll it back.
- Tell the others.
"""


def test_a_runbook_is_read_with_its_steps() -> None:
    book = parse_runbook(GOOD)

    assert book.title == "High error rate: what to do"
    assert book.steps == ("Find the deepest service.", "Roll it back.", "Tell the others.")
    assert book.body.startswith("Some words.")


def test_any_of_the_matcher_lists_is_enough() -> None:
    book = parse_runbook(GOOD)

    assert book.applies({"alertname": "HighErrorRate"})
    assert book.applies({"alertname": "ServiceDown", "severity": "critical"})
    assert not book.applies({"alertname": "ServiceDown", "severity": "warning"})


def test_the_first_that_applies_is_taken() -> None:
    book = parse_runbook(GOOD)
    other = book.model_copy(update={"name": "other"})

    assert runbook_for([book, other], [{"alertname": "Nothing"}, {"alertname": "HighErrorRate"}]) == book
    assert runbook_for([book], [{"alertname": "Nothing"}]) is None
    assert runbook_for([book], []) is None


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("---\nname", "name", ""),
        ("name: high-error-rate", "name: High Error", "name"),
        ("name: high-error-rate", "", "name"),
        ("title: 'High error rate: what to do'", "title:", "title"),
        ('  - alertname="HighErrorRate"\n', "  - alertname\n", "matchers"),
        ('  - alertname="HighErrorRate"\n', "  - {}\n", "matchers"),
        ("# a comment", "owner: team", "owner"),
        ("# a comment", "a line of nothing", "a line of nothing"),
        ("# a comment", "name: twice", "name"),
        ("1. Find the deepest service.\n2) Roll it back.\n- Tell the others.", "Words only.", "steps"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, field: str) -> None:
    with pytest.raises(Malformed) as complaint:
        parse_runbook(GOOD.replace(old, new), source="a.md")

    assert complaint.value.field == field
    assert complaint.value.sentence.startswith("a.md")


@settings(max_examples=100)
@given(st.text(max_size=300))
def test_any_text_is_a_runbook_or_a_complaint(text: str) -> None:
    for candidate in (text, f"---\n{text}\n---\n1. Step."):
        with contextlib.suppress(Malformed):
            assert parse_runbook(candidate).steps


def test_our_runbooks_cover_the_alerts_of_the_shipped_rules() -> None:
    books = load_runbooks(Path("prompts/runbooks"))
    technical = {
        "ServiceDown",
        "HighErrorRate",
        "HighResponseTime",
        "HighLatency",
        "HighCPUUsage",
        "HighMemoryUsage",
        "DiskSpaceLow",
        "ConnectionPoolNearlyExhausted",
        "ContainerMemoryNearLimit",
        "ContainerOOMKilled",
        "CacheHitRateLow",
        "PodCrashLooping",
        "CertificateExpiresSoon",
        "CertificateExpired",
    }

    missing = {name for name in technical if runbook_for(books, [{"alertname": name}]) is None}
    assert missing == set()


@pytest.mark.parametrize(
    ("content", "what"),
    [(b"\xff\xfe", "not UTF-8"), (b"no front matter", "bad.md")],
)
def test_a_broken_file_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "bad.md").write_bytes(content)

    with pytest.raises(Misconfigured, match=what):
        load_runbooks(tmp_path)


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(GOOD)

    with pytest.raises(Misconfigured, match=r"Two runbooks are called high-error-rate; the second is b\.md"):
        load_runbooks(tmp_path)
