"""Merge a call's arguments from query, form and JSON, and decode those that hold JSON in a string."""

import json
from typing import Any

from aiohttp import web

from demo.workspace.errors import SlackRefusal

Json = dict[str, Any]
_JSON_FIELDS = (
    "blocks", "attachments", "view", "files", "metadata", "outputs", "unfurls", "chunks", "prompts", "manifest",
    "loading_messages", "changes", "document_content", "criteria",
)  # fmt: skip
_FORMAT_ERRORS = {"blocks": "invalid_blocks_format", "attachments": "invalid_attachments"}


async def read_arguments(request: web.Request) -> Json:
    """Return all arguments; refuses with `invalid_json` or the field's own format error."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args |= _json_body(await request.read())
    elif request.can_read_body and request.method == "POST":
        form = await request.post()
        args |= {key: value for key, value in form.items() if isinstance(value, str)}
    for field in _JSON_FIELDS:
        if isinstance(args.get(field), str):
            args[field] = _decoded(field, args[field])
    return args


def _json_body(raw: bytes) -> Json:
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise SlackRefusal("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackRefusal("json_not_object")
    return body


def _decoded(field: str, text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        if field == "loading_messages":
            return text.split(",")
        raise SlackRefusal(_FORMAT_ERRORS.get(field, "invalid_arguments")) from None
