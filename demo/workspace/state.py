"""Everything the workspace knows, in memory; it changes in place because it *is* the server's memory."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from demo.workspace.clock import Clock
from demo.workspace.errors import SlackRefusal
from demo.workspace.ids import Ids
from demo.workspace.manifest import AppManifest, read_manifest
from demo.workspace.seed import AppSeed, ChannelSeed, UsergroupSeed, UserSeed, WorkspaceSeed

Json = dict[str, Any]
SCOPE_PREFIX = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}


@dataclass(slots=True)
class Channel:
    """One conversation with its messages by timestamp, oldest first."""

    id: str
    name: str
    kind: str = "public"
    creator: str = ""
    created: int = 0
    topic: str = ""
    purpose: str = ""
    archived: bool = False
    members: list[str] = field(default_factory=list)
    messages: dict[str, Json] = field(default_factory=dict)
    threads: dict[str, list[str]] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    bookmarks: dict[str, Json] = field(default_factory=dict)
    canvas: str = ""
    canvases: dict[str, str] = field(default_factory=dict)
    last_read: dict[str, str] = field(default_factory=dict)
    ephemerals: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def scope_prefix(self) -> str:
        """Return what Slack's scopes call this kind of conversation."""
        return SCOPE_PREFIX[self.kind]

    def other(self, user: str) -> str:
        """Return the other member of a direct conversation."""
        return next((member for member in self.members if member != user), user)


@dataclass(slots=True)
class App:
    """One app, installed until somebody takes its last bot token away."""

    seed: AppSeed
    manifest: AppManifest
    scopes: frozenset[str]
    installed: bool = True

    @property
    def id(self) -> str:
        """Return the app's id."""
        return self.seed.id


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token may do."""

    token: str
    kind: str
    app: App
    user_id: str
    bot_id: str
    scopes: frozenset[str]
    expires_at: float = math.inf


class State:
    """Users, channels, apps and tokens, with look-ups that refuse in Slack's words."""

    def __init__(self, seed: WorkspaceSeed, clock: Clock) -> None:
        self.clock = clock
        self.ids = Ids(clock)
        self.team = seed.team
        self.users: dict[str, UserSeed] = {user.id: user for user in seed.users}
        self.usergroups: dict[str, UsergroupSeed] = {group.id: group for group in seed.usergroups}
        self.apps: dict[str, App] = {}
        self.channels: dict[str, Channel] = {}
        self.grants: dict[str, Grant] = {}
        self.revoked: set[str] = set()
        for app in seed.apps:
            self._install(app)
        for channel in seed.channels:
            self._create_channel(channel, seed.bot_channels)

    def _install(self, seed: AppSeed) -> None:
        manifest = read_manifest(seed.manifest)
        app = App(seed, manifest, manifest.scopes | frozenset(seed.extra_scopes))
        self.apps[seed.id] = app
        self.users[seed.bot_user_id] = UserSeed(
            id=seed.bot_user_id,
            name=seed.name.lower().replace(" ", "-"),
            real_name=seed.name,
            title="App",
            avatar_emoji=seed.icon_emoji,
            color="1264a3",
            is_bot=True,
        )
        self.grants[seed.bot_token] = Grant(
            seed.bot_token, "bot", app, seed.bot_user_id, seed.bot_id, app.scopes
        )
        self.grants[seed.app_token] = Grant(
            seed.app_token, "app", app, "", "", frozenset({"connections:write"})
        )

    def _create_channel(self, seed: ChannelSeed, bot_channels: tuple[str, ...]) -> None:
        people = [user.id for user in self.users.values() if not user.is_bot]
        members = list(people if seed.members is None else seed.members)
        if seed.id in bot_channels or seed.name in bot_channels:
            members += [app.seed.bot_user_id for app in self.apps.values()]
        self.channels[seed.id] = Channel(
            id=seed.id,
            name=seed.name,
            kind="private" if seed.is_private else "public",
            creator=people[0] if people else "",
            created=int(self.clock.now()),
            topic=seed.topic,
            purpose=seed.purpose,
            members=members,
        )

    @property
    def app(self) -> App:
        """Return the first installed app."""
        return next(iter(self.apps.values()))

    def alive(self, grant: Grant) -> bool:
        """Tell whether a grant's token still opens anything."""
        return grant.token not in self.revoked and self.clock.now() < grant.expires_at

    def user(self, name: str) -> UserSeed:
        """Find a user by id or by handle; refuses with `user_not_found`."""
        wanted = name.removeprefix("@")
        found = self.users.get(wanted) or next((u for u in self.users.values() if u.name == wanted), None)
        if found is None:
            raise SlackRefusal("user_not_found")
        return found

    def channel(self, name: str) -> Channel:
        """Find a channel by id or by name; refuses with `channel_not_found`."""
        wanted = name.removeprefix("#")
        found = self.channels.get(wanted) or next(
            (c for c in self.channels.values() if c.name == wanted and c.kind in ("public", "private")), None
        )
        if found is None:
            raise SlackRefusal("channel_not_found")
        return found

    def visible(self, user_id: str) -> list[Channel]:
        """List the conversations that a user may see."""
        return [c for c in self.channels.values() if c.kind == "public" or user_id in c.members]

    def message(self, channel: Channel, ts: str) -> Json:
        """Find a message; refuses with `message_not_found`."""
        try:
            return channel.messages[ts]
        except KeyError:
            raise SlackRefusal("message_not_found") from None

    def direct(self, users: Iterable[str]) -> tuple[Channel, bool]:
        """Find or open the direct conversation of some users; tell whether it was there already."""
        members = list(dict.fromkeys(users))
        for channel in self.channels.values():
            if channel.kind in ("im", "mpim") and set(channel.members) == set(members):
                return channel, True
        kind = "im" if len(members) <= 2 else "mpim"
        name = "" if kind == "im" else "mpdm-" + "--".join(self.users[m].name for m in members)
        channel = Channel(
            id=self.ids.new("D" if kind == "im" else "G"),
            name=name,
            kind=kind,
            creator=members[0],
            created=int(self.clock.now()),
            members=members,
        )
        self.channels[channel.id] = channel
        return channel, False

    def app_of_bot(self, user_id: str) -> App | None:
        """Return the app behind a bot user."""
        return next((app for app in self.apps.values() if app.seed.bot_user_id == user_id), None)
