"""A chat that only remembers: the product's own delivery and listeners speak to it, and everything shown is kept."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from agent.domain.noun import Json
from agent.ports.chat import Posted, Rendered
from agent.transport.outbox_delivery import Delivery
from agent.transport.outbox_pacing import OutboxLimits, Pacing
from agent.transport.slack.gate import Gate, HomeTeam
from agent.transport.slack.kit import Kit
from agent.transport.slack.mentions import Mentions
from agent.transport.slack.renderer import SlackRenderer
from agent.transport.slack.services import SlackServices
from agent.transport.slack.submissions import Submissions
from tests.support.blockkit import texts_of

_AT_ONCE = OutboxLimits(edit_gap_seconds=0.0)
_ANGLES = re.compile(r"<([^<>]{1,400})>")
_BARE = re.compile(r"\b(?:https?|ftp|mailto):[^\s`<>|]+", re.IGNORECASE)
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_MARKDOWN_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\n]*)\)|\[[^\]\n]*\]\[[^\]\n]*\]")
_OWN_HOSTS = re.compile(r"http://(?:metrics|alerts)\.invalid/")


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that people read: what kind of text it is for Slack, and the text."""

    kind: str
    text: str


@dataclass
class Stream:
    """A streamed answer."""

    said: list[Shown]
    ts: str = ""

    async def append(self, *, chunks: Sequence[Any]) -> None:
        """Take steps."""
        for chunk in chunks:
            body = chunk.to_dict()
            # Slack shows a task's title and output as plain text.
            self.said += [Shown("plain_text", str(body.get(name) or "")) for name in ("title", "output")]

    async def stop(self, *, markdown_text: str, blocks: Sequence[Any] | None) -> None:
        """Take the answer."""
        self.said.append(Shown("markdown", markdown_text))
        self.said += [Shown(kind, text) for kind, text in texts_of(blocks or [])]


@dataclass
class QuietChat:
    """Implements the chat port, and as much of the client as the listeners need."""

    said: list[Shown] = field(default_factory=list)
    messages: dict[str, Rendered] = field(default_factory=dict)

    async def post(
        self, channel: str, message: Rendered, *, thread_ts: str | None = None, key: str | None = None
    ) -> Posted:
        """Take a message."""
        ts = f"{len(self.messages) + 1}.000100"
        self._take(ts, message)
        return Posted(channel="C0ALERTS001", ts=ts)

    async def update(self, posted: Posted, message: Rendered, *, key: str | None = None) -> None:
        """Take an edit."""
        self._take(posted.ts, message)

    async def retire(self, posted: Posted, message: Rendered) -> None:
        """Take an edit."""
        self._take(posted.ts, message)

    async def find(
        self, channel: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> Posted | None:
        """Find nothing."""
        return None

    async def publish_home(self, user: str, blocks: Sequence[dict[str, Json]]) -> None:
        """Take a Home tab."""
        self.said += [Shown(kind, text) for kind, text in texts_of(list(blocks))]

    async def placed(self, message: Rendered) -> Sequence[dict[str, Json]]:
        """Return the blocks as they are."""
        return message.blocks

    async def chat_stream(self, **_: Any) -> Stream:
        """Open a stream."""
        return Stream(self.said)

    def _take(self, ts: str, message: Rendered) -> None:
        self.messages[ts] = message
        # Beside blocks the text only notifies; Slack reads codes in it, and no bare addresses.
        self.said.append(Shown("mrkdwn" if message.blocks else "text", message.text))
        self.said += [Shown(kind, text) for kind, text in texts_of(list(message.blocks))]
        self.said += [Shown("address", one) for one in _addresses(list(message.blocks))]


class Screen:
    """What people see: cards and threads through the real delivery, answers through the real listener."""

    def __init__(self, services: SlackServices) -> None:
        self.chat = QuietChat()
        self._services = services
        renderer = SlackRenderer(services)
        self._delivery = Delivery(
            services.store, self.chat, renderer, services.clock, _AT_ONCE, Pacing(_AT_ONCE)
        )
        client = cast(Any, self.chat)
        kit = Kit(services, client, client, Gate(services, HomeTeam(client)))
        self._mentions, self._submissions = Mentions(kit), Submissions(kit)

    async def show(self) -> None:
        """Deliver what is due; several rounds, since a posted card makes its thread due."""
        for _ in range(4):
            async with self._services.store.read() as tx:
                due = await tx.outbox.due(self._services.clock.now(), 50)
                parents = [await tx.outbox.get(slot.thread_of) if slot.thread_of else None for slot in due]
            for slot, parent in zip(due, parents, strict=True):
                await self._delivery.deliver(slot, parent)
            if not due:
                return

    async def ask(self, words: str, person: dict[str, Any]) -> None:
        """Mention the bot in the thread of the first card."""
        root = next(iter(self.chat.messages), "1.000100")
        event = {
            "type": "app_mention",
            "user": person["id"],
            "user_profile": person,
            "text": f"<@U0BOT00001> {words}",
            "channel": "C0ALERTS001",
            "ts": "900.000100",
            "thread_ts": root,
        }
        await self._mentions.on_mention({"event": event, "team_id": "T-HOME", "event_id": "Ev1"})

    async def ask_in_dialog(self, words: str, person: dict[str, Any]) -> None:
        """Ask about the first incident through the dialog behind the card's button."""
        async with self._services.store.read() as tx:
            found = await tx.incidents.open()
        if not found:
            return
        values = {"question": {"question": {"value": words}}}
        private = json.dumps({"incident_id": found[0].id, "channel": "C0ALERTS001"})
        view = {"id": "V0000000001", "state": {"values": values}, "private_metadata": private}
        body = {"user": person, "team": {"id": "T-HOME"}, "view": view, "trigger_id": "1.2.3"}

        async def ack(**_: Any) -> None:
            return None

        await self._submissions.on_ask(body, ack)

    def words(self) -> str:
        """Return every text that was shown."""
        return "\n".join(one.text for one in self.chat.said)


def _addresses(node: Any) -> Iterator[str]:
    """Yield every address that a block opens, whatever its kind."""
    if isinstance(node, list | tuple):
        for one in node:
            yield from _addresses(one)
    elif isinstance(node, dict):
        for name in ("url", "image_url", "title_url"):
            if isinstance(node.get(name), str):
                yield node[name]
        if node.get("type") in ("user", "usergroup", "broadcast"):
            yield f"mention:{node}"
        for value in node.values():
            yield from _addresses(value)


def links_in(one: Shown) -> list[str]:
    """Return the links to anywhere but our own backends that Slack would make of a text."""
    if one.kind == "address":
        found = [] if one.text.startswith("mention:") else [one.text]
    elif one.kind in ("plain_text", "raw_text"):
        found = []
    else:
        found = [
            code.partition("|")[0] for code in _ANGLES.findall(one.text) if not code.startswith(tuple("!@#"))
        ]
        if one.kind in ("markdown", "text"):
            plain = _CODE.sub(" ", one.text)
            found += [*_BARE.findall(plain), *(m[0] for m in _MARKDOWN_LINK.finditer(plain))]
    return [link for link in found if not _OWN_HOSTS.match(link)]


def mentions_in(one: Shown, allowed: frozenset[str]) -> list[str]:
    """Return the codes of a text that would call somebody, other than those that policy or the asker put there."""
    if one.kind == "address":
        return [one.text] if one.text.startswith("mention:") else []
    if one.kind in ("plain_text", "raw_text"):
        return []
    codes = [code for code in _ANGLES.findall(one.text) if code.startswith(("!", "@", "#"))]
    return [code for code in codes if not code.startswith("!date^") and code not in allowed]
