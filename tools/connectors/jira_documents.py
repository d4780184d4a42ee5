"""Writes plain text as Jira keeps it: a document tree for Cloud, escaped wiki markup for Server; reads both back."""

import re
from itertools import groupby
from typing import Any

from agent.analysis.redaction import clean_text

Document = dict[str, Any]
LONGEST = 30_000
_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]+", re.ASCII)
_POINT = re.compile(r"^\s{0,3}(?:[-*•])\s+")
_MARKUP = re.compile(r"([\\{}\[\]|!*_^~+])")
# What means something only where a line begins: headings, quotations, numbered and dashed lists.
_AT_START = re.compile(r"^(\s*)(#|-|h[1-6]\.|bq\.)")
_BLOCKS = frozenset({"paragraph", "listItem"})


def as_document(text: str) -> Document:
    """Return a text as an Atlassian document: paragraphs, lists of points and links; nothing in it is markup."""
    blocks = re.split(r"\n\s*\n", _kept(text).strip("\n"))
    content = [node for block in blocks for node in _nodes(block.split("\n"))]
    return {"type": "doc", "version": 1, "content": content or [{"type": "paragraph", "content": []}]}


def as_wiki(text: str) -> str:
    """Return a text as wiki markup that shows exactly this text, with its links and lists of points."""
    return "\n".join(_wiki_line(line) for line in _kept(text).strip("\n").split("\n"))


def plain(body: object) -> str:
    """Return the words of a document or of wiki markup, for comparing what is there with what was meant."""
    if isinstance(body, str):
        return _squeezed(re.sub(r"\\([\\{}\[\]|!*_^~+#hb-])", r"\1", body))
    return _squeezed(_words(body, 0))


def _kept(text: str) -> str:
    lines = (clean_text(line).rstrip() for line in re.split(r"\r\n|\r|\n", text))
    kept = "\n".join(lines)
    return kept if len(kept) <= LONGEST else f"{kept[:LONGEST]}…"


def _nodes(lines: list[str]) -> list[Document]:
    found: list[Document] = []
    for is_list, group in groupby(lines, lambda line: bool(_POINT.match(line))):
        if is_list:
            items = [_POINT.sub("", line) for line in group]
            content = [{"type": "listItem", "content": [_paragraph([item])]} for item in items]
            found.append({"type": "bulletList", "content": content})
        else:
            found.append(_paragraph(list(group)))
    return found


def _paragraph(lines: list[str]) -> Document:
    content: list[Document] = []
    for number, line in enumerate(lines):
        if number:
            content.append({"type": "hardBreak"})
        content.extend(_inline(line))
    return {"type": "paragraph", "content": content}


def _inline(line: str) -> list[Document]:
    found: list[Document] = []
    end = 0
    for start, url in _links(line):
        found += _text(line[end:start])
        mark = {"type": "link", "attrs": {"href": url}}
        found.append({"type": "text", "text": url, "marks": [mark]})
        end = start + len(url)
    return found + _text(line[end:])


def _text(text: str) -> list[Document]:
    # An empty text node is an invalid document.
    return [{"type": "text", "text": text}] if text else []


def _links(line: str) -> list[tuple[int, str]]:
    return [(match.start(), match[0].rstrip(".,;:!?)")) for match in _URL.finditer(line)]


def _wiki_line(line: str) -> str:
    point = _POINT.match(line)
    rest = line[point.end() :] if point else line
    parts: list[str] = []
    end = 0
    for start, url in _links(rest):
        # Without brackets an address is a link in which no character is markup.
        parts += [_escaped(rest[end:start]), url]
        end = start + len(url)
    words = "".join([*parts, _escaped(rest[end:])])
    return f"* {words}" if point else _AT_START.sub(r"\1\\\2", words)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def _words(node: object, depth: int) -> str:
    if not isinstance(node, dict) or depth > 40:
        return ""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    if node.get("type") == "hardBreak":
        return "\n"
    children = node.get("content")
    inner = "".join(_words(child, depth + 1) for child in children) if isinstance(children, list) else ""
    return f"{inner}\n" if node.get("type") in _BLOCKS else inner


def _squeezed(text: str) -> str:
    return " ".join(_POINT.sub("", line).strip() for line in text.split("\n") if line.strip())
