"""Agent threads: the status line, the suggested prompts and the title that an app sets."""

from typing import Any

from demo.workspace.announcer import Announcer
from demo.workspace.state import Channel

Json = dict[str, Any]


class AgentThreads:
    """Remember what each thread shows besides its messages, and tell the pages."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self.status: dict[tuple[str, str], Json] = {}
        self.prompts: dict[tuple[str, str], Json] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.sessions: dict[tuple[str, str], str] = {}

    def set_status(self, channel: Channel, thread_ts: str, text: str, loading: list[str]) -> None:
        """Show or, with empty text, clear "is thinking…" under a thread."""
        shown: Json = {"text": text, "loading_messages": loading}
        if text:
            self.status[(channel.id, thread_ts)] = shown
        elif self.status.pop((channel.id, thread_ts), None) is None:
            return
        event = {"type": "status", "channel": channel.id, "thread_ts": thread_ts, **shown}
        self._announcer.to_pages(event, self._announcer.audience(channel))

    def set_prompts(self, channel: Channel, thread_ts: str, title: str, prompts: list[Json]) -> None:
        """Offer prompts that a person can send with one click."""
        shown: Json = {"title": title, "prompts": prompts}
        self.prompts[(channel.id, thread_ts)] = shown
        event = {"type": "prompts", "channel": channel.id, "thread_ts": thread_ts, **shown}
        self._announcer.to_pages(event, self._announcer.audience(channel))
