"""What an app's manifest grants and asks for, read leniently from any dict."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

# Slack grants an event only to apps that hold the matching read scope.
EVENT_SCOPES: dict[str, str] = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "file_shared": "files:read",
    "link_shared": "links:read",
    "team_join": "users:read",
    "user_change": "users:read",
}


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One slash command of the manifest."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True, slots=True)
class ShortcutSpec:
    """One global or message shortcut of the manifest."""

    callback_id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class AppManifest:
    """The parts of a manifest that the workspace obeys."""

    scopes: frozenset[str]
    user_scopes: frozenset[str]
    events: frozenset[str]
    commands: tuple[CommandSpec, ...]
    shortcuts: tuple[ShortcutSpec, ...]
    interactive: bool
    agent: bool
    unfurl_domains: tuple[str, ...]
    prompts: tuple[tuple[str, str], ...]
    redirect_urls: tuple[str, ...]
    rotates_tokens: bool

    def hears(self, event: str) -> bool:
        """Tell whether the app subscribes to an event and holds the scope that it needs."""
        needed = EVENT_SCOPES.get(event)
        return event in self.events and (needed is None or needed in self.scopes)


def _part(source: Json, *path: str) -> Any:
    found: Any = source
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _commands(manifest: Json) -> tuple[CommandSpec, ...]:
    return tuple(
        CommandSpec(
            command=str(entry["command"]),
            description=str(entry.get("description", "")),
            usage_hint=str(entry.get("usage_hint", "")),
            should_escape=bool(entry.get("should_escape", False)),
        )
        for entry in _part(manifest, "features", "slash_commands") or ()
    )


def read_manifest(manifest: Json) -> AppManifest:
    """Read a manifest dict; absent parts mean "nothing"."""
    shortcuts = tuple(
        ShortcutSpec(str(entry["callback_id"]), str(entry.get("name", "")), str(entry.get("type", "global")))
        for entry in _part(manifest, "features", "shortcuts") or ()
    )
    features = _part(manifest, "features") or {}
    return AppManifest(
        scopes=frozenset(_part(manifest, "oauth_config", "scopes", "bot") or ()),
        user_scopes=frozenset(_part(manifest, "oauth_config", "scopes", "user") or ()),
        events=frozenset(_part(manifest, "settings", "event_subscriptions", "bot_events") or ()),
        commands=_commands(manifest),
        shortcuts=shortcuts,
        interactive=bool(_part(manifest, "settings", "interactivity", "is_enabled")),
        prompts=tuple(
            (str(prompt["title"]), str(prompt["message"]))
            for prompt in _part(manifest, "features", "agent_view", "suggested_prompts") or ()
        ),
        redirect_urls=tuple(_part(manifest, "oauth_config", "redirect_urls") or ()),
        rotates_tokens=bool(_part(manifest, "settings", "token_rotation_enabled")),
        unfurl_domains=tuple(features.get("unfurl_domains") or ()),
        agent="agent_view" in features or "assistant_view" in features,
    )
