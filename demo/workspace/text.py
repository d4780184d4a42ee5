"""What people type, turned into what Slack sends: escapes, mentions, links, rich text."""

import re
from typing import Any

from demo.workspace.state import State

Json = dict[str, Any]

_TOKEN = re.compile(
    r"<(?:@[UW][A-Z0-9]+(?:\|[^<>]*)?|#[CG][A-Z0-9]+(?:\|[^<>]*)?|!subteam\^S[A-Z0-9]+(?:\|[^<>]*)?"
    r"|!(?:here|channel|everyone)|!date\^[^<>]*|https?://[^<>\s]+)>"
)
_LOOSE = re.compile(r"https?://[^\s<>|]+|(?<![\w/])[@#][A-Za-z0-9][\w.-]*")
_PUNCTUATION = ".,;:!?'\"*"
_OPENS = {")": "(", "]": "[", "}": "{"}
_PIECE = re.compile(r"<([@#!]|https?://)([^<>]*)>")


def escape(text: str) -> str:
    """Escape the three characters that Slack's text reserves."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo `escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class Typist:
    """Turn typed text into Slack's stored form, with this workspace's names."""

    def __init__(self, state: State) -> None:
        self._state = state

    def stored(self, typed: str) -> str:
        """Escape typed text, resolve `@name` and `#channel`, mark links; keep well-formed tokens."""
        parts: list[str] = []
        at = 0
        for token in _TOKEN.finditer(typed):
            parts += [self._loose(typed[at : token.start()]), token.group()]
            at = token.end()
        return "".join([*parts, self._loose(typed[at:])])

    def _loose(self, text: str) -> str:
        parts: list[str] = []
        at = 0
        for match in _LOOSE.finditer(text):
            parts += [escape(text[at : match.start()]), self._resolve(match.group())]
            at = match.end()
        return "".join([*parts, escape(text[at:])])

    def _resolve(self, word: str) -> str:
        if word.startswith("http"):
            link = _link_of(word)
            return f"<{escape(link)}>{escape(word[len(link) :])}"
        # A sentence may end right behind a name.
        name = word[1:].rstrip(".-")
        tail = word[1 + len(name) :]
        if word.startswith("#"):
            channel = next((c for c in self._state.channels.values() if c.name == name and name), None)
            return f"<#{channel.id}|{channel.name}>{tail}" if channel else escape(word)
        token = self._mention(name.lower())
        return f"{token}{tail}" if token else escape(word)

    def _mention(self, name: str) -> str | None:
        if name in ("here", "channel", "everyone"):
            return f"<!{name}>"
        user = next((u for u in self._state.users.values() if u.name == name), None)
        if user:
            return f"<@{user.id}>"
        group = next((g for g in self._state.usergroups.values() if g.handle == name), None)
        return f"<!subteam^{group.id}>" if group else None


def _link_of(word: str) -> str:
    """Cut off what belongs to the sentence: its punctuation, and brackets that the link did not open."""
    while word[-1:] and (
        word[-1] in _PUNCTUATION
        or (word[-1] in _OPENS and word.count(word[-1]) > word.count(_OPENS[word[-1]]))
    ):
        word = word[:-1]
    return word


def rich_text(text: str, block_id: str) -> Json:
    """Return the rich text block that Slack's own client would have made of a stored text."""
    elements: list[Json] = []
    at = 0
    for piece in _PIECE.finditer(text):
        if text[at : piece.start()]:
            elements.append({"type": "text", "text": unescape(text[at : piece.start()])})
        elements.append(_rich_element(piece.group(1), piece.group(2)))
        at = piece.end()
    if text[at:] or not elements:
        elements.append({"type": "text", "text": unescape(text[at:]) or " "})
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def _rich_element(sign: str, body: str) -> Json:
    name = body.split("|", 1)[0]
    if sign == "@":
        return {"type": "user", "user_id": name}
    if sign == "#":
        return {"type": "channel", "channel_id": name}
    if sign == "!" and name.startswith("subteam^"):
        return {"type": "usergroup", "usergroup_id": name.removeprefix("subteam^")}
    if sign == "!" and name in ("here", "channel", "everyone"):
        return {"type": "broadcast", "range": name}
    if sign == "!":
        return {"type": "text", "text": body}
    return {"type": "link", "url": unescape(sign + name)}
