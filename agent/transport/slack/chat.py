"""The chat port on Slack's Web API: post, edit, find again, and show a Home tab."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from agent.domain.noun import Json
from agent.errors import Refused
from agent.ports.chat import Posted, Rendered
from agent.telemetry.logs import LogEvent
from agent.transport.slack import limits
from agent.transport.slack.channels import Channels
from agent.transport.slack.documents import holds_file, post_document
from agent.transport.slack.faults import code_of, speaking
from agent.transport.slack.pictures import Pictures, without_pictures
from agent.transport.slack.shown import is_gravestone, words_of

log = structlog.get_logger(__name__)
EVENT_TYPE = "ops_monitor_slot"
_QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
_BAD_BLOCKS = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_arguments"}
)
_PICTURE_PAUSE = 1.0
_HISTORY_PAGES = 10

Call = Callable[[Sequence[dict[str, Json]]], Awaitable[Any]]


class SlackChat:
    """Speaks as the bot; the given client must not retry by itself, or a lost answer becomes a second message."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._pictures = Pictures(client)
        self.channels = Channels(client)

    async def post(
        self, channel: str, message: Rendered, *, thread_ts: str | None = None, key: str | None = None
    ) -> Posted:
        """Post a message; `key` travels as message metadata so that `find` can see it again."""
        where = await self.channels.id_of(channel)
        if message.document is not None:
            return await post_document(self._client, where, message.document, message.text, thread_ts)

        async def call(blocks: Sequence[dict[str, Json]]) -> Any:
            return await self._client.chat_postMessage(
                channel=where,
                text=message.text,
                blocks=list(blocks),
                thread_ts=thread_ts,
                reply_broadcast=True if thread_ts and message.broadcast else None,
                metadata=_metadata(key),
                **_QUIET,
            )

        try:
            answer = await self._with_blocks(message, call, f"posting to {channel}")
        except Refused as error:
            if not await self._let_in(error, channel, where):
                raise
            answer = await self._with_blocks(message, call, f"posting to {channel}")
        return Posted(channel=str(answer["channel"]), ts=str(answer["ts"]))

    async def update(self, posted: Posted, message: Rendered, *, key: str | None = None) -> None:
        """Edit a message in place; one that was deleted meanwhile stays deleted."""
        where = await self.channels.id_of(posted.channel)

        async def call(blocks: Sequence[dict[str, Json]]) -> Any:
            return await self._client.chat_update(
                channel=where, ts=posted.ts, text=message.text, blocks=list(blocks), metadata=_metadata(key)
            )

        try:
            await self._with_blocks(message, call, f"editing in {posted.channel}")
        except Refused as error:
            if code_of(error) != "message_not_found":
                raise
            log.info(LogEvent.SLACK, event_note="message was deleted", key=key)

    async def retire(self, posted: Posted, message: Rendered) -> None:
        """Take back a message with our own replies; where a person replied, show `message` in its place instead."""
        where = await self.channels.id_of(posted.channel)
        try:
            with speaking("reading a thread"):
                answer = await self._client.conversations_replies(channel=where, ts=posted.ts, limit=200)
        except Refused as error:
            if code_of(error) in ("thread_not_found", "message_not_found"):
                return
            raise
        thread = answer.get("messages") or []
        if answer.get("has_more") or any(not said.get("bot_id") for said in thread):
            await self.update(posted, message)
            return
        # The root goes last: a thread whose root is gone shows a gravestone.
        for said in sorted(thread, key=lambda said: said.get("ts") == posted.ts):
            await self._delete(where, str(said["ts"]))

    async def _delete(self, channel: str, ts: str) -> None:
        try:
            with speaking("taking back a message"):
                await self._client.chat_delete(channel=channel, ts=ts)
        except Refused as error:
            if code_of(error) != "message_not_found":
                raise

    async def find(
        self, channel: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> Posted | None:
        """Return the message that carries `key`, if it was posted since a time."""
        where = await self.channels.id_of(channel)
        cursor: str | None = None
        for _ in range(_HISTORY_PAGES):
            answer = await self._page(where, since, thread_ts, cursor)
            for message in answer.get("messages") or []:
                if _key_of(message) == key or holds_file(message, key):
                    return Posted(channel=where, ts=str(message["ts"]))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                break
        return None

    async def read(self, posted: Posted, *, thread_ts: str | None = None) -> str | None:
        """Return the words that a message shows now, None when it was deleted."""
        where = await self.channels.id_of(posted.channel)
        try:
            with speaking("reading a message back"):
                answer = await self._client.conversations_replies(
                    channel=where,
                    ts=thread_ts or posted.ts,
                    oldest=posted.ts,
                    latest=posted.ts,
                    inclusive=True,
                    # A thread's first message comes with whatever is asked for.
                    limit=10,
                )
        except Refused as error:
            if code_of(error) in ("thread_not_found", "message_not_found"):
                return None
            raise
        shown = answer.get("messages") or []
        message = next((one for one in shown if one.get("ts") == posted.ts), None)
        return None if message is None or is_gravestone(message) else words_of(message)

    async def placed(self, message: Rendered) -> tuple[dict[str, Json], ...]:
        """Return a message's blocks with its pictures uploaded, for calls other than post and update."""
        return await self._pictures.placed(message)

    async def publish_home(self, user: str, blocks: Sequence[dict[str, Json]]) -> None:
        """Show a person's Home tab."""
        shown = await self.channels.linked(list(blocks[: limits.VIEW_BLOCKS]))
        view = {"type": "home", "blocks": shown}
        with speaking("showing the Home tab"):
            await self._client.views_publish(user_id=user, view=view)

    async def _page(self, channel: str, since: datetime, thread_ts: str | None, cursor: str | None) -> Any:
        args: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": True,
            "limit": 200,
            "cursor": cursor,
        }
        with speaking("looking for a message"):
            if thread_ts is not None:
                return await self._client.conversations_replies(ts=thread_ts, **args)
            return await self._client.conversations_history(**args)

    async def _with_blocks(self, message: Rendered, call: Call, doing: str) -> Any:
        """Send with pictures, else without them, else as text alone: something always arrives."""
        blocks = await self._pictures.placed(message)
        stages: list[Sequence[dict[str, Json]]] = [blocks]
        if len(without_pictures(blocks)) < len(blocks):
            # A file that was uploaded this moment may not be ready yet, so the same blocks get a second chance.
            stages += [blocks, without_pictures(blocks)]
        for number, stage in enumerate([*stages, ()]):
            try:
                with speaking(doing):
                    return await call(stage)
            except Refused as error:
                if code_of(error) not in _BAD_BLOCKS or not stage:
                    raise
                log.warning(LogEvent.SLACK_FAILED, doing=doing, reason=error.user_message, stage=number)
                await asyncio.sleep(_PICTURE_PAUSE if number == 0 and len(stages) > 1 else 0)
        raise AssertionError("the last stage returns or raises")

    async def _let_in(self, error: Refused, channel: str, where: str) -> bool:
        """Mend what can be mended about a refused post; say whether trying again makes sense."""
        code = code_of(error)
        if code == "not_in_channel":
            await self.channels.join(where)
            return True
        if code in ("channel_not_found", "is_archived"):
            self.channels.forget(channel)
        return False


def _metadata(key: str | None) -> dict[str, Any] | None:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}} if key else None


def _key_of(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    key = (metadata.get("event_payload") or {}).get("key")
    return key if isinstance(key, str) else None
