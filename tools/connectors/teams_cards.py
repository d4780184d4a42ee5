"""Draws Adaptive Cards for Teams; every text is a text run, which knows no Markdown, so that no text can become markup."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from agent.analysis.redaction import clean_text
from agent.domain.notification import TeamsCard

Card = dict[str, Any]
# Teams refuses messages over 28 KB.
MOST_BYTES = 28 * 1024
MOST_LINES, MOST_FACTS, MOST_LINKS = 60, 20, 6
_LONGEST_TITLE, _LONGEST_LINE, _LONGEST_NAME = 200, 1500, 80


def message(card: TeamsCard) -> Card:
    """Return the message that carries a card, cut from its end until Teams takes it."""
    lines = [text for line in card.lines for text in _lines(line)]
    left_out = len(lines) > MOST_LINES
    lines = lines[:MOST_LINES]
    while True:
        drawn = _envelope(_drawn(card, [*lines, "…"] if left_out else lines))
        if len(encoded(drawn)) <= MOST_BYTES or not lines:
            return drawn
        lines, left_out = lines[: len(lines) * 3 // 4], True


def encoded(drawn: Card) -> bytes:
    """Return a message as the JSON that is sent."""
    return json.dumps(drawn).encode()


def _envelope(card: Card) -> Card:
    part = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [part]}


def _drawn(card: TeamsCard, lines: list[str]) -> Card:
    title = _cut(card.title, _LONGEST_TITLE) or "—"
    colour = card.colour.capitalize()
    body = [_text(_run(title, size="Large", weight="Bolder", color=colour))]
    facts = list(card.facts.items())[:MOST_FACTS]
    body += [
        _text(_run(f"{_cut(n, _LONGEST_NAME)}: ", weight="Bolder"), _run(_cut(v, 300))) for n, v in facts
    ]
    body += [_text(_run(line)) for line in lines]
    drawn: Card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        # Older clients show this alone, and read Markdown in it: only letters, digits and spaces are kept.
        "fallbackText": re.sub(r"[^\w\s.,:?-]|_", " ", title),
        "body": body,
    }
    links = [(_cut(name, _LONGEST_NAME), url) for name, url in card.links.items() if _is_link(url)]
    if links:
        drawn["actions"] = [
            {"type": "Action.OpenUrl", "title": name or "—", "url": url} for name, url in links[:MOST_LINKS]
        ]
    return drawn


def _text(*runs: Card) -> Card:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **look: str) -> Card:
    return {"type": "TextRun", "text": text or " ", **look}


def _lines(text: str) -> list[str]:
    return [_cut(line, _LONGEST_LINE) for line in re.split(r"\r\n|\r|\n", text) if line.strip()]


def _cut(text: str, limit: int) -> str:
    line = " ".join(clean_text(text).split())
    # Clients replace {{DATE(…)}} and {{TIME(…)}} wherever they stand.
    line = re.sub(r"\{(?=\{)", "{ ", line)
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _is_link(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and bool(parts.netloc)
        and len(url) <= 2000
        and url == clean_text(url)
        and not re.search(r"[\s<>\"]", url)
    )
