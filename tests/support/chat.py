"""A chat workspace in memory: keeps messages, fails on demand, and can lose an answer after it has posted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.domain.noun import Json
from agent.errors import BackendError, TimedOut
from agent.ports.chat import Posted, Rendered


@dataclass
class Kept:
    """One message as the workspace holds it."""

    channel: str
    thread_ts: str | None
    key: str | None
    shown: list[Rendered]


@dataclass
class MemoryChat:
    """Satisfies the chat port; `failing` errors are raised one per call, `lose_answers` posts and then times out."""

    messages: dict[str, Kept] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    failing: list[BackendError] = field(default_factory=list)
    refusing: dict[str, BackendError] = field(default_factory=dict)
    lose_answers: int = 0
    posted: int = 0
    homes: dict[str, Sequence[dict[str, Json]]] = field(default_factory=dict)

    def _strike(self, what: str, channel: str) -> None:
        self.calls.append((what, channel))
        if channel in self.refusing:
            raise self.refusing[channel]
        if self.failing:
            raise self.failing.pop(0)

    async def post(
        self, channel: str, message: Rendered, *, thread_ts: str | None = None, key: str | None = None
    ) -> Posted:
        self._strike("post", channel)
        self.posted += 1
        ts = f"{self.posted}.000001"
        self.messages[ts] = Kept(channel, thread_ts, key, [message])
        if self.lose_answers:
            self.lose_answers -= 1
            raise TimedOut("Slack did not answer in time (posting).", backend="slack")
        return Posted(channel=channel, ts=ts)

    async def update(self, posted: Posted, message: Rendered, *, key: str | None = None) -> None:
        self._strike("update", posted.channel)
        self.messages[posted.ts].shown.append(message)

    async def retire(self, posted: Posted, message: Rendered) -> None:
        self._strike("retire", posted.channel)
        self.messages = {
            ts: kept for ts, kept in self.messages.items() if posted.ts not in (ts, kept.thread_ts)
        }

    async def find(
        self, channel: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> Posted | None:
        self._strike("find", channel)
        return next(
            (
                Posted(channel=channel, ts=ts)
                for ts, kept in self.messages.items()
                if (kept.key, kept.channel) == (key, channel)
            ),
            None,
        )

    async def publish_home(self, user: str, blocks: Sequence[dict[str, Json]]) -> None:
        self._strike("home", user)
        self.homes[user] = blocks

    def texts(self, key: str) -> list[list[str]]:
        """Return, for each message with a key, the texts it has shown."""
        return [[one.text for one in kept.shown] for kept in self.messages.values() if kept.key == key]
