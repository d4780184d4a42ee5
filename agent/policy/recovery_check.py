"""Checks the recoveries against the actions and reads that exist: names, parameters and the types of references."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agent.policy.recoveries import RecoveryPolicy, Step
from agent.policy.references import REFERENCES, Amount

Schema = Mapping[str, Any]
_TYPES: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def check_recoveries(
    recoveries: Sequence[RecoveryPolicy], actions: Mapping[str, Schema], reads: Mapping[str, Schema]
) -> list[str]:
    """Return a sentence for each step that could never be done; `actions` and `reads` map a name to the JSON Schema
    of its parameters."""
    return [
        f"{recovery.id}.yaml: step {step.id}: {wrong}"
        for recovery in recoveries
        for step in recovery.steps
        for wrong in _wrong(step, actions, reads)
    ]


def _wrong(step: Step, actions: Mapping[str, Schema], reads: Mapping[str, Schema]) -> Iterator[str]:
    if step.action is not None:
        yield from _named("action", step.action, step, actions)
    elif step.read is not None:
        yield from _named("read", step.read, step, reads)


def _named(kind: str, name: str, step: Step, known: Mapping[str, Schema]) -> Iterator[str]:
    schema = known.get(name)
    if schema is None:
        near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        yield f"there is no {kind} {name}{hint}"
        return
    properties: Schema = schema.get("properties", {})
    for missing in sorted(set(schema.get("required", ())) - set(step.params)):
        yield f"{name} needs the parameter {missing}"
    for given, value in step.params.items():
        if given not in properties:
            near = difflib.get_close_matches(given, properties, n=1, cutoff=0.5)
            yield f"{name} takes no parameter {given}" + (f"; did you mean {near[0]}?" if near else "")
        else:
            yield from _typed(name, given, value, properties[given], schema.get("$defs", {}))


def _typed(name: str, given: str, value: Any, wanted: Schema, definitions: Schema) -> Iterator[str]:
    kind = _kind(value)
    accepted = set(_accepted(wanted, definitions))
    if kind == "integer" and "number" in accepted:
        return
    if accepted and kind is not None and kind not in accepted:
        yield f"{name}: {given} is {_a(kind)}, but {' or '.join(_a(one) for one in sorted(accepted))} is wanted"
    choices = list(_choices(wanted, definitions))
    literal = isinstance(value, str) and not value.startswith("$")
    if choices and literal and value not in choices:
        yield f"{name}: {given} must be one of {', '.join(map(str, choices))}"


def _kind(value: Any) -> str | None:
    """Return the JSON type that a parameter will have; None for one that fits everywhere."""
    if isinstance(value, Amount):
        return "string" if value.written == "text" else "integer"
    if isinstance(value, str) and value.startswith("$"):
        return _TYPES[REFERENCES[value[1:]]]
    if isinstance(value, list):
        return "array"
    if isinstance(value, dict):
        return "object"
    return None if value is None else _TYPES[type(value)]


def _accepted(wanted: Schema, definitions: Schema) -> Iterator[str]:
    for one in _branches(wanted, definitions):
        if isinstance(one.get("type"), str):
            yield one["type"]
        elif "enum" in one or "const" in one:
            yield from (_TYPES[type(v)] for v in one.get("enum", [one.get("const")]) if type(v) in _TYPES)


def _choices(wanted: Schema, definitions: Schema) -> Iterator[Any]:
    branches = list(_branches(wanted, definitions))
    if all("enum" in one or "const" in one or one.get("type") == "null" for one in branches):
        for one in branches:
            yield from one.get("enum", [one["const"]] if "const" in one else [])


def _branches(wanted: Schema, definitions: Schema) -> Iterator[Schema]:
    reference = wanted.get("$ref")
    if isinstance(reference, str):
        yield from _branches(definitions.get(reference.rpartition("/")[2], {}), definitions)
    elif "anyOf" in wanted:
        for one in wanted["anyOf"]:
            yield from _branches(one, definitions)
    else:
        yield wanted


def _a(kind: str) -> str:
    words = {"integer": "a whole number", "number": "a number", "string": "a text", "boolean": "yes or no"}
    return words.get(kind, {"array": "a list", "object": "a mapping", "null": "nothing"}.get(kind, kind))
