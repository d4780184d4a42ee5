"""An answer that people watch growing: live steps, then the text; an edited message where streams are refused."""

from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk.models.messages.chunk import TaskUpdateChunk
from slack_sdk.web.async_chat_stream import AsyncChatStream
from slack_sdk.web.async_client import AsyncWebClient

from agent.domain.answer import Answer, Step
from agent.errors import BackendError
from agent.locale.messages import text
from agent.ports.chat import Posted, Rendered
from agent.telemetry.logs import LogEvent
from agent.transport.foreign import clean
from agent.transport.slack.answers import render_answer, render_supplements
from agent.transport.slack.chat import SlackChat
from agent.transport.slack.faults import code_of, speaking
from agent.transport.slack.markdown import safe_markdown, to_mrkdwn

log = structlog.get_logger(__name__)
_STEP_MARKS = {"pending": "○", "in_progress": "◔", "complete": "✓", "error": "✗"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes, and to whom: both ids are needed to stream into a channel."""

    channel: str
    thread_ts: str
    user: str
    team: str | None


@dataclass(slots=True)
class LiveAnswer:
    """One answer in the making; every failure of the stream turns it into a normal message."""

    client: AsyncWebClient
    chat: SlackChat
    place: Place
    lang: str
    _stream: AsyncChatStream | None = None
    _streaming: bool = True
    _posted: Posted | None = None
    _steps: dict[str, Step] = field(default_factory=dict)

    async def step(self, step: Step) -> None:
        """Show a step's new status."""
        if self._steps.get(step.id) == step:
            return
        self._steps[step.id] = step
        if self._streaming:
            self._streaming = await self._try_stream(_chunk(step))
        if not self._streaming:
            await self._show(self._progress())

    async def finish(self, answer: Answer, picture: bytes | None) -> None:
        """Show the answer below the steps."""
        if self._streaming and await self._try_stop(answer, picture):
            return
        await self._show(render_answer(answer, picture, self.lang))

    async def fail(self, sentence: str) -> None:
        """End with a sentence that says what went wrong."""
        await self.finish(Answer(text=sentence), None)

    async def _try_stream(self, chunk: TaskUpdateChunk) -> bool:
        try:
            with speaking("streaming an answer"):
                if self._stream is None:
                    self._stream = await self._open()
                await self._stream.append(chunks=[chunk])
        except BackendError as error:
            return self._refused(error)
        return True

    async def _try_stop(self, answer: Answer, picture: bytes | None) -> bool:
        below = render_supplements(answer, picture, self.lang)
        try:
            placed = await self.chat.placed(below)
            with speaking("streaming an answer"):
                if self._stream is None:
                    self._stream = await self._open()
                await self._stream.stop(markdown_text=safe_markdown(answer.text), blocks=list(placed) or None)
        except BackendError as error:
            return self._refused(error)
        return True

    async def _open(self) -> AsyncChatStream:
        return await self.client.chat_stream(
            channel=self.place.channel,
            thread_ts=self.place.thread_ts,
            recipient_team_id=self.place.team,
            recipient_user_id=self.place.user,
            task_display_mode="timeline",
        )

    def _refused(self, error: BackendError) -> bool:
        log.info(LogEvent.SLACK, event_note="stream refused", code=code_of(error), reason=error.user_message)
        if self._stream is not None and self._stream.ts:
            # What was streamed so far becomes the message that is edited from now on.
            self._posted = Posted(channel=self.place.channel, ts=self._stream.ts)
        self._streaming = False
        return False

    async def _show(self, message: Rendered) -> None:
        if self._posted is None:
            self._posted = await self.chat.post(self.place.channel, message, thread_ts=self.place.thread_ts)
        else:
            await self.chat.update(self._posted, message)

    def _progress(self) -> Rendered:
        lines = [f"{_STEP_MARKS[step.status]} {step.title}" for step in self._steps.values()]
        words = to_mrkdwn("\n".join([text(self.lang, "answer-working"), *lines]))
        return Rendered(text=words)


def _chunk(step: Step) -> TaskUpdateChunk:
    extra: dict[str, Any] = {"output": clean(step.output, 300)} if step.output else {}
    return TaskUpdateChunk(id=step.id[:80], title=clean(step.title, 200) or "–", status=step.status, **extra)
