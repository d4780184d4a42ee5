"""Clicks and choices: `block_actions` and `block_suggestion`."""

from typing import Any

from demo.workspace.acts import elements
from demo.workspace.acts.outcome import Outcome
from demo.workspace.acts.payloads import Payloads
from demo.workspace.delivery.courier import Courier
from demo.workspace.errors import DeliveryFailed, SlackRefusal
from demo.workspace.state import App, Channel, State
from demo.workspace.views import Views

Json = dict[str, Any]


def failure_name(failure: DeliveryFailed) -> str:
    """Return the word that Slack shows a person when the app did not answer."""
    return "operation_timeout" if failure.reason in ("timeout", "http_timeout") else "dispatch_failed"


class Clicks:
    """Send what a person clicked or chose."""

    def __init__(self, state: State, views: Views, payloads: Payloads, courier: Courier) -> None:
        self._state = state
        self._views = views
        self._payloads = payloads
        self._courier = courier

    def message_of(self, user: str, channel: Channel, ts: str) -> Json:
        """Find a message as one user sees it, private ones included."""
        own = channel.ephemerals.get(user, {})
        return own[ts] if ts in own else self._state.message(channel, ts)

    async def on_message(
        self, user: str, channel: Channel, ts: str, block_id: str, action_id: str, given: Json, state: Json
    ) -> Outcome:
        """Use an element of a message."""
        message = self.message_of(user, channel, ts)
        app = self._app_of(message)
        payload = self._payloads.interaction(app, "block_actions", user)
        payload |= self._payloads.message_part(app, user, channel, message)
        return await self._act(app, payload, elements.all_blocks(message), block_id, action_id, given, state)

    async def on_view(
        self, user: str, view_id: str, block_id: str, action_id: str, given: Json, state: Json
    ) -> Outcome:
        """Use an element of a modal or a Home tab."""
        view = self._views.get(view_id)
        app = self._state.apps[view["app_id"]]
        blocks = list(view["blocks"])
        self._views.remember_state(view_id, elements.state_values(blocks, state))
        payload = self._payloads.interaction(app, "block_actions", user, view_id=view_id)
        payload |= {"container": {"type": "view", "view_id": view_id}, "view": dict(view)}
        return await self._act(app, payload, blocks, block_id, action_id, given, state)

    async def suggest(self, user: str, container: Json, block_id: str, action_id: str, value: str) -> Outcome:
        """Ask the app for the options of an external select."""
        if container.get("type") == "view":
            view = self._views.get(str(container["view_id"]))
            app = self._state.apps[view["app_id"]]
            part: Json = {"container": {"type": "view", "view_id": view["id"]}, "view": view}
        else:
            channel = self._state.channel(str(container["channel"]))
            message = self.message_of(user, channel, str(container["ts"]))
            app = self._app_of(message)
            part = self._payloads.message_part(app, user, channel, message)
        payload = self._payloads.interaction(app, "block_suggestion", user) | part
        payload |= {"block_id": block_id, "action_id": action_id, "value": value}
        for key in ("trigger_id", "response_url"):
            payload.pop(key, None)
        return await self._send(app, "block_suggestion", payload)

    def _app_of(self, message: Json) -> App:
        app = self._state.apps.get(str(message.get("app_id", "")))
        if app is None:
            raise SlackRefusal("message_not_interactive")
        return app

    async def _act(
        self,
        app: App,
        payload: Json,
        blocks: list[Json],
        block_id: str,
        action_id: str,
        given: Json,
        state: Json,
    ) -> Outcome:
        found = elements.find(blocks, block_id, action_id)
        if found is None:
            raise SlackRefusal("action_not_found")
        block, element = found
        made = elements.action(block, element, given, self._state.ids.ts())
        if "view" not in payload:
            payload["state"] = {"values": elements.state_values(blocks, state)}
        payload["actions"] = [made]
        return await self._send(app, "block_actions", payload)

    async def _send(self, app: App, name: str, payload: Json) -> Outcome:
        if not app.manifest.interactive:
            return Outcome(False, "interactivity_disabled")
        try:
            reply = await self._courier.interact(app.id, "interactive", name, payload)
        except DeliveryFailed as failure:
            return Outcome(False, failure_name(failure), payload=payload)
        return Outcome(True, payload=payload, reply=reply)
