"""The three referees of what we send to Slack: the JSON Schema of Slack's types, slack_sdk's models, our own limits."""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from slack_sdk.models.blocks import Block as SdkBlock

from agent.transport.slack import limits

DATA = Path(__file__).resolve().parent.parent / "data" / "slack"


@lru_cache(maxsize=4)
def schema_of(name: str) -> Draft7Validator:
    """Return the validator of one of the vendored schemas."""
    return Draft7Validator(json.loads((DATA / f"schema-{name}.json").read_text("utf-8")))


@lru_cache(maxsize=64)
def definition_of(name: str) -> Draft7Validator:
    """Return the validator of one definition, which is far faster than the union of all blocks."""
    whole = json.loads((DATA / "schema-OutMessageBlocks.json").read_text("utf-8"))
    return Draft7Validator({"definitions": whole["definitions"], "$ref": f"#/definitions/{name}"})


_DEFINITIONS = {"rich_text": "RichTextBlock"}


def wrong_with(blocks: Sequence[dict[str, Any]], *, most: int = limits.MESSAGE_BLOCKS) -> list[str]:
    """Return everything that Slack would refuse in a message's blocks."""
    found = limits.problems(list(blocks), most=most)
    for block in blocks:
        kind = str(block["type"])
        found += _against_schema(kind, json.dumps(_shape(block)))
        parsed = SdkBlock.parse(block)
        if parsed is None:
            found.append(f"slack_sdk does not know {kind}")
        else:
            parsed.to_dict()
    return found


@lru_cache(maxsize=4096)
def _against_schema(kind: str, shape: str) -> list[str]:
    name = _DEFINITIONS.get(kind, f"{kind.title().replace('_', '')}Block")
    return [f"{kind}: {error.message[:200]}" for error in definition_of(name).iter_errors(json.loads(shape))]


def _shape(node: Any, name: str = "") -> Any:
    """Return the same structure with short words: the schema knows no lengths, and shapes repeat."""
    if isinstance(node, dict):
        return {key: _shape(value, key) for key, value in node.items()}
    if isinstance(node, list | tuple):
        items = [_shape(item, name) for item in node]
        return [item for n, item in enumerate(items) if item not in items[:n]]
    return "x" if isinstance(node, str) and name not in ("type", "style") else node


def wrong_with_view(view: dict[str, Any]) -> list[str]:
    """Return everything that Slack would refuse in a modal or Home view."""
    found = limits.problems(view["blocks"], most=limits.VIEW_BLOCKS)
    found += _view_against_schema(json.dumps(_shape(view)))
    for name in ("title", "submit", "close"):
        if name in view and len(view[name]["text"]) > 24:
            found.append(f"{name} is longer than 24 characters")
    return found


@lru_cache(maxsize=4096)
def _view_against_schema(shape: str) -> list[str]:
    return [error.message[:300] for error in schema_of("OutView").iter_errors(json.loads(shape))]


def texts_of(node: Any) -> Iterator[tuple[str, str]]:
    """Walk blocks and yield (kind of text object, text) of everything that people will read."""
    if isinstance(node, list | tuple):
        for item in node:
            yield from texts_of(item)
    elif isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield str(node.get("type")), node["text"]
        for value in node.values():
            if isinstance(value, dict | list):
                yield from texts_of(value)
