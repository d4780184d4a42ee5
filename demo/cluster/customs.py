"""Custom kinds: from a CustomResourceDefinition to a served kind, its schema's defaults and its checks."""

from __future__ import annotations

from typing import Any

from demo.cluster.kinds import Kind, Subresource
from demo.cluster.names import go_json, go_string
from demo.cluster.objects import Obj, clone, dig, stamp
from demo.cluster.status import Cause, bad_value, required, unsupported

_OPEN: Obj = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_BACKEND: Obj = {
    "type": "object",
    "x-kubernetes-preserve-unknown-fields": True,
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "port": {"type": "integer"},
        "weight": {"type": "integer", "minimum": 0, "maximum": 1000000, "default": 1},
    },
}
_RULES: Obj = {
    "type": "array",
    "items": {**_OPEN, "properties": {"backendRefs": {"type": "array", "items": _BACKEND}}},
}
_ROUTE: Obj = {
    "type": "object",
    "properties": {"spec": {**_OPEN, "properties": {"rules": _RULES}}, "status": _OPEN},
}
_FREE: Obj = {"type": "object", "properties": {"spec": _OPEN, "status": _OPEN}}

BUILTIN = (
    ("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", _ROUTE),
    ("gateway.networking.k8s.io", "v1", "gateways", "Gateway", _FREE),
    ("networking.istio.io", "v1", "destinationrules", "DestinationRule", _FREE),
    ("cert-manager.io", "v1", "certificates", "Certificate", _FREE),
)


def builtin_customs() -> list[Kind]:
    """List the custom kinds that are served without a definition; discovery shows them once used."""
    status = (Subresource("status", "", SUB),)
    return [
        Kind(
            group,
            version,
            plural,
            name,
            True,
            subresources=status,
            singular=name.lower(),
            custom=True,
            listed=False,
            schema=schema,
        )
        for group, version, plural, name, schema in BUILTIN
    ]


SUB = ("get", "patch", "update")


def kinds_of(definition: Obj) -> list[Kind]:
    """Read the kinds that a definition serves."""
    spec = definition["spec"]
    names = spec["names"]
    found = []
    for version in spec.get("versions") or []:
        if not version.get("served"):
            continue
        subs = version.get("subresources") or {}
        found.append(
            Kind(
                spec["group"],
                version["name"],
                names["plural"],
                names["kind"],
                spec.get("scope") == "Namespaced",
                tuple(names.get("shortNames") or ()),
                tuple(names.get("categories") or ()),
                tuple(Subresource(name, names["kind"]) for name in sorted(subs)),
                singular=names.get("singular") or names["kind"].lower(),
                custom=True,
                schema=dig(version, "schema", "openAPIV3Schema"),
            )
        )
    return found


def established(definition: Obj) -> Obj:
    """Return the status of a definition whose names are accepted."""
    names = definition["spec"]["names"]
    accepted = {**names, "listKind": names.get("listKind", names["kind"] + "List")}
    accepted.setdefault("singular", names["kind"].lower())
    stored = [version["name"] for version in definition["spec"]["versions"] if version.get("storage")]
    return {
        "conditions": [
            _condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            _condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
        "acceptedNames": accepted,
        "storedVersions": stored,
    }


def _condition(kind: str, reason: str, message: str) -> Obj:
    return {
        "type": kind,
        "status": "True",
        "lastTransitionTime": stamp(),
        "reason": reason,
        "message": message,
    }


def apply_schema(schema: Obj | None, value: Any, *, top: bool = True) -> Any:
    """Fill in the schema's defaults and prune what it does not know."""
    if schema is None:
        return value
    if isinstance(value, dict):
        return _apply_mapping(schema, value, top=top)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        return [apply_schema(schema["items"], item, top=False) for item in value]
    return value


def _apply_mapping(schema: Obj, value: Obj, *, top: bool) -> Obj:
    known: Obj = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    free = schema.get("x-kubernetes-preserve-unknown-fields") or extra is True
    result: Obj = {}
    for key, item in value.items():
        if top and key in ("apiVersion", "kind", "metadata"):
            result[key] = item
        elif key in known:
            result[key] = apply_schema(known[key], item, top=False)
        elif isinstance(extra, dict):
            result[key] = apply_schema(extra, item, top=False)
        elif free:
            result[key] = item
    for key, inner in known.items():
        if key not in result and "default" in inner:
            result[key] = clone(inner["default"])
    return result


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def check_schema(schema: Obj | None, value: Any, path: str = "") -> list[Cause]:
    """List where a value breaks its schema."""
    if schema is None:
        return []
    wanted = schema.get("type", "")
    if schema.get("x-kubernetes-int-or-string") or value is None:
        return []
    if wanted in _TYPES and (
        not isinstance(value, _TYPES[wanted]) or (wanted != "boolean" and value is True)
    ):
        found = go_string(_named(value))
        why = f"{path} in body must be of type {wanted}: {found}"
        return [Cause(path, "FieldValueTypeInvalid", f"Invalid value: {found}: {why}")]
    causes = _check_scalar(schema, value, path)
    if isinstance(value, dict):
        causes += _check_mapping(schema, value, path)
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            causes += check_schema(schema["items"], item, f"{path}[{index}]")
    return causes


def _named(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _check_scalar(schema: Obj, value: Any, path: str) -> list[Cause]:
    causes = []
    if "enum" in schema and value not in schema["enum"]:
        causes.append(unsupported(path, go_json(value), [str(item) for item in schema["enum"]]))
    if isinstance(value, int | float) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            why = f"{path} in body should be greater than or equal to {schema['minimum']}"
            causes.append(bad_value(path, str(value), why))
        if "maximum" in schema and value > schema["maximum"]:
            why = f"{path} in body should be less than or equal to {schema['maximum']}"
            causes.append(bad_value(path, str(value), why))
    return causes


def _check_mapping(schema: Obj, value: Obj, path: str) -> list[Cause]:
    causes = []
    for name in schema.get("required") or []:
        if name not in value:
            causes.append(required(f"{path}.{name}" if path else name))
    for name, inner in (schema.get("properties") or {}).items():
        if name in value:
            causes += check_schema(inner, value[name], f"{path}.{name}" if path else name)
    return causes
