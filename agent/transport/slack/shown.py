"""What a message of Slack shows, as words: of its blocks, and of its text where it has none."""

from collections.abc import Iterator, Mapping
from typing import Any

_GRAVESTONE = "tombstone"


def words_of(message: Mapping[str, Any]) -> str:
    """Return the words of a message, a line for each text in it."""
    found = [words for block in message.get("blocks") or () for words in _texts(block)]
    return "\n".join(found) if found else str(message.get("text") or "")


def is_gravestone(message: Mapping[str, Any]) -> bool:
    """Say whether a message was deleted, and only its thread keeps its place."""
    return message.get("subtype") == _GRAVESTONE


def _texts(block: Any) -> Iterator[str]:
    """Yield the texts of a block, however deep they stand in it."""
    if isinstance(block, Mapping):
        text = block.get("text")
        if isinstance(text, str):
            yield text
            return
        for key in ("text", "fields", "elements"):
            yield from _texts(block.get(key))
    elif isinstance(block, list | tuple):
        for one in block:
            yield from _texts(one)
