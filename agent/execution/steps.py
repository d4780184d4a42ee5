"""Does one step of a recovery: proposes its action and follows it, keeps what its read saw, or tells people."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.action import Action, ActionRequest, ActionState
from agent.domain.evidence import ReadRequest
from agent.domain.noun import Json
from agent.domain.recovery import RecoveryRun, StepRun, StepState
from agent.errors import BackendError, BadInput, Conflict, Misconfigured, NotFound, OpsError
from agent.execution.conditions import wanted
from agent.execution.instances import Unresolved
from agent.execution.recovery_record import POLL_SECONDS, changed, notify, soon, with_step
from agent.execution.scene import BOT, ORIGIN, RecoveryKit, Scene
from agent.execution.selectors import Observed
from agent.execution.stops import Stop
from agent.policy.recoveries import Step
from agent.ports.recovery import Principal

_TRIES = 4
# A stale action's successor is proposed right after it; nobody waits longer for one.
_SUCCESSOR = timedelta(seconds=30)
# Longer than planning an action can take with every deadline of a backend used up.
_PROPOSING = timedelta(seconds=60)
_NO = {
    ActionState.FORBIDDEN: "forbidden",
    ActionState.REJECTED: "rejected",
    ActionState.EXPIRED: "expired",
    ActionState.CANCELLED: "cancelled",
    ActionState.STALE: "stale",
    ActionState.UNDONE: "undone",
    ActionState.FAILED: "failed",
}
_BEFORE_RUN = (ActionState.SUGGESTED, ActionState.WAITING, ActionState.QUEUED)


def origin_of(run: RecoveryRun, step: str) -> str:
    """Return the origin by which a step's action is found again."""
    return f"{ORIGIN}{run.id}#{step}"


@dataclass(frozen=True, slots=True)
class Steps:
    """Moves a run's steps; each method leaves the run saved and its next look queued."""

    kit: RecoveryKit

    async def begin(self, run: RecoveryRun, step: Step, scene: Scene) -> None:
        """Begin a pending step, or skip it with the reason."""
        if step.action is not None and scene.busy:
            await self.later(run)
            return
        observed = self.observed(run, scene)
        try:
            if not await wanted(self.kit, step, run, scene, observed):
                await self._skip(run, step, self.kit.say("recovery-step-not-needed"))
                return
            params = await observed.params(step.params)
        except Unresolved as gap:
            await self._skip(run, step, self.unseen(gap))
            return
        if step.notify is not None:
            await self._notify(run, step, scene)
        elif step.read is not None:
            await self._read(run, step, params)
        else:
            await self._propose(await self._acting(run, step), step, scene, params)

    async def follow(self, run: RecoveryRun, step: Step, scene: Scene, *, stop: Stop | None) -> None:
        """Look after a step whose action is under way; a stop takes back what has not begun."""
        state = next(s for s in run.steps if s.name == step.id)
        action = scene.action(state.action_id) or scene.of_origin(origin_of(run, step.id))
        if action is None:
            if self._just_begun(run):
                await self.later(run)
            else:
                # The process ended between saving the step and proposing: nothing was proposed, so it is done now.
                await self._retake(run, step, scene)
            return
        action = scene.newest(action)
        if action.id != state.action_id:
            run = await self._adopt(run, step, action)
        if action.state is ActionState.SUGGESTED:
            await self.end(run, step.id, StepState.SKIPPED, self.kit.say("recovery-step-suggested"))
        elif not action.state.ended:
            await self._wait(run, action, stop)
        elif self._successor_may_come(action):
            await self.later(run)
        else:
            await self._judge(run, step, action)

    async def end(self, run: RecoveryRun, name: str, state: StepState, why: str, **more: object) -> None:
        """Save how a step ended and have the next one done."""
        steps = with_step(run, name, state, why=why, **more)
        async with self.kit.store.write() as tx:
            step = next(s for s in steps if s.name == name)
            saved = await changed(self.kit, tx, run, {"steps": steps}, step)
            await soon(self.kit, tx, saved)

    async def _skip(self, run: RecoveryRun, step: Step, why: str) -> None:
        """Leave a step out, or look again in a while where it may wait for its moment."""
        noted = run.facts.get("waiting")
        waiting = dict(noted) if isinstance(noted, dict) else {}
        since, now = waiting.get(step.id), self.kit.clock.now()
        began = datetime.fromisoformat(since) if isinstance(since, str) else now
        if now >= began + self.kit.lasting(step.wait):
            await self.end(run, step.id, StepState.SKIPPED, why)
            return
        said = self.kit.say("recovery-step-not-yet", why=why)
        steps = with_step(run, step.id, StepState.PENDING, why=said)
        facts: dict[str, Json] = {**run.facts, "waiting": {**waiting, step.id: began.isoformat()}}
        first = next(s for s in steps if s.name == step.id) if since is None else None
        async with self.kit.store.write() as tx:
            saved = await changed(self.kit, tx, run, {"steps": steps, "facts": facts}, first)
        await self.later(saved)

    async def later(self, run: RecoveryRun) -> None:
        """Look again in a while."""
        async with self.kit.store.write() as tx:
            wait = timedelta(seconds=max(1.0, POLL_SECONDS * min(1.0, self.kit.time_scale)))
            await soon(self.kit, tx, run, self.kit.clock.now() + wait)

    def observed(self, run: RecoveryRun, scene: Scene) -> Observed:
        """Return what this run's parameters may name."""
        facts = run.facts
        services, labels = facts.get("services"), facts.get("labels")
        return Observed(
            self.kit.reads,
            scene.incident,
            service=str(facts.get("service") or ""),
            services=[str(s) for s in services] if isinstance(services, list) else (),
            cause=scene.cause,
            labels={k: str(v) for k, v in labels.items()} if isinstance(labels, dict) else {},
            environment=self.kit.environment,
            deeds=scene.deeds,
            now=scene.now,
        )

    def unseen(self, gap: Unresolved) -> str:
        """Return why a reference has no value, for people."""
        why = self.kit.say(f"recovery-unseen-{gap.reason}", **gap.args_of_reason)
        return self.kit.say("recovery-step-unseen", reference=f"${gap.reference}", why=why)

    async def _acting(self, run: RecoveryRun, step: Step) -> RecoveryRun:
        """Save that the step acts before anything is proposed, so that two runners cannot both propose it."""
        steps = with_step(run, step.id, StepState.ACTING)
        async with self.kit.store.write() as tx:
            facts = {**run.facts, "acting_since": self.kit.clock.now().isoformat()}
            return await changed(self.kit, tx, run, {"steps": steps, "facts": facts})

    def _just_begun(self, run: RecoveryRun) -> bool:
        """Say whether another process may be in the middle of this very proposal."""
        since = run.facts.get("acting_since")
        return isinstance(since, str) and self.kit.clock.now() - datetime.fromisoformat(since) < _PROPOSING

    async def _retake(self, run: RecoveryRun, step: Step, scene: Scene) -> None:
        observed = self.observed(run, scene)
        try:
            params = await observed.params(step.params)
        except Unresolved as gap:
            await self.end(run, step.id, StepState.SKIPPED, self.unseen(gap))
            return
        await self._propose(await self._acting(run, step), step, scene, params)

    async def _propose(self, run: RecoveryRun, step: Step, scene: Scene, params: dict[str, Json]) -> None:
        try:
            action = await self.kit.desk.propose(self._request(run, step, scene, params))
        except BackendError as error:
            await self._once_more(run, step, error)
        except (BadInput, NotFound, Conflict) as error:
            # The world is not as the step needs it: an autoscaler owns the workload, or no query runs for so long.
            await self._skip(run, step, error.user_message)
        except Misconfigured as error:
            await self.end(run, step.id, StepState.SKIPPED, error.user_message)
        except OpsError as error:
            await self.end(run, step.id, StepState.FAILED, error.user_message)
        else:
            run = await self._adopt(run, step, action)
            async with self.kit.store.write() as tx:
                await soon(self.kit, tx, run)

    def _request(self, run: RecoveryRun, step: Step, scene: Scene, params: dict[str, Json]) -> ActionRequest:
        policy = self.kit.policy(run.recovery)
        title = policy.title.in_language(self.kit.language) if policy else run.recovery
        because = step.because.in_language(self.kit.language) if step.because else ""
        read = run.facts.get("evidence")
        kept = [str(e) for e in read] if isinstance(read, list) else []
        cited = scene.cause.evidence_ids if scene.cause else ()
        return ActionRequest(
            name=step.action or "",
            params=params,
            by=BOT,
            incident_id=run.incident_id,
            origin=origin_of(run, step.id),
            reason=f"{title}: {because}" if because else title,
            evidence_ids=tuple(dict.fromkeys((*cited, *kept))),
        )

    async def _once_more(self, run: RecoveryRun, step: Step, error: BackendError) -> None:
        """Try a proposal again a few times when a backend is away."""
        tries = run.facts.get("tries")
        count = (tries if isinstance(tries, int) else 0) + 1
        if count >= _TRIES or not error.retryable:
            await self.end(run, step.id, StepState.FAILED, error.user_message)
            return
        async with self.kit.store.write() as tx:
            steps = with_step(run, step.id, StepState.PENDING)
            facts = {**run.facts, "tries": count}
            saved = await changed(self.kit, tx, run, {"steps": steps, "facts": facts})
            await soon(self.kit, tx, saved, self.kit.clock.now() + timedelta(seconds=2.0**count))

    async def _adopt(self, run: RecoveryRun, step: Step, action: Action) -> RecoveryRun:
        steps = with_step(run, step.id, StepState.ACTING, action_id=action.id)
        acting = next(s for s in steps if s.name == step.id)
        async with self.kit.store.write() as tx:
            facts = {**run.facts, "tries": 0}
            return await changed(self.kit, tx, run, {"steps": steps, "facts": facts}, acting)

    async def _wait(self, run: RecoveryRun, action: Action, stop: Stop | None) -> None:
        # What was done for another cause proves nothing, and the recovery for the right one waits for it.
        pointless = stop == "cause_changed" and action.state is ActionState.VERIFYING
        if pointless or (stop is not None and action.state in _BEFORE_RUN):
            key = f"{ORIGIN}{run.id}#stop:{action.id}"
            try:
                await self.kit.desk.cancel(action.id, Principal(user=BOT, bot=True), key=key)
            except OpsError:
                # It began in this very moment, or somebody else ended it: the next look sees which.
                pass
        await self.later(run)

    def _successor_may_come(self, action: Action) -> bool:
        ended = action.times.ended_at
        return (
            action.state is ActionState.STALE
            and ended is not None
            and self.kit.clock.now() - ended < _SUCCESSOR
        )

    async def _judge(self, run: RecoveryRun, step: Step, action: Action) -> None:
        if action.state is ActionState.SUCCEEDED:
            await self.end(run, step.id, StepState.DONE, action.detail)
            return
        why = self.kit.say(f"recovery-step-{_NO.get(action.state, 'failed')}", handle=action.handle)
        # A person's or the policy's no is no failure of the step, but it did not take place either.
        await self.end(run, step.id, StepState.FAILED, f"{why} {action.detail}".strip())

    async def _read(self, run: RecoveryRun, step: Step, params: dict[str, Json]) -> None:
        request = ReadRequest(tool=step.read or "", params=params)
        try:
            evidence = await self.kit.reads.run(request, incident_id=run.incident_id)
        except BadInput as error:
            await self.end(run, step.id, StepState.FAILED, error.user_message)
            return
        kept = run.facts.get("evidence")
        ids = [*(kept if isinstance(kept, list) else []), evidence.id]
        state = StepState.FAILED if evidence.error else StepState.DONE
        why = evidence.error or evidence.reading.summary[:300]
        steps = with_step(run, step.id, state, why=why)
        async with self.kit.store.write() as tx:
            await tx.evidence.add(evidence)
            ended: StepRun = next(s for s in steps if s.name == step.id)
            facts = {**run.facts, "evidence": ids}
            saved = await changed(self.kit, tx, run, {"steps": steps, "facts": facts}, ended)
            await soon(self.kit, tx, saved)

    async def _notify(self, run: RecoveryRun, step: Step, scene: Scene) -> None:
        policy = self.kit.policy(run.recovery)
        title = policy.title.in_language(self.kit.language) if policy else run.recovery
        service = str(run.facts.get("service") or scene.incident.service)
        words = self.kit.say("recovery-notice", title=title, service=service, incident=scene.incident.name)
        if step.text is not None:
            words = f"{words} {step.text.in_language(self.kit.language)}"
        steps = with_step(run, step.id, StepState.DONE)
        async with self.kit.store.write() as tx:
            ended = next(s for s in steps if s.name == step.id)
            saved = await changed(self.kit, tx, run, {"steps": steps}, ended)
            to, page = step.to or (), step.notify == "page"
            await notify(self.kit, tx, scene.incident, run, step.id, to=to, words=words, page=page)
            await soon(self.kit, tx, saved)
