"""The running bot: one HTTP server, one worker, one outbox, and Slack when it is configured."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from agent.app.core import Core, open_core, secrets_of
from agent.app.recovery import RUNS
from agent.app.slack_doors import slack_services
from agent.app.staffing import demand_staff
from agent.domain.noun import Json
from agent.errors import Misconfigured, OpsError
from agent.execution.work import recovery_consider
from agent.graph.again import look_again
from agent.graph.deepen import DEEPEN, deepening
from agent.intake.generic import load_mappings
from agent.intake.work import INVESTIGATE
from agent.locale.messages import read_catalogues
from agent.operations.housekeeping import PRUNE
from agent.ports.clock import SystemClock
from agent.ports.jobs import Handler
from agent.settings import Settings
from agent.store.sole import serves_alone, sole_server
from agent.store.turns import in_turn
from agent.telemetry.logs import LogEvent, configure_logs, get_log
from agent.telemetry.traces import configure_traces
from agent.transport.http.server import HttpNeeds, RunningHttp, build_http, start_http
from agent.transport.outbox import Outbox

if TYPE_CHECKING:
    from agent.transport.slack.door import SlackDoor
    from agent.transport.slack.groups import SlackGroups


class Server:
    """Starts the doors and the loops, and ends them in the order that loses nothing."""

    def __init__(self, core: Core, groups: "SlackGroups | None" = None) -> None:
        self._core = core
        self._groups = groups
        self._log = get_log("app")
        self._tasks: list[asyncio.Task[object]] = []
        self._outbox: Outbox | None = None
        self._slack: SlackDoor | None = None
        self._working = False

    async def run(self, ended: asyncio.Event) -> None:
        """Serve until `ended` is set, then finish or hand back what runs."""
        core = self._core
        if self._groups is not None and core.guarded.autonomy in RUNS:
            await demand_staff(core.guarded, self._groups)
        if core.settings.slack_bot_token is not None:
            self._open_slack()
        app = build_http(self._needs())
        app.router.add_routes(core.wings.routes())
        if self._slack is not None and core.settings.slack_mode == "http":
            app.router.add_post("/slack/events", self._slack.handle_http)
        http = await self._listen(app)
        if self._slack is not None:
            await self._slack.start()
            self._start(self._know_team(self._slack), "workspace")
        if serves_alone(core.settings.database_url):
            await core.jobs.take_over()
        await core.guarded.desk.take_up()
        self._start(core.jobs.run(self._handlers()), "jobs")
        self._start(core.guarded.watch_policies(), "policies")
        if self._groups is not None and core.guarded.autonomy not in RUNS:
            # Nothing can run, so the start need not wait for what is only logged then.
            self._start(demand_staff(core.guarded, self._groups), "staffing")
        self._start(core.topology.run(), "topology")
        self._start(self._housekeep(), "housekeeping")
        if core.watching is not None:
            self._start(core.watching.run(), "watch")
        self._start(self._warm_up(), "warm-up")
        self._start_wings()
        if self._outbox is not None:
            turn = in_turn(core.settings.database_url, "outbox", self._outbox.run)
            self._start(turn, "outbox")
        self._working = True
        self._log.info(LogEvent.READY, port=http.port, slack=self._slack is not None)
        try:
            await self._wait(ended)
        finally:
            # Also when a task of ours died: what runs is handed back before the process ends.
            self._log.info(LogEvent.STOPPING)
            await http.close()
            await self._close()
            self._log.info(LogEvent.STOPPED)

    async def _warm_up(self) -> None:
        await asyncio.to_thread(read_catalogues)
        await self._core.investigator.warm_up()
        # All of this stays until the end; looking through it for garbage again and again would hold everybody up.
        gc.freeze()

    def _start_wings(self) -> None:
        url = self._core.settings.database_url
        for wing in self._core.wings.all:
            for name, loop in wing.loops.items():
                self._start(in_turn(url, name, loop) if name in wing.in_turn else loop(), name)

    def _open_slack(self) -> None:
        from agent.transport.slack.app import build_slack
        from agent.transport.slack.renderer import SlackRenderer

        core = self._core
        services = slack_services(core, self._wake, self._groups)
        self._slack = build_slack(core.settings, services)
        self._outbox = Outbox(core.store, self._slack.chat, SlackRenderer(services), core.clock)

    def _needs(self) -> HttpNeeds:
        core, settings = self._core, self._core.settings
        token = settings.webhook_token
        return HttpNeeds(
            store=core.store,
            jobs=core.jobs,
            clock=core.clock,
            metrics=core.metrics,
            registry=core.registry,
            webhook_token=token.get_secret_value() if token else None,
            max_bytes=settings.webhook_max_bytes,
            queue_bound=settings.queue_bound,
            mappings=load_mappings(settings.webhook_mappings_dir),
            known_secrets=secrets_of(settings),
            ready={"database": core.store.ready, "worker": self._worker_ready},
        )

    async def _listen(self, app: web.Application) -> RunningHttp:
        settings = self._core.settings
        try:
            return await start_http(app, settings.http_host, settings.http_port)
        except OSError as error:
            raise Misconfigured(
                f"Cannot listen on {settings.http_host}:{settings.http_port} ({error.strerror}); "
                "set OPS_HTTP_PORT to a free port."
            ) from error

    def _handlers(self) -> dict[str, Handler]:
        async def investigate(payload: dict[str, Json]) -> None:
            looks = int(str(payload.get("looks", 0)))
            incident_id = str(payload["incident_id"])
            core = self._core
            if core.watching is not None:
                await core.watching.leads.note(incident_id)
            await core.investigator.investigate(incident_id, again=looks > 0)
            async with core.store.write() as tx:
                await look_again(
                    tx, core.jobs, core.clock.now(), incident_id, looks, core.toolbelt.configured
                )
                await core.jobs.enqueue(tx, recovery_consider(incident_id))
                incident = await tx.incidents.get(incident_id)
                if core.deepening is not None and incident is not None:
                    await core.jobs.enqueue(tx, deepening(incident))

        async def deepen(payload: dict[str, Json]) -> None:
            if self._core.deepening is not None:
                tries = int(str(payload.get("tries", 0)))
                await self._core.deepening.deepen(str(payload["incident_id"]), tries)

        async def prune(payload: dict[str, Json]) -> None:
            await self._core.housekeeping.prune()
            await self._core.investigator.prune()

        handlers = {
            **self._core.processor.handlers(),
            **self._core.guarded.handlers(),
            **self._core.wings.handlers(),
            **(self._slack.handlers if self._slack is not None else {}),
            **(self._core.watching.handlers() if self._core.watching is not None else {}),
            INVESTIGATE: investigate,
            DEEPEN: deepen,
            PRUNE: prune,
        }
        return {kind: self._waking(handler) for kind, handler in handlers.items()}

    def _waking(self, handler: Handler) -> Handler:
        """Ring the outbox after a job, because most jobs want a message shown."""

        async def work(payload: dict[str, Json]) -> None:
            await handler(payload)
            self._wake()

        return work

    def _wake(self) -> None:
        if self._outbox is not None:
            self._outbox.wake()
        self._core.wings.wake()

    async def _know_team(self, slack: "SlackDoor") -> None:
        """Let votes come from our own workspace alone, as soon as Slack says which it is."""
        while True:
            try:
                self._core.guarded.desk.serve_team(await slack.team())
            except OpsError as error:
                self._log.warning(
                    LogEvent.SLACK_FAILED, doing="know the workspace", reason=error.user_message
                )
                await asyncio.sleep(5)
            else:
                return

    async def _housekeep(self) -> None:
        while True:
            try:
                await self._core.housekeeping.ask()
            except OpsError as error:
                # Tomorrow will do: a full disk is no reason to end the bot.
                self._log.warning(LogEvent.TASK_FAILED, task="housekeeping", error=error.user_message)
            await asyncio.sleep(timedelta(days=1).total_seconds())

    def _start(self, work: Coroutine[object, object, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=name))

    async def _wait(self, ended: asyncio.Event) -> None:
        """Return when asked to end; a task of ours that dies ends the process, so that it is started anew."""
        waiter: asyncio.Task[object] = asyncio.create_task(ended.wait())
        watched: set[asyncio.Task[object]] = {waiter, *self._tasks}
        while not ended.is_set():
            done, watched = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def _close(self) -> None:
        self._working = False
        await self._core.jobs.stop(self._core.settings.shutdown_grace_seconds)
        if self._outbox is not None:
            await self._outbox.stop()
        if self._slack is not None:
            await self._slack.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _worker_ready(self) -> str | None:
        return None if self._working else "the worker has not started"


def _groups(settings: Settings) -> "SlackGroups | None":
    if settings.slack_bot_token is None:
        return None
    from agent.transport.slack.groups import build_groups

    return build_groups(settings, SystemClock())


async def serve(settings: Settings) -> int:
    """Run the bot until SIGTERM or SIGINT."""
    configure_logs(level=settings.log_level, form=settings.log_format, secrets=secrets_of(settings))
    configure_traces()
    ended = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    groups = _groups(settings)
    async with open_core(settings, groups) as core:
        with sole_server(settings.database_url):
            await Server(core, groups).run(ended)
    return 0
