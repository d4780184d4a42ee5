"""Server-side apply: merging by ownership, and the conflicts it finds."""

from __future__ import annotations

from typing import Any

from demo.cluster.fieldsets import FieldSet, common, fields_of, item_key, render_path, subtract
from demo.cluster.listkeys import APPLY_SETS, ATOMIC, apply_keys
from demo.cluster.managed import Writer, entries_of, is_by, new_entry, store_entries
from demo.cluster.objects import Obj, clone
from demo.cluster.status import ApiError, Cause


def apply_patch(live: Obj | None, config: Obj, writer: Writer, *, force: bool, custom: bool = False) -> Obj:
    """Apply a configuration; raise 409 when it would change what others own and is not forced."""
    wanted = fields_of(config, dots=False, custom=custom)
    entries = entries_of(live or {})
    others = [entry for entry in entries if not is_by(entry, writer)]
    conflicts = _conflicts(live or {}, config, wanted, others, custom=custom)
    if conflicts and not force:
        raise _conflict_error(conflicts)
    before = next((entry.get("fieldsV1") or {} for entry in entries if is_by(entry, writer)), {})
    result = merge(live or {}, config, custom=custom)
    dropped = subtract(before, wanted)
    for entry in others:
        dropped = subtract(dropped, entry.get("fieldsV1") or {})
    _prune(result, dropped)
    taken = _tree([path for _, path in conflicts])
    kept = [{**entry, "fieldsV1": subtract(entry.get("fieldsV1") or {}, taken)} for entry in others]
    mine = next((entry for entry in entries if is_by(entry, writer)), None)
    own = mine if mine is not None and mine.get("fieldsV1") == wanted else new_entry(config, writer, wanted)
    store_entries(result, [entry for entry in [*kept, own] if entry.get("fieldsV1")])
    return result


def merge(live: Obj, config: Obj, *, custom: bool = False) -> Obj:
    """Lay a configuration over an object, lists by their keys."""
    result: Obj = clone(live)
    for key, value in config.items():
        if key == "managedFields":
            continue
        current = result.get(key)
        if isinstance(value, dict) and isinstance(current, dict) and (custom or key not in ATOMIC):
            result[key] = merge(current, value, custom=custom)
        elif isinstance(value, list) and isinstance(current, list) and not custom:
            result[key] = _merge_list(key, current, value)
        else:
            result[key] = clone(value)
    return result


def _merge_list(field: str, current: list[Any], items: list[Any]) -> list[Any]:
    if field in APPLY_SETS:
        return current + [item for item in items if item not in current]
    keys = apply_keys(field, items)
    if not keys:
        return [clone(item) for item in items]
    old = {item_key(item, keys): item for item in current if isinstance(item, dict)}
    result = dict(old)
    for item in items:
        name = item_key(item, keys)
        result[name] = merge(old[name], item) if name in old else clone(item)
    return list(result.values())


def _conflicts(
    live: Obj, config: Obj, wanted: FieldSet, others: list[Obj], *, custom: bool
) -> list[tuple[Obj, tuple[str, ...]]]:
    found = []
    for entry in others:
        for path in common(wanted, entry.get("fieldsV1") or {}):
            if _at(live, path) != _at(config, path):
                found.append((entry, path))
    return found


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        if part.startswith("f:"):
            value = value.get(part[2:]) if isinstance(value, dict) else None
        elif part.startswith("k:"):
            value = _item_at(value, part)
    return value


def _item_at(items: Any, part: str) -> Any:
    for item in items or []:
        if isinstance(item, dict):
            keys = apply_keys("ports", [item]) if "ort" in part and "protocol" in part else ()
            names = keys or tuple(key for key in item if f'"{key}":' in part)
            if item_key(item, names) == part:
                return item
    return None


def _conflict_error(conflicts: list[tuple[Obj, tuple[str, ...]]]) -> ApiError:
    causes = [
        Cause(render_path(path), "FieldManagerConflict", f"conflict with {_described(entry)}")
        for entry, path in conflicts
    ]
    if len(conflicts) == 1:
        message = f"Apply failed with 1 conflict: {causes[0].message}: {causes[0].field}"
    else:
        message = f"Apply failed with {len(causes)} conflicts: " + "\n".join(_grouped(conflicts))
    details = {"causes": [cause.as_json() for cause in causes]}
    return ApiError(409, "Conflict", message, details=details)


def _described(entry: Obj) -> str:
    name = f'"{entry.get("manager")}"'
    if entry.get("subresource"):
        name += f' with subresource "{entry["subresource"]}"'
    if entry.get("operation") != "Apply":
        name += f" using {entry.get('apiVersion')}"
    return name


def _grouped(conflicts: list[tuple[Obj, tuple[str, ...]]]) -> list[str]:
    by_manager: dict[str, list[str]] = {}
    for entry, path in conflicts:
        by_manager.setdefault(_described(entry), []).append(render_path(path))
    lines = []
    for who in sorted(by_manager):
        lines.append(f"conflicts with {who}:")
        lines += [f"- {field}" for field in by_manager[who]]
    return lines


def _tree(paths: list[tuple[str, ...]]) -> FieldSet:
    root: FieldSet = {}
    for path in paths:
        here = root
        for part in path:
            here = here.setdefault(part, {})
    return root


def _prune(value: Any, fields: FieldSet) -> None:
    for part, rest in fields.items():
        if part.startswith("f:") and isinstance(value, dict):
            if not rest:
                value.pop(part[2:], None)
            else:
                _prune(value.get(part[2:]), rest)
                if value.get(part[2:]) in ({}, []):
                    value.pop(part[2:])
        elif part.startswith("k:") and isinstance(value, list):
            item = _item_at(value, part)
            if item is None:
                continue
            if "." in rest or not rest:
                value.remove(item)
            else:
                _prune(item, rest)
        elif part.startswith("v:") and isinstance(value, list):
            value[:] = [item for item in value if f'v:"{item}"' != part]
