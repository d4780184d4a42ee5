"""Uploaded files: the two-step upload, the bytes, and where each file is shared."""

from dataclasses import dataclass, field
from typing import Any

from demo.workspace.errors import SlackRefusal
from demo.workspace.state import State

Json = dict[str, Any]
MAX_BYTES = 50_000_000
_TYPES = {
    "png": ("image/png", "PNG"),
    "jpg": ("image/jpeg", "JPEG"),
    "jpeg": ("image/jpeg", "JPEG"),
    "gif": ("image/gif", "GIF"),
    "csv": ("text/csv", "CSV"),
    "json": ("application/json", "JSON"),
    "md": ("text/markdown", "Markdown"),
    "txt": ("text/plain", "Plain Text"),
    "log": ("text/plain", "Plain Text"),
    "pdf": ("application/pdf", "PDF"),
    "html": ("text/plain", "HTML"),
}


@dataclass(slots=True)
class StoredFile:
    """One file, from the promise of an upload to its deletion."""

    id: str
    name: str
    length: int
    user: str
    alt_txt: str = ""
    title: str = ""
    ticket: str = ""
    content: bytes | None = None
    created: int = 0
    channels: list[str] = field(default_factory=list)


class Files:
    """Keep files and describe them as Slack does."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._files: dict[str, StoredFile] = {}
        self._tickets: dict[str, str] = {}
        self.base_url = ""

    def promise(self, name: str, length: int, user: str, alt_txt: str = "") -> StoredFile:
        """Reserve an id and an upload ticket; refuses with `file_upload_size_restricted`."""
        if length > MAX_BYTES:
            raise SlackRefusal("file_upload_size_restricted")
        stored = StoredFile(
            id=self._state.ids.new("F"),
            name=name,
            length=length,
            user=user,
            alt_txt=alt_txt,
            title=name,
            ticket=self._state.ids.secret(),
            created=int(self._state.clock.now()),
        )
        self._files[stored.id] = stored
        self._tickets[stored.ticket] = stored.id
        return stored

    def receive(self, ticket: str, content: bytes) -> StoredFile:
        """Take the bytes of a promised file, once."""
        file_id = self._tickets.pop(ticket, None)
        if file_id is None:
            raise SlackRefusal("file_not_found")
        stored = self._files[file_id]
        stored.content = content
        return stored

    def complete(self, file_id: str, title: str) -> StoredFile:
        """Finish an upload; refuses with `file_not_found` while the bytes are missing."""
        stored = self.get(file_id)
        if stored.content is None:
            raise SlackRefusal("file_not_found")
        stored.title = title or stored.name
        return stored

    def get(self, file_id: str) -> StoredFile:
        """Find a file; refuses with `file_not_found`."""
        try:
            return self._files[file_id]
        except KeyError:
            raise SlackRefusal("file_not_found") from None

    def complete_id(self, file_id: str) -> bool:
        """Tell whether a file's bytes have arrived."""
        stored = self._files.get(file_id)
        return stored is not None and stored.content is not None

    def all(self) -> list[StoredFile]:
        """List the complete files, newest first."""
        return [stored for stored in reversed(self._files.values()) if stored.content is not None]

    def delete(self, file_id: str) -> None:
        """Remove a file."""
        self.get(file_id)
        del self._files[file_id]

    def describe(self, stored: StoredFile) -> Json:
        """Return Slack's file object."""
        extension = stored.name.rsplit(".", 1)[-1].lower() if "." in stored.name else ""
        mimetype, pretty = _TYPES.get(extension, ("application/octet-stream", "Binary"))
        url = f"{self.base_url}/files/{stored.id}/{stored.name}"
        return {
            "id": stored.id,
            "created": stored.created,
            "timestamp": stored.created,
            "name": stored.name,
            "title": stored.title,
            "mimetype": mimetype,
            "filetype": extension or "binary",
            "pretty_type": pretty,
            "user": stored.user,
            "size": len(stored.content or b""),
            "mode": "hosted",
            "is_external": False,
            "is_public": True,
            "url_private": url,
            "url_private_download": url,
            "permalink": url,
            "alt_txt": stored.alt_txt,
            "channels": list(stored.channels),
        }
