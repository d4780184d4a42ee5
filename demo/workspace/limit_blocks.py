"""The limits of each block type, one short function per block."""

from collections.abc import Callable
from typing import Any

from demo.workspace.limit_elements import check_element, check_elements
from demo.workspace.limit_pass import LimitPass

Json = dict[str, Any]
_TASK_STATUS = ("pending", "in_progress", "complete", "error")


def check_block(found: LimitPass, block: Any, at: str) -> None:
    """Check one block and everything in it."""
    if not isinstance(block, dict):
        found.add(at, "must be an object")
        return
    found.string(block.get("block_id"), f"{at}/block_id", 255)
    check = _BLOCKS.get(str(block.get("type")))
    if check is None:
        found.add(f"{at}/type", f"unsupported type: {block.get('type')}")
    else:
        check(found, block, at)


def _section(found: LimitPass, block: Json, at: str) -> None:
    if block.get("text") is None and not block.get("fields"):
        found.missing(f"{at}/text")
    found.text_object(block.get("text"), f"{at}/text", 3000)
    fields = block.get("fields")
    if fields is not None and found.count(f"{at}/fields", fields, 1, 10):
        for number, field in enumerate(fields):
            found.text_object(field, f"{at}/fields/{number}", 2000)
    if block.get("accessory") is not None:
        check_element(found, block["accessory"], f"{at}/accessory")


def _header(found: LimitPass, block: Json, at: str) -> None:
    found.text_object(block.get("text"), f"{at}/text", 150, plain=True, required=True)


def _markdown(found: LimitPass, block: Json, at: str) -> None:
    found.string(block.get("text"), f"{at}/text", 12_000, least=1, required=True)


def _actions(found: LimitPass, block: Json, at: str) -> None:
    check_elements(found, block.get("elements"), f"{at}/elements", 1, 25)


def _context_actions(found: LimitPass, block: Json, at: str) -> None:
    check_elements(found, block.get("elements"), f"{at}/elements", 1, 5)


def _context(found: LimitPass, block: Json, at: str) -> None:
    if not found.count(f"{at}/elements", block.get("elements"), 1, 10):
        return
    for number, element in enumerate(block["elements"]):
        pointer = f"{at}/elements/{number}"
        if isinstance(element, dict) and element.get("type") == "image":
            _image(found, element, pointer)
        else:
            found.text_object(element, pointer, 3000)


def _image(found: LimitPass, block: Json, at: str) -> None:
    if not block.get("image_url") and not block.get("slack_file"):
        found.missing(f"{at}/image_url")
    found.string(block.get("image_url"), f"{at}/image_url", 3000)
    found.string(block.get("alt_text"), f"{at}/alt_text", 2000, required=True)
    found.text_object(block.get("title"), f"{at}/title", 2000, plain=True)


def _input(found: LimitPass, block: Json, at: str) -> None:
    found.text_object(block.get("label"), f"{at}/label", 2000, plain=True, required=True)
    found.text_object(block.get("hint"), f"{at}/hint", 2000, plain=True)
    if block.get("element") is None:
        found.missing(f"{at}/element")
    else:
        check_element(found, block["element"], f"{at}/element")


def _alert(found: LimitPass, block: Json, at: str) -> None:
    found.text_object(block.get("text"), f"{at}/text", 200, required=True)
    found.one_of(block.get("level"), f"{at}/level", ("default", "info", "warning", "error", "success"))


def _card(found: LimitPass, block: Json, at: str) -> None:
    parts = ("title", "body", "actions", "hero_image")
    if not any(block.get(part) for part in parts):
        found.missing(f"{at}/title")
    for key, most in (("title", 150), ("subtitle", 150), ("body", 200)):
        found.text_object(block.get(key), f"{at}/{key}", most)
    if block.get("actions") is not None:
        check_elements(found, block["actions"], f"{at}/actions", 1, 3)


def _carousel(found: LimitPass, block: Json, at: str) -> None:
    if found.count(f"{at}/elements", block.get("elements"), 1, 10):
        for number, card in enumerate(block["elements"]):
            check_block(found, card, f"{at}/elements/{number}")


def _container(found: LimitPass, block: Json, at: str) -> None:
    found.text_object(block.get("title"), f"{at}/title", 150, plain=True)
    if found.count(f"{at}/child_blocks", block.get("child_blocks"), 1, 10):
        for number, child in enumerate(block["child_blocks"]):
            check_block(found, child, f"{at}/child_blocks/{number}")


def _plan(found: LimitPass, block: Json, at: str) -> None:
    found.string(block.get("title"), f"{at}/title", 256, least=1, required=True)
    tasks = block.get("tasks")
    if tasks is not None and found.count(f"{at}/tasks", tasks, 0, 50):
        for number, task in enumerate(tasks):
            _task_card(found, task, f"{at}/tasks/{number}")


def _task_card(found: LimitPass, block: Any, at: str) -> None:
    if not isinstance(block, dict):
        found.add(at, "must be an object")
        return
    found.string(block.get("task_id"), f"{at}/task_id", 255, least=1, required=True)
    found.string(block.get("title"), f"{at}/title", 256, least=1, required=True)
    found.one_of(block.get("status", "pending"), f"{at}/status", _TASK_STATUS)


def _table(found: LimitPass, block: Json, at: str) -> None:
    if not found.count(f"{at}/rows", block.get("rows"), 1, 100):
        return
    for number, row in enumerate(block["rows"]):
        found.count(f"{at}/rows/{number}", row, 1, 20)
    settings = block.get("column_settings")
    if settings is not None:
        found.count(f"{at}/column_settings", settings, 0, 20)


def _data_table(found: LimitPass, block: Json, at: str) -> None:
    found.string(block.get("caption"), f"{at}/caption", 2000, least=1, required=True)
    if found.count(f"{at}/rows", block.get("rows"), 2, 201):
        for number, row in enumerate(block["rows"]):
            found.count(f"{at}/rows/{number}", row, 1, 20)


def _rich_text(found: LimitPass, block: Json, at: str) -> None:
    found.count(f"{at}/elements", block.get("elements"), 0, 1000)


def _video(found: LimitPass, block: Json, at: str) -> None:
    found.text_object(block.get("title"), f"{at}/title", 200, plain=True, required=True)
    for key in ("video_url", "thumbnail_url", "alt_text"):
        found.string(block.get(key), f"{at}/{key}", 3000, least=1, required=True)


def _file(found: LimitPass, block: Json, at: str) -> None:
    found.string(block.get("external_id"), f"{at}/external_id", 255, least=1, required=True)


def _nothing(_found: LimitPass, _block: Json, _at: str) -> None:
    return


_BLOCKS: dict[str, Callable[[LimitPass, Json, str], None]] = {
    "section": _section,
    "header": _header,
    "markdown": _markdown,
    "actions": _actions,
    "context_actions": _context_actions,
    "context": _context,
    "image": _image,
    "input": _input,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "plan": _plan,
    "task_card": _task_card,
    "table": _table,
    "data_table": _data_table,
    "rich_text": _rich_text,
    "video": _video,
    "file": _file,
    "divider": _nothing,
}
