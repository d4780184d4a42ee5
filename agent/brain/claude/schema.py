"""JSON schemas in the narrow form that the API can enforce while the model writes."""

from collections.abc import Mapping
from typing import Any

# What the API's grammar does not know; pydantic still checks all of it before anything runs.
_UNKNOWN = frozenset(
    {
        "default",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "pattern",
        "propertyNames",
        "title",
        "uniqueItems",
    }
)


def narrow(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema without what the grammar refuses, every object closed and every reference in its place."""
    definitions = schema.get("$defs")
    found = _narrow(schema, definitions if isinstance(definitions, Mapping) else {}, 0)
    return found if isinstance(found, dict) else {}


def _narrow(node: Any, definitions: Mapping[str, Any], depth: int) -> Any:
    if isinstance(node, list):
        return [_narrow(item, definitions, depth) for item in node]
    if not isinstance(node, Mapping) or depth > 12:
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        return _narrow(definitions.get(reference.rpartition("/")[2], {}), definitions, depth + 1)
    kept: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties" and isinstance(value, Mapping):
            kept[key] = {name: _narrow(one, definitions, depth + 1) for name, one in value.items()}
        elif key not in _UNKNOWN and key != "$defs":
            kept[key] = _narrow(value, definitions, depth + 1)
    if kept.get("type") == "object":
        kept["additionalProperties"] = False
        if depth == 0:
            kept.pop("description", None)
    return _plain(kept)


def _plain(node: dict[str, Any]) -> dict[str, Any]:
    """Return `X or null` as X: what may be left out need not be null as well, and every union costs."""
    options = node.get("anyOf")
    if not isinstance(options, list):
        return node
    real = [one for one in options if one != {"type": "null"}]
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**rest, **real[0]} if len(real) == 1 and isinstance(real[0], dict) else {**rest, "anyOf": real}
