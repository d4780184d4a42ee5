"""Runs the recoveries of policies/recovery: begins the one that fits, does its steps in order, stops, and takes back."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import uuid4

from agent.domain.decision import Autonomy
from agent.domain.incident import IncidentStatus
from agent.domain.noun import Json
from agent.domain.recovery import RecoveryRun, RecoveryState, StepRun, StepState
from agent.execution.needs import Book, Life
from agent.execution.recovery_record import begin, consider_again, ended, notify, soon
from agent.execution.roll_backs import RollBacks, parts
from agent.execution.scene import RecoveryKit, Scene, scene_of
from agent.execution.steps import Steps
from agent.execution.stops import Stop, stop_reason, verdict
from agent.execution.triggers import Match, displaced, find_recovery
from agent.execution.work import RECOVERY_ADVANCE, RECOVERY_CONSIDER
from agent.locale.messages import LANGUAGES
from agent.policy.recoveries import RecoveryPolicy, Step
from agent.ports.clock import Clock
from agent.ports.jobs import Handler, Jobs
from agent.ports.reads import Reads
from agent.ports.recovery import Recovery
from agent.ports.store import Store, Tx

# While the stop switch is thrown nothing is proposed; when it is released, the runs go on by themselves.
_HELD_SECONDS = 15.0
# What only shows symptoms waits for the first looks: most causes show within them, and a cause has a better recovery.
_FIRST_LOOKS = timedelta(seconds=20)


class Recoveries:
    """The durable runner: every look at a run begins from what the store holds, so it may end at any moment."""

    def __init__(
        self,
        store: Store,
        jobs: Jobs,
        desk: Recovery,
        reads: Reads,
        book: Book,
        life: Life,
        clock: Clock,
        *,
        environment: str,
        language: str,
        time_scale: float = 1.0,
        autonomy: Autonomy | None = None,
    ) -> None:
        self._kit = RecoveryKit(
            store, jobs, desk, reads, book, life, clock, environment, language, time_scale, autonomy
        )
        self._steps = Steps(self._kit)
        self._back = RollBacks(self._kit)

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of the runner's jobs."""
        return {RECOVERY_CONSIDER: self.consider, RECOVERY_ADVANCE: self.advance}

    async def consider(self, payload: dict[str, Json]) -> None:
        """Begin the most specific recovery that fits an incident, unless one is under way."""
        incident_id = str(payload["incident_id"])
        scene = await self._scene(incident_id)
        if scene is None or self._kit.off or not _needs_help(scene):
            return
        if scene.running is not None:
            # The diagnosis has changed: the run that is under way looks whether it still fits.
            await self._look_again(scene.running)
            return
        if scene.switch.stopped:
            async with self._kit.store.write() as tx:
                await consider_again(self._kit, tx, incident_id, scene.now + self._kit.lasting(_HELD_SECONDS))
            return
        left = [one for one in self._kit.book.current.recoveries if one.id not in scene.had]
        search = await find_recovery(self._kit, scene, left, self._kit.environment)
        early = scene.since + _FIRST_LOOKS
        if search.match is not None and (search.match.clause.cause is not None or scene.now >= early):
            await self._begin(search.match, scene)
        elif search.match is not None:
            async with self._kit.store.write() as tx:
                await consider_again(self._kit, tx, incident_id, early)
        elif search.again is not None:
            async with self._kit.store.write() as tx:
                await consider_again(self._kit, tx, incident_id, scene.now + search.again)

    async def advance(self, payload: dict[str, Json]) -> None:
        """Move a run one step on."""
        async with self._kit.store.read() as tx:
            run = await tx.recoveries.get(str(payload["run_id"]))
        if run is None or run.state.ended:
            return
        scene = await self._scene(run.incident_id)
        recovery = self._kit.policy(run.recovery)
        if scene is None:
            return
        if recovery is None or any(recovery.step(step.name) is None for step in run.steps):
            await self._end(run, scene, RecoveryState.STOPPED, "gone", None)
        elif scene.switch.stopped:
            await self._steps.later(run)
        elif run.state is RecoveryState.ROLLING_BACK:
            await self._back.advance(run, recovery, scene)
        else:
            await self._forward(run, recovery, scene)

    async def _forward(self, run: RecoveryRun, recovery: RecoveryPolicy, scene: Scene) -> None:
        lost = displaced(self._kit, scene, run, recovery)
        stop = stop_reason(recovery, run, scene, displaced=lost)
        acting = next((step for step in run.steps if step.state is StepState.ACTING), None)
        if acting is not None:
            policy = recovery.step(acting.name)
            if policy is not None:
                await self._steps.follow(run, policy, scene, stop=stop)
            return
        step = _next(recovery, run, stop)
        if step is not None:
            await self._steps.begin(run, step, scene)
            return
        await self._finish(run, recovery, scene, stop)

    async def _finish(
        self, run: RecoveryRun, recovery: RecoveryPolicy, scene: Scene, stop: Stop | None
    ) -> None:
        state, code = verdict(run, scene, stop)
        if parts(recovery, run, scene):
            await self._back.begin(run, recovery, state, self._kit.say(f"recovery-why-{code}"))
            if state is not RecoveryState.SUCCEEDED:
                async with self._kit.store.write() as tx:
                    await self._hand_over(tx, run, recovery, scene, code)
                    await self._other_cause(tx, run, code)
            return
        await self._end(run, scene, state, code, recovery)

    async def _end(
        self, run: RecoveryRun, scene: Scene, state: RecoveryState, code: str, recovery: RecoveryPolicy | None
    ) -> None:
        async with self._kit.store.write() as tx:
            await ended(self._kit, tx, run, state, self._kit.say(f"recovery-why-{code}"), recovery)
            if recovery is not None and state is not RecoveryState.SUCCEEDED:
                await self._hand_over(tx, run, recovery, scene, code)
            await self._other_cause(tx, run, code)

    async def _other_cause(self, tx: Tx, run: RecoveryRun, code: str) -> None:
        if code == "cause_changed":
            await consider_again(self._kit, tx, run.incident_id)

    async def _hand_over(
        self, tx: Tx, run: RecoveryRun, recovery: RecoveryPolicy, scene: Scene, code: str
    ) -> None:
        """Tell the people who have to go on by hand; nobody is told when a person has taken over already."""
        if recovery.hand_over is None or code in ("person_took_over", "cause_changed"):
            return
        words = recovery.hand_over.text.in_language(self._kit.language)
        to = recovery.hand_over.to
        await notify(self._kit, tx, scene.incident, run, "hand-over", to=to, words=words, page=True)

    async def _begin(self, match: Match, scene: Scene) -> None:
        recovery = match.recovery
        if scene.freezes and "frozen" in recovery.stop_when:
            return
        run = RecoveryRun(
            id=uuid4().hex,
            recovery=recovery.id,
            titles={language: recovery.title.in_language(language) for language in LANGUAGES},
            incident_id=scene.incident.id,
            opening=scene.opening,
            policy_digest=self._kit.book.current.digest,
            steps=tuple(StepRun(name=step.id) for step in recovery.steps),
            facts=_facts(match, scene),
            started_at=scene.now,
        )
        async with self._kit.store.write() as tx:
            # Looked at again where nobody else can write: two diagnoses may be considered at the same time.
            runs = await tx.recoveries.of_incident(scene.incident.id)
            if any(other.state is RecoveryState.RUNNING for other in runs):
                return
            if all((other.recovery, other.opening) != (recovery.id, run.opening) for other in runs):
                await begin(self._kit, tx, run, recovery)

    async def _look_again(self, run: RecoveryRun) -> None:
        async with self._kit.store.write() as tx:
            await soon(self._kit, tx, run)

    async def _scene(self, incident_id: str) -> Scene | None:
        async with self._kit.store.read() as tx:
            return await scene_of(tx, incident_id, self._kit.environment, self._kit.clock.now())


def _needs_help(scene: Scene) -> bool:
    status = scene.incident.status
    held_off = status is IncidentStatus.MITIGATED and not scene.harmed_again
    return status.open and not held_off and bool(scene.firing)


def _next(recovery: RecoveryPolicy, run: RecoveryRun, stop: Stop | None) -> Step | None:
    """Return the next step in the order of the file; once the run stops, only what is done always."""
    pending = {step.name for step in run.steps if step.state is StepState.PENDING}
    left = (step for step in recovery.order if step.id in pending)
    return next((step for step in left if stop is None or step.always), None)


def _facts(match: Match, scene: Scene) -> dict[str, Json]:
    cause = scene.cause
    return {
        "service": match.service,
        "services": list(match.services),
        "labels": {**match.labels},
        "by_cause": cause.rule if cause and match.clause.cause else None,
    }
