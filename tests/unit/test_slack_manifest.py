"""The app's manifest is valid, and grants exactly what the code calls and hears."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

from agent.transport.slack.probe import SCOPES

ROOT = Path(__file__).resolve().parents[2]
SLACK = ROOT / "agent" / "transport" / "slack"
SCHEMA = ROOT / "tests" / "data" / "slack" / "schema-Manifest.json"
NEEDS = {
    "chat_postMessage": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_delete": {"chat:write"},
    "chat_stream": {"chat:write"},
    "conversations_list": {"channels:read", "groups:read"},
    "conversations_join": {"channels:join"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_replies": {"channels:history", "groups:history"},
    "conversations_create": {"channels:manage"},
    "conversations_info": {"channels:read"},
    "conversations_invite": {"channels:manage"},
    "conversations_setTopic": {"channels:manage"},
    "conversations_archive": {"channels:manage"},
    "conversations_canvases_create": {"canvases:write"},
    "canvases_edit": {"canvases:write"},
    "bookmarks_list": {"bookmarks:read"},
    "bookmarks_add": {"bookmarks:write"},
    "reactions_add": {"reactions:write"},
    "users_info": {"users:read"},
    "chat_getPermalink": set(),
    "files_upload_v2": {"files:write"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "views_open": set(),
    "views_push": set(),
    "views_update": set(),
    "views_publish": set(),
}
"""Every Web API method of the code with its scopes, by Slack's reference."""
FAMILIES = ("agents", "assistant", "bookmarks", "canvases", "chat", "conversations", "files", "reactions")
FAMILIES += ("usergroups", "users", "views")
NEWER = {"canvases:write"}
"""Scopes that Slack's reference has and its schema of manifests does not list yet."""
HEARS = {
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "app_home_opened": set(),
    "reaction_added": {"reactions:read"},
}


def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "slack-manifest.yaml").read_text("utf-8"))
    return loaded


def scopes() -> set[str]:
    return set(manifest()["oauth_config"]["scopes"]["bot"])


def called() -> set[str]:
    source = "\n".join(path.read_text("utf-8") for path in SLACK.rglob("*.py"))
    return set(re.findall(rf"client\.((?:{'|'.join(FAMILIES)})_\w+)\(", source))


def test_the_manifest_is_valid() -> None:
    validator = Draft7Validator(json.loads(SCHEMA.read_text("utf-8")))

    shown = manifest()
    shown["oauth_config"]["scopes"]["bot"] = sorted(scopes() - NEWER)

    assert [error.message for error in validator.iter_errors(shown)] == []


def test_every_method_we_call_is_known_and_granted() -> None:
    assert called() == set(NEEDS)
    assert [method for method in called() if not NEEDS[method] <= scopes()] == []


def test_no_scope_is_asked_for_in_vain() -> None:
    used = set().union(*NEEDS.values(), *HEARS.values()) | {"commands"}

    assert used == scopes()


def test_the_doctor_knows_what_is_lost_without_each_scope() -> None:
    assert scopes() == set(SCOPES)
    assert all(SCOPES.values())


def test_the_events_are_those_we_hear() -> None:
    assert set(HEARS) == set(manifest()["settings"]["event_subscriptions"]["bot_events"])


def test_the_slash_command_and_the_surfaces_are_there() -> None:
    features = manifest()["features"]

    assert [command["command"] for command in features["slash_commands"]] == ["/ops"]
    assert features["app_home"]["home_tab_enabled"]
    assert len(features["agent_view"]["suggested_prompts"]) <= 4
    assert len(features["slash_commands"][0]["usage_hint"]) <= 1_000
