"""JSON patches (RFC 6902) and merge patches (RFC 7386)."""

from __future__ import annotations

from typing import Any

from demo.cluster.objects import clone
from demo.cluster.status import bad_request, rejected

_MISSING = object()


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a merge patch: null removes, mappings merge, everything else replaces."""
    if not isinstance(patch, dict):
        return clone(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result


def json_patch(target: Any, operations: Any) -> Any:
    """Apply a JSON patch in order; a failed step refuses the whole with 422."""
    if not isinstance(operations, list):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
        )
    document = clone(target)
    for operation in operations:
        document = _step(document, operation)
    return document


def _step(document: Any, operation: Any) -> Any:
    if not isinstance(operation, dict) or "path" not in operation:
        raise rejected()
    kind, path = operation.get("op"), _pointer(operation["path"])
    if kind == "test":
        if _read(document, path) != operation.get("value"):
            raise rejected()
        return document
    if kind in ("add", "replace"):
        return _write(document, path, clone(operation.get("value")), replace=kind == "replace")
    if kind == "remove":
        return _remove(document, path)
    if kind in ("move", "copy"):
        source = _pointer(operation.get("from", ""))
        value = clone(_read(document, source))
        if value is _MISSING:
            raise rejected()
        if kind == "move":
            document = _remove(document, source)
        return _write(document, path, value, replace=False)
    raise rejected()


def _pointer(text: Any) -> list[str]:
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise rejected()
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _child(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part, _MISSING)
    if isinstance(value, list) and part.isdigit() and int(part) < len(value):
        return value[int(part)]
    return _MISSING


def _read(document: Any, path: list[str]) -> Any:
    for part in path:
        document = _child(document, part)
        if document is _MISSING:
            return _MISSING
    return document


def _write(document: Any, path: list[str], value: Any, *, replace: bool) -> Any:
    if not path:
        return value
    parent, last = _read(document, path[:-1]), path[-1]
    if isinstance(parent, dict):
        if replace and last not in parent:
            raise rejected()
        parent[last] = value
    elif isinstance(parent, list):
        _write_item(parent, last, value, replace=replace)
    else:
        raise rejected()
    return document


def _write_item(items: list[Any], last: str, value: Any, *, replace: bool) -> None:
    if last == "-" and not replace:
        items.append(value)
        return
    if not last.isdigit() or int(last) > len(items) - (1 if replace else 0):
        raise rejected()
    if replace:
        items[int(last)] = value
    else:
        items.insert(int(last), value)


def _remove(document: Any, path: list[str]) -> Any:
    if not path:
        return None
    parent, last = _read(document, path[:-1]), path[-1]
    if _child(parent, last) is _MISSING:
        raise rejected()
    if isinstance(parent, dict):
        del parent[last]
    else:
        del parent[int(last)]
    return document
