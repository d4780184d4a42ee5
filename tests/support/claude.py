"""An incident that the rules have diagnosed, with a brain that asks a scripted Claude."""

from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry

from agent.brain.claude.brain import ClaudeBrain
from agent.brain.claude.budget import Ceilings
from agent.brain.claude.conversation import Limits
from agent.brain.claude.wire import ClaudeWire
from agent.brain.claude.world import Character, World
from agent.brain.playbook import PlaybookBrain
from agent.domain.evidence import Diagnosis
from agent.domain.timeline import TimelineEvent, TimelineKind
from agent.domain.view import IncidentView
from agent.graph.deepen import Deepening
from agent.graph.run import Investigator
from agent.lifecycle.view import load_view
from agent.ports.jobs import Job
from agent.ports.recovery import ActionKind
from agent.ports.store import Tx
from agent.store.engine import SqlStore
from agent.telemetry.metrics import build_metrics
from tests.support import troubles as t
from tests.support.alerts import shipped_policies
from tests.support.anthropic_wire import Script, ScriptedWire
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock

POLICIES = shipped_policies()
MODEL = "claude-sonnet-5-5"
QUICK = Limits(seconds=3.0, call_seconds=1.0)


class KeptJobs:
    """Remembers what was enqueued."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    async def enqueue(self, tx: Tx, job: Job) -> None:
        self.jobs.append(job)


class TakenWishes:
    """A recovery desk that only writes down what is wished for."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.requests: list[Any] = []

    def catalogue(self) -> tuple[ActionKind, ...]:
        return tuple(
            ActionKind(
                name=name,
                description=name,
                backend="kubernetes",
                risk="low",
                reversible=True,
                enabled=True,
                params_schema={},
            )
            for name in self.names
        )

    async def propose(self, request: Any) -> None:
        self.requests.append(request)


class Case:
    """The bad deployment of payment, investigated by the rules, on a store of its own."""

    def __init__(self, store: SqlStore, *script: Script, trouble: Any = t.bad_deployment) -> None:
        self.store = store
        self.clock = StillClock(t.NOW)
        self.reads: ScriptedReads
        self.reads, self.view = trouble()
        self.scripted = ScriptedWire(*script)
        self.registry = CollectorRegistry()
        self.metrics = build_metrics(self.registry)
        self.jobs = KeptJobs()
        self.desk = TakenWishes("roll_back_workload", "restart_workload", "delete_pod")
        self.wire = ClaudeWire("a-key", base_url="http://model.test", transport=self.scripted.transport)

    def brain(self, *, limits: Limits = QUICK, ceilings: Ceilings | None = None, **more: Any) -> ClaudeBrain:
        character = Character(
            model=more.pop("model", MODEL), limits=limits, ceilings=ceilings or Ceilings(), **more
        )
        world = World(self.reads, self.store, self.clock, actions=self.desk.catalogue, metrics=self.metrics)
        return ClaudeBrain(self.wire, self.playbook(), world, character)

    def playbook(self) -> PlaybookBrain:
        return PlaybookBrain(self.reads, self.store, self.clock)

    def deepening(self, brain: Any = None) -> Deepening:
        jobs: Any = self.jobs
        recovery: Any = self.desk
        return Deepening(
            self.store,
            jobs,
            brain or self.brain(),
            POLICIES,
            self.clock,
            recovery=recovery,
            metrics=self.metrics,
        )

    async def open(self) -> None:
        """Open the incident and have the rules look at it."""
        async with self.store.write() as tx:
            await tx.incidents.create(self.view.incident)
            await tx.alerts.upsert(self.view.alerts)
            await tx.timeline.append("inc_1", TimelineKind.OPENED, "intake", t.NOW, {})
        await self.look()

    async def look(self, *, again: bool = False) -> None:
        """Have the rules look."""
        investigator = Investigator(self.store, self.reads, self.playbook(), POLICIES, self.clock)
        await investigator.investigate("inc_1", again=again)

    async def seen(self) -> IncidentView:
        async with self.store.read() as tx:
            found = await load_view(tx, "inc_1", POLICIES, t.NOW)
        assert found is not None
        return found

    async def diagnosis(self) -> Diagnosis:
        found = (await self.seen()).diagnosis
        assert found is not None
        return found

    async def evidence_of(self, tool: str, **params: Any) -> str:
        """Return the id of what the rules read."""
        return next(
            e.id
            for e in (await self.seen()).evidence
            if e.request.tool == tool and params.items() <= e.request.params.items()
        )

    async def marks(self) -> Sequence[TimelineEvent]:
        return [e for e in (await self.seen()).timeline if e.kind is TimelineKind.DEEPENED]

    def dropped(self, reason: str) -> float:
        """Return how many claims fell to a reason."""
        return self.registry.get_sample_value("ops_monitor_findings_dropped_total", {"reason": reason}) or 0.0

    async def close(self) -> None:
        await self.wire.close()


def draft(kind: str, service: str, claim: str, *evidence: str, sure: float = 0.9) -> dict[str, Any]:
    """A finding as the model writes it."""
    return {"kind": kind, "service": service, "claim": claim, "confidence": sure, "evidence": list(evidence)}


def findings(*drafts: dict[str, Any], action: str = "") -> dict[str, Any]:
    """What the model writes at the end."""
    return {"findings": list(drafts), "action": action, "action_reason": "because" if action else ""}
