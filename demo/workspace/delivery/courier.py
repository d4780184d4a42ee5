"""Deliver to apps: events in the background with Slack's retries, interactions once and awaited."""

import asyncio
import time
from dataclasses import replace

from demo.workspace.clock import Clock
from demo.workspace.delivery.transport import Delivery, Json, Kind, Transport
from demo.workspace.errors import DeliveryFailed
from demo.workspace.faults import Faults
from demo.workspace.recorder import Recorded, Recorder

# Seconds before the first, second and third retry of an event.
RETRY_DELAYS = (0.0, 60.0, 300.0)
_DIRECTION: dict[Kind, str] = {
    "events_api": "event",
    "slash_commands": "slash",
    "interactive": "interactive",
}


class Courier:
    """Carry deliveries over each app's transport and record what came of them."""

    def __init__(self, clock: Clock, recorder: Recorder, faults: Faults) -> None:
        self._clock = clock
        self._recorder = recorder
        self._faults = faults
        self._transports: dict[str, Transport] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def use(self, app_id: str, transport: Transport) -> None:
        """Choose how one app is reached from now on."""
        self._transports[app_id] = transport

    def event(self, app_id: str, envelope: Json) -> None:
        """Deliver an event in the background."""
        name = str(envelope["event"]["type"])
        task = asyncio.create_task(self._deliver_event(app_id, Delivery("events_api", name, envelope)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def interact(self, app_id: str, kind: Kind, name: str, payload: Json) -> Json:
        """Deliver an interaction and return the ack's payload; raises DeliveryFailed."""
        return await self._attempt(app_id, Delivery(kind, name, payload))

    async def close(self) -> None:
        """Stop the deliveries that are still under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver_event(self, app_id: str, delivery: Delivery) -> None:
        delays = (None, *RETRY_DELAYS)
        reason = ""
        for number, delay in enumerate(delays):
            if delay:
                await self._clock.sleep(delay)
            try:
                attempt = replace(delivery, retry_num=number, retry_reason=reason)
                await self._attempt(app_id, attempt)
            except DeliveryFailed as failure:
                reason = failure.reason
                if not failure.retry:
                    return
            else:
                await self._duplicate(app_id, delivery)
                return

    async def _duplicate(self, app_id: str, delivery: Delivery) -> None:
        if not self._faults.takes("duplicate"):
            return
        try:
            await self._attempt(app_id, replace(delivery, retry_num=1, retry_reason="timeout"))
        except DeliveryFailed:
            return

    async def _attempt(self, app_id: str, delivery: Delivery) -> Json:
        begun = time.perf_counter()
        status = "acked"
        reply: Json = {}
        try:
            transport = self._transports.get(app_id)
            if transport is None:
                raise DeliveryFailed("no_connection")
            reply = await transport.send(delivery)
            if self._faults.takes("lose_ack"):
                raise DeliveryFailed("timeout")
        except DeliveryFailed as failure:
            status = failure.reason
            raise
        else:
            return reply
        finally:
            self._record(delivery, status, (time.perf_counter() - begun) * 1000, reply)

    def _record(self, delivery: Delivery, status: str, ms: float, reply: Json) -> None:
        retry = f" (retry {delivery.retry_num}: {delivery.retry_reason})" if delivery.retry_num else ""
        self._recorder.add(
            Recorded(
                at=self._clock.now(),
                direction=_DIRECTION[delivery.kind],
                name=delivery.name,
                status=status,
                ms=round(ms, 1),
                summary=_summary(delivery) + retry,
                args=delivery.payload,
                reply=reply,
            )
        )


def _summary(delivery: Delivery) -> str:
    payload = delivery.payload
    if delivery.kind == "events_api":
        event = payload["event"]
        return f"{event.get('channel', '')} {str(event.get('text', ''))[:80]}".strip()
    if delivery.kind == "slash_commands":
        return f"{payload['command']} {payload['text']}".strip()
    actions = ",".join(str(action["action_id"]) for action in payload.get("actions", ()))
    return f"{payload['user']['id']} {actions}".strip()
