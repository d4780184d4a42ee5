"""A recovery's runner on a real store, with a desk whose actions end as a test says and a queue that is turned by hand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.domain.action import Action, ActionRequest, ActionState, Plan, Target
from agent.domain.alert import Alert, AlertRecord, AlertStatus, Reason, Severity
from agent.domain.evidence import Diagnosis, Finding, FindingKind
from agent.domain.incident import Conversation, Incident, IncidentStatus, Priority, Times
from agent.domain.noun import Json
from agent.domain.recovery import RecoveryRun, RecoveryState
from agent.errors import NotPermitted
from agent.execution.recoveries import Recoveries
from agent.execution.work import RECOVERY_ADVANCE, RECOVERY_CONSIDER, recovery_consider
from agent.lifecycle import changes
from agent.policy.documents import parse_document
from agent.policy.load import Policies
from agent.policy.recoveries import RecoveryPolicy
from agent.ports.recovery import Principal
from agent.ports.store import Store
from tests.support.deeds import sample_action
from tests.support.guarded import HandQueue
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock

INCIDENT = "inc_1"


def recovery(text: str, name: str = "trouble") -> RecoveryPolicy:
    """Return a recovery as a file would hold it, without its id and title."""
    head = f"id: {name}\ntitle: {{en: Ending {name}, ko: 해결}}\n"
    return parse_document(head + text, RecoveryPolicy, name=f"{name}.yaml")


@dataclass
class Book:
    """The policies in force."""

    current: Policies


@dataclass
class FakeDesk:
    """Keeps what it is asked; a proposed action waits until the test says how it ends."""

    store: Store
    clock: StillClock
    proposed: list[ActionRequest] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    trouble: dict[str, list[Exception]] = field(default_factory=dict)
    state: ActionState = ActionState.WAITING
    plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    during: Callable[[], Awaitable[None]] | None = None
    after_store: Callable[[Action], None] | None = None

    async def propose(self, request: ActionRequest) -> Action:
        self.proposed.append(request)
        if self.trouble.get(request.name):
            raise self.trouble[request.name].pop(0)
        if self.during is not None:
            await self.during()
        action = await self.put(request)
        if self.after_store is not None:
            self.after_store(action)
        return action

    async def put(self, request: ActionRequest, state: ActionState | None = None) -> Action:
        """Store an action of the incident."""
        place = str(request.params.get("name") or request.params.get("pod") or "payment")
        target = Target(kind="Deployment", namespace="shop", name=place, version="1")
        async with self.store.write() as tx:
            number = await tx.actions.next_number()
            made = sample_action(state or self.state, number=number, at=self.clock.now())
            plan = Plan(target=target, reversible=True, **self.plans.get(request.name, {}))
            action = made.model_copy(update={"request": request, "plan": plan})
            await tx.actions.create(action)
        return action

    async def undo(self, action_id: str, by: Principal, *, key: str) -> Action:
        if self.trouble.get("undo"):
            raise self.trouble["undo"].pop(0)
        self.undone.append(action_id)
        async with self.store.read() as tx:
            original = await tx.actions.get(action_id)
        assert original is not None
        request = original.request.model_copy(
            update={"origin": f"undo:{action_id}", "undo_of": action_id, "by": by.user}
        )
        return await self.put(request)

    async def cancel(self, action_id: str, by: Principal, *, key: str) -> Action:
        async with self.store.read() as tx:
            action = await tx.actions.get(action_id)
        assert action is not None
        if action.state is ActionState.RUNNING:
            raise NotPermitted("It runs.")
        self.cancelled.append(action_id)
        return await self.end(action, ActionState.CANCELLED)

    async def end(self, action: Action, state: ActionState, detail: str = "") -> Action:
        """Let an action end."""
        times = action.times.model_copy(update={"ended_at": self.clock.now() if state.ended else None})
        async with self.store.write() as tx:
            current = await tx.actions.get(action.id)
            assert current is not None
            change = {"state": state, "detail": detail, "times": times}
            return await tx.actions.save(current.model_copy(update=change))


@dataclass
class Bench:
    """One incident with a runner; every method goes through the store, as the product does."""

    store: Store
    policies: Policies
    clock: StillClock
    time_scale: float = 1.0

    def __post_init__(self) -> None:
        self.queue = HandQueue(self.clock)
        self.desk = FakeDesk(self.store, self.clock)
        self.reads = ScriptedReads(self.clock.now())
        self.book = Book(self.policies)
        self.runner = self.new_runner()

    def new_runner(self) -> Recoveries:
        """Return a runner as a new process would build it."""
        desk: Any = self.desk
        return Recoveries(
            self.store,
            self.queue,
            desk,
            self.reads,
            self.book,
            changes,
            self.clock,
            environment="demo",
            language="en",
            time_scale=self.time_scale,
        )

    async def open(
        self,
        *alerts: AlertRecord,
        cause: Finding | None = None,
        service: str = "payment",
        age: timedelta = timedelta(minutes=1),
    ) -> None:
        """Store the incident with its alerts and diagnosis."""
        now = self.clock.now()
        incident = Incident(
            id=INCIDENT,
            number=1,
            title=f"{service}: trouble",
            status=IncidentStatus.ACTIVE,
            priority=Priority.P1,
            priority_reason=Reason(rule="r", sentence="s"),
            service=service,
            environment="demo",
            namespace="shop",
            times=Times(started_at=now, opened_at=now - age),
            conversation=Conversation(channel="#alerts-critical"),
        )
        async with self.store.write() as tx:
            await tx.incidents.create(incident)
            for record in alerts:
                await tx.alerts.upsert([record])
        await self.diagnose(cause)

    async def diagnose(self, cause: Finding | None) -> None:
        """Store a diagnosis and have recoveries considered, as the graph does."""
        async with self.store.write() as tx:
            await tx.evidence.put_diagnosis(INCIDENT, Diagnosis(cause=cause), self.clock.now())
            await self.queue.enqueue(tx, recovery_consider(INCIDENT))

    async def turn(self, most: int = 60) -> None:
        """Do every job whose time has come."""
        for _ in range(most):
            job = self.queue.take()
            if job is None:
                return
            await self.handle(job.kind, job.payload)
        raise AssertionError("the queue never comes to rest")

    async def handle(self, kind: str, payload: dict[str, Json]) -> None:
        handlers = {RECOVERY_CONSIDER: self.runner.consider, RECOVERY_ADVANCE: self.runner.advance}
        await handlers[kind](payload)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, doing each job when it is due."""
        end = self.clock.now() + timedelta(seconds=seconds)
        for _ in range(500):
            await self.turn()
            due = self.queue.next_time()
            if due is None or due > end:
                break
            self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds()))
        self.clock.advance((end - self.clock.now()).total_seconds())
        await self.turn()

    async def finish(self, state: ActionState, detail: str = "") -> Action:
        """End the newest action that has not ended, and go on."""
        actions = [action for action in await self.actions() if not action.state.ended]
        ended = await self.desk.end(actions[-1], state, detail)
        await self.pass_time(16)
        return ended

    async def actions(self) -> list[Action]:
        async with self.store.read() as tx:
            return await tx.actions.of_incident(INCIDENT)

    async def runs(self) -> list[RecoveryRun]:
        async with self.store.read() as tx:
            return await tx.recoveries.of_incident(INCIDENT)

    async def run(self) -> RecoveryRun:
        """Return the only run."""
        (found,) = await self.runs()
        return found

    async def told(self) -> dict[str, str]:
        """Return the state and reason of each step of the only run."""
        return {step.name: f"{step.state.value} {step.why}".strip() for step in (await self.run()).steps}

    async def over(self) -> tuple[RecoveryState, str]:
        run = await self.run()
        return run.state, run.why

    async def settle(self, status: IncidentStatus, *, firing: bool = False) -> None:
        """Change the incident's status, and end its alerts."""
        now = self.clock.now()
        async with self.store.write() as tx:
            incident = await tx.incidents.get(INCIDENT)
            assert incident is not None
            times = incident.times.model_copy(
                update={"resolved_at": now if status is IncidentStatus.RESOLVED else None}
            )
            await tx.incidents.save(incident.model_copy(update={"status": status, "times": times}))
            for record in [] if firing else await tx.alerts.of_incident(INCIDENT):
                ended = record.alert.model_copy(update={"status": AlertStatus.RESOLVED, "ends_at": now})
                await tx.alerts.upsert([record.model_copy(update={"alert": ended})])

    async def said(self) -> list[str]:
        """Return the texts of the replies that are wanted in the thread."""
        async with self.store.read() as tx:
            slots = await tx.outbox.due(self.clock.now(), 100)
            keys = [f"recovery:{run.id}#{end}" for run in await self.runs() for end in self._ends(run)]
            found = [await tx.outbox.get(key) for key in keys]
        assert slots is not None
        return [str(slot.payload["text"]) for slot in found if slot is not None]

    @staticmethod
    def _ends(run: RecoveryRun) -> list[str]:
        return [*(step.name for step in run.steps), "hand-over", "back"]


def alert(
    name: str = "HighErrorRate",
    service: str = "payment",
    *,
    since: datetime,
    severity: Severity = Severity.CRITICAL,
    **labels: str,
) -> AlertRecord:
    """Return a firing alert of the incident."""
    named = {"alertname": name, "service": service, "severity": severity.value, **labels}
    return AlertRecord(
        alert=Alert(
            fingerprint=f"{name}-{service}", status=AlertStatus.FIRING, labels=named, starts_at=since
        ),
        severity=severity,
        incident_id=INCIDENT,
        reason=Reason(rule="r", sentence="s"),
        first_seen_at=since,
        last_seen_at=since,
        service=service,
    )


def caused(
    rule: str = "change.bad-deployment", service: str = "payment", confidence: float = 0.8, **details: Json
) -> Finding:
    """Return a diagnosed cause."""
    return Finding(
        kind=FindingKind.CAUSE,
        claim=f"{service}: {rule}",
        confidence=confidence,
        evidence_ids=("ev_1",),
        rule=rule,
        service=service,
        details=details,
    )
