"""Strategic merge patches: lists merge by key, and directives say what else to do."""

from __future__ import annotations

from typing import Any

from demo.cluster.listkeys import MERGE_SETS, merge_key
from demo.cluster.objects import clone

_ORDER = "$setElementOrder/"
_DELETE = "$deleteFromPrimitiveList/"


def strategic_merge(target: Any, patch: Any) -> Any:
    """Apply a strategic merge patch to a mapping."""
    if not isinstance(patch, dict):
        return clone(patch)
    directive = patch.get("$patch")
    if directive == "replace":
        return {key: clone(value) for key, value in patch.items() if key != "$patch"}
    if directive == "delete":
        return {}
    result = dict(target) if isinstance(target, dict) else {}
    retained = patch.get("$retainKeys")
    if isinstance(retained, list):
        result = {key: value for key, value in result.items() if key in retained}
    for key, value in patch.items():
        if not key.startswith("$"):
            _merge_field(result, key, value)
    _delete_values(result, patch)
    _reorder(result, patch)
    return result


def _merge_field(result: dict[str, Any], key: str, value: Any) -> None:
    current = result.get(key)
    if value is None:
        result.pop(key, None)
    elif isinstance(value, list):
        result[key] = _merge_list(key, current if isinstance(current, list) else [], value)
    elif isinstance(value, dict):
        result[key] = strategic_merge(current, value)
    else:
        result[key] = value


def _merge_list(field: str, current: list[Any], patch: list[Any]) -> list[Any]:
    if field in MERGE_SETS:
        return current + [value for value in patch if value not in current]
    key = merge_key(field, [*patch, *current])
    if not key or not all(isinstance(item, dict) for item in patch):
        return [clone(item) for item in patch]
    if any(item.get("$patch") == "replace" for item in patch):
        return [clone(item) for item in patch if "$patch" not in item]
    result = list(current)
    for item in patch:
        position = next((i for i, old in enumerate(result) if old.get(key) == item.get(key)), None)
        if item.get("$patch") == "delete":
            if position is not None:
                del result[position]
        elif position is None:
            result.append(strategic_merge({}, item))
        else:
            result[position] = strategic_merge(result[position], item)
    return result


def _delete_values(result: dict[str, Any], patch: dict[str, Any]) -> None:
    for directive, values in patch.items():
        if directive.startswith(_DELETE) and isinstance(values, list):
            field = directive.removeprefix(_DELETE)
            result[field] = [value for value in result.get(field) or [] if value not in values]


def _reorder(result: dict[str, Any], patch: dict[str, Any]) -> None:
    for directive, order in patch.items():
        if not directive.startswith(_ORDER) or not isinstance(order, list):
            continue
        field = directive.removeprefix(_ORDER)
        items = result.get(field)
        if isinstance(items, list):
            key = merge_key(field, items)
            wanted = [item.get(key) if isinstance(item, dict) else item for item in order]
            result[field] = _sorted_by(items, key, wanted)


def _sorted_by(items: list[Any], key: str, wanted: list[Any]) -> list[Any]:
    def rank(pair: tuple[int, Any]) -> tuple[int, int]:
        index, item = pair
        identity = item.get(key) if isinstance(item, dict) else item
        # Items that the client did not name are the server's own; they follow the named ones.
        return (wanted.index(identity) if identity in wanted else len(wanted), index)

    return [item for _, item in sorted(enumerate(items), key=rank)]
