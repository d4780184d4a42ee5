"""The cards of an incident with an action in each state, block for block, against golden files that somebody has looked at.

Write them anew with `OPS_GOLDEN=write pytest tests/unit/test_cards_actions_golden.py`, then read the difference.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from agent.locale.messages import LANGUAGES
from agent.transport.slack.cards import render_card
from tests.support.blockkit import wrong_with
from tests.support.deeds import deed_views

GOLDEN = Path(__file__).resolve().parent.parent / "data" / "slack_golden" / "actions"
VIEWS = deed_views()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", sorted(VIEWS))
def test_card_with_an_action(name: str, lang: str) -> None:
    card = render_card(VIEWS[name], None, lang, acting=True)
    shown: dict[str, Any] = {"text": card.text, "blocks": card.blocks}
    drawn = json.dumps(shown, indent=1, ensure_ascii=False) + "\n"
    path = GOLDEN / f"{name}_{lang}.json"
    if os.environ.get("OPS_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(drawn, "utf-8")

    assert path.read_text("utf-8") == drawn
    assert wrong_with(card.blocks) == []
