"""Find interactive elements in blocks, and turn what a person chose into Slack's action and state objects."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

# Which key of an action or a state value carries the choice, by element type.
VALUE_KEY: dict[str, str] = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "overflow": "selected_option",
    "radio_buttons": "selected_option",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
}
_PRESSED = {"button", "icon_button", "overflow", "feedback_buttons", "workflow_button"}
_INITIAL: dict[str, str] = {
    "value": "initial_value",
    "rich_text_value": "initial_value",
    **{
        key: key.replace("selected_", "initial_") for key in VALUE_KEY.values() if key.startswith("selected_")
    },
}


def placed(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield each interactive element with the block that holds it, through containers and cards."""
    for block in blocks:
        own = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
        own += block.get("actions") or []
        for element in own:
            if isinstance(element, dict) and (element.get("action_id") or element.get("type") in _PRESSED):
                yield block, element
        for key in ("child_blocks", "blocks", "elements", "cards"):
            nested = block.get(key)
            if isinstance(nested, list):
                inner = [b for b in nested if isinstance(b, dict) and "type" in b and "action_id" not in b]
                yield from placed(inner)


def find(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json] | None:
    """Find an element by its action id, in one block when that is known."""
    for block, element in placed(blocks):
        if element.get("action_id") == action_id and block_id in ("", block.get("block_id", "")):
            return block, element
    return None


def all_blocks(message: Json) -> list[Json]:
    """List a message's blocks with those of its attachments."""
    blocks = list(message.get("blocks") or [])
    for attachment in message.get("attachments") or []:
        blocks += attachment.get("blocks") or []
    return blocks


def action(block: Json, element: Json, given: Json, action_ts: str) -> Json:
    """Build the action object of a `block_actions` payload."""
    kind = str(element["type"])
    made: Json = {
        "type": kind,
        "action_id": element.get("action_id", ""),
        "block_id": block.get("block_id", ""),
        "action_ts": action_ts,
    }
    if kind in ("button", "icon_button", "workflow_button"):
        made["text"] = element.get("text", {"type": "plain_text", "text": ""})
        for key in ("value", "style", "url"):
            if element.get(key):
                made[key] = element[key]
        if kind == "icon_button":
            made |= {"icon": element.get("icon", ""), "value": element.get("value", "")}
        return made
    if kind == "feedback_buttons":
        return made | _feedback(element, str(given.get("value", "")))
    key = VALUE_KEY.get(kind, "value")
    made[key] = given.get(key)
    if element.get("placeholder"):
        made["placeholder"] = element["placeholder"]
    return made


def _feedback(element: Json, value: str) -> Json:
    buttons = [element.get("positive_button") or {}, element.get("negative_button") or {}]
    pressed = next((button for button in buttons if button.get("value") == value), {})
    return {"value": value, "text": pressed.get("text", {"type": "plain_text", "text": ""})}


def initial_state(element: Json) -> Json | None:
    """Return an element's state before anybody touched it; None for buttons."""
    kind = str(element.get("type"))
    key = VALUE_KEY.get(kind)
    if key is None or kind in _PRESSED:
        return None
    initial = element.get(_INITIAL.get(key, ""))
    if initial is None:
        initial = (
            [] if key.endswith("s") and key != "files" and kind.startswith(("multi_", "check")) else None
        )
    return {"type": kind, key: initial}


def state_values(blocks: list[Json], given: Json) -> Json:
    """Return `state.values`: what was filled in, over what the elements started with."""
    values: Json = {}
    for block, element in placed(blocks):
        start = initial_state(element)
        if start is None:
            continue
        block_id, action_id = str(block.get("block_id", "")), str(element.get("action_id", ""))
        filled = (given.get(block_id) or {}).get(action_id)
        if filled is not None:
            start = {"type": start["type"], **{k: v for k, v in filled.items() if k != "type"}}
        values.setdefault(block_id, {})[action_id] = start
    return values


def choose(element: Json, wanted: Any) -> Json:
    """Turn a plain Python value into the element's state; options are found by their value."""
    kind = str(element["type"])
    key = VALUE_KEY.get(kind, "value")
    if key == "selected_option":
        return {"type": kind, key: _option(element, wanted)}
    if key == "selected_options":
        return {"type": kind, key: [_option(element, each) for each in wanted]}
    return {"type": kind, key: wanted}


def _option(element: Json, wanted: Any) -> Json:
    if isinstance(wanted, dict):
        return wanted
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group.get("options") or []
    found = next((option for option in options if option.get("value") == wanted), None)
    return found or {"text": {"type": "plain_text", "text": str(wanted)}, "value": str(wanted)}
