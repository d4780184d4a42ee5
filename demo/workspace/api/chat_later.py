"""chat.scheduleMessage and its list: messages that the clock posts."""

import asyncio
from typing import Any

from demo.workspace.api.call import Call, cursor_part, page_of
from demo.workspace.api.chat import content_of, place_to_post
from demo.workspace.errors import SlackRefusal

Json = dict[str, Any]
_LONGEST = 120 * 86_400


def schedule(call: Call) -> Json:
    """chat.scheduleMessage: 120 days ahead at most."""
    channel, content = place_to_post(call), content_of(call)
    post_at = call.number("post_at", 0)
    wait = post_at - call.workspace.clock.now()
    if wait <= 0:
        raise SlackRefusal("time_in_past")
    if wait > _LONGEST:
        raise SlackRefusal("time_too_far")
    later = call.workspace.later
    message_id = call.workspace.state.ids.new("Q")
    thread = call.text("thread_ts")

    async def post() -> None:
        await call.workspace.clock.sleep(wait)
        if later.pop(message_id, None):
            call.workspace.messages.from_app(call.app, channel, content, thread_ts=thread)

    entry = {
        "id": message_id,
        "channel_id": channel.id,
        "post_at": post_at,
        "date_created": int(call.workspace.clock.now()),
        "text": content.get("text", ""),
    }
    later[message_id] = (entry, asyncio.create_task(post()))
    message = call.workspace.messages.app_message(call.app, content)
    return {
        "channel": channel.id,
        "scheduled_message_id": message_id,
        "post_at": str(post_at),
        "message": message,
    }


def cancel(call: Call) -> Json:
    """chat.deleteScheduledMessage."""
    found = call.workspace.later.pop(call.need("scheduled_message_id"), None)
    if found is None:
        raise SlackRefusal("invalid_scheduled_message_id")
    found[1].cancel()
    return {}


def listed(call: Call) -> Json:
    """chat.scheduledMessages.list."""
    entries = [entry for entry, _ in call.workspace.later.values()]
    chosen, cursor = page_of(entries, call)
    return {"scheduled_messages": chosen, **cursor_part(cursor)}
