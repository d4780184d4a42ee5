"""Modals in people's hands: submit, close, and what the app's answer does to the stack."""

from typing import Any

from demo.workspace.acts import elements
from demo.workspace.acts.clicks import failure_name
from demo.workspace.acts.inputs import missing_input
from demo.workspace.acts.outcome import Outcome
from demo.workspace.acts.payloads import Payloads
from demo.workspace.delivery.courier import Courier
from demo.workspace.errors import DeliveryFailed, SlackRefusal
from demo.workspace.gatekeeper import Gatekeeper
from demo.workspace.state import App, State
from demo.workspace.views import Views

Json = dict[str, Any]


class Modals:
    """Submit and close modals."""

    def __init__(
        self, state: State, views: Views, payloads: Payloads, courier: Courier, gatekeeper: Gatekeeper
    ) -> None:
        self._state = state
        self._views = views
        self._payloads = payloads
        self._courier = courier
        self._gatekeeper = gatekeeper

    def fill(self, view: Json, values: Json) -> Json:
        """Turn `{block_id: plain value}` into state values; ready-made state passes through."""
        state: Json = {}
        for block, element in elements.placed(list(view["blocks"])):
            block_id = str(block.get("block_id", ""))
            if block_id not in values or element.get("type") not in elements.VALUE_KEY:
                continue
            wanted = values[block_id]
            action_id = str(element.get("action_id", ""))
            ready = isinstance(wanted, dict) and isinstance(wanted.get(action_id), dict)
            state.setdefault(block_id, {})[action_id] = (
                wanted[action_id] if ready else elements.choose(element, wanted)
            )
        return state

    async def submit(self, user: str, view_id: str, state: Json) -> Outcome:
        """Submit a modal; field errors come back without closing it."""
        view = self._views.get(view_id)
        app = self._state.apps[view["app_id"]]
        values = elements.state_values(list(view["blocks"]), state)
        self._views.remember_state(view_id, values)
        errors = missing_input(list(view["blocks"]), values)
        if errors:
            return Outcome(False, "invalid_input", "errors", errors)
        payload = self._payloads.interaction(app, "view_submission", user, view_id=view_id)
        payload |= {"view": dict(view), "response_urls": []}
        try:
            reply = await self._courier.interact(app.id, "interactive", "view_submission", payload)
            return self._obey(app, user, view_id, reply, payload)
        except DeliveryFailed as failure:
            return Outcome(False, failure_name(failure), payload=payload)
        except SlackRefusal as refusal:
            return Outcome(False, refusal.code, payload=payload, reply=dict(refusal.extra))

    async def close(self, user: str, view_id: str) -> Outcome:
        """Close a modal by hand; the app hears of it when the view asked for that."""
        top = self._views.get(view_id)
        closed = self._views.close(user, view_id, whole_stack=bool(top.get("clear_on_close")))
        for view in closed:
            if not view["notify_on_close"]:
                continue
            app = self._state.apps[view["app_id"]]
            payload = self._payloads.interaction(app, "view_closed", user)
            del payload["trigger_id"]
            payload |= {"view": view, "is_cleared": bool(top.get("clear_on_close"))}
            try:
                await self._courier.interact(app.id, "interactive", "view_closed", payload)
            except DeliveryFailed as failure:
                return Outcome(False, failure_name(failure), payload=payload)
        return Outcome(True)

    def _obey(self, app: App, user: str, view_id: str, reply: Json, payload: Json) -> Outcome:
        act = str(reply.get("response_action", ""))
        if act == "errors":
            errors = {str(key): str(value) for key, value in (reply.get("errors") or {}).items()}
            known = {block.get("block_id") for block in payload["view"]["blocks"]}
            if not errors or not set(errors) <= known:
                raise SlackRefusal("invalid_errors")
            return Outcome(False, "invalid_input", act, errors, payload, reply)
        if act in ("update", "push"):
            view = reply.get("view") or {}
            self._gatekeeper.view(view)
            if act == "update":
                self._views.update(app, view_id, view)
            else:
                self._views.push(app, user, view)
        else:
            self._views.close(user, view_id, whole_stack=act == "clear")
        return Outcome(True, response_action=act, payload=payload, reply=reply)
