"""One replica of the crash benchmark: store, queue and desk as the product builds them, on a world behind a socket."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from agent.domain.action import Action, ActionRequest, BlastRadius, Plan, Risk, Target
from agent.domain.decision import Autonomy
from agent.domain.incident import Incident
from agent.domain.view import IncidentView
from agent.errors import OpsError, Unavailable
from agent.execution.catalogue_type import Catalogue
from agent.execution.desk import RecoveryDesk
from agent.execution.kit import Pace
from agent.execution.needs import Judgement
from agent.jobs.leases import LeaseJobs
from agent.lifecycle import changes
from agent.lifecycle.view import load_view
from agent.policy.facts import ActionFacts
from agent.policy.load import Policies
from agent.ports.clock import SystemClock
from agent.ports.recovery import Principal
from agent.store.engine import open_store
from tools.base import Applied, Check, CheckState, Happened, Params, Write

PEOPLE = {"sre-oncall": frozenset({"U1", "U2", "U3"})}
TEAM = "T1"
# Short leases, so that a run ends in seconds; the protocol does not depend on their length.
LEASE_SECONDS = 0.8
PACE = Pace(poll=0.05, quick=0.02, retry=0.1, lease=LEASE_SECONDS, verify=2.0, apply=3.0, patience=20.0)


@dataclass(frozen=True)
class Config:
    """Where a replica finds its database, its world and its orders."""

    url: str
    world: Path
    orders: Path
    policies: Policies
    alone: bool


class _Wire:
    """Asks the world; a connection for each question, as an HTTP client would."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def ask(self, do: str, target: str, key: str = "") -> Mapping[str, Any]:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._path))
            writer.write(json.dumps({"do": do, "target": target, "key": key}).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
            writer.close()
        except OSError as error:
            raise Unavailable("the world does not answer", backend="world") from error
        if not line:
            raise Unavailable("the world broke off", backend="world")
        found: Mapping[str, Any] = json.loads(line)
        return found


class _Params(Params):
    name: str


class Poke(Write):
    """One effect on one target; it is restart_workload for the policies' sake."""

    name: ClassVar[str] = "restart_workload"
    backend: ClassVar[str] = "world"
    description: ClassVar[str] = "Pokes a target."
    params: ClassVar[type[Params]] = _Params
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 5.0

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def plan(self, params: Any, now: datetime) -> Plan:
        target = Target(kind="Deployment", namespace="shop", name=params.name, uid=params.name, version="1")
        return Plan(target=target, radius=BlastRadius(count=1, share=0.3), reversible=True)

    async def apply(self, params: Any, plan: Plan, key: str) -> Applied:
        await self._wire.ask("apply", params.name, key)
        return Applied(detail="poked")

    async def happened(self, params: Any, plan: Plan, key: str) -> Happened:
        return Happened((await self._wire.ask("happened", params.name, key))["happened"])

    async def check(self, params: Any, plan: Plan, key: str) -> Check:
        await self._wire.ask("check", params.name, key)
        return Check(state=CheckState.DONE)

    async def undo(self, params: Any, plan: Plan, key: str) -> Applied:
        await self._wire.ask("undo", params.name, key)
        return Applied(detail="unpoked")

    async def undone(self, params: Any, plan: Plan, key: str) -> Happened:
        return Happened((await self._wire.ask("undone", params.name, key))["happened"])

    async def undo_check(self, params: Any, plan: Plan, key: str) -> Check:
        return Check(state=CheckState.DONE)


@dataclass(frozen=True)
class _Book:
    """The rules, read once by the runner: reading them anew in each process would take longer than a run."""

    current: Policies


class _Groups:
    async def members(self, group: str) -> frozenset[str]:
        return PEOPLE.get(group, frozenset())


class _Facts:
    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    async def facts(
        self, request: ActionRequest, write: Any, plan: Plan, incident: Incident | None
    ) -> ActionFacts:
        return ActionFacts(
            action=request.name,
            environment="demo",
            requester=request.by,
            origin="undo" if request.origin.startswith("undo:") else "person",
            risk=write.risk,
            reversible=plan.reversible,
            target=plan.target,
            radius=plan.radius,
            now=self._clock.now(),
            autonomy=Autonomy.APPROVE,
        )


class _Judge:
    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    async def judge(self, action: Action, view: IncidentView) -> Judgement:
        found = await self._wire.ask("judge", action.plan.target.name)
        return Judgement(verdict="worse" if found["worse"] else "better", sentence="as the run was planned")


def main(config: Config) -> None:
    """Run one replica until it is killed; the entry point of its process."""
    asyncio.run(_serve(config))


async def _serve(config: Config) -> None:
    clock, wire = SystemClock(), _Wire(config.world)
    store = await open_store(config.url)
    jobs = LeaseJobs(store, clock, lease_seconds=LEASE_SECONDS, poll_seconds=0.05, alone=config.alone)
    desk = RecoveryDesk(
        store,
        jobs,
        Catalogue((Poke,), {Poke.name: Poke(wire)}),
        _Book(config.policies),
        _Groups(),
        clock,
        attributes=_Facts(clock),
        judge=_Judge(wire),
        life=changes,
        view=load_view,
        environment="demo",
        team=TEAM,
        language="en",
        pace=PACE,
    )
    if config.alone:
        await jobs.take_over()
    await desk.take_up()
    worker = asyncio.create_task(jobs.run(desk.handlers()))
    await _obey(config.orders, desk)
    worker.cancel()


async def _obey(path: Path, desk: RecoveryDesk) -> None:
    """Take orders from the runner, several at a time as a chat delivers clicks, until it hangs up."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(json.dumps({"pid": os.getpid()}).encode() + b"\n")
    tasks: set[asyncio.Task[None]] = set()

    async def answer(order: dict[str, Any]) -> None:
        try:
            said = await _do(order, desk)
        except OpsError as error:
            said = {"error": error.user_message}
        writer.write(json.dumps({"id": order["id"], **said}).encode() + b"\n")
        await writer.drain()

    while line := await reader.readline():
        task = asyncio.create_task(answer(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _do(order: dict[str, Any], desk: RecoveryDesk) -> dict[str, Any]:
    if order["do"] == "propose":
        request = ActionRequest(
            name=Poke.name, params={"name": order["target"]}, by="U1", incident_id=order["incident"]
        )
        action = await desk.propose(request)
        return {"action": action.id, "state": action.state.value}
    who = Principal(user=order["user"], team=TEAM)
    result = await desk.vote(order["action"], who, approve=True, key=order["key"])
    return {"accepted": result.accepted, "sentence": result.sentence}
