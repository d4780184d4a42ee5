"""What Slack's own client checks before it sends a modal: required fields and simple forms."""

import re
from typing import Any

from demo.workspace.acts.elements import VALUE_KEY

Json = dict[str, Any]
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+")


def missing_input(blocks: list[Json], values: Json) -> dict[str, str]:
    """Return one sentence per input block that is not filled in properly."""
    errors: dict[str, str] = {}
    for block in blocks:
        if block.get("type") != "input":
            continue
        element = block.get("element") or {}
        block_id = str(block.get("block_id", ""))
        filled = values.get(block_id, {}).get(str(element.get("action_id", "")), {})
        value = filled.get(VALUE_KEY.get(str(element.get("type")), "value"))
        if value in (None, "", []):
            if not block.get("optional"):
                errors[block_id] = "Please complete this required field."
            continue
        problem = _form(element, value)
        if problem:
            errors[block_id] = problem
    return errors


def _form(element: Json, value: Any) -> str:
    kind = element.get("type")
    if kind == "plain_text_input":
        return _length(element, str(value))
    if kind == "email_text_input" and not _EMAIL.fullmatch(str(value)):
        return "Please enter a valid email address."
    if kind == "url_text_input" and not _URL.fullmatch(str(value)):
        return "Please enter a valid URL."
    if kind == "number_input":
        return _number(element, str(value))
    return ""


def _length(element: Json, value: str) -> str:
    shortest, longest = int(element.get("min_length", 0)), int(element.get("max_length", 3000))
    if len(value) < shortest:
        return f"Please enter at least {shortest} characters."
    return f"Please enter at most {longest} characters." if len(value) > longest else ""


def _number(element: Json, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if "." in value and not element.get("is_decimal_allowed"):
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return ""
