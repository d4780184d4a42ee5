"""Answers as messages: the text, a table, a picture, and the evidence with its queries."""

import re
import unicodedata
from collections.abc import Sequence

from agent.domain.answer import Answer
from agent.domain.evidence import Evidence
from agent.domain.results import TableResult
from agent.locale.messages import text
from agent.locale.readings import reading_words
from agent.locale.retold import retold
from agent.ports.chat import Attachment, Rendered
from agent.transport.foreign import clean
from agent.transport.slack import blocks, limits
from agent.transport.slack.blocks import Block
from agent.transport.slack.details import MARKS
from agent.transport.slack.limits import Part
from agent.transport.slack.markdown import safe_markdown, to_mrkdwn
from agent.transport.slack.markup import code, foreign, is_person, link, person

_MOST_EVIDENCE = 5
_MOST_ROWS = 25
_WHOLE_QUERY = 900
_SHORT_QUERY = 140
_TEXT = 6_000


def render_answer(answer: Answer, picture: bytes | None, lang: str) -> Rendered:
    """Draw a whole answer as one message."""
    parts = [Part(0, (_said(answer),)), *_supplements(answer, picture, lang)]
    return _message(answer, parts, picture, lang)


def _said(answer: Answer) -> Block:
    named = [who for who in answer.people if is_person(who) and who in answer.text]
    if not named:
        return {"type": "markdown", "text": safe_markdown(answer.text, _TEXT) or "–"}
    words = to_mrkdwn(answer.text)
    for who in named:
        words = re.sub(rf"\b{who}\b", person(who), words)
    return blocks.section(words, expand=True)


def render_supplements(answer: Answer, picture: bytes | None, lang: str) -> Rendered:
    """Draw what stands below a streamed text: table, picture, evidence."""
    return _message(answer, _supplements(answer, picture, lang), picture, lang)


def _message(answer: Answer, parts: Sequence[Part], picture: bytes | None, lang: str) -> Rendered:
    shown = limits.fit(parts)
    pictured = any(block["type"] == "image" for block in shown)
    attachments = _attachments(answer, picture, lang) if pictured else ()
    return Rendered(text=foreign(answer.text, 300) or "–", blocks=shown, attachments=attachments)


def _supplements(answer: Answer, picture: bytes | None, lang: str) -> list[Part]:
    attached = _attachments(answer, picture, lang)
    return [
        Part(2, table_blocks(answer.table, lang, answer.people)),
        Part(3, tuple(blocks.image(f"attachment:{one.name}", one.alt, one.title) for one in attached)),
        Part(1, evidence_blocks(answer.evidence, lang)),
    ]


def table_blocks(table: TableResult | None, lang: str, people: Sequence[str] = ()) -> tuple[Block, ...]:
    """Return a table block, shortened until it leaves room for the rest of the message, and how much was left out."""
    if table is None or not table.columns:
        return ()
    known = [who for who in people if is_person(who)]
    rows = min(_MOST_ROWS, len(table.rows))
    block = blocks.table(table.columns, table.rows, most_rows=rows, people=known)
    while limits.size([block]) > limits.MESSAGE_SIZE * 2 // 3 and rows > 1:
        rows -= 1
        block = blocks.table(table.columns, table.rows, most_rows=rows, people=known)
    left = len(table.rows) - rows
    return (block, blocks.context(text(lang, "details-more", count=str(left)))) if left > 0 else (block,)


def evidence_blocks(evidence: Sequence[Evidence], lang: str) -> tuple[Block, ...]:
    """Return what was read: one piece with its whole query in a box, several as a list, a query only once."""
    pieces = list({(one.reading.query or one.id): one for one in reversed(evidence)}.values())[::-1]
    if not pieces:
        return ()
    title = text(lang, "details-evidence")
    if len(pieces) == 1:
        query = pieces[0].reading.query
        # Several queries in one read stand one below the other.
        shown = middle(query, _WHOLE_QUERY).replace(" ; ", "\n")
        box = (blocks.preformatted(shown, _WHOLE_QUERY),) if query else ()
        return (blocks.section(f"{title}\n{_piece(pieces[0], lang, 600)}"), *box)
    lines = [f"{_piece(one, lang)} {_short(one)}".rstrip() for one in pieces[:_MOST_EVIDENCE]]
    left = len(pieces) - _MOST_EVIDENCE
    more = [text(lang, "details-more", count=str(left))] if left > 0 else []
    return (blocks.section("\n".join([title, *lines, *more])),)


def _piece(one: Evidence, lang: str, limit: int = 200) -> str:
    summary = foreign(reading_words(lang, one), limit)
    said = text(lang, "details-evidence-query", mark=MARKS[one.status], summary=summary)
    return f"{said} {link(one.reading.link, '↗')}" if one.reading.link else said


def _short(one: Evidence) -> str:
    return code(middle(" ".join(one.reading.query.split()), _SHORT_QUERY), _SHORT_QUERY + 40)


def middle(words: str, limit: int) -> str:
    """Return the words, with an ellipsis in their middle when they are longer than `limit`."""
    if len(words) <= limit:
        return words
    head = (limit - 1) * 2 // 3
    return f"{words[:head]}…{words[len(words) - (limit - 1 - head) :]}"


def plain_table(table: TableResult, limit: int = 2_500) -> str:
    """Return a table as aligned text, for places that know no table block."""
    rows = [table.columns, *table.rows[:_MOST_ROWS]]
    cells = [[clean(cell, 40) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in cells if i < len(row)) for i in range(len(table.columns))]
    lines = [
        "  ".join(
            cell + " " * (widths[i] - width(cell)) for i, cell in enumerate(row[: len(widths)])
        ).rstrip()
        for row in cells
    ]
    return "\n".join(lines)[:limit]


def width(words: str) -> int:
    """Return how many columns words take where every letter is as wide as the others, and Hangul twice as wide."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)


def _attachments(answer: Answer, picture: bytes | None, lang: str) -> tuple[Attachment, ...]:
    shown = answer.picture
    if shown is None or picture is None:
        return ()
    title, alt = retold(lang, shown.title), retold(lang, shown.alt)
    return (Attachment(name=f"{shown.blob[:16]}.png", data=picture, title=title, alt=alt),)
