"""What tools write in English is read in Korean by Koreans: the catalogue has every sentence, and none that nobody writes."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from fluent.syntax import ast as ftl

from agent.locale.messages import HOME, resources
from agent.locale.particles import joined
from agent.locale.retold import retold

ROOT = HOME.parents[1]
HANGUL = re.compile(r"[가-힣]")
WRITERS = ("tools/incident_responder/writes", "tools/log_analyzer/writes", "tools/alert_manager/writes.py")
SENTENCE = re.compile(r"[A-Z{“7].* .*[.:]( \{why\}|7)?", re.DOTALL)
# What is for whoever writes a parameter, a policy or the programme itself, or is asked of a backend.
NOT_TOLD = re.compile(r"ops-monitor|kubectl|^(GET|POST) ")
# Sentences whose words are put together, as they come out; their templates tell nothing.
COMPOSED = {
    "No query7 runs longer than 7 s.": (
        "No query of shop runs longer than 9 s.",
        "No query runs longer than 9 s.",
    ),
    "The node 7 takes 7 new pods.": ("The node n-1 takes no new pods.", "The node n-1 takes new pods again."),
    "The node 7 is 7.": ("The node n-1 is cordoned already.", "The node n-1 is not cordoned."),
    "The rollouts of 7 are 7.": (
        "The rollouts of payment are paused.",
        "The rollouts of payment are resumed.",
    ),
    "7 is 7.": ("payment is paused already.", "payment is not paused."),
    "7 Nothing was deleted.": ("logs-1 is not there any more. Nothing was deleted.",),
    "7; propose its deletion instead.": (
        "logs-1 would be deleted at once, being older than 9 days; propose its deletion instead.",
    ),
}
READ = (
    "There is no action restart. /ops actions lists those that exist.",
    "This action may run 2 times within a day (rule “calm”), and it has run 2 times.",
    "This action may run 2 times within a hour (rule “calm”), and it has run 2 times.",
    "2 of 3 pods are not ready: OOMKilled",
    "There are no pods.",
    "12 alerts left out by the sender",
    "it has no label severity, so it counts as critical",
    'the label severity="loud" is not in the table, so it counts as critical',
    "No alert fires.",
    "the account is active (a trial account reaches verified numbers only)",
    "127.0.0.1:25, not encrypted, without a login",
    "payment error rate (5xx) is 4 %, normally 1 %; beyond the threshold of 5 %",
    "payment error rate (5xx) is 4 %, normally 1 %; within the threshold of 5 %",
)


def sources() -> Iterator[Path]:
    for place in (
        "tools",
        "agent/app",
        "agent/brain",
        "agent/execution",
        "agent/intake",
        "agent/operations",
        "agent/policy",
        "agent/store",
        "agent/transport",
    ):
        yield from sorted((ROOT / place).rglob("*.py"))


def template(node: ast.expr) -> str | None:
    """Return a text of the source with a 7 in each place; it stands for numbers and names alike."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "7" for v in node.values)
    return None


def told(path: Path) -> Iterator[str]:
    """Yield what a file says of an action: the texts that are no documentation and no description of a tool."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            skipped |= {id(k.value) for k in node.keywords if k.arg in ("description", "pattern")}
            if getattr(node.func, "id", "") in ("Field", "ValueError", "TypeError"):
                skipped |= {id(one) for one in ast.walk(node)}
        if isinstance(node, ast.Assign | ast.AnnAssign) and "description" in ast.dump(node)[:120]:
            skipped.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in skipped:
            words = template(node)
            if words and SENTENCE.fullmatch(words) and not NOT_TOLD.search(words):
                yield words


def files() -> Iterator[Path]:
    for one in WRITERS:
        yield from sorted((ROOT / one).rglob("*.py")) if not one.endswith(".py") else [ROOT / one]


def korean(words: str) -> bool:
    return bool(HANGUL.search(retold("ko", words)))


def test_what_an_action_did_or_could_not_do_is_told_in_korean() -> None:
    every = {words: path.name for path in files() for words in told(path)}

    assert len(every) > 150
    assert [] == [
        (name, words) for words, name in every.items() if words not in COMPOSED and not korean(words)
    ]
    assert COMPOSED.keys() <= every.keys()


@pytest.mark.parametrize("words", [*READ, *(one for several in COMPOSED.values() for one in several)])
def test_words_that_are_put_together_are_told_in_korean(words: str) -> None:
    assert not re.search(r"[a-z]{4,} [a-z]{2,} [a-z]{3,}", retold("ko", words))
    assert korean(words)


@cache
def written() -> str:
    """Return every text of the source, without what stands in its places."""
    found = []
    for path in sources():
        found += [
            node.value
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    return "\n".join(found)


def said() -> Iterator[tuple[str, list[str]]]:
    for resource in resources("en"):
        for entry in resource.body:
            if (
                isinstance(entry, ftl.Message)
                and entry.id.name.startswith("said-")
                and entry.value is not None
            ):
                parts = [
                    one.value.strip() for one in entry.value.elements if isinstance(one, ftl.TextElement)
                ]
                yield entry.id.name, [part for part in parts if part]


def test_nothing_is_translated_that_nobody_writes() -> None:
    corpus = "\n".join([written(), *READ, *(one for several in COMPOSED.values() for one in several)])
    gone = [
        name for name, parts in said() if not any(part in corpus for part in (max(parts, key=len), parts[-1]))
    ]

    assert [] == gone


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("“동의함”을(를) 봅니다", "“동의함”을 봅니다"),
        ("카드을(를) 3(으)로", "카드를 3으로"),
        ("서울(으)로 7(으)로 2이(가)", "서울로 7로 2가"),
        ("payment을(를) 봅니다", "payment을(를) 봅니다"),
    ],
)
def test_a_particle_fits_the_word_before_it(written: str, read: str) -> None:
    assert read == joined(written)
