"""Guarded recovery on a real store with a toy world: a queue that is turned by hand, people, rules and a judge."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.domain.action import Action, ActionRequest, ActionState, Plan
from agent.domain.alert import Reason
from agent.domain.audit import AuditEvent
from agent.domain.decision import Approval, Autonomy, Decision, Limit, Requirement, Verdict
from agent.domain.incident import Incident, Priority
from agent.domain.view import IncidentView
from agent.errors import Unavailable
from agent.execution.catalogue_type import Catalogue
from agent.execution.desk import RecoveryDesk
from agent.execution.kit import Pace
from agent.execution.needs import Judgement
from agent.lifecycle import changes
from agent.lifecycle.view import load_view
from agent.policy.facts import ActionFacts
from agent.policy.load import Policies
from agent.ports.jobs import Handler, Job, JobCounts
from agent.ports.recovery import Principal, VoteResult
from agent.ports.store import Store, Tx
from tests.support.alerts import shipped_policies
from tests.support.store import StillClock, store_at
from tests.support.writes import Crash, Resize, Smash, World

TEAM = "T-HOME"
SRE = Requirement(rule="an on-call engineer agreed", count=1, groups=("sre-oncall",))
TWO = Requirement(rule="two people agreed", count=2, groups=("sre-oncall",))
DBA = Requirement(rule="a database administrator agreed", count=1, groups=("dba",))
_POLICIES: list[Policies] = []
_EMPTY: list[bytes] = []


def person(name: str, team: str = TEAM, *, bot: bool = False) -> Principal:
    """Return somebody who clicks."""
    return Principal(user=name, team=team, bot=bot)


@dataclass
class HandQueue:
    """The jobs port without a worker: what is committed waits until a test takes it; a crash leaves it in place."""

    clock: StillClock
    waiting: list[Job] = field(default_factory=list)

    async def enqueue(self, tx: Tx, job: Job) -> None:
        tx.after_commit(lambda: self._put(job))

    def _put(self, job: Job) -> None:
        for twin in self.waiting:
            if twin.dedupe_key is not None and twin.dedupe_key == job.dedupe_key:
                sooner = min(self.due(twin), self.due(job))
                self.waiting[self.waiting.index(twin)] = twin.model_copy(update={"run_at": sooner})
                return
        self.waiting.append(job)

    def due(self, job: Job) -> datetime:
        return job.run_at or datetime.min.replace(tzinfo=self.clock.now().tzinfo)

    def take(self) -> Job | None:
        """Take the next job whose time has come."""
        ready = sorted((job for job in self.waiting if self.due(job) <= self.clock.now()), key=self.due)
        if ready:
            self.waiting.remove(ready[0])
        return ready[0] if ready else None

    def next_time(self) -> datetime | None:
        return min((self.due(job) for job in self.waiting), default=None)

    async def counts(self, tx: Tx) -> JobCounts:
        return JobCounts(waiting=len(self.waiting), running=0, dead=0)

    async def forget(self, tx: Tx, before: datetime) -> None:
        return None

    async def run(self, handlers: Any) -> None:
        raise AssertionError("turned by hand")

    async def stop(self, grace_seconds: float) -> None:
        return None


@dataclass
class People:
    """Who is in which group; a group in `broken` cannot be read."""

    groups: dict[str, set[str]] = field(
        default_factory=lambda: {"sre-oncall": {"ada", "bob", "cyd"}, "dba": {"dan", "ada"}}
    )
    broken: set[str] = field(default_factory=set)

    async def members(self, group: str) -> frozenset[str]:
        if group in self.broken:
            raise Unavailable("the chat does not answer", backend="slack")
        return frozenset(self.groups.get(group, set()))


@dataclass
class Rules:
    """A policy of one decision; a freeze asks for two people instead of one."""

    verdict: Verdict = Verdict.ASK
    requirements: tuple[Requirement, ...] = (SRE,)
    autonomy: Autonomy = Autonomy.APPROVE
    limits: tuple[Limit, ...] = ()
    expires_after: int | None = 900
    undo_after: int | None = None
    error: Exception | None = None
    seen: list[ActionFacts] = field(default_factory=list)

    def __call__(self, policies: Policies, facts: ActionFacts, *, language: str = "en") -> Decision:
        if self.error is not None:
            raise self.error
        self.seen.append(facts)
        wanted = (TWO,) if facts.freezes and self.requirements else self.requirements
        return Decision(
            verdict=self.verdict,
            requirements=wanted if self.verdict is Verdict.ASK else (),
            limits=self.limits,
            reasons=("because the test says so",),
            facts=facts.model_dump(mode="json"),
            autonomy=self.autonomy,
            expires_after_seconds=self.expires_after,
            undo_after_seconds=self.undo_after,
            policy_digest=policies.digest,
        )


class Gathered:
    """Facts with nothing but what everybody knows; `meanwhile` happens once while they are gathered."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def facts(
        self, request: ActionRequest, write: Any, plan: Plan, incident: Incident | None
    ) -> ActionFacts:
        if self.error is not None:
            raise self.error
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return ActionFacts(
            action="?",
            environment="?",
            requester="?",
            origin="person",
            risk=write.risk,
            reversible=plan.reversible,
            target=plan.target,
            now=datetime.fromisoformat("2026-11-22T12:00:00+00:00"),
        )


@dataclass
class Verdicts:
    """A judge that reads its judgements from a list; the last one stays."""

    coming: list[str] = field(default_factory=lambda: ["better"])
    error: Exception | None = None
    settles: float = 0.0
    rises_over: float = 0.0

    async def judge(self, action: Action, view: IncidentView) -> Judgement:
        if self.error is not None:
            raise self.error
        verdict: Any = self.coming[0] if len(self.coming) == 1 else self.coming.pop(0)
        return Judgement(
            verdict=verdict,
            sentence=f"It is {verdict}.",
            settles_seconds=self.settles,
            rises_over_seconds=self.rises_over,
        )


@dataclass
class Shelf:
    """The policies in force."""

    current: Policies

    def rewrite(self) -> None:
        """Put other files in force."""
        self.current = replace(self.current, digest=self.current.digest[::-1])


class FragileStore:
    """A store whose process dies at its n-th commit: `before` it (nothing is stored) or `after` it."""

    def __init__(self, store: Store, at: int, when: str) -> None:
        self._store = store
        self._left = at
        self._when = when
        self.died = False

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        self._left -= 1
        dies = self._left == 0
        async with self._store.write() as tx:
            yield tx
            self.died = self.died or dies
            if dies and self._when == "before":
                raise Crash("before commit")
        if dies:
            raise Crash("after commit")

    def read(self) -> Any:
        return self._store.read()


class Guarded:
    """Everything together; `desk` may be replaced by a new one as after a restart."""

    def __init__(self, store: Store) -> None:
        if not _POLICIES:
            _POLICIES.append(shipped_policies())
        self.store = store
        self.clock = StillClock()
        self.queue = HandQueue(self.clock)
        self.world = World()
        self.people = People()
        self.rules: Any = Rules()
        self.facts = Gathered()
        self.judge = Verdicts()
        self.book = Shelf(_POLICIES[0])
        self.clicks = 0
        self.desk = self.another_desk()

    def another_desk(self, store: Store | None = None, **changed: Any) -> RecoveryDesk:
        """Return a desk of another process on the same database."""
        kinds = (Resize, Smash)
        options: dict[str, Any] = {
            "attributes": self.facts,
            "judge": self.judge,
            "life": changes,
            "view": load_view,
            "environment": "demo",
            "team": TEAM,
            "language": "en",
            "pace": Pace(),
            "decide": self.rules,
        }
        return RecoveryDesk(
            store or self.store,
            self.queue,
            changed.pop("catalogue", Catalogue(kinds, {kind.name: kind(self.world) for kind in kinds})),
            self.book,
            self.people,
            self.clock,
            **(options | changed),
        )

    async def incident(self) -> Incident:
        """Open an incident."""
        async with self.store.write() as tx:
            return await changes.open_incident(
                tx,
                self.book.current,
                title="payment fails",
                service="payment",
                environment="demo",
                namespace="shop",
                priority=Priority.P1,
                reason=Reason(rule="r", sentence="because"),
                started_at=self.clock.now(),
                at=self.clock.now(),
                data={},
            )

    async def propose(
        self, *, size: int = 5, by: str = "ops-monitor", incident_id: str | None = None, **more: Any
    ) -> Action:
        """Propose to resize `web`."""
        name = more.pop("name", "resize")
        target = more.pop("target", "web")
        request = ActionRequest(
            name=name, params={"name": target, "size": size}, by=by, incident_id=incident_id, **more
        )
        return await self.desk.propose(request)

    async def approve(self, action: Action, who: str = "ada", **more: Any) -> VoteResult:
        """Click Approve."""
        return await self.vote(action, who, approve=True, **more)

    async def vote(
        self, action: Action | str, who: str | Principal, *, approve: bool, key: str = ""
    ) -> VoteResult:
        """Click a button; each click has its own key unless one is given."""
        self.clicks += 1
        by = who if isinstance(who, Principal) else person(who)
        action_id = action if isinstance(action, str) else action.id
        return await self.desk.vote(action_id, by, approve=approve, key=key or f"click-{self.clicks}")

    async def step(self) -> bool:
        """Run one job that is due; a crash leaves it waiting, as a lost worker does."""
        job = self.queue.take()
        if job is None:
            return False
        handler: Handler = self.desk.handlers().get(job.kind, _nothing)
        try:
            await handler(dict(job.payload))
        except Crash:
            self.queue._put(job)
            raise
        return True

    async def run(self, seconds: float = 300.0) -> None:
        """Run everything that comes due within a time, moving the clock."""
        end = self.clock.now() + timedelta(seconds=seconds)
        for _ in range(2000):
            if await self.step():
                continue
            due = self.queue.next_time()
            if due is None or due > end:
                return
            self.clock.advance((due - self.clock.now()).total_seconds())
        raise AssertionError("it never comes to rest")

    async def restart(self, **changed: Any) -> None:
        """Begin again as another process, after every lease of the old one is over."""
        self.clock.advance(20)
        self.desk = self.another_desk(**changed)

    async def get(self, action: Action) -> Action:
        """Return an action as it is stored now."""
        async with self.store.read() as tx:
            found = await tx.actions.get(action.id)
        assert found is not None
        return found

    async def approval(self, action: Action) -> Approval:
        """Return an action's approval."""
        async with self.store.read() as tx:
            found = await tx.approvals.get((await self.get(action)).approval_id or "")
        assert found is not None
        return found

    async def all(self) -> list[Action]:
        """Return every action, oldest first."""
        async with self.store.read() as tx:
            return list(reversed(await tx.actions.recent(100)))

    async def audit(self, kind: str | None = None) -> list[AuditEvent]:
        """Return the audit entries of a kind."""
        async with self.store.read() as tx:
            entries = await tx.audit.page(0, 1000)
        return [entry for entry in entries if kind is None or entry.kind.value == kind]

    async def status(self, incident: Incident) -> str:
        """Return an incident's status."""
        async with self.store.read() as tx:
            found = await tx.incidents.get(incident.id)
        assert found is not None
        return found.status.value

    async def state(self, action: Action) -> tuple[ActionState, str]:
        """Return an action's state and outcome."""
        now = await self.get(action)
        return now.state, now.outcome


@asynccontextmanager
async def guarded_at(folder: Path, name: str = "ops.db") -> AsyncIterator[Guarded]:
    """Open everything on a store in a folder; the empty database is made once and copied from then on."""
    if not _EMPTY:
        async with store_at(folder, "empty.db"):
            pass
        _EMPTY.append((folder / "empty.db").read_bytes())
    (folder / name).write_bytes(_EMPTY[0])
    async with store_at(folder, name) as store:
        yield Guarded(store)


async def _nothing(payload: Any) -> None:
    return None
