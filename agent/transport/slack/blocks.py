"""Block Kit pieces as plain dictionaries, each cut to its limit when it is built."""

import re
from collections.abc import Collection, Sequence

from agent.domain.noun import Json
from agent.transport.foreign import clean, cut
from agent.transport.slack import limits

Block = dict[str, Json]
_CODE_START = re.compile(r"<(?=[!@#])")


def plain(words: str, limit: int) -> Block:
    """Return a plain_text object; emoji codes in foreign text stay text."""
    # Slack reads no codes here, but older clients and other readers of our messages might.
    text = _CODE_START.sub("‹", clean(words, limit))
    return {"type": "plain_text", "text": text or "–", "emoji": False}


def mrkdwn(words: str, limit: int = limits.SECTION_TEXT) -> Block:
    """Return a mrkdwn object; foreign text in it must have gone through markup.foreign."""
    # verbatim keeps Slack from turning bare addresses, @names and #names into links and mentions.
    return {"type": "mrkdwn", "text": limits.cut_markup(words, limit) or "–", "verbatim": True}


def header(words: str) -> Block:
    """Return a header."""
    return {"type": "header", "text": plain(words, limits.HEADER_TEXT)}


def section(words: str, *, expand: bool = False) -> Block:
    """Return a paragraph; long ones are folded by Slack unless `expand`."""
    made: Block = {"type": "section", "text": mrkdwn(words)}
    if expand:
        made["expand"] = True
    return made


def section_with(words: str, accessory: Block) -> Block:
    """Return a paragraph with an element beside it."""
    return {"type": "section", "text": mrkdwn(words), "accessory": accessory}


def fields(texts: Sequence[str]) -> Block:
    """Return short texts in two columns."""
    shown = texts[: limits.SECTION_FIELDS]
    return {"type": "section", "fields": [mrkdwn(text, limits.FIELD_TEXT) for text in shown]}


def context(*texts: str) -> Block:
    """Return small print."""
    return {"type": "context", "elements": [mrkdwn(text, 2_000) for text in texts[: limits.CONTEXT_ELEMENTS]]}


def divider() -> Block:
    """Return a line."""
    return {"type": "divider"}


def image(file: str, alt: str, title: str = "") -> Block:
    """Return a picture of an uploaded file; `file` may be `attachment:NAME` until the chat adapter uploads it.

    A picture that bears its own title needs none above it.
    """
    made: Block = {"type": "image", "slack_file": {"id": file}, "alt_text": clean(alt, 1_000) or "–"}
    return made | ({"title": plain(title, 200)} if title else {})


def preformatted(words: str, limit: int = 600) -> Block:
    """Return foreign text in a box, exactly as it is: rich text knows no markup."""
    text = clean(words, limit, lines=True) or "–"
    box: Json = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [box]}


def button(
    words: str, action: str, value: str, *, style: str | None = None, confirm: Block | None = None
) -> Block:
    """Return a button."""
    made: Block = {
        "type": "button",
        "text": plain(words, limits.BUTTON_TEXT),
        "action_id": action,
        "value": cut(value, limits.BUTTON_VALUE),
    }
    return made | ({"style": style} if style else {}) | ({"confirm": confirm} if confirm else {})


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    """Return a question asked before a button works."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def actions(*elements: Block) -> Block:
    """Return a row of elements."""
    return {"type": "actions", "elements": list(elements[: limits.ACTIONS_ELEMENTS])}


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    most_rows: int = 30,
    people: Collection[str] = (),
) -> Block:
    """Return a table of plain cells with a head row; longer tables are cut, cells that are persons show them."""
    width = min(len(columns), limits.TABLE_COLUMNS)
    lines = [columns[:width], *(list(row[:width]) + [""] * (width - len(row)) for row in rows[:most_rows])]
    cells: list[Json] = [
        [
            _person(cell) if cell in people else {"type": "raw_text", "text": clean(cell, 120) or "–"}
            for cell in line
        ]
        for line in lines
    ]
    return {"type": "table", "rows": cells}


def _person(user: str) -> Json:
    shown: Json = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": user}]}
    return {"type": "rich_text", "elements": [shown]}
