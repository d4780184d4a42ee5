"""The cards, block for block, against golden files that somebody has looked at.

Write them anew with `OPS_GOLDEN=write pytest tests/unit/test_cards_golden.py`, then read the difference.
"""

import json
import os
from pathlib import Path

import pytest

from agent.domain.view import IncidentView
from agent.locale.messages import LANGUAGES
from agent.ports.chat import Rendered
from agent.transport.slack.cards import render_card
from agent.transport.slack.details import render_details
from tests.support.blockkit import wrong_with
from tests.support.views import blind_view, diagnosed_view, fresh_view, resolved_view

GOLDEN = Path(__file__).resolve().parent.parent / "data" / "slack_golden"
VIEWS = {
    "fresh": fresh_view(),
    "diagnosed": diagnosed_view(),
    "blind": blind_view(),
    "resolved": resolved_view(),
}
PIXELS = b"\x89PNG stand-in"


def as_text(rendered: Rendered) -> str:
    shown = {
        "text": rendered.text,
        "blocks": rendered.blocks,
        "attachments": [a.name for a in rendered.attachments],
    }
    return json.dumps(shown, indent=1, ensure_ascii=False) + "\n"


def compare(name: str, rendered: Rendered) -> None:
    path = GOLDEN / f"{name}.json"
    if os.environ.get("OPS_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_text(rendered), "utf-8")

    assert path.read_text("utf-8") == as_text(rendered)
    assert wrong_with(rendered.blocks) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", sorted(VIEWS))
def test_card(name: str, lang: str) -> None:
    compare(f"card_{name}_{lang}", render_card(VIEWS[name], PIXELS, lang))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_details(lang: str) -> None:
    compare(f"details_{lang}", render_details(diagnosed_view(), lang))


def test_mentions_stand_on_a_first_post_only() -> None:
    view: IncidentView = fresh_view()

    first = as_text(render_card(view, None, "en", mentions=("<!subteam^S0ONCALL>",)))
    later = as_text(render_card(view, None, "en"))

    assert "<!subteam^S0ONCALL>" in first
    assert "<!subteam" not in later
