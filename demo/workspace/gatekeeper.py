"""Judge blocks and views before they are stored: always the limits, in strict mode the official types too."""

from typing import Any

from demo.workspace.errors import SlackRefusal
from demo.workspace.files import Files
from demo.workspace.limits import Problem, check_message, check_view, total_text
from demo.workspace.structure import Structure

Json = dict[str, Any]
METADATA_BYTES = 16_384
# One report was refused at 11,341 characters; the workspace is a little stricter than that.
BLOCKS_TEXT = 11_000


class Gatekeeper:
    """Refuse what Slack would refuse, in its words."""

    def __init__(self, structure: Structure | None, files: Files) -> None:
        self._structure = structure
        self._files = files

    def content(self, content: Json) -> None:
        """Judge a message's blocks, attachments and metadata."""
        problems = check_message(content)
        if not problems and self._structure:
            problems = self._structure.blocks(content.get("blocks") or [])
        problems = problems or self._missing_files(content.get("blocks") or [], "/blocks")
        if problems:
            raise _refusal("invalid_blocks", problems)
        if total_text(content.get("blocks") or []) > BLOCKS_TEXT:
            raise SlackRefusal("msg_blocks_too_long")
        self._metadata(content.get("metadata"))

    def view(self, view: Json) -> None:
        """Judge a modal or a Home tab."""
        problems = check_view(view)
        if not problems and self._structure:
            problems = self._structure.view(view)
        problems = problems or self._missing_files(view.get("blocks") or [], "/view/blocks")
        if problems:
            raise _refusal("invalid_arguments", problems)

    def _missing_files(self, part: Any, at: str) -> list[Problem]:
        """Find pictures that name a file which was never uploaded."""
        if isinstance(part, list):
            return [p for n, item in enumerate(part) for p in self._missing_files(item, f"{at}/{n}")]
        if not isinstance(part, dict):
            return []
        named = part.get("slack_file")
        if isinstance(named, dict) and named.get("id") and not self._files.complete_id(str(named["id"])):
            return [Problem(f"{at}/slack_file", "invalid slack file")]
        inner = ((key, value) for key, value in part.items() if isinstance(value, dict | list))
        return [p for key, value in inner for p in self._missing_files(value, f"{at}/{key}")]

    def _metadata(self, metadata: Any) -> None:
        if not metadata:
            return
        event_type, payload = metadata.get("event_type"), metadata.get("event_payload")
        if not isinstance(event_type, str) or not isinstance(payload, dict):
            raise SlackRefusal("invalid_metadata_format")
        if len(str(payload).encode()) > METADATA_BYTES:
            raise SlackRefusal("metadata_too_large")


def _refusal(code: str, problems: list[Problem]) -> SlackRefusal:
    lines = [f"{problem.text} [json-pointer:{problem.pointer}]" for problem in problems]
    return SlackRefusal(
        code, errors=lines, response_metadata={"messages": [f"[ERROR] {line}" for line in lines]}
    )
