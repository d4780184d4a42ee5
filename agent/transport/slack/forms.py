"""Forms made from an action's parameters: fields out of a JSON schema, input blocks, and back to parameters."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.domain.malformed import Malformed
from agent.domain.matchers import Matcher, Operator, parse_matchers
from agent.domain.noun import Json
from agent.locale.messages import known, text
from agent.transport.foreign import clean
from agent.transport.slack import blocks
from agent.transport.slack.blocks import Block

TARGETS = frozenset(
    {"kind", "namespace", "name", "pod", "container", "route", "gateway", "cronjob", "role", "id", "variable"}
)
"""What an action works on; with another one it would be another action, so a change leaves them as they are."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?\d{1,18}(\.\d{1,9})?")
_MOST_CHOICES = 100
_LONGEST = 3_000
_REGEX = {(False, True): Operator.EQUAL, (False, False): Operator.NOT_EQUAL}
_REGEX |= {(True, True): Operator.MATCHES, (True, False): Operator.NOT_MATCHES}
Kind = Literal["integer", "number", "boolean", "choice", "text", "weights", "matchers", "list"]


@dataclass(frozen=True, slots=True)
class FormField:
    """One parameter as a form shows it."""

    name: str
    kind: Kind
    required: bool
    hint: str = ""
    choices: tuple[str, ...] = ()
    default: Json = None
    least: float | None = None
    most: float | None = None
    longest: int = _LONGEST

    @property
    def block(self) -> str:
        """Return the id of its input block."""
        return f"p:{self.name}"


def fields_of(schema: Mapping[str, Json]) -> tuple[FormField, ...]:
    """Return the fields of a JSON schema of one flat object, in its order."""
    properties, required = schema.get("properties"), schema.get("required")
    needed = set(required) if isinstance(required, list) else set()
    found = properties if isinstance(properties, dict) else {}
    return tuple(
        _field(name, one, name in needed, schema) for name, one in found.items() if isinstance(one, dict)
    )


def _field(name: str, raw: dict[str, Json], required: bool, schema: Mapping[str, Json]) -> FormField:
    spec = _resolved(raw, schema)
    choices = spec.get("enum") or ([spec["const"]] if "const" in spec else [])
    listed = tuple(str(one) for one in choices) if isinstance(choices, list) else ()
    longest = spec.get("maxLength")
    return FormField(
        name=name,
        kind="choice" if listed else _kind(spec, schema),
        required=required,
        hint=str(raw.get("description") or spec.get("description") or ""),
        choices=listed[:_MOST_CHOICES],
        default=raw.get("default"),
        least=_bound(spec, "minimum"),
        most=_bound(spec, "maximum"),
        longest=min(longest, _LONGEST) if isinstance(longest, int) and longest > 0 else _LONGEST,
    )


def _resolved(spec: dict[str, Json], schema: Mapping[str, Json]) -> dict[str, Json]:
    """Return the schema behind a reference, and of `X or nothing` that of X."""
    options = spec.get("anyOf")
    if isinstance(options, list):
        real = [one for one in options if isinstance(one, dict) and one.get("type") != "null"]
        return _resolved(real[0], schema) if real else spec
    reference = spec.get("$ref")
    definitions = schema.get("$defs")
    if isinstance(reference, str) and isinstance(definitions, dict):
        found = definitions.get(reference.rpartition("/")[2])
        return found if isinstance(found, dict) else spec
    return spec


def _kind(spec: dict[str, Json], schema: Mapping[str, Json]) -> Kind:
    match spec.get("type"):
        case "integer":
            return "integer"
        case "number":
            return "number"
        case "boolean":
            return "boolean"
        case "object":
            return "weights"
        case "array":
            items = spec.get("items")
            inner = _resolved(items, schema) if isinstance(items, dict) else {}
            return "matchers" if inner.get("type") == "object" else "list"
        case _:
            return "text"


def _bound(spec: dict[str, Json], name: str) -> float | None:
    value = spec.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def label(lang: str, name: str) -> str:
    """Return a parameter's name for people."""
    message = f"param-{name}"
    return (
        text(lang, message) if _ID.fullmatch(name) and known(message) else clean(name.replace("_", " "), 80)
    )


def inputs(fields: Sequence[FormField], values: Mapping[str, Json], lang: str) -> list[Block]:
    """Return the input blocks, filled with what is known."""
    return [_input(one, values.get(one.name, one.default), lang) for one in fields]


def _input(one: FormField, value: Json, lang: str) -> Block:
    made: Block = {
        "type": "input",
        "block_id": one.block,
        "label": blocks.plain(label(lang, one.name), 200),
        "element": _element(one, value, lang),
        "optional": not one.required,
    }
    hints = {"weights": "form-list-hint", "matchers": "form-matchers-hint"}
    hint = text(lang, hints[one.kind]) if one.kind in hints else one.hint
    return made | ({"hint": blocks.plain(hint, 200)} if hint.strip() else {})


def _element(one: FormField, value: Json, lang: str) -> Block:
    if one.kind in ("choice", "boolean"):
        return _select(one, value, lang)
    shown = clean(written(value), one.longest, lines=True)
    initial: Block = {"initial_value": shown} if shown else {}
    if one.kind in ("integer", "number"):
        bounds = {"min_value": one.least, "max_value": one.most}
        limits: Block = {name: f"{bound:g}" for name, bound in bounds.items() if bound is not None}
        decimal = one.kind == "number"
        element: Block = {"type": "number_input", "action_id": "value", "is_decimal_allowed": decimal}
        return element | limits | initial
    several = one.kind in ("weights", "matchers", "list")
    element = {"type": "plain_text_input", "action_id": "value", "max_length": one.longest}
    return element | ({"multiline": True} if several else {}) | initial


def _select(one: FormField, value: Json, lang: str) -> Block:
    if one.kind == "boolean":
        options = [_option(text(lang, "form-yes"), "true"), _option(text(lang, "form-no"), "false")]
    else:
        options = [_option(choice, choice) for choice in one.choices]
    chosen = str(value).lower() if isinstance(value, bool) else str(value)
    initial = next((option for option in options if option["value"] == chosen), None)
    made: Block = {"type": "static_select", "action_id": "value", "options": list(options)}
    return made | ({"initial_option": initial} if initial else {})


def _option(words: str, value: str) -> Block:
    return {"text": blocks.plain(words, 75), "value": clean(value, 150) or "–"}


def written(value: Json) -> str:
    """Return a parameter's value as people write it in a form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "\n".join(f"{key}={written(one)}" for key, one in value.items())
    if isinstance(value, list):
        return "\n".join(_line(one) for one in value)
    return str(value)


def _line(one: Json) -> str:
    if isinstance(one, dict) and "name" in one and "value" in one:
        regex, equal = bool(one.get("isRegex", False)), bool(one.get("isEqual", True))
        return f"{one['name']}{_REGEX[regex, equal].value}{json.dumps(str(one['value']), ensure_ascii=False)}"
    return json.dumps(one, ensure_ascii=False) if isinstance(one, dict | list) else written(one)


def read_form(
    fields: Sequence[FormField], entered: Mapping[str, str], lang: str
) -> tuple[dict[str, Json], dict[str, str]]:
    """Return the parameters that were entered and, by input block, what is wrong with the others."""
    params: dict[str, Json] = {}
    wrong: dict[str, str] = {}
    for one in fields:
        words = entered.get(one.block, "").strip()
        if not words:
            if one.required:
                wrong[one.block] = text(lang, "form-needs-value")
            continue
        value, problem = _read(one, words)
        if problem:
            wrong[one.block] = text(lang, problem)
        else:
            params[one.name] = value
    return params, wrong


def _read(one: FormField, words: str) -> tuple[Json, str]:
    match one.kind:
        case "integer":
            return (int(words), "") if _INTEGER.fullmatch(words) else (None, "form-needs-number")
        case "number":
            return (float(words), "") if _DECIMAL.fullmatch(words) else (None, "form-needs-decimal")
        case "boolean":
            return words == "true", ""
        case "weights":
            return _weights(words)
        case "matchers":
            return _matchers(words)
        case "list":
            return [line.strip() for line in words.splitlines() if line.strip()], ""
        case _:
            return words, ""


def _weights(words: str) -> tuple[Json, str]:
    found: dict[str, Json] = {}
    for line in words.splitlines():
        if not line.strip():
            continue
        name, mark, number = (part.strip() for part in line.partition("="))
        if not (name and mark and _INTEGER.fullmatch(number)) or name in found:
            return None, "form-needs-lines"
        found[name] = int(number)
    return found, ""


def _matchers(words: str) -> tuple[Json, str]:
    try:
        found = [one for line in words.splitlines() if line.strip() for one in parse_matchers(line.strip())]
    except (Malformed, ValueError):
        return None, "form-needs-matchers"
    return [_as_json(one) for one in found], ""


def _as_json(one: Matcher) -> Json:
    regex = one.operator in (Operator.MATCHES, Operator.NOT_MATCHES)
    equal = one.operator in (Operator.EQUAL, Operator.MATCHES)
    return {"name": one.name, "value": one.value, "isRegex": regex, "isEqual": equal}
