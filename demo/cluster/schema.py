"""The shapes of the built-in kinds, read from the official client's models: fields, types, unknown names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from kubernetes import client as models

from demo.cluster.kinds import Kind

_WRAPPED = re.compile(r"^(list|dict)\[(.*)\]$", re.IGNORECASE)
_PREFIX = re.compile(r"^(Core|Events|Discovery|Rbac|Flowcontrol|Authentication|Storage)?V\d((alpha|beta)\d)?")
_SPECIAL = {
    ("", "events"): "CoreV1Event",
    ("events.k8s.io", "events"): "EventsV1Event",
    ("resource.k8s.io", "resourceclaims"): "ResourceV1ResourceClaim",
}
_GO_SCALARS = {
    "str": "string",
    "int": "int32",
    "bool": "bool",
    "float": "float64",
    "datetime": "v1.Time",
    "bytes": "[]uint8",
}
_LONG_INTS = {
    "generation",
    "observedGeneration",
    "deletionGracePeriodSeconds",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
    "activeDeadlineSeconds",
    "runAsUser",
    "runAsGroup",
    "fsGroup",
    "revision",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The type of one value: a scalar, a model, or a list or map of something."""

    form: str
    name: str = ""
    item: Shape | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that does not have the declared type."""

    path: str
    struct: str
    found: str
    wanted: str

    @property
    def message(self) -> str:
        """Say it as Go's decoder does."""
        field = f"{self.struct}.{self.path}" if self.struct else self.path
        return f"json: cannot unmarshal {self.found} into Go struct field {field} of type {self.wanted}"


def _parse(text: str) -> Shape:
    wrapped = _WRAPPED.match(text.strip())
    if wrapped is None:
        name = text.strip()
        return Shape("model", name) if hasattr(models, name) else Shape("scalar", name)
    form, inner = wrapped.groups()
    if form.lower() == "dict":
        inner = inner.partition(",")[2]
    return Shape("list" if form.lower() == "list" else "map", item=_parse(inner))


@cache
def fields(model: str) -> dict[str, Shape]:
    """List the JSON fields of a model with their shapes."""
    declared = getattr(models, model)
    names: dict[str, str] = declared.attribute_map
    types: dict[str, str] = declared.openapi_types
    return {names[attribute]: _parse(types[attribute]) for attribute in names}


@cache
def required_fields(model: str) -> frozenset[str]:
    """List the JSON fields that a model always writes."""
    declared = getattr(models, model)
    names: dict[str, str] = declared.attribute_map
    found = declared.model_fields
    return frozenset(names[name] for name in names if name in found and found[name].is_required())


@cache
def description(model: str, attribute: str) -> str:
    """Return what the API reference says of a field, or an empty string."""
    found = getattr(models, model).model_fields.get(attribute)
    return str(found.description or "") if found is not None else ""


@cache
def root_of(group: str, version: str, plural: str, kind: str) -> Shape | None:
    """Find the model of a kind; None when the client has none, as for custom kinds."""
    special = _SPECIAL.get((group, plural))
    name = special or f"{version[0].upper()}{version[1:]}{kind}"
    return Shape("model", name) if hasattr(models, name) else None


def shape_of(kind: Kind) -> Shape | None:
    """Find the shape of a kind's objects."""
    return None if kind.custom else root_of(kind.group, kind.version, kind.plural, kind.kind)


def unknown_fields(shape: Shape | None, value: Any, path: str = "") -> list[str]:
    """List the paths that the shape does not declare."""
    if shape is None or value is None:
        return []
    if shape.form == "model" and isinstance(value, dict):
        known = fields(shape.name)
        if not known:
            return []
        found: list[str] = []
        for key, item in value.items():
            where = f"{path}.{key}" if path else key
            found += [where] if key not in known else unknown_fields(known[key], item, where)
        return found
    if shape.form == "list" and isinstance(value, list):
        return [
            where
            for index, item in enumerate(value)
            for where in unknown_fields(shape.item, item, f"{path}[{index}]")
        ]
    if shape.form == "map" and isinstance(value, dict):
        return [
            where
            for key, item in value.items()
            for where in unknown_fields(shape.item, item, f"{path}.{key}")
        ]
    return []


def _found(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int):
        return "number"
    if isinstance(value, float):
        return f"number {value:g}"
    return "array" if isinstance(value, list) else "object"


def go_name(model: str) -> str:
    """Return a model's Go type name."""
    return _PREFIX.sub("", model)


def _go_type(shape: Shape, key: str) -> str:
    if shape.form == "scalar":
        return "int64" if key in _LONG_INTS else _GO_SCALARS.get(shape.name, shape.name)
    if shape.form == "model":
        return f"v1.{go_name(shape.name)}"
    inner = _go_type(shape.item, key) if shape.item else "interface {}"
    return f"[]{inner}" if shape.form == "list" else f"map[string]{inner}"


def _fits(shape: Shape, value: Any) -> bool:
    if shape.form == "list":
        return isinstance(value, list)
    if shape.form == "map":
        return isinstance(value, dict)
    if shape.form == "model":
        return isinstance(value, dict) or not fields(shape.name)
    if shape.name == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if shape.name == "bool":
        return isinstance(value, bool)
    if shape.name in ("str", "datetime", "bytes"):
        return isinstance(value, str)
    if shape.name == "float":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return True


def _is_quantity_or_either(struct: str, key: str, value: Any) -> bool:
    # Quantities and int-or-string values are written as either, though the models call them strings.
    return isinstance(value, int | float) and not isinstance(value, bool)


_LOOSE = {"limits", "requests", "capacity", "allocatable", "hard", "used", "default", "min", "max"}
_EITHER = {"averageValue", "value", "divisor", "sizeLimit", "storage"}


def wrong_type(
    shape: Shape | None, value: Any, path: str = "", struct: str = "", key: str = ""
) -> Problem | None:
    """Find the first value that does not have its declared type."""
    if shape is None or value is None:
        return None
    if not _fits(shape, value):
        loose = key in _EITHER or struct == "loose"
        if loose and _is_quantity_or_either(struct, key, value):
            return None
        return Problem(path, struct, _found(value), _go_type(shape, key))
    if shape.form == "model":
        known = fields(shape.name)
        for name, item in value.items():
            if name in known:
                where = f"{path}.{name}" if path else name
                problem = wrong_type(known[name], item, where, go_name(shape.name), name)
                if problem:
                    return problem
    elif shape.form in ("list", "map"):
        items = value if isinstance(value, list) else value.values()
        inner = "loose" if key in _LOOSE else struct
        for item in items:
            # Go's decoder names neither indexes nor map keys.
            problem = wrong_type(shape.item, item, path, inner, key)
            if problem:
                return problem
    return None
