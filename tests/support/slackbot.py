"""The bot's Slack side whole: real store, outbox and door against the local workspace; only the desk is scripted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

from agent.domain.answer import Answer, AnswerPart, Question, Step
from agent.domain.incident import Incident, Priority
from agent.domain.probe import Probe
from agent.errors import BadInput
from agent.jobs.leases import LeaseJobs
from agent.lifecycle.changes import declare
from agent.operations.rerun import Rerunner
from agent.policy.access import AccessPolicy
from agent.policy.load import Policies
from agent.ports.clock import SystemClock
from agent.ports.reads import Reads
from agent.settings import ROOT, Settings
from agent.store.engine import SqlStore, open_store
from agent.transport.outbox import Outbox
from agent.transport.outbox_pacing import OutboxLimits
from agent.transport.slack.app import build_slack
from agent.transport.slack.door import SlackDoor
from agent.transport.slack.doors import Doors
from agent.transport.slack.groups import build_groups
from agent.transport.slack.languages import Languages
from agent.transport.slack.renderer import SlackRenderer
from agent.transport.slack.services import SlackServices
from demo.workspace.seed import WorkspaceSeed, new_app
from demo.workspace.server import WorkspaceServer
from tests.support.alerts import shipped_policies
from tests.support.english import english_seed
from tests.support.recovery import FakeRecovery
from tests.support.store import prepared
from tests.support.workspace import PATIENT

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fea7d6"
    "059b0000000049454e44ae426082"
)
FAST = OutboxLimits(
    posts_per_second=200, post_burst=100, edits_per_second=200, edit_burst=100, edit_gap_seconds=0.05
)
Json = dict[str, Any]


class ScriptedDesk:
    """Answers with what the test put there; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.lines: list[str] = []
        self.answer = Answer(text="**payment** is failing since 19:30.")
        self.steps: list[Step] = [
            Step(id="1", title="Read metrics", status="in_progress"),
            Step(id="1", title="Read metrics", status="complete", output="error rate 48%"),
        ]
        self.trouble: Exception | None = None

    async def _said(self, what: str) -> Answer:
        self.lines.append(what)
        if self.trouble is not None:
            raise self.trouble
        return self.answer

    async def status(self, *, language: str | None = None, whole: bool = True) -> Answer:
        return await self._said("status")

    async def health(self, *, language: str | None = None) -> Answer:
        return await self._said("health")

    async def incidents(self, *, language: str | None = None, whole: bool = True) -> Answer:
        return await self._said("incidents")

    async def metrics(self, args: str, *, language: str | None = None) -> Answer:
        if not args:
            raise BadInput("Name a service, for example checkout.", field="service")
        return await self._said(f"metrics {args}")

    async def logs(self, args: str, *, language: str | None = None) -> Answer:
        return await self._said(f"logs {args}")

    async def pods(self, args: str, *, language: str | None = None) -> Answer:
        return await self._said(f"pods {args}")

    async def calibration(self, *, language: str | None = None) -> Answer:
        return await self._said("calibration")

    async def alerts(self, args: str, *, language: str | None = None) -> Answer:
        return await self._said(f"alerts {args}")

    async def ask(self, question: Question) -> AsyncIterator[AnswerPart]:
        self.asked.append(question)
        for step in self.steps:
            yield step
        if self.trouble is not None:
            raise self.trouble
        yield self.answer


@dataclass
class Bot:
    """Everything a scenario touches."""

    server: WorkspaceServer
    store: SqlStore
    services: SlackServices
    door: SlackDoor
    outbox: Outbox
    desk: ScriptedDesk
    jobs: LeaseJobs
    recovery: FakeRecovery
    pictures: dict[str, bytes] = field(default_factory=dict)

    async def declare(
        self, *, title: str = "payment: HighErrorRate", priority: Priority = Priority.P1
    ) -> Incident:
        """Open an incident the way a person does, and ring the outbox."""
        async with self.store.write() as tx:
            incident = await declare(
                tx,
                self.services.policies,
                title=title,
                service="payment",
                priority=priority,
                by="U0MINA0001",
                at=self.services.clock.now(),
                environment="production",
            )
        self.outbox.wake()
        return incident

    async def card(self, incident: Incident, *, other_than: str = "") -> Incident:
        """Return the incident once its card is posted, and is another message than the one given."""
        async with asyncio.timeout(60):
            while True:
                async with self.store.read() as tx:
                    found = await tx.incidents.get(incident.id)
                if found is not None and found.conversation.ts not in (None, other_than):
                    return found
                await asyncio.sleep(0.01)

    def message(self, channel: str, ts: str) -> Json:
        """Return a message as the workspace holds it."""
        found = self.server.workspace.state.channel(channel)
        return found.messages[ts]

    def calls(self, method: str) -> list[Json]:
        """Return the arguments of every call of a method."""
        return [dict(call.args) for call in self.server.workspace.recorder.calls(method)]


def manifest() -> Json:
    """Return the app's own manifest."""
    loaded: Json = yaml.safe_load((ROOT / "deploy" / "slack-manifest.yaml").read_text("utf-8"))
    return loaded


def bot_seed(**app: Any) -> WorkspaceSeed:
    """Return the demo's people and channels with our app in them; all of them read English until they choose."""
    return english_seed(manifest()).model_copy(update={"apps": (new_app(manifest(), **app),)})


def settings_for(server: WorkspaceServer, **changes: Any) -> Settings:
    """Return settings that point the bot at a workspace."""
    app = server.workspace.state.app.seed
    values: Json = {
        "slack_bot_token": SecretStr(app.bot_token),
        "slack_app_token": SecretStr(app.app_token),
        "slack_signing_secret": SecretStr(app.signing_secret),
        "slack_api_url": server.api_url,
    }
    return Settings(**(values | changes))


@asynccontextmanager
async def running_bot(
    folder: Path,
    *,
    chosen: WorkspaceSeed | None = None,
    limits: OutboxLimits = FAST,
    language: str = "en",
    probes: tuple[Probe, ...] = (),
    connect: bool = True,
    guarded: bool = False,
    access: AccessPolicy | None = None,
    reads: Reads | None = None,
    doors: Doors | None = None,
    policies: Policies | None = None,
    **server_options: Any,
) -> AsyncIterator[Bot]:
    """Run a workspace and a bot that is connected to it."""
    options = {"strict": True, "rate_limits": None, **PATIENT} | server_options
    async with WorkspaceServer(chosen or bot_seed(), **options) as server:
        store = await open_store(await prepared(f"sqlite:///{folder / 'bot.db'}"))
        try:
            async with started_bot(
                server,
                store,
                limits=limits,
                language=language,
                probes=probes,
                guarded=guarded,
                access=access,
                reads=reads,
                doors=doors,
                policies=policies,
            ) as bot:
                if connect:
                    await server.workspace.wait_for(lambda _: server.gate.connected)
                yield bot
        finally:
            await store.close()


@asynccontextmanager
async def started_bot(
    server: WorkspaceServer,
    store: SqlStore,
    *,
    limits: OutboxLimits = FAST,
    language: str = "en",
    probes: tuple[Probe, ...] = (),
    guarded: bool = False,
    access: AccessPolicy | None = None,
    reads: Reads | None = None,
    doors: Doors | None = None,
    policies: Policies | None = None,
    **changes: Any,
) -> AsyncIterator[Bot]:
    """Start a bot on a running workspace and an open store; leaving stops it cleanly."""
    pictures: dict[str, bytes] = {}
    desk = ScriptedDesk()
    rung: list[Outbox] = []

    async def blob(digest: str) -> bytes | None:
        return pictures.get(digest)

    async def check() -> tuple[Probe, ...]:
        return probes

    clock, policies = SystemClock(), policies or shipped_policies()
    jobs = LeaseJobs(store, clock)
    recovery = FakeRecovery(store, policies, clock)
    settings = settings_for(server, **changes)
    services = SlackServices(
        store=store,
        desk=desk,
        policies=policies,
        clock=clock,
        wake=lambda: rung[0].wake(),
        blob=blob,
        language=language,
        probes=check,
        jobs=jobs,
        recovery=recovery if guarded else None,
        groups=build_groups(settings, clock) if guarded else None,
        access=access or (policies.access if guarded else None),
        languages=Languages(store, clock, language),
        doors=doors or Doors(),
        rerun=Rerunner(store, reads, clock, language=language) if reads is not None else None,
    )
    door = build_slack(settings, services)
    outbox = Outbox(store, door.chat, SlackRenderer(services), services.clock, limits)
    rung.append(outbox)
    await door.start()
    running = asyncio.create_task(outbox.run())
    try:
        yield Bot(server, store, services, door, outbox, desk, jobs, recovery, pictures)
    finally:
        await outbox.stop()
        await running
        await door.stop()
