"""The app's manifest is valid, and grants exactly what the code calls and hears."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

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
    "files_upload_v2": {"files:write"},
    "usergroups_list": {"usergroups:read"},
    "usergroups_users_list": {"usergroups:read"},
    "views_open": set(),
    "views_push": set(),
    "views_update": set(),
    "views_publish": set(),
}
"""Every Web API method of the code with its scopes, by Slack's reference."""
HEARS = {
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "app_home_opened": set(),
}


def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "slack-manifest.yaml").read_text("utf-8"))
    return loaded


def scopes() -> set[str]:
    return set(manifest()["oauth_config"]["scopes"]["bot"])


def called() -> set[str]:
    source = "\n".join(path.read_text("utf-8") for path in SLACK.glob("*.py"))
    return set(
        re.findall(
            r"client\.((?:chat|conversations|files|views|users|usergroups|assistant|agents)_\w+)\(", source
        )
    )


def test_the_manifest_is_valid() -> None:
    validator = Draft7Validator(json.loads(SCHEMA.read_text("utf-8")))

    assert [error.message for error in validator.iter_errors(manifest())] == []


def test_every_method_we_call_is_known_and_granted() -> None:
    assert called() == set(NEEDS)
    assert [method for method in called() if not NEEDS[method] <= scopes()] == []


def test_no_scope_is_asked_for_in_vain() -> None:
    used = set().union(*NEEDS.values(), *HEARS.values()) | {"commands"}

    assert used == scopes()


def test_the_events_are_those_we_hear() -> None:
    assert set(HEARS) == set(manifest()["settings"]["event_subscriptions"]["bot_events"])


def test_the_slash_command_and_the_surfaces_are_there() -> None:
    features = manifest()["features"]

    assert [command["command"] for command in features["slash_commands"]] == ["/ops"]
    assert features["app_home"]["home_tab_enabled"]
    assert len(features["agent_view"]["suggested_prompts"]) <= 4
    assert len(features["slash_commands"][0]["usage_hint"]) <= 1_000
