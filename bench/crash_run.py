"""One run of the crash benchmark: starts replicas, clicks, kills, starts them again, and waits for the end."""

import asyncio
import itertools
import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from agent.domain.action import ActionState
from agent.domain.alert import Reason
from agent.domain.incident import Priority
from agent.lifecycle import changes
from agent.policy.load import Policies
from agent.store.engine import SqlStore, open_store
from bench.crash_child import Config, main
from bench.crash_world import CrashWorld, Run

WITHIN = 30.0
_ENDS = (
    ActionState.SUCCEEDED,
    ActionState.UNDONE,
    ActionState.FAILED,
    ActionState.UNKNOWN,
    ActionState.REJECTED,
    ActionState.EXPIRED,
    ActionState.STALE,
    ActionState.CANCELLED,
    ActionState.FORBIDDEN,
)


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    state: ActionState | None
    lost: bool
    kills: int
    problem: str = ""


@dataclass
class Replica:
    """A running replica and the line on which it takes orders."""

    process: BaseProcess
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    answers: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        """Say whether it was not killed yet."""
        return self.process.is_alive() and not self.reader.at_eof()

    async def listen(self) -> None:
        """Hand answers to whoever waits for them; when the line breaks, nobody gets one."""
        with suppress(ConnectionError):
            while line := await self.reader.readline():
                answer = json.loads(line)
                waiting = self.answers.pop(answer["id"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        for waiting in self.answers.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError())
        self.answers.clear()

    def kill(self) -> None:
        """End it the hard way."""
        with suppress(ProcessLookupError):
            os.kill(self.process.pid or 0, signal.SIGKILL)


class Crowd:
    """Starts replicas from a server that has loaded the product already."""

    def __init__(self, context: BaseContext) -> None:
        # It is about a module that is run and imported, which does no harm here.
        os.environ["PYTHONWARNINGS"] = "ignore::RuntimeWarning"
        # The runner's own module too: each process runs its first lines again.
        context.set_forkserver_preload(["bench.crash", "bench.crash_child", "agent.store.migrate"])
        self._context = context
        self._orders = itertools.count(1)

    async def start(self, config: Config) -> Replica:
        """Start a replica and wait until it takes orders."""
        arrived: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.get_running_loop().create_future()
        )

        async def on_line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not arrived.done():
                arrived.set_result((reader, writer))

        orders = config.orders.with_name(f"{config.orders.name}-{next(self._orders)}")
        server = await asyncio.start_unix_server(on_line, orders)
        started = Config(config.url, config.world, orders, config.policies, config.alone)
        process: BaseProcess = self._context.Process(target=main, args=(started,), daemon=True)  # type: ignore[attr-defined]
        await asyncio.to_thread(process.start)
        async with asyncio.timeout(20):
            reader, writer = await arrived
            await reader.readline()
        server.close()
        replica = Replica(process, reader, writer)
        asyncio.get_running_loop().create_task(replica.listen())
        return replica

    async def order(self, replica: Replica, **order: Any) -> dict[str, Any]:
        """Give an order and return the answer; raises ConnectionError when the replica dies first."""
        number = next(self._orders)
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        replica.answers[number] = waiting
        replica.writer.write(json.dumps({"id": number, **order}).encode() + b"\n")
        await replica.writer.drain()
        if not replica.alive:
            raise ConnectionResetError
        return await waiting


async def one_run(
    crowd: Crowd, world: CrashWorld, policies: Policies, home: Path, name: str, url: str, *, replicas: int
) -> Result:
    """Play one run to its end."""
    store = await open_store(url)
    try:
        play = _Play(crowd, world.runs[name], Config(url, world.path, home / name, policies, replicas == 1))
        return await play.play(store, name, replicas)
    finally:
        await store.close()


@dataclass
class _Play:
    crowd: Crowd
    run: Run
    config: Config
    stage: list[Replica] = field(default_factory=list)
    kills: int = 0
    mending: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def play(self, store: SqlStore, name: str, replicas: int) -> Result:
        incident = await _incident(store, self.config.policies)
        self.stage = list(await asyncio.gather(*(self.crowd.start(self.config) for _ in range(replicas))))
        try:
            proposed = await self.crowd.order(self.stage[0], do="propose", target=name, incident=incident)
            if "action" not in proposed:
                return Result(None, lost=True, kills=0, problem=str(proposed))
            accepted = await self._click(proposed["action"])
            state = await self._until_over(store, proposed["action"])
            lost = accepted and not self.run.effects and state is not ActionState.UNKNOWN
            over = state in _ENDS
            problem = "" if over and not lost else f"accepted={accepted}, ended as {state}, {self.run}"
            return Result(state, lost=lost or not over, kills=self.kills + self.run.killed, problem=problem)
        finally:
            for replica in self.stage:
                replica.kill()
                await asyncio.to_thread(replica.process.join, 5)

    async def _click(self, action: str) -> bool:
        """Click as people and Slack do, with a crash at the run's moment; return whether a vote was accepted."""
        if self.run.moment == "before the click":
            await self._kill_one()
        killer = None
        if self.run.moment == "while clicking":
            killer = asyncio.create_task(self._kill_soon())
        clicks = [("U2", "k1"), ("U2", "k1"), ("U3", "k2")]
        answers = await asyncio.gather(*(self._vote(action, user, key) for user, key in clicks))
        if self.run.moment == "after the click":
            await self._kill_one()
        if killer is not None:
            await killer
        # Slack repeats what was not answered, with the same key.
        unanswered = [click for click, answer in zip(clicks, answers, strict=True) if answer is None]
        again = [await self._vote(action, user, key) for user, key in unanswered]
        return any(answer is True for answer in (*answers, *again))

    async def _vote(self, action: str, user: str, key: str) -> bool | None:
        replica = await self._somebody(key)
        try:
            answer = await self.crowd.order(replica, do="vote", action=action, user=user, key=key)
        except ConnectionError:
            return None
        return bool(answer.get("accepted"))

    async def _somebody(self, key: str) -> Replica:
        """Return a living replica; different clicks may reach different ones."""
        await self._mend()
        return self.stage[hash(key) % len(self.stage)]

    async def _kill_soon(self) -> None:
        await asyncio.sleep((hash(id(self)) % 30) / 1000)
        await self._kill_one()

    async def _kill_one(self) -> None:
        self.stage[0].kill()
        self.kills += 1
        await asyncio.to_thread(self.stage[0].process.join, 5)

    async def _mend(self) -> None:
        """Start anew whoever was killed, as a supervisor does."""
        # Three clicks find it dead at the same time, and only one new process may come.
        async with self.mending:
            for place, replica in enumerate(self.stage):
                if not replica.alive:
                    await asyncio.to_thread(replica.process.join, 5)
                    self.stage[place] = await self.crowd.start(self.config)

    async def _until_over(self, store: SqlStore, action_id: str) -> ActionState | None:
        deadline, state = time.monotonic() + WITHIN, None
        while time.monotonic() < deadline:
            await self._mend()
            async with store.read() as tx:
                action = await tx.actions.get(action_id)
            state = action.state if action else None
            if state in _ENDS:
                break
            await asyncio.sleep(0.03)
        # A second effect would come late: whoever still believes it has work gets the time to do it.
        await asyncio.sleep(0.1)
        return state


async def _incident(store: SqlStore, policies: Policies) -> str:
    now = datetime.now(UTC)
    async with store.write() as tx:
        incident = await changes.open_incident(
            tx,
            policies,
            title="crash",
            service="payment",
            environment="demo",
            namespace="shop",
            priority=Priority.P1,
            reason=Reason(rule="bench", sentence="a benchmark"),
            started_at=now,
            at=now,
            data={},
        )
    return incident.id
