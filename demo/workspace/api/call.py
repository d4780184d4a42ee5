"""One Web API call in a handler's hands, and the description of a method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from demo.workspace.errors import SlackRefusal
from demo.workspace.rate import Tier
from demo.workspace.state import App, Channel, Grant
from demo.workspace.workspace import Workspace

Json = dict[str, Any]
TRUE = (True, 1, "1", "true", "True")


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call and who makes it."""

    workspace: Workspace
    method: str
    args: Json
    grant: Grant
    link_url: Callable[[str], str]

    @property
    def app(self) -> App:
        """Return the calling app."""
        return self.grant.app

    def text(self, name: str, default: str = "") -> str:
        """Return an argument as text."""
        value = self.args.get(name)
        return default if value is None else str(value)

    def need(self, name: str) -> str:
        """Return an argument that must be there; refuses with `invalid_arguments`."""
        value = self.text(name)
        if not value:
            line = f"[ERROR] missing required field: {name}"
            raise SlackRefusal("invalid_arguments", response_metadata={"messages": [line]})
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean argument in any of Slack's spellings."""
        return self.args.get(name) in TRUE

    def number(self, name: str, default: int) -> int:
        """Return an integer argument; refuses with `invalid_arguments`."""
        try:
            return int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise SlackRefusal("invalid_arguments") from None

    def ids(self, name: str) -> list[str]:
        """Return a list argument, also when it came joined by commas."""
        value = self.args.get(name) or []
        parts = value.split(",") if isinstance(value, str) else list(value)
        return [str(part).strip() for part in parts if str(part).strip()]

    def list(self, name: str) -> "list[Json]":
        """Return a list of objects; refuses with `invalid_arguments`."""
        value = self.args.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise SlackRefusal("invalid_arguments")
        return value

    def object(self, name: str) -> Json:
        """Return an object argument; refuses with `invalid_arguments`."""
        value = self.args.get(name) or {}
        if not isinstance(value, dict):
            raise SlackRefusal("invalid_arguments")
        return value

    def channel(self, name: str = "channel", *, member: bool = False) -> Channel:
        """Find the channel of the call; private ones need membership, `member` asks for it always."""
        channel = self.workspace.state.channel(self.need(name))
        inside = self.grant.user_id in channel.members
        if channel.kind != "public" and not inside:
            raise SlackRefusal("channel_not_found")
        if member and not inside:
            raise SlackRefusal("not_in_channel")
        return channel


@dataclass(frozen=True, slots=True)
class Method:
    """A method: its handler, the scope it needs (`*:read` stands for the channel's kind), its tier."""

    name: str
    run: Callable[[Call], Json]
    scope: str = ""
    tier: Tier = Tier.THREE
    kinds: frozenset[str] = frozenset({"bot", "user"})


def page_of(items: list[Json], call: Call, default: int = 100) -> tuple[list[Json], str]:
    """Return one page of a list and the cursor of the next, empty at the end."""
    limit = max(1, min(call.number("limit", default), 1000))
    cursor = call.text("cursor")
    start = 0
    if cursor:
        if not cursor.startswith("next:") or not cursor[5:].isdigit():
            raise SlackRefusal("invalid_cursor")
        start = int(cursor[5:])
    chosen = items[start : start + limit]
    more = start + limit < len(items)
    return chosen, f"next:{start + limit}" if more else ""


def cursor_part(cursor: str) -> Json:
    """Return the reply's part that carries the next cursor."""
    return {"response_metadata": {"next_cursor": cursor}}
