"""What becomes of hand-offs whose receivers die: `kill -9` at random moments, answers and silences counted afterwards.

Method: hand-offs are asked on one SQLite file, each in a transaction of its own, and worked by four receivers, which are
processes with the product's own store, queue (short leases, one job at a time) and desk. A receiver says when it takes one
up, and the runner draws at which moment after that it sends SIGKILL to that receiver: between the first thought and a
little after the answer is stored; once for each hand-off, until there were so many kills. A third of them first stand still
(SIGSTOP) for longer than their lease, go on beside whoever has taken over, and are killed then. Receivers that died are
started again at once. Eight hand-offs are asked for each five kills that are wanted, and one in ten can never be answered
and has to end at its deadline. What an answer leaves behind is counted as rows, in the same transaction: `answered_once` are
answered with exactly one row and one line on the timeline, `timed_out` ended with no row and one line; anything else is
`lost`, silences as well as two answers. `--planted` has receivers store before they answer, which the port forbids: that
must show as lost.
"""

import argparse
import asyncio
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Literal

from agent.domain.alert import Reason
from agent.domain.handoff import Handoff, HandoffState, ReviewRecurrence
from agent.domain.incident import Incident, Priority
from agent.domain.timeline import TimelineKind
from agent.handoffs.asking import Asking
from agent.jobs.leases import LeaseJobs
from agent.lifecycle import changes
from agent.policy.load import Policies, load_policies
from agent.ports.clock import SystemClock
from agent.store.engine import SqlStore, open_store
from agent.telemetry.logs import configure_logs
from bench.figures import report
from bench.handoffs_child import KEEPS, LEASE_SECONDS, NEVER, THINKS, Book, Config
from bench.handoffs_child import main as receive

FULL, QUICK = 200, 60
MORE = 1.6
RECEIVERS, INCIDENTS = 4, 8
UNANSWERABLE_EACH = 10
STALLED = 1 / 3
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "go on": signal.SIGCONT}
# Long enough for a hand-off whose receivers die again and again with their neighbours' hand-offs.
DEADLINE, SHORT_DEADLINE = timedelta(seconds=90), timedelta(seconds=6)
PATIENCE_SECONDS = 120.0
POLICIES = Path(__file__).resolve().parent.parent / "policies"


@dataclass(frozen=True, slots=True)
class Order:
    """What is done to a receiver at a time, because of which hand-off."""

    at: float
    line: Connection
    handoff_id: str
    do: Literal["kill", "stop", "go on"]


@dataclass
class Receivers:
    """The processes at work, and when which of them is to be killed."""

    context: ForkServerContext
    config: Config
    chance: random.Random
    most: int
    killed: int = 0
    hit: set[str] = field(default_factory=set)
    running: dict[Connection, BaseProcess] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)

    def start(self) -> None:
        """Start one more."""
        mine, theirs = self.context.Pipe(duplex=False)
        process = self.context.Process(target=receive, args=(self.config, theirs), daemon=True)
        process.start()
        theirs.close()
        self.running[mine] = process

    def look(self) -> None:
        """Hear what was taken up, decide when its receiver dies, and kill those whose time has come."""
        for line in list(self.running):
            self._hear(line)
        now = time.monotonic()
        due, self.orders = [o for o in self.orders if o.at <= now], [o for o in self.orders if o.at > now]
        for order in due:
            self._obey(order, now)

    def _hear(self, line: Connection) -> None:
        with suppress(EOFError, OSError):
            while line.poll():
                handoff_id = str(line.recv())
                if handoff_id not in self.hit and self.killed + len(self.orders) < self.most:
                    at = time.monotonic() + self.chance.uniform(0.0, 1.3 * THINKS + 3 * KEEPS)
                    stalls = self.chance.random() < STALLED
                    self.orders.append(Order(at, line, handoff_id, "stop" if stalls else "kill"))

    def _obey(self, order: Order, now: float) -> None:
        process = self.running.get(order.line)
        if process is None:
            # It died with another hand-off; this one's receiver is killed when somebody takes it up again.
            return
        with suppress(ProcessLookupError):
            os.kill(process.pid or 0, SIGNALS[order.do])
        if order.do == "stop":
            self.orders.append(replace(order, at=now + 1.5 * LEASE_SECONDS, do="go on"))
        elif order.do == "go on":
            self.orders.append(replace(order, at=now + 3 * THINKS, do="kill"))
        else:
            self._bury(order, process)

    def _bury(self, order: Order, process: BaseProcess) -> None:
        process.join()
        order.line.close()
        del self.running[order.line]
        self.killed += 1
        self.hit.add(order.handoff_id)
        self.start()

    def end(self) -> None:
        """End all of them."""
        for process in self.running.values():
            process.kill()
            process.join()


async def measure(count: int, seed: int, say: Callable[[str], None], *, planted: bool) -> dict[str, int]:
    """Ask, kill, wait for the end of all, and count."""
    chance = random.Random(seed)
    policies = load_policies(POLICIES)
    context = multiprocessing.get_context("forkserver")
    # The runner's own module too: each process runs its first lines again.
    os.environ["PYTHONWARNINGS"] = "ignore::RuntimeWarning"
    context.set_forkserver_preload(["bench.handoffs", "bench.handoffs_child", "agent.store.migrate"])
    with tempfile.TemporaryDirectory(prefix="ops-handoffs-", ignore_cleanup_errors=True) as folder:
        url = f"sqlite:///{folder}/ops.db"
        store = await open_store(url)
        receivers = Receivers(context, Config(url, policies, planted), chance, count)
        try:
            asked = await _ask(store, policies, round(count * MORE))
            for _ in range(RECEIVERS):
                receivers.start()
            await _wait(store, receivers)
            return await _counted(store, asked, say) | {"killed": receivers.killed}
        finally:
            receivers.end()
            await store.close()


async def _ask(store: SqlStore, policies: Policies, count: int) -> list[Handoff]:
    clock = SystemClock()
    asking = Asking(LeaseJobs(store, clock, alone=False), clock, Book(policies))
    incidents = [await _incident(store, policies, number) for number in range(INCIDENTS)]
    asked = []
    for number in range(count):
        never = number % UNANSWERABLE_EACH == UNANSWERABLE_EACH - 1
        async with store.write() as tx:
            handoff = await asking.ask(
                tx,
                ReviewRecurrence(),
                by=NEVER if never else "bench",
                incident=incidents[number % INCIDENTS],
                deadline=clock.now() + (SHORT_DEADLINE if never else DEADLINE),
            )
        asked.append(handoff)
    return asked


async def _incident(store: SqlStore, policies: Policies, number: int) -> Incident:
    now = datetime.now(UTC)
    async with store.write() as tx:
        return await changes.open_incident(
            tx,
            policies,
            title=f"incident {number}",
            service="payment",
            environment="demo",
            namespace="shop",
            priority=Priority.P2,
            reason=Reason(rule="bench", sentence="bench"),
            started_at=now,
            at=now,
            data={},
        )


async def _wait(store: SqlStore, receivers: Receivers) -> None:
    """Go on until every hand-off has ended and every kill was made, or patience is over."""
    give_up, next_look = time.monotonic() + PATIENCE_SECONDS, 0.0
    while time.monotonic() < give_up:
        receivers.look()
        await asyncio.sleep(0.005)
        if time.monotonic() < next_look or receivers.orders:
            continue
        next_look = time.monotonic() + 0.3
        async with store.read() as tx:
            alive = await tx.handoffs.in_states([HandoffState.ASKED.value, HandoffState.ACCEPTED.value], 1)
        if not alive:
            return


async def _counted(store: SqlStore, asked: list[Handoff], say: Callable[[str], None]) -> dict[str, int]:
    found: Counter[str] = Counter(answered_once=0, timed_out=0, lost=0)
    async with store.read() as tx:
        tasks = Counter(task.text for task in await tx.tasks.in_states(["open"], 100_000))
        ends: Counter[tuple[object, object]] = Counter()
        for incident_id in {handoff.incident_id for handoff in asked}:
            for event in await tx.timeline.of(incident_id or ""):
                if event.kind is TimelineKind.HANDOFF_ENDED:
                    ends[event.data.get("handoff"), event.data.get("outcome")] += 1
        for handoff in asked:
            now = await tx.handoffs.get(handoff.id)
            state = now.state if now is not None else None
            told = {name: ends[handoff.id, name] for name in ("answered", "timed_out", "refused")}
            rows = tasks[handoff.id]
            if state is HandoffState.ANSWERED and rows == 1 and told == _only("answered"):
                found["answered_once"] += 1
            elif state is HandoffState.TIMED_OUT and rows == 0 and told == _only("timed_out"):
                found["timed_out"] += 1
            else:
                found["lost"] += 1
                say(f"{handoff.number}: {state}, {rows} answers stored, told {told}")
    return dict(found)


def _only(outcome: str) -> dict[str, int]:
    return {name: int(name == outcome) for name in ("answered", "timed_out", "refused")}


def _silent(_: str) -> None:
    """Say nothing, for a program that reads the last line only."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, help="how many instead of the full number")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--planted", action="store_true", help="with the defect that it must find")
    parser.add_argument("--quick", action="store_true", help="a shorter run, under 45 s")
    parser.add_argument("--data", help="a folder with data (unused)")
    parser.add_argument("--json", action="store_true", help="print nothing but the JSON line")
    given = parser.parse_args()
    count = given.kills or (QUICK if given.quick else FULL)
    say = _silent if given.json else print
    configure_logs(level="error", form="json")
    figures = asyncio.run(measure(count, given.seed, say, planted=given.planted))
    report(dict(figures), only_json=given.json)


if __name__ == "__main__":
    main()
