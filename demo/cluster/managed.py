"""Who owns which field: the managedFields entries and how writes move them."""

from __future__ import annotations

from dataclasses import dataclass

from demo.cluster.fieldsets import FieldSet, changed, fields_of, subtract, unite
from demo.cluster.objects import Obj, meta, stamp


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who writes: the field manager's name, and how it writes."""

    manager: str
    operation: str = "Update"
    subresource: str = ""


def entries_of(obj: Obj) -> list[Obj]:
    """Return the managedFields entries."""
    found: list[Obj] = obj.get("metadata", {}).get("managedFields") or []
    return found


def is_by(entry: Obj, writer: Writer) -> bool:
    """Tell whether an entry belongs to a writer."""
    return (
        entry.get("manager") == writer.manager
        and entry.get("operation") == writer.operation
        and entry.get("subresource", "") == writer.subresource
    )


def record_update(before: Obj | None, after: Obj, writer: Writer, *, custom: bool = False) -> None:
    """Move the ownership of every field that an ordinary write changed to its writer."""
    entries = [dict(entry) for entry in entries_of(before or {})]
    if before is None:
        mine = fields_of({k: v for k, v in after.items() if k != "status"}, dots=True, custom=custom)
    else:
        mine = changed(before, after, custom=custom)
    gone = subtract(
        fields_of(before or {}, dots=True, custom=custom), fields_of(after, dots=True, custom=custom)
    )
    rest = [_less(entry, [mine, gone], keep=is_by(entry, writer)) for entry in entries]
    kept = [entry for entry in rest if entry.get("fieldsV1")]
    if mine:
        kept = _added(kept, after, writer, mine)
    _store(after, kept)


def _less(entry: Obj, taken: list[FieldSet], *, keep: bool) -> Obj:
    owned = entry.get("fieldsV1") or {}
    remaining = subtract(owned, taken[1])
    if not keep:
        remaining = subtract(remaining, taken[0])
    return entry if remaining == owned else {**entry, "fieldsV1": remaining}


def _added(entries: list[Obj], after: Obj, writer: Writer, mine: FieldSet) -> list[Obj]:
    for index, entry in enumerate(entries):
        if is_by(entry, writer):
            united = unite(entry.get("fieldsV1") or {}, mine)
            entries[index] = {**entry, "time": stamp(), "fieldsV1": united}
            return entries
    return [*entries, new_entry(after, writer, mine)]


def new_entry(obj: Obj, writer: Writer, owned: FieldSet) -> Obj:
    """Build an entry for a writer."""
    entry: Obj = {
        "manager": writer.manager,
        "operation": writer.operation,
        "apiVersion": obj.get("apiVersion", "v1"),
        "time": stamp(),
        "fieldsType": "FieldsV1",
        "fieldsV1": owned,
    }
    if writer.subresource:
        entry["subresource"] = writer.subresource
    return entry


def store_entries(obj: Obj, entries: list[Obj]) -> None:
    """Write the entries in the server's order: appliers first, then by time and name."""
    _store(obj, entries)


def _store(obj: Obj, entries: list[Obj]) -> None:
    ordered = sorted(
        entries,
        key=lambda e: (
            e.get("operation") != "Apply",
            e.get("time", ""),
            e.get("manager", ""),
            e.get("subresource", ""),
        ),
    )
    if ordered:
        meta(obj)["managedFields"] = ordered
    else:
        meta(obj).pop("managedFields", None)
