"""Says field by field what differs between an object and what it would become, without secrets."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from agent.analysis.redaction import MARK, Redactor, secret_key
from agent.domain.action import FieldChange
from tools.connectors.readers import JsonObject
from tools.incident_responder.objects import at
from tools.incident_responder.writes.marks import ACTION, UNDO

MAX_CHANGES = 40
MAX_TEXT = 400
_REDACTOR = Redactor(emails=False)
_OURS = (f"metadata.annotations[{ACTION}]", f"metadata.annotations[{UNDO}]")
_MISSING = object()


def field_changes(before: JsonObject, after: JsonObject) -> tuple[FieldChange, ...]:
    """Return what would change, at most 40 lines; the server's own bookkeeping is left out."""
    found = [
        FieldChange(path=path, before=_shown(path, old), after=_shown(path, new))
        for path, old, new in _walk("", _wanted(before), _wanted(after))
        if path not in _OURS
    ]
    return tuple(found[:MAX_CHANGES])


def harmless(name: str, value: str) -> bool:
    """Say whether a value may be shown and kept as it is."""
    return not secret_key(name) and _REDACTOR.text(value) == value and not _masked(name, value)


def masked(name: str, value: str) -> str:
    """Return a value for people: short, and without anything that looks like a secret."""
    return _cut(value) if harmless(name, value) else MARK


def _masked(name: str, value: str) -> bool:
    return bool(_REDACTOR.value({name: value}) != {name: value})


def _wanted(item: JsonObject) -> JsonObject:
    kept = {
        key: value for key, value in item.items() if key not in ("metadata", "status", "apiVersion", "kind")
    }
    metadata = {part: at(item, "metadata", part) or {} for part in ("labels", "annotations")}
    return {"metadata": metadata, **kept}


def _walk(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if old == new:
        return
    left, right = _by_name(old), _by_name(new)
    whole = (left is None and old is not _MISSING) or (right is None and new is not _MISSING)
    if whole or (left is None and right is None):
        yield path, old, new
    else:
        keys = dict.fromkeys((*(left or {}), *(right or {})))
        for key in keys:
            yield from _walk(
                _joined(path, key, old, new),
                (left or {}).get(key, _MISSING),
                (right or {}).get(key, _MISSING),
            )


def _by_name(value: Any) -> Mapping[str, Any] | None:
    """Return the parts of a value by a name that means something, or None for what has no parts."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return None
    names = [str(item.get("name", "")) for item in value]
    if "" in names or len(set(names)) < len(names):
        return {str(number): item for number, item in enumerate(value)}
    return dict(zip(names, value, strict=True))


def _joined(path: str, key: str, old: Any, new: Any) -> str:
    listed = isinstance(old, list) or isinstance(new, list)
    if listed or not key.replace("_", "").replace("-", "").isalnum():
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def _shown(path: str, value: Any) -> str | None:
    if value is _MISSING or value is None:
        return None
    name = _name_in(path)
    if isinstance(value, str):
        return masked(name, value)
    if isinstance(value, bool | int | float):
        return MARK if secret_key(name) and not isinstance(value, bool) else json.dumps(value)
    return _cut(json.dumps(_REDACTOR.value({name: value})[name], ensure_ascii=False))


def _name_in(path: str) -> str:
    """Return the name that tells what a value is: of `…env[POOL].value` that is POOL."""
    inner = path.removesuffix(".value")
    return inner[inner.rindex("[") + 1 : -1] if inner.endswith("]") else inner.rpartition(".")[2]


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
