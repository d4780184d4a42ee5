"""Canvases: documents in Markdown, split into sections that can be changed one at a time."""

import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from demo.workspace.announcer import Announcer
from demo.workspace.errors import SlackRefusal
from demo.workspace.state import Channel, State

Json = dict[str, Any]
MOST_CHARACTERS = 1_048_576
_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^(#{1,3})\s")


@dataclass(slots=True)
class Section:
    """One block of a canvas."""

    id: str
    markdown: str

    @property
    def heading(self) -> str:
        """Return `h1`, `h2` or `h3`, or an empty text for anything but a heading."""
        found = _HEADING.match(self.markdown)
        return f"h{len(found.group(1))}" if found else ""


@dataclass(slots=True)
class Canvas:
    """One document, its owner, and the channels whose members see it."""

    id: str
    title: str
    owner: str
    created: int
    updated: int
    sections: list[Section] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)

    @property
    def markdown(self) -> str:
        """Return the whole text."""
        return "\n\n".join(section.markdown for section in self.sections)


def sections_of(markdown: str) -> list[Section]:
    """Split Markdown at blank lines and before headings, never inside a fence."""
    parts: list[list[str]] = [[]]
    fenced = False
    for line in markdown.replace("\r\n", "\n").split("\n"):
        if not fenced and (not line.strip() or _HEADING.match(line)):
            parts.append([])
        if line.strip() or fenced:
            parts[-1].append(line)
        if not fenced and _HEADING.match(line):
            parts.append([])
        if _FENCE.match(line):
            fenced = not fenced
    return [Section(f"temp:C:{secrets.token_hex(14)}", "\n".join(part)) for part in parts if part]


class Canvases:
    """Keep the documents and tell pages when one changes."""

    def __init__(self, state: State, announcer: Announcer) -> None:
        self._state = state
        self._announcer = announcer
        self._canvases: dict[str, Canvas] = {}

    def create(self, owner: str, title: str, markdown: str, channel: Channel | None) -> Canvas:
        """Make a canvas, in a tab of a channel when one is given."""
        now = int(self._state.clock.now())
        canvas = Canvas(self._state.ids.new("F"), title or "Untitled", owner, now, now, sections_of(markdown))
        self._canvases[canvas.id] = canvas
        if channel is not None:
            self.show_in(canvas, channel)
        return canvas

    def show_in(self, canvas: Canvas, channel: Channel) -> None:
        """Put a canvas into a channel's tabs."""
        if channel.id not in canvas.channels:
            canvas.channels.append(channel.id)
            channel.canvases[canvas.id] = canvas.title
        self._announcer.channel_changed(channel)

    def get(self, canvas_id: str) -> Canvas:
        """Find a canvas; refuses with `canvas_not_found`."""
        found = self._canvases.get(canvas_id)
        if found is None:
            raise SlackRefusal("canvas_not_found")
        return found

    def delete(self, canvas: Canvas) -> None:
        """Remove a canvas and its tabs."""
        del self._canvases[canvas.id]
        for channel in self._state.channels.values():
            if channel.canvases.pop(canvas.id, None) is not None:
                self._announcer.channel_changed(channel)

    def rename(self, canvas: Canvas, title: str) -> None:
        """Give a canvas another title."""
        canvas.title = title
        for name in canvas.channels:
            channel = self._state.channel(name)
            channel.canvases[canvas.id] = title
            self._announcer.channel_changed(channel)

    def insert(self, canvas: Canvas, at: int, markdown: str) -> None:
        """Put new sections before the one with this number."""
        self._write(canvas, [*canvas.sections[:at], *sections_of(markdown), *canvas.sections[at:]])

    def replace(self, canvas: Canvas, section_id: str, markdown: str) -> None:
        """Replace one section, or everything when no section is named."""
        if not section_id:
            self._write(canvas, sections_of(markdown))
            return
        at = self.index(canvas, section_id)
        self._write(canvas, [*canvas.sections[:at], *sections_of(markdown), *canvas.sections[at + 1 :]])

    def index(self, canvas: Canvas, section_id: str) -> int:
        """Return a section's number; refuses with `canvas_editing_failed`."""
        for number, section in enumerate(canvas.sections):
            if section.id == section_id:
                return number
        raise SlackRefusal("canvas_editing_failed", detail="section not found")

    def _write(self, canvas: Canvas, sections: list[Section]) -> None:
        canvas.sections = sections
        canvas.updated = int(self._state.clock.now())
        readers = {member for name in canvas.channels for member in self._state.channel(name).members}
        public = any(self._state.channel(name).kind == "public" for name in canvas.channels)
        event = {"type": "canvas", "canvas": self.shape(canvas)}
        self._announcer.to_pages(event, None if public else readers | set(canvas.people))

    def readable(self, canvas: Canvas, user: str) -> bool:
        """Tell whether a person may read a canvas."""
        shared = (self._state.channel(name) for name in canvas.channels)
        return user in (canvas.owner, *canvas.people) or any(
            channel.kind == "public" or user in channel.members for channel in shared
        )

    @staticmethod
    def shape(canvas: Canvas) -> Json:
        """Return a canvas as the page knows it."""
        return {
            "id": canvas.id,
            "title": canvas.title,
            "markdown": canvas.markdown,
            "owner": canvas.owner,
            "updated": canvas.updated,
        }
