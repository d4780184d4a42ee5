"""A small world that can be changed, and a write on it that can be told to fail in every way a backend can."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from agent.domain.action import BlastRadius, FieldChange, Plan, Risk, Target
from agent.errors import Conflict, NotFound, Refused, Unavailable
from tools.base import Applied, Check, CheckState, Happened, Params

DnsName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=63)]


class Crash(BaseException):
    """The process ends here; nothing catches it."""


@dataclass
class World:
    """What there is, what was done to it, and how it misbehaves next.

    `effects` counts changes per key; `crash_at` names the points at which the process dies, `trouble` those at which
    the backend fails: `before` an effect, `after` it with the answer lost, at `happened`, at `plan`. A world that is
    not `fenced` does what it is told as often as it is told: its targets have no versions, as those of a cache.
    """

    sizes: dict[str, int] = field(default_factory=lambda: {"web": 3})
    versions: dict[str, int] = field(default_factory=lambda: {"web": 1})
    effects: Counter[str] = field(default_factory=Counter)
    marks: set[str] = field(default_factory=set)
    crash_at: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    blind: bool = False
    fenced: bool = True
    moves_before_effect: bool = False
    hang: asyncio.Event | None = None
    checks: list[Check] = field(default_factory=list)

    def touch(self, name: str) -> None:
        """Change a target as somebody else would."""
        self.versions[name] = self.versions.get(name, 0) + 1

    def at(self, point: str) -> None:
        """Die or fail here if the test says so."""
        if point in self.crash_at:
            self.crash_at.remove(point)
            raise Crash(point)
        if point in self.trouble:
            self.trouble.remove(point)
            raise Unavailable(f"the backend let us down at {point}", backend="toy")
        if f"{point}!" in self.trouble:
            self.trouble.remove(f"{point}!")
            raise Refused(f"the backend said no at {point}", backend="toy")

    def change(self, name: str, size: int, key: str) -> None:
        """Take effect: once more for every call, whatever the key."""
        self.effects[key] += 1
        self.marks.add(key)
        self.sizes[name] = size
        self.touch(name)


class ResizeParams(Params):
    """Which target, and how large it shall be."""

    name: DnsName
    size: int = Field(ge=1, le=100)


class Resize:
    """Gives a target another size."""

    name: ClassVar[str] = "resize"
    backend: ClassVar[str] = "toy"
    description: ClassVar[str] = "Gives a target another size."
    params: ClassVar[type[Params]] = ResizeParams
    risk: ClassVar[Risk] = Risk.LOW
    reversible: ClassVar[bool] = True
    timeout_seconds: ClassVar[float] = 20.0

    def __init__(self, world: World) -> None:
        self.world = world

    async def plan(self, params: Any, now: datetime) -> Plan:
        self.world.at("plan")
        if params.name not in self.world.sizes:
            raise NotFound(f"There is no {params.name}.")
        size = self.world.sizes[params.name]
        return Plan(
            target=Target(
                kind="Toy",
                namespace="shop",
                name=params.name,
                uid=f"uid-{params.name}",
                version=str(self.world.versions[params.name]) if self.world.fenced else "always the same",
            ),
            changes=(FieldChange(path="size", before=str(size), after=str(params.size)),),
            radius=BlastRadius(count=size),
            reversible=self.reversible,
            args={"name": params.name},
            facts={"replicas_before": size, "replicas_after": params.size},
            before={"size": size},
        )

    async def apply(self, params: Any, plan: Plan, key: str) -> Applied:
        self.world.at("before")
        if self.world.moves_before_effect:
            self.world.touch(params.name)
        if self.world.fenced and str(self.world.versions[params.name]) != plan.target.version:
            raise Conflict(f"{params.name} has changed.")
        if self.world.hang is not None:
            await self.world.hang.wait()
        self.world.change(params.name, params.size, key)
        self.world.at("after")
        return Applied(detail="resized", facts={"applied": True})

    async def happened(self, params: Any, plan: Plan, key: str) -> Happened:
        self.world.at("happened")
        return self._told(key)

    async def check(self, params: Any, plan: Plan, key: str) -> Check:
        return self.world.checks.pop(0) if self.world.checks else Check(state=CheckState.DONE, detail="there")

    async def undo(self, params: Any, plan: Plan, key: str) -> Applied:
        self.world.at("undo-before")
        if self.world.fenced and self.world.sizes[params.name] != params.size:
            raise Conflict(f"{params.name} has been changed by somebody else since.")
        self.world.change(params.name, int(str(plan.before["size"])), key)
        self.world.at("undo-after")
        return Applied(detail="resized back")

    async def undone(self, params: Any, plan: Plan, key: str) -> Happened:
        self.world.at("undone")
        return self._told(key)

    async def undo_check(self, params: Any, plan: Plan, key: str) -> Check:
        return Check(state=CheckState.DONE, detail="back again")

    def _told(self, key: str) -> Happened:
        if self.world.blind:
            return Happened.UNKNOWN
        return Happened.YES if key in self.world.marks else Happened.NO


class Smash(Resize):
    """Gives a target another size for good."""

    name: ClassVar[str] = "smash"
    reversible: ClassVar[bool] = False
