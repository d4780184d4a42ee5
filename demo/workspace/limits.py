"""Slack's lengths and counts for messages and views; pure, fast, and always on."""

from typing import Any

from demo.workspace.limit_blocks import check_block
from demo.workspace.limit_pass import LimitPass, Problem

__all__ = ["Problem", "check_blocks", "check_message", "check_view", "total_text"]

Json = dict[str, Any]
MESSAGE_BLOCKS = 50
MESSAGE_ATTACHMENTS = 100
VIEW_BLOCKS = 100
MARKDOWN_TOTAL = 12_000
_VIEW_TEXTS = {"title": 24, "submit": 24, "close": 24}
_NOT_IN_VIEWS = frozenset({"markdown", "plan", "task_card", "context_actions", "file", "table", "data_table"})


def check_blocks(
    blocks: Any, *, at: str = "/blocks", most: int = MESSAGE_BLOCKS, view: bool = False
) -> list[Problem]:
    """Return every limit that a list of blocks breaks, with JSON pointers."""
    found = LimitPass()
    if not isinstance(blocks, list):
        found.add(at, "must be an array")
        return found.problems
    found.count(at, blocks, 0, most)
    for number, block in enumerate(blocks):
        pointer = f"{at}/{number}"
        check_block(found, block, pointer)
        if view and isinstance(block, dict) and str(block.get("type")) in _NOT_IN_VIEWS:
            found.add(f"{pointer}/type", f"unsupported type: {block['type']}")
    _unique_block_ids(found, blocks, at)
    _markdown_total(found, blocks, at)
    return found.problems


def _unique_block_ids(found: LimitPass, blocks: list[Any], at: str) -> None:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        name = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(name, str) and name in seen:
            found.add(f"{at}/{number}/block_id", f"`block_id` already exists: {name}")
        elif isinstance(name, str):
            seen.add(name)


def _markdown_total(found: LimitPass, blocks: list[Any], at: str) -> None:
    total = 0
    for number, block in enumerate(blocks):
        if isinstance(block, dict) and block.get("type") == "markdown":
            before, total = total, total + len(str(block.get("text", "")))
            if before <= MARKDOWN_TOTAL < total and before:
                found.add(f"{at}/{number}/text", "markdown blocks of one message may hold 12000 characters")


def check_message(content: Json) -> list[Problem]:
    """Return every limit that a message's blocks and attachments break."""
    problems = check_blocks(content.get("blocks") or [])
    attachments = content.get("attachments") or []
    if not isinstance(attachments, list):
        return [*problems, Problem("/attachments", "must be an array")]
    if len(attachments) > MESSAGE_ATTACHMENTS:
        problems.append(Problem("/attachments", f"no more than {MESSAGE_ATTACHMENTS} items allowed"))
    for number, attachment in enumerate(attachments):
        if not isinstance(attachment, dict):
            problems.append(Problem(f"/attachments/{number}", "must be an object"))
            continue
        blocks = attachment.get("blocks")
        problems += check_blocks(blocks or [], at=f"/attachments/{number}/blocks")
    return problems


def check_view(view: Any) -> list[Problem]:
    """Return every limit that a modal or a Home tab breaks."""
    found = LimitPass()
    if not isinstance(view, dict):
        return [Problem("/view", "must be an object")]
    kind = view.get("type")
    if kind not in ("modal", "home"):
        found.add("/view/type", f"unsupported type: {kind}")
    if kind == "modal" and not isinstance(view.get("title"), dict):
        found.add("/view/title", "missing required field: title")
    for key, most in _VIEW_TEXTS.items():
        found.text_object(view.get(key), f"/view/{key}", most, plain=True)
    found.string(view.get("private_metadata"), "/view/private_metadata", 3000)
    found.string(view.get("callback_id"), "/view/callback_id", 255)
    found.string(view.get("external_id"), "/view/external_id", 255)
    blocks = view.get("blocks")
    if isinstance(blocks, list) and kind == "modal":
        found.count("/view/blocks", blocks, 1, VIEW_BLOCKS)
    _submit_needed(found, view, blocks)
    return found.problems + check_blocks(blocks, at="/view/blocks", most=VIEW_BLOCKS, view=True)


def _submit_needed(found: LimitPass, view: Json, blocks: Any) -> None:
    inputs = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks or ())
    if inputs and view.get("type") == "modal" and not view.get("submit"):
        found.add("/view/submit", "`submit` is required when an `input` block is in the modal")


def total_text(blocks: Any) -> int:
    """Count the characters that all texts of some blocks hold together, markdown blocks apart."""
    if isinstance(blocks, list):
        return sum(total_text(item) for item in blocks)
    if not isinstance(blocks, dict) or blocks.get("type") == "markdown":
        return 0
    text = blocks.get("text")
    own = len(text) if isinstance(text, str) else 0
    return own + sum(total_text(value) for value in blocks.values() if isinstance(value, dict | list))
