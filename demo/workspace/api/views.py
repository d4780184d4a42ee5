"""views.*: modals and Home tabs."""

from typing import Any

from demo.workspace.api.call import Call
from demo.workspace.errors import SlackRefusal
from demo.workspace.triggers import Trigger

Json = dict[str, Any]


def _view(call: Call, kind: str) -> Json:
    view = call.object("view")
    if not view:
        call.need("view")
    call.workspace.gatekeeper.view(view)
    if view["type"] != kind:
        line = f"[ERROR] must be a {kind} view [json-pointer:/view/type]"
        raise SlackRefusal("invalid_arguments", response_metadata={"messages": [line]})
    return view


def _trigger(call: Call) -> Trigger:
    key = call.text("trigger_id") or call.text("interactivity_pointer")
    return call.workspace.keys.exchange(key, call.app.id)


def open_(call: Call) -> Json:
    """views.open."""
    view = _view(call, "modal")
    return {"view": call.workspace.views.open(call.app, _trigger(call), view)}


def push(call: Call) -> Json:
    """views.push."""
    view = _view(call, "modal")
    return {"view": call.workspace.views.push(call.app, _trigger(call).user, view)}


def update(call: Call) -> Json:
    """views.update, by view id or external id."""
    current = call.workspace.views.find(call.app, call.text("view_id"), call.text("external_id"))
    view = _view(call, current["type"])
    return {"view": call.workspace.views.update(call.app, current["id"], view, hash_=call.text("hash"))}


def publish(call: Call) -> Json:
    """views.publish."""
    user = call.workspace.state.user(call.need("user_id")).id
    view = _view(call, "home")
    return {"view": call.workspace.views.publish(call.app, user, view, hash_=call.text("hash"))}
