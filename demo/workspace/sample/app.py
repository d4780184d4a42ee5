"""A stand-in for a bot: answers clicks and commands of the sample inside the process."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from demo.workspace.delivery.transport import Delivery
from demo.workspace.sample import blocks
from demo.workspace.sample.gallery import feedback
from demo.workspace.sample.modals import modal
from demo.workspace.workspace import Workspace

Json = dict[str, Any]


class SampleApp:
    """Satisfy `Transport` by acting on the workspace directly; `pause` is how it takes its time."""

    def __init__(
        self, workspace: Workspace, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._workspace = workspace
        self._pause = pause
        self._app = workspace.state.app
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, delivery: Delivery) -> Json:
        """Answer one delivery."""
        payload = delivery.payload
        if delivery.kind == "slash_commands":
            return {
                "text": f"You typed `{payload['command']} {payload['text']}`",
                "response_type": "ephemeral",
            }
        if delivery.kind == "events_api":
            return self._heard(payload["event"])
        kind = payload["type"]
        if kind == "block_actions":
            return self._clicked(payload)
        if kind == "block_suggestion":
            names = ("Disk full", "High error rate", "Certificate expires")
            wanted = str(payload["value"]).lower()
            return {"options": [blocks.option(n, n) for n in names if wanted in n.lower()]}
        if kind == "view_submission":
            return _submitted(payload)
        if kind in ("shortcut", "message_action"):
            self._open(payload)
        return {}

    def _heard(self, event: Json) -> Json:
        if event["type"] == "app_mention" or (event.get("channel_type") == "im" and "bot_id" not in event):
            task = asyncio.create_task(self._answer(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return {}

    def _clicked(self, payload: Json) -> Json:
        action = payload["actions"][0]
        if action["action_id"] == "open_modal":
            self._open(payload)
        elif action["action_id"] == "push_modal":
            view = modal("Another layer") | {"notify_on_close": False}
            self._workspace.views.push(self._app, payload["user"]["id"], view)
        elif "channel" in payload:
            channel = self._workspace.state.channel(payload["channel"]["id"])
            text = f"You used `{action['action_id']}` ({action['type']})."
            user = payload["user"]["id"]
            thread = str(payload["container"].get("thread_ts", ""))
            self._workspace.messages.whisper(self._app, channel, user, {"text": text}, thread_ts=thread)
        return {}

    def _open(self, payload: Json) -> None:
        trigger = self._workspace.keys.exchange(payload["trigger_id"], self._app.id)
        self._workspace.views.open(self._app, trigger, modal())

    async def _answer(self, event: Json) -> None:
        workspace, thread = self._workspace, str(event.get("thread_ts") or event["ts"])
        channel = workspace.state.channel(event["channel"])
        steps = ["Checking metrics …", "Reading logs …"]
        workspace.threads.set_status(channel, thread, "is thinking …", steps)
        await self._pause(1.0)
        task = {"type": "task_update", "id": "1", "title": "Read the error rate", "status": "in_progress"}
        start: list[Json] = [{"type": "plan_update", "title": "How I looked"}, task]
        workspace.threads.set_status(channel, thread, "", [])
        message = workspace.streams.start(self._app, channel, thread, "plan", start)
        for word in [
            "The",
            "**checkout**",
            "errors",
            "began",
            "with",
            "deploy",
            "`v42`,",
            "so",
            "*roll",
            "it",
            "back*.",
        ]:
            await self._pause(0.15)
            chunk = {"type": "markdown_text", "text": word + " "}
            workspace.streams.append(channel, message["ts"], [chunk])
        done: Json = task | {"status": "complete", "output": "12.4 %"}
        workspace.streams.stop(channel, message["ts"], [done], [feedback()], {})


def _submitted(payload: Json) -> Json:
    values = payload["view"]["state"]["values"]
    summary = str(values.get("summary", {}).get("summary", {}).get("value") or "")
    if "fail" in summary:
        return {"response_action": "errors", "errors": {"summary": "Please find a kinder word."}}
    return {}
