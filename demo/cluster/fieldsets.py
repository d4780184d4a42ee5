"""Sets of field paths in the FieldsV1 form: made from objects, united, intersected, subtracted."""

from __future__ import annotations

import json
from typing import Any

from demo.cluster.listkeys import APPLY_SETS, ATOMIC, apply_keys
from demo.cluster.objects import Obj

FieldSet = dict[str, Any]

_IDENTITY = {"apiVersion", "kind"}
_SYSTEM_META = {
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "selfLink",
    "managedFields",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generateName",
}


def fields_of(obj: Obj, *, dots: bool, custom: bool = False) -> FieldSet:
    """List the fields of an object that somebody can own; dots also own the containers themselves."""
    found: FieldSet = {}
    for key, value in obj.items():
        if key in _IDENTITY:
            continue
        if key == "metadata":
            owned = {name: item for name, item in value.items() if name not in _SYSTEM_META}
            inner = _mapping(owned, dots=dots, custom=custom)
            inner.pop(".", None)
            if inner:
                found["f:metadata"] = inner
        elif key in ("spec", "status") and isinstance(value, dict) and not custom:
            inner = _mapping(value, dots=dots, custom=custom)
            inner.pop(".", None)
            if inner:
                found[f"f:{key}"] = inner
        else:
            found[f"f:{key}"] = _value(key, value, dots=dots, custom=custom)
    return found


def _mapping(value: Obj, *, dots: bool, custom: bool) -> FieldSet:
    found: FieldSet = {".": {}} if dots else {}
    for key, item in value.items():
        found[f"f:{key}"] = _value(key, item, dots=dots, custom=custom)
    return found


# Mappings that are fields of a struct: nobody owns the struct itself, only what is in it.
_STRUCTS = {"template", "metadata", "spec", "strategy", "updateStrategy"}


def _value(key: str, value: Any, *, dots: bool, custom: bool) -> FieldSet:
    if isinstance(value, dict) and value and not (key in ATOMIC and not custom):
        return _mapping(value, dots=dots and key not in _STRUCTS, custom=custom)
    if isinstance(value, list) and not custom:
        return _list(key, value, dots=dots)
    return {}


def _list(key: str, items: list[Any], *, dots: bool) -> FieldSet:
    found: FieldSet = {".": {}} if dots else {}
    if key in APPLY_SETS:
        return found | {f"v:{json.dumps(item)}": {} for item in items}
    keys = apply_keys(key, items)
    if not keys:
        return {}
    for item in items:
        inner = _mapping(item, dots=False, custom=False) if not dots else _item(item)
        found[item_key(item, keys)] = {".": {}, **inner}
    return found


def _item(item: Obj) -> FieldSet:
    return {f"f:{key}": _value(key, value, dots=True, custom=False) for key, value in item.items()}


def item_key(item: Obj, keys: tuple[str, ...]) -> str:
    """Write the path element of a list item; a port's protocol is TCP when unsaid."""
    identity = {key: item.get(key, "TCP" if key == "protocol" else None) for key in keys}
    return "k:" + json.dumps(
        {key: value for key, value in identity.items() if value is not None}, separators=(",", ":")
    )


def unite(left: FieldSet, right: FieldSet) -> FieldSet:
    """Return the fields in either set."""
    result = dict(left)
    for key, value in right.items():
        result[key] = unite(result[key], value) if key in result else value
    return result


def subtract(left: FieldSet, right: FieldSet) -> FieldSet:
    """Return the fields of the first set that the second lacks."""
    result: FieldSet = {}
    for key, value in left.items():
        if key not in right:
            result[key] = value
            continue
        if not value or not right[key]:
            # A leaf on either side: the second set owns the whole of it.
            if value and not right[key]:
                result[key] = value
            continue
        rest = subtract(value, right[key])
        if rest and set(rest) != {"."}:
            result[key] = rest
    return result


def common(left: FieldSet, right: FieldSet) -> list[tuple[str, ...]]:
    """List the leaf paths that are in both sets."""
    found: list[tuple[str, ...]] = []
    for key, value in left.items():
        if key not in right or key == ".":
            continue
        if not value or not right[key]:
            found.append((key,))
        else:
            found += [(key, *rest) for rest in common(value, right[key])]
    return found


def changed(before: Any, after: Any, key: str = "", *, custom: bool = False, top: bool = True) -> FieldSet:
    """List the fields of the second object whose value is new or differs from the first."""
    if isinstance(after, dict) and not (key in ATOMIC and not custom):
        return _changed_mapping(before, after, custom=custom, top=top)
    if isinstance(after, list) and not custom:
        keys = apply_keys(key, after)
        if keys:
            old = {item_key(item, keys): item for item in before or [] if isinstance(item, dict)}
            found: FieldSet = {}
            for item in after:
                name = item_key(item, keys)
                if name not in old:
                    found[name] = {".": {}, **_item(item)}
                elif old[name] != item:
                    found[name] = changed(old[name], item, top=False)
            return found
    return {}


def _changed_mapping(before: Any, after: Obj, *, custom: bool, top: bool) -> FieldSet:
    found: FieldSet = {}
    old = before if isinstance(before, dict) else {}
    for name, value in after.items():
        if top and name in _IDENTITY:
            continue
        if old.get(name) == value:
            continue
        if top and name == "metadata":
            inner = {k: v for k, v in value.items() if k not in _SYSTEM_META}
            prior = {k: v for k, v in old.get(name, {}).items() if k not in _SYSTEM_META}
            if inner != prior:
                found["f:metadata"] = _changed_mapping(prior, inner, custom=custom, top=False)
            continue
        if name not in old:
            found[f"f:{name}"] = _value(name, value, dots=name not in ("spec", "status"), custom=custom)
        else:
            found[f"f:{name}"] = changed(old[name], value, name, custom=custom, top=False)
    return found


def render_path(path: tuple[str, ...]) -> str:
    """Write a path as conflict messages do."""
    text = ""
    for part in path:
        if part.startswith("f:"):
            text += "." + part[2:]
        elif part.startswith("k:"):
            pairs = json.loads(part[2:])
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in pairs.items()) + "]"
        elif part.startswith("v:"):
            text += f"[={part[2:]}]"
    return text
