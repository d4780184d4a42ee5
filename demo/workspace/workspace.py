"""The workspace in one object: its state, the acts of people, the record of calls, and waiting."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from demo.workspace.acts.clicks import Clicks
from demo.workspace.acts.commands import Commands
from demo.workspace.acts.modals import Modals
from demo.workspace.acts.payloads import Payloads
from demo.workspace.acts.responses import Responses
from demo.workspace.announcer import Announcer
from demo.workspace.canvases import Canvases
from demo.workspace.clock import Clock
from demo.workspace.delivery.courier import Courier
from demo.workspace.faults import Faults
from demo.workspace.files import Files
from demo.workspace.functions import Functions
from demo.workspace.gatekeeper import Gatekeeper
from demo.workspace.installations import Installations
from demo.workspace.messages import Messages
from demo.workspace.page_bus import PageBus
from demo.workspace.people import People
from demo.workspace.rate import Buckets, RateLimits
from demo.workspace.recorder import Recorder
from demo.workspace.seed import WorkspaceSeed
from demo.workspace.state import State
from demo.workspace.streams import Streams
from demo.workspace.structure import Structure
from demo.workspace.threads import AgentThreads
from demo.workspace.triggers import TRIGGER_SECONDS, Keys
from demo.workspace.views import Views

Json = dict[str, Any]
T = TypeVar("T")


class Workspace(People):
    """State and acts; the server adds the wire."""

    def __init__(
        self,
        seed: WorkspaceSeed,
        clock: Clock,
        *,
        strict: bool,
        rate_limits: RateLimits | None,
        trigger_seconds: float = TRIGGER_SECONDS,
    ) -> None:
        self.clock = clock
        self.links: dict[str, str] = {}
        self.recorder = Recorder()
        self.faults = Faults()
        self.bus = PageBus()
        self.state = State(seed, clock)
        self.courier = Courier(clock, self.recorder, self.faults)
        self.announcer = Announcer(self.state, self.bus, self.courier, self.recorder)
        self.files = Files(self.state)
        self.gatekeeper = Gatekeeper(Structure() if strict else None, self.files)
        self.messages = Messages(self.state, self.announcer)
        self.views = Views(self.state, self.announcer)
        self.streams = Streams(self.state, self.messages, self.announcer)
        self.threads = AgentThreads(self.announcer)
        self.keys = Keys(clock, self.state.ids, trigger_seconds)
        self.buckets = Buckets(rate_limits, clock)
        self.installations = Installations(self.state, self.announcer)
        self.canvases = Canvases(self.state, self.announcer)
        self.functions = Functions(self.state, self.announcer)
        self.later: dict[str, tuple[Json, asyncio.Task[None]]] = {}
        self.responses = Responses(self.state, self.messages, self.keys, self.gatekeeper)
        payloads = Payloads(self.state, self.keys)
        super().__init__(
            self.state,
            self.messages,
            self.views,
            self.streams,
            self.announcer,
            Clicks(self.state, self.views, payloads, self.courier),
            Commands(self.state, self.messages, payloads, self.courier, self.gatekeeper),
            Modals(self.state, self.views, payloads, self.courier, self.gatekeeper),
        )

    async def wait_for(self, predicate: Callable[["Workspace"], T], timeout: float = 120.0) -> T:
        """Return the first truthy value of the predicate; raises TimeoutError after `timeout` seconds."""
        left = _Countdown(timeout)
        while True:
            found = predicate(self)
            if found:
                return found
            await self.recorder.changed(left.seconds())

    def app_may_read(self, token: str) -> bool:
        """Tell whether a token may download files."""
        grant = self.state.grants.get(token)
        return grant is not None and self.state.alive(grant) and "files:read" in grant.scopes

    async def close(self) -> None:
        """Stop the deliveries and scheduled messages that are still to come."""
        tasks = [task for _, task in self.later.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.courier.close()

    def history(self, channel: str) -> list[Json]:
        """List a channel's messages, replies included, oldest first."""
        return list(self.state.channel(channel).messages.values())

    def replies(self, channel: str, thread_ts: str) -> list[Json]:
        """List a thread's replies, oldest first."""
        found = self.state.channel(channel)
        return [found.messages[ts] for ts in found.threads.get(thread_ts, [])]

    def whispers(self, user: str, channel: str) -> list[Json]:
        """List the messages of a channel that only this user sees."""
        found = self.state.channel(channel)
        return list(found.ephemerals.get(self.state.user(user).id, {}).values())

    def modals_of(self, user: str) -> list[Json]:
        """List the modals that a user has open, the top one last."""
        return self.views.stack(self.state.user(user).id)

    def home_of(self, user: str) -> Json | None:
        """Return the Home tab that the app published for a user."""
        return self.views.home(self.state.app.id, self.state.user(user).id)

    def transcript(self, channel: str) -> str:
        """Return a channel as plain lines, without times and ids that change from run to run."""
        found = self.state.channel(channel)
        lines = []
        for ts, message in found.messages.items():
            if message.get("thread_ts", ts) != ts:
                continue
            lines.append(self._line(message))
            lines += ["    " + self._line(found.messages[r]) for r in found.threads.get(ts, [])]
        return "\n".join(lines)

    def _line(self, message: Json) -> str:
        user = self.state.users.get(str(message.get("user", "")))
        reactions = "".join(f" :{r['name']}:×{r['count']}" for r in message.get("reactions", ()))
        return f"{user.name if user else '?'}: {message.get('text', '')}{reactions}"


class _Countdown:
    def __init__(self, seconds: float) -> None:
        self._now = asyncio.get_running_loop().time
        self._end = self._now() + seconds

    def seconds(self) -> float:
        return max(0.0, self._end - self._now())
