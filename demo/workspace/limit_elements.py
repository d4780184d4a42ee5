"""The limits of interactive elements, options and confirm dialogs."""

from typing import Any

from demo.workspace.limit_pass import LimitPass

Json = dict[str, Any]
_SELECTS = {
    "static_select", "multi_static_select", "external_select", "multi_external_select", "users_select",
    "multi_users_select", "conversations_select", "multi_conversations_select", "channels_select",
    "multi_channels_select",
}  # fmt: skip
_INPUTS = {
    "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "datepicker",
    "timepicker", "datetimepicker", "file_input",
}  # fmt: skip
_OPTION_COUNTS = {"overflow": (1, 5), "checkboxes": (1, 10), "radio_buttons": (1, 10)}
_OTHERS = {"button", "icon_button", "feedback_buttons", "workflow_button", "image"}
_KNOWN = _SELECTS | _INPUTS | set(_OPTION_COUNTS) | _OTHERS


def check_elements(found: LimitPass, elements: Any, at: str, least: int, most: int) -> None:
    """Check a list of elements, their number, and that no action id repeats."""
    if not found.count(at, elements, least, most):
        return
    seen: set[str] = set()
    for number, element in enumerate(elements):
        pointer = f"{at}/{number}"
        check_element(found, element, pointer)
        name = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(name, str) and name in seen:
            found.add(f"{pointer}/action_id", f"`action_id` already exists: {name}")
        elif isinstance(name, str):
            seen.add(name)


def check_element(found: LimitPass, element: Any, at: str) -> None:
    """Check one element."""
    if not isinstance(element, dict):
        found.add(at, "must be an object")
        return
    kind = str(element.get("type"))
    if kind not in _KNOWN:
        found.add(f"{at}/type", f"unsupported type: {element.get('type')}")
        return
    found.string(element.get("action_id"), f"{at}/action_id", 255)
    found.text_object(element.get("placeholder"), f"{at}/placeholder", 150, plain=True)
    if element.get("confirm") is not None:
        _confirm(found, element["confirm"], f"{at}/confirm")
    if kind == "button":
        _button(found, element, at)
    elif kind == "image":
        found.string(element.get("alt_text"), f"{at}/alt_text", 2000, required=True)
        found.string(element.get("image_url"), f"{at}/image_url", 3000)
    else:
        _options(found, element, kind, at)


def _button(found: LimitPass, element: Json, at: str) -> None:
    found.text_object(element.get("text"), f"{at}/text", 75, plain=True, required=True)
    found.string(element.get("value"), f"{at}/value", 2000)
    found.string(element.get("url"), f"{at}/url", 3000)
    found.string(element.get("agent_prompt"), f"{at}/agent_prompt", 4000)
    found.string(element.get("accessibility_label"), f"{at}/accessibility_label", 75)
    found.one_of(element.get("style"), f"{at}/style", ("primary", "danger"))


def _options(found: LimitPass, element: Json, kind: str, at: str) -> None:
    least, most = _OPTION_COUNTS.get(kind, (1, 100))
    options, groups = element.get("options"), element.get("option_groups")
    needs = kind in _OPTION_COUNTS or kind in ("static_select", "multi_static_select")
    if needs and options is None and groups is None:
        found.missing(f"{at}/options")
    if options is not None and found.count(f"{at}/options", options, least, most):
        _check_options(found, options, f"{at}/options")
    if groups is not None and found.count(f"{at}/option_groups", groups, 1, 100):
        for number, group in enumerate(groups):
            pointer = f"{at}/option_groups/{number}"
            if not isinstance(group, dict):
                found.add(pointer, "must be an object")
                continue
            found.text_object(group.get("label"), f"{pointer}/label", 75, plain=True, required=True)
            if found.count(f"{pointer}/options", group.get("options"), 1, 100):
                _check_options(found, group["options"], f"{pointer}/options")


def _check_options(found: LimitPass, options: list[Any], at: str) -> None:
    for number, option in enumerate(options):
        pointer = f"{at}/{number}"
        if not isinstance(option, dict):
            found.add(pointer, "must be an object")
            continue
        found.text_object(option.get("text"), f"{pointer}/text", 75, required=True)
        found.string(option.get("value"), f"{pointer}/value", 150, required=True)
        found.text_object(option.get("description"), f"{pointer}/description", 75)


def _confirm(found: LimitPass, confirm: Any, at: str) -> None:
    if not isinstance(confirm, dict):
        found.add(at, "must be an object")
        return
    found.text_object(confirm.get("title"), f"{at}/title", 100, plain=True)
    found.text_object(confirm.get("text"), f"{at}/text", 300, required=True)
    found.text_object(confirm.get("confirm"), f"{at}/confirm", 30, plain=True)
    found.text_object(confirm.get("deny"), f"{at}/deny", 30, plain=True)
