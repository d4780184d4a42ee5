"""What Koreans see is Korean: of every card, reply and dialog that is drawn, only data is in another language.

The drawn pictures lie in tests/data/slack_golden, held to the renderers by the tests of each. Their incidents were
made up in English, so what people, backends and models said in them is data; all other runs of words must be Korean.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[1] / "data" / "slack_golden"
DRAWN = sorted(GOLDEN.rglob("*_ko.json"))
RUN = re.compile(r"[A-Za-z][A-Za-z'’]*(?:[,;:]? +[A-Za-z][A-Za-z'’.]*){2,}")
# Codes of Slack, links, queries and the arguments of what is clicked say nothing to people.
CODE = re.compile(r"<!date[^>]*>|<[^>|]*\|?|`[^`]*`|https?://\S+")
NOT_SHOWN = frozenset({"action_id", "block_id", "value", "type", "style", "private_metadata", "callback_id"})
DATA = (
    # what an alert is called, and roles of the rota
    "high error rate",
    # what a diagnosis without a catalogue message, a task, a note, an update or a risk says in the samples
    "Deployment payment v2 broke charging: its pods log a new error and v1 pods did not.",
    "deployment payment v1 -&gt; v2, 40 s before the onset",
    "deployment payment v2 at",
    "deployment payment: image payment:v1 -&gt; payment:v2",
    "payment error rate",
    "Roll payment back to v1",
    "a deployment without its configuration",
    "payment:v2 went out 40 s before the errors began",
    "We are working on it.",
    "Payments: partial outage",
    "payment: releases without a canary",
    "third time in 90 days",
    "product: nothing to tell",
    # what a policy of somebody's own gives as its reason
    "the error rate of a critical service is above 5 %",
    "needs one on-call engineer other than the requester; error budget 61%",
    # why alerts are together and what became of an action, as older versions kept it
    "its service label is payment",
    "its service label is checkout",
    "The API server did not answer after the request.",
    "The error rate stayed at 48%.",
    "tell the owner",
    "no earlier revision is known",
    "Prometheus did not answer: no error rate",
    "of requests with an error, normally",
    "is not a function",
)


def shown(thing: Any, key: str = "") -> Iterator[str]:
    """Yield every text that people see."""
    if isinstance(thing, str) and key not in NOT_SHOWN:
        yield thing
    elif isinstance(thing, dict):
        for name, value in thing.items():
            yield from shown(value, name)
    elif isinstance(thing, list):
        for value in thing:
            yield from shown(value, key)


def foreign_runs(words: str) -> list[str]:
    """Return the runs of three or more English words that are no data."""
    left = CODE.sub(" ", words)
    for one in sorted(DATA, key=len, reverse=True):
        left = left.replace(one, " · ")
    return RUN.findall(left)


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: str(path.relative_to(GOLDEN)))
def test_nothing_but_data_is_in_another_language(path: Path) -> None:
    texts = list(shown(json.loads(path.read_text("utf-8"))))

    assert texts
    assert [] == [(run, text) for text in texts for run in foreign_runs(text)]


def test_an_english_sentence_would_be_seen() -> None:
    assert ["None of the alerts fires any more."] == foreign_runs(
        "복구됨: None of the alerts fires any more."
    )
    assert len(DRAWN) > 30
