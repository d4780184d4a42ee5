"""Messages that are still being written: start, append, stop, and the plan shown meanwhile."""

import copy
from dataclasses import dataclass, field
from typing import Any

from demo.workspace.announcer import Announcer
from demo.workspace.errors import SlackRefusal
from demo.workspace.messages import Messages
from demo.workspace.state import App, Channel, State

Json = dict[str, Any]
MARKDOWN_LIMIT = 12_000
# Not in Slack's own reference: the bound that other published clients state for a task's texts.
TASK_TEXT = 256
_TASK_KEYS = ("title", "status", "details", "output", "sources")
_TASK_STATES = ("pending", "in_progress", "complete", "error")


@dataclass(slots=True)
class Stream:
    """What has arrived of one streamed message."""

    mode: str
    text: str = ""
    title: str = ""
    tasks: dict[str, Json] = field(default_factory=dict)
    blocks: list[Json] = field(default_factory=list)
    ended: str = ""


class Streams:
    """Write messages bit by bit."""

    def __init__(self, state: State, messages: Messages, announcer: Announcer) -> None:
        self._state = state
        self._messages = messages
        self._announcer = announcer
        self._streams: dict[tuple[str, str], Stream] = {}

    def start(self, app: App, channel: Channel, thread_ts: str, mode: str, chunks: list[Json]) -> Json:
        """Post an empty message in a thread and begin to fill it."""
        message = self._messages.app_message(app, {"text": ""})
        stream = Stream(mode=mode)
        message.update(streaming=True, streaming_state="in_progress", chunks=_plan(stream))
        self._apply(stream, chunks)
        message.update(text=stream.text, chunks=_plan(stream), blocks=_blocks(stream, final=False))
        self._messages.post(channel, message, thread_ts=thread_ts)
        self._streams[(channel.id, message["ts"])] = stream
        return message

    def append(self, channel: Channel, ts: str, chunks: list[Json]) -> Json:
        """Add chunks; refuses with `message_not_in_streaming_state` or `stopped_by_user`."""
        message, stream = self._running(channel, ts)
        self._apply(stream, chunks)
        message.update(text=stream.text, chunks=_plan(stream), blocks=_blocks(stream, final=False))
        self._announcer.shown(channel, message, "stream")
        return message

    def stop(self, channel: Channel, ts: str, chunks: list[Json], blocks: list[Json], metadata: Json) -> Json:
        """Finish a message with its last chunks and closing blocks."""
        message, stream = self._running(channel, ts)
        self._apply(stream, chunks)
        stream.ended = "message_not_in_streaming_state"
        previous = dict(message)
        stream.blocks += copy.deepcopy(blocks)
        self._finish(message, stream)
        if metadata:
            message["metadata"] = metadata
        self._messages.name_blocks(message)
        self._announcer.changed(channel, message, previous)
        return message

    def interrupt(self, channel: Channel, ts: str) -> None:
        """Stop a message because a person asked for it."""
        message, stream = self._running(channel, ts)
        stream.ended = "stopped_by_user"
        self._finish(message, stream)
        self._messages.name_blocks(message)
        self._announcer.shown(channel, message)

    def _finish(self, message: Json, stream: Stream) -> None:
        message.update(text=stream.text, blocks=_blocks(stream, final=True), streaming=False)
        for key in ("chunks", "streaming_state"):
            message.pop(key, None)

    def _running(self, channel: Channel, ts: str) -> tuple[Json, Stream]:
        message = self._state.message(channel, ts)
        stream = self._streams.get((channel.id, ts))
        if stream is None or stream.ended:
            raise SlackRefusal(stream.ended if stream else "message_not_in_streaming_state")
        return message, stream

    def _apply(self, stream: Stream, chunks: list[Json]) -> None:
        for chunk in chunks:
            kind = chunk.get("type")
            if kind == "markdown_text":
                stream.text += str(chunk.get("text", ""))
            elif kind == "plan_update":
                stream.title = str(chunk.get("title", ""))
            elif kind == "task_update":
                self._task(stream, chunk)
            elif kind == "blocks":
                stream.blocks += copy.deepcopy(chunk.get("blocks") or [])
            else:
                raise SlackRefusal("invalid_chunks")

    def _task(self, stream: Stream, chunk: Json) -> None:
        if not chunk.get("id") or chunk.get("status", "pending") not in _TASK_STATES:
            raise SlackRefusal("invalid_chunks")
        task = stream.tasks.setdefault(
            str(chunk["id"]), {"id": chunk["id"], "title": "", "status": "pending"}
        )
        if any(len(str(chunk.get(key) or "")) > TASK_TEXT for key in ("title", "details", "output")):
            raise SlackRefusal("invalid_chunks")
        task |= {key: chunk[key] for key in _TASK_KEYS if chunk.get(key)}


def _plan(stream: Stream) -> Json:
    return {
        "title": stream.title,
        "mode": stream.mode,
        "tasks": [dict(task) for task in stream.tasks.values()],
    }


def _blocks(stream: Stream, *, final: bool) -> list[Json]:
    blocks: list[Json] = []
    if final and stream.tasks:
        cards = [_task_card(task) for task in stream.tasks.values()]
        if stream.mode == "plan":
            blocks.append({"type": "plan", "title": stream.title or "Plan", "tasks": cards})
        else:
            blocks += cards
    if stream.text:
        blocks.append({"type": "markdown", "text": stream.text})
    return blocks + stream.blocks


def _task_card(task: Json) -> Json:
    card: Json = {
        "type": "task_card",
        "task_id": str(task["id"]),
        "title": task["title"] or str(task["id"]),
        "status": task["status"],
    }
    for key in ("details", "output"):
        if task.get(key):
            card[key] = {
                "type": "rich_text",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": task[key]}]}
                ],
            }
    if task.get("sources"):
        card["sources"] = task["sources"]
    return card
