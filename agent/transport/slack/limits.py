"""Slack's limits on blocks: the numbers, fitting a message under them, and a check of what was built."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.domain.noun import Json
from agent.transport.foreign import ELLIPSIS

SECTION_TEXT = 3_000
SECTION_FIELDS = 10
FIELD_TEXT = 2_000
HEADER_TEXT = 150
ACTIONS_ELEMENTS = 25
CONTEXT_ELEMENTS = 10
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
ACTION_ID = 255
TABLE_ROWS = 100
TABLE_COLUMNS = 20
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_SIZE = 10_000
"""Slack refuses near 12,000 characters of blocks without documenting it; below 10,000 nobody reported trouble."""
MESSAGE_TEXT = 3_000
MARKDOWN_TEXT = 12_000

_HALF_ENTITY = re.compile(r"&[a-z]{0,4}\Z")
_TEXTS = {
    ("section", "text"): SECTION_TEXT,
    ("section", "fields"): FIELD_TEXT,
    ("header", "text"): HEADER_TEXT,
    ("button", "text"): BUTTON_TEXT,
    ("image", "title"): 2_000,
    ("input", "label"): 2_000,
    ("input", "hint"): 2_000,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("option", "text"): 75,
    ("option", "description"): 75,
}
_COUNTS = {
    ("section", "fields"): SECTION_FIELDS,
    ("actions", "elements"): ACTIONS_ELEMENTS,
    ("context", "elements"): CONTEXT_ELEMENTS,
    ("table", "rows"): TABLE_ROWS,
    ("static_select", "options"): 100,
}
_STRINGS = {"alt_text": 2_000, "value": BUTTON_VALUE, "url": 3_000, "action_id": ACTION_ID, "block_id": 255}


@dataclass(frozen=True, slots=True)
class Part:
    """Blocks that stand or fall together; the part with the highest `rank` is left out first."""

    rank: int
    blocks: tuple[dict[str, Json], ...]


def cut_markup(words: str, limit: int) -> str:
    """Shorten mrkdwn without cutting an entity, a date or a mention in two."""
    if len(words) <= limit:
        return words
    kept = words[: limit - 1]
    while (start := kept.rfind("<")) > kept.rfind(">"):
        kept = kept[:start]
    return _HALF_ENTITY.sub("", kept).rstrip() + ELLIPSIS


def size(blocks: Iterable[dict[str, Json]]) -> int:
    """Return the length of the blocks on the wire, in characters."""
    return len(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))


def fit(
    parts: Sequence[Part], *, blocks: int = MESSAGE_BLOCKS, characters: int = MESSAGE_SIZE
) -> tuple[dict[str, Json], ...]:
    """Return the blocks of as many parts as one message holds, leaving out the least important first."""
    kept = [part for part in parts if part.blocks]
    while len(kept) > 1 and not _fits(kept, blocks, characters):
        kept.remove(max(kept, key=lambda part: part.rank))
    return tuple(block for part in kept for block in part.blocks)[:blocks]


def _fits(parts: Sequence[Part], blocks: int, characters: int) -> bool:
    whole = [block for part in parts for block in part.blocks]
    return len(whole) <= blocks and size(whole) <= characters


def problems(blocks: Sequence[dict[str, Json]], *, most: int = MESSAGE_BLOCKS) -> list[str]:
    """Return what Slack would refuse in these blocks, with the place of each."""
    found = [f"{len(blocks)} blocks, at most {most}"] if len(blocks) > most else []
    if most == MESSAGE_BLOCKS and size(blocks) > MESSAGE_SIZE:
        found.append(f"{size(blocks)} characters, at most {MESSAGE_SIZE}")
    for index, block in enumerate(blocks):
        found.extend(_walk(block, f"/{index}", str(block.get("type"))))
    return found


def _walk(node: Json, path: str, kind: str) -> Iterator[str]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _walk(item, f"{path}/{index}", kind)
    if not isinstance(node, dict):
        return
    kind = str(node.get("type", kind))
    for name, value in node.items():
        yield from _check(kind, name, value, f"{path}/{name}")
        inner = (
            {"confirm": "confirm", "options": "option"}.get(name, kind)
            if isinstance(value, dict | list)
            else kind
        )
        yield from _walk(value, f"{path}/{name}", inner)
    if "action_id" in node and not node["action_id"]:
        yield f"{path}/action_id is empty"


def _check(kind: str, name: str, value: Json, path: str) -> Iterator[str]:
    if isinstance(value, list) and len(value) > _COUNTS.get((kind, name), len(value)):
        yield f"{path} has {len(value)} items"
    if isinstance(value, str) and len(value) > _STRINGS.get(name, len(value)):
        yield f"{path} has {len(value)} characters"
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, dict) and text.get("type") in ("plain_text", "mrkdwn"):
            length = len(str(text.get("text", "")))
            if not 0 < length <= _TEXTS.get((kind, name), SECTION_TEXT):
                yield f"{path} has {length} characters"
