"""Who did something, where, and whether it was seen before: people by their Slack id, deliveries by their own keys."""

import json
from collections.abc import Mapping
from typing import Any

from agent.ports.recovery import Principal
from agent.ports.store import Tx
from agent.transport.slack.services import SlackServices

Body = Mapping[str, Any]


def actor_of(body: Body) -> str:
    """Return the Slack user id behind a payload."""
    user = body.get("user") or body.get("user_id") or (body.get("event") or {}).get("user")
    found = user.get("id") if isinstance(user, Mapping) else user
    return str(found or "unknown")


def team_of(body: Body) -> str | None:
    """Return the workspace id of a payload."""
    team = body.get("team")
    found = team.get("id") if isinstance(team, Mapping) else body.get("team_id")
    return str(found) if found else None


def principal_of(body: Body) -> Principal:
    """Return who is behind a payload, with their own workspace: in a shared channel it is not that of the channel."""
    user, event = body.get("user"), body.get("event") or {}
    # An event's envelope names the workspace that hears of it; what was said names that of the person.
    home = user.get("team_id") if isinstance(user, Mapping) else event.get("user_team") or event.get("team")
    bot = bool(body.get("bot_id")) or (isinstance(user, Mapping) and bool(user.get("is_bot")))
    return Principal(user=actor_of(body), team=str(home or team_of(body) or ""), bot=bot)


def places_of(body: Body) -> frozenset[str]:
    """Return the channel of a payload by id and, where Slack tells it, by name; for a dialog that of its opening."""
    channel = body.get("channel") or (body.get("event") or {}).get("channel")
    if isinstance(channel, Mapping):
        found = {str(channel.get("id") or ""), _public_name(str(channel.get("name") or ""))}
    else:
        named = body.get("channel_name") or ""
        found = {str(channel or body.get("channel_id") or ""), _public_name(str(named))}
    found.add(str((body.get("container") or {}).get("channel_id") or ""))
    private = private_of(body)
    kept = private.get("places")
    found |= {str(private.get("channel") or ""), *map(str, kept if isinstance(kept, list) else ())}
    return frozenset(found - {""})


def channel_of(body: Body) -> str:
    """Return the id of the channel of a payload, or nothing where it belongs to none."""
    return next((place for place in sorted(places_of(body)) if not place.startswith("#")), "")


def private_of(body: Body) -> dict[str, Any]:
    """Return what a dialog was opened with."""
    try:
        found = json.loads((body.get("view") or {}).get("private_metadata") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _public_name(name: str) -> str:
    # Slack names every private conversation alike; such a name tells nothing and could be that of a real channel.
    return "" if name in ("", "directmessage", "privategroup") else f"#{name}"


def thread_of(body: Body) -> str | None:
    """Return the thread in which a person clicked; None for a root, whose reader looks at the channel."""
    container = body.get("container") or {}
    thread = container.get("thread_ts")
    return str(thread) if thread and thread != container.get("message_ts") else None


def click_key(body: Body) -> str:
    """Return what is the same in every delivery of one click or submission."""
    container = body.get("container") or {}
    action = (body.get("actions") or [{}])[0]
    place = container.get("message_ts") or container.get("view_id") or (body.get("view") or {}).get("id", "")
    return f"click:{place}:{action.get('action_ts', '')}:{body.get('trigger_id', '')}"


def event_keys(body: Body, purpose: str) -> list[str]:
    """Return what is the same in every delivery of one event, and in the two events of one message."""
    event = body.get("event") or {}
    keys = [f"event:{body['event_id']}"] if body.get("event_id") else []
    message = event.get("client_msg_id") or (
        f"{event.get('channel')}:{event['ts']}" if event.get("ts") else ""
    )
    return [*keys, *([f"{purpose}:{message}"] if message else [])]


async def first_time(services: SlackServices, keys: list[str]) -> bool:
    """Record keys; say False when any was there already, so that a repeated delivery does nothing."""
    async with services.store.write() as tx:
        return await first_time_in(tx, services, keys)


async def first_time_in(tx: Tx, services: SlackServices, keys: list[str]) -> bool:
    """Record keys in an open transaction, so that the effect and its mark are stored together."""
    now = services.clock.now()
    fresh = [await tx.seen.first_time(f"slack:{key}", now) for key in keys]
    return all(fresh)
