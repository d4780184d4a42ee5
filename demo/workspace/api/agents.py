"""assistant.threads.*, agents.sessions.*, and the small stubs around functions and work objects."""

from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal

Json = dict[str, Any]
MAX_PROMPTS = 4
_SESSION_STATES = ("active", "processing", "suspended", "closed")


def set_status(call: Call) -> Json:
    """assistant.threads.setStatus."""
    channel, thread = call.channel("channel_id"), call.need("thread_ts")
    call.workspace.state.message(channel, thread)
    loading = [str(line) for line in call.args.get("loading_messages") or ()]
    call.workspace.threads.set_status(channel, thread, call.text("status"), loading)
    return {}


def set_title(call: Call) -> Json:
    """assistant.threads.setTitle."""
    channel, thread = call.channel("channel_id"), call.need("thread_ts")
    call.workspace.threads.titles[(channel.id, thread)] = call.need("title")
    return {}


def set_prompts(call: Call) -> Json:
    """assistant.threads.setSuggestedPrompts: at most four."""
    channel = call.channel("channel_id")
    prompts = call.list("prompts")
    if not 1 <= len(prompts) <= MAX_PROMPTS:
        raise SlackRefusal("invalid_arguments")
    thread, title = call.text("thread_ts"), call.text("title")
    call.workspace.threads.set_prompts(channel, thread, title, prompts)
    return {}


def session_status(call: Call) -> Json:
    """agents.sessions.setStatus."""
    channel, thread = call.channel("channel_id"), call.need("thread_ts")
    status = call.need("status")
    if status not in _SESSION_STATES:
        raise SlackRefusal("invalid_arguments")
    call.workspace.threads.sessions[(channel.id, thread)] = status
    if call.text("title"):
        call.workspace.threads.titles[(channel.id, thread)] = call.text("title")
    return {"session": {"channel_id": channel.id, "thread_ts": thread, "status": status}}


def session_rename(call: Call) -> Json:
    """agents.sessions.rename."""
    channel, thread = call.channel("channel_id"), call.need("thread_ts")
    call.workspace.threads.titles[(channel.id, thread)] = call.need("title")
    return {}


def function_success(call: Call) -> Json:
    """functions.completeSuccess."""
    call.workspace.functions.complete(call.need("function_execution_id"), {"outputs": call.object("outputs")})
    return {}


def function_error(call: Call) -> Json:
    """functions.completeError."""
    call.workspace.functions.complete(call.need("function_execution_id"), {"error": call.need("error")})
    return {}


def accepted(_call: Call) -> Json:
    """Take a call that changes nothing a person of this workspace can see."""
    return {}
