"""The Home tab's listener."""

from dataclasses import dataclass
from typing import Any

from agent.ports.chat import Rendered
from agent.transport.slack.home import render_home
from agent.transport.slack.identity import event_keys, first_time
from agent.transport.slack.kit import Kit, guarded


@dataclass(frozen=True, slots=True)
class Tabs:
    """Shows the Home tab to whoever opens it."""

    kit: Kit

    async def on_home(self, body: dict[str, Any]) -> None:
        """Draw the Home tab anew each time it is opened."""
        event = body["event"]
        if event.get("tab") not in (None, "home") or not await first_time(
            self.kit.services, event_keys(body, "home")
        ):
            return
        user = str(event["user"])
        services = self.kit.services
        services.viewers.opened(user, services.clock.now())

        async def work() -> None:
            await self.kit.chat.publish_home(user, await render_home(services, user))

        async def say(sentence: str) -> None:
            await self.kit.chat.post(user, Rendered(text=sentence))

        await guarded(work, say, self.kit.lang, "home")
