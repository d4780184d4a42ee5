"""Runs investigations as the job queue asks: at least once, resumed after a crash, never doubled."""

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from agent.domain.incident import IncidentStatus
from agent.graph.build import build
from agent.graph.checkpoints import Checkpoints, prepare_langgraph
from agent.graph.events import answered, last_ask, runs_done
from agent.graph.kit import Kit
from agent.graph.state import State
from agent.lifecycle.announce import announce
from agent.loading import loaded
from agent.policy.load import Policies
from agent.ports.brain import Brain
from agent.ports.clock import Clock
from agent.ports.reads import Reads
from agent.ports.store import Store

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

# Triage, the iterations, diagnosis and message are far fewer; the counter in the state is the real limit.
RECURSION_BACKSTOP = 40
LANGGRAPH = "langgraph.graph"


class Investigator:
    """The handler of `incident.investigate`."""

    def __init__(
        self,
        store: Store,
        reads: Reads,
        brain: Brain,
        policies: Policies,
        clock: Clock,
        *,
        checkpoints: Checkpoints | None = None,
        language: str = "en",
        max_iterations: int = 5,
        timeout_seconds: float = 25.0,
    ) -> None:
        self._store = store
        self._reads = reads
        self._brain = brain
        self._policies = policies
        self._clock = clock
        self._checkpoints = checkpoints
        self._language = language
        self._max_iterations = max_iterations
        self._timeout_seconds = timeout_seconds

    async def investigate(self, incident_id: str, *, again: bool = False) -> None:
        """Look at an incident and update its card; does nothing when nobody asked since the last look.

        `again` looks in any case. Raises what the store raises, so that the queue tries again.
        """
        start = await self._start(incident_id, again)
        if start is None:
            return
        prepare_langgraph()
        await loaded(LANGGRAPH)
        saver = await self._checkpoints.saver() if self._checkpoints else None
        graph = build(self._kit(), saver)
        thread = f"{incident_id}:{start['run']}"
        config: RunnableConfig = {
            "configurable": {"thread_id": thread},
            "recursion_limit": RECURSION_BACKSTOP,
        }
        entry: State | None = start
        if saver is not None and (await graph.aget_state(config)).next:
            entry = None
        await graph.ainvoke(entry, config, durability="sync" if saver is not None else None)
        if self._checkpoints is not None:
            await self._checkpoints.drop(thread)

    async def warm_up(self) -> None:
        """Load LangGraph in a thread, so that the first incident does not wait for it."""
        prepare_langgraph()
        await loaded(LANGGRAPH)
        if self._checkpoints is not None:
            await self._checkpoints.saver()

    async def prune(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Forget the progress of runs that nobody came back to; return how many."""
        if self._checkpoints is None:
            return 0
        return await self._checkpoints.prune(older_than, self._clock.now())

    def _kit(self) -> Kit:
        return Kit(
            store=self._store,
            reads=self._reads,
            brain=self._brain,
            policies=self._policies,
            clock=self._clock,
            language=self._language,
            max_iterations=self._max_iterations,
            deadline=time.monotonic() + self._timeout_seconds,
        )

    async def _start(self, incident_id: str, again: bool) -> State | None:
        """Return the first state of the run that is due, or None when there is none."""
        async with self._store.write() as tx:
            incident = await tx.incidents.get(incident_id)
            if incident is None or incident.status is IncidentStatus.CLOSED:
                return None
            timeline = await tx.timeline.of(incident_id)
            seen = last_ask(timeline)
            if runs_done(timeline) and seen <= answered(timeline) and not again:
                # The last look may have ended between its diagnosis and its message; asking again folds.
                await announce(tx, incident, self._policies, self._clock.now())
                return None
        return State(
            incident_id=incident_id,
            run=runs_done(timeline) + 1,
            seen=seen,
            started_at=self._clock.now().isoformat(),
            iteration=0,
            evidence_ids=[],
            unfinished=[],
            done=False,
        )
