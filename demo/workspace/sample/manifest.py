"""A small manifest for a workspace that runs on its own."""

from typing import Any


def sample_manifest() -> dict[str, Any]:
    """Return a manifest with the scopes, events and commands of an incident bot."""
    return {
        "display_information": {"name": "ops-monitor"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "bot_user": {"display_name": "ops-monitor", "always_online": True},
            "agent_view": {"agent_description": "Watches production with you"},
            "slash_commands": [
                {
                    "command": "/ops",
                    "description": "Ask about incidents, status and actions",
                    "usage_hint": "status | why <service> | help",
                    "should_escape": True,
                }
            ],
            "shortcuts": [
                _shortcut("Open an incident", "global", "open_incident"),
                _shortcut("Add to timeline", "message", "add_note"),
            ],
        },
        "oauth_config": {
            "scopes": {
                "bot": [
                    "app_mentions:read", "bookmarks:read", "bookmarks:write",
                    "channels:history", "channels:join", "channels:manage", "channels:read", "chat:write",
                    "commands", "files:read", "files:write", "groups:history", "groups:read", "groups:write", "im:history",
                    "im:read", "im:write", "mpim:history", "pins:read", "pins:write", "reactions:read",
                    "reactions:write", "team:read", "usergroups:read", "users.profile:read", "users:read",
                    "users:read.email",
                ]
            }
        },
        "settings": {
            "event_subscriptions": {
                "bot_events": [
                    "app_home_opened", "app_mention", "channel_archive", "channel_created", "channel_rename",
                    "channel_unarchive", "member_joined_channel", "message.channels",
                    "message.groups", "message.im", "message.mpim", "reaction_added", "reaction_removed",
                ]
            },
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
            "org_deploy_enabled": False,
        },
    }  # fmt: skip


def _shortcut(name: str, kind: str, callback_id: str) -> dict[str, str]:
    return {"name": name, "type": kind, "callback_id": callback_id, "description": name}
