"""Takes a recovery's actions back, in reverse, once things have been normal for long enough."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.action import Action, ActionRequest, ActionState
from agent.domain.noun import Json
from agent.domain.recovery import RecoveryRun, RecoveryState, StepState
from agent.errors import BackendError, OpsError
from agent.execution.recovery_record import changed, ended, reply, soon
from agent.execution.scene import BOT, ORIGIN, RecoveryKit, Scene, plain
from agent.execution.triggers import signal_series
from agent.policy.recoveries import RecoveryPolicy, RollBack
from agent.ports.recovery import Principal

_DAY = 86_400
_LOOK_SECONDS = 30.0
# What was not normal is not looked at more often than this.
_RECHECK = 600
_UNDERWAY = "under way"


@dataclass(frozen=True, slots=True)
class Part:
    """One move back: the action of a step, and the share of traffic that returns by it (None: all of it at once)."""

    step: str
    action: Action
    share: int | None = None

    @property
    def key(self) -> str:
        """Return the name under which a run remembers it."""
        return self.step if self.share is None else f"{self.step}@{self.share}"


def parts(recovery: RecoveryPolicy, run: RecoveryRun, scene: Scene) -> tuple[Part, ...]:
    """Return what there is to take back, the last step first."""
    back = recovery.roll_back
    if back is None:
        return ()
    found: list[Part] = []
    for step in reversed(run.steps):
        action = scene.action(step.action_id)
        taken = step.state is StepState.DONE and (back.steps is None or step.name in back.steps)
        if not taken or action is None or not action.plan.reversible:
            continue
        shares = back.gradually.get(step.name)
        known = shares and _weights(action.plan.before.get("weights"))
        found += (
            [Part(step.name, action, share) for share in shares or ()] if known else [Part(step.name, action)]
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class RollBacks:
    """Moves runs that are `rolling_back`; one part at a time, each only while things are normal."""

    kit: RecoveryKit

    async def begin(
        self, run: RecoveryRun, recovery: RecoveryPolicy, verdict: RecoveryState, why: str
    ) -> None:
        """Save that a run is over but for its roll-back, and set the timer."""
        now = self.kit.clock.now()
        facts = {**run.facts, "calm_since": now.isoformat(), "verdict": verdict.value, "back": {}}
        change = {"state": RecoveryState.ROLLING_BACK, "facts": facts, "why": why}
        async with self.kit.store.write() as tx:
            last = run.steps[-1]
            saved = await changed(self.kit, tx, run, change, last)
            back = recovery.roll_back
            await soon(self.kit, tx, saved, now + self.kit.lasting(back.after if back else 0))

    async def advance(self, run: RecoveryRun, recovery: RecoveryPolicy, scene: Scene) -> None:
        """Do the next move back if its time has come."""
        back = recovery.roll_back
        todo = parts(recovery, run, scene)
        if back is None or not todo:
            await self._over(run, recovery, scene)
            return
        underway = next((part for part in todo if _entry(run, part).get("state") == _UNDERWAY), None)
        if underway is not None:
            await self._follow(run, back, underway, scene)
            return
        waiting = await self._not_yet(run, recovery, back, scene)
        if waiting is not None:
            await self._again(waiting, run)
            return
        part = next((part for part in todo if not _entry(run, part)), None)
        if part is None:
            await self._over(run, recovery, scene)
        else:
            await self._take_back(run, back, part, scene)

    async def _not_yet(
        self, run: RecoveryRun, recovery: RecoveryPolicy, back: RollBack, scene: Scene
    ) -> datetime | None:
        """Return when to look again, or None when the next part may be taken back now."""
        if back.once == "resolved" and scene.incident.status.open:
            return scene.now + self._look()
        since = _moment(run.facts.get("calm_since")) or scene.now
        if back.once == "resolved":
            since = scene.incident.times.resolved_at or since
        due = max(since + self.kit.lasting(back.after), _moment(run.facts.get("next_at")) or since)
        if scene.now < due:
            return due
        if back.condition == "always" or await self.normal(recovery, run, scene):
            return None
        if scene.now > due + self.kit.lasting(_DAY):
            await self._over(run, recovery, scene, kept=True)
            return scene.now
        return scene.now + max(self._look(), self.kit.lasting(max(back.every, min(back.after, _RECHECK))))

    async def normal(self, recovery: RecoveryPolicy, run: RecoveryRun, scene: Scene) -> bool:
        """Say whether nothing fires, no other recovery runs, and no signal of the trigger is beyond its limit."""
        if scene.firing or scene.running is not None:
            return False
        service = str(run.facts.get("service") or "")
        for condition in [clause.signal for clause in recovery.trigger if clause.signal is not None]:
            series = await signal_series(self.kit.reads, condition.name, service)
            if any(one.points and condition.crossed(one.points[-1][1]) for one in series):
                return False
        return True

    async def _take_back(self, run: RecoveryRun, back: RollBack, part: Part, scene: Scene) -> None:
        known = _taken_back_by(run, part, scene)
        if known is None:
            # Should the process end before it is noted, the action is found again by what it takes back.
            try:
                known = await self._ask(run, part)
            except BackendError as error:
                if error.retryable:
                    raise
                await self._note(run, back, part, {"state": "skipped", "why": error.user_message})
                return
            except OpsError as error:
                await self._note(run, back, part, {"state": "skipped", "why": error.user_message})
                return
        await self._note(run, back, part, {"state": _UNDERWAY, "action": known.id})

    async def _ask(self, run: RecoveryRun, part: Part) -> Action:
        if part.share is None:
            key = f"{ORIGIN}{run.id}#undo:{part.step}"
            return await self.kit.desk.undo(part.action.id, Principal(user=BOT, bot=True), key=key)
        weights = returning(part.action, part.share)
        return await self.kit.desk.propose(
            ActionRequest(
                name=part.action.name,
                params={**part.action.request.params, "weights": dict(weights)},
                by=BOT,
                incident_id=run.incident_id,
                origin=f"{ORIGIN}{run.id}#{part.key}",
                expects={"weights": _left(run, part)},
                reason=self.kit.say("recovery-returning", share=str(part.share)),
            )
        )

    async def _follow(self, run: RecoveryRun, back: RollBack, part: Part, scene: Scene) -> None:
        entry = _entry(run, part)
        action = scene.action(str(entry.get("action")))
        action = scene.newest(action) if action else None
        if action is None or action.state is ActionState.SUGGESTED:
            why = self.kit.say("recovery-step-suggested")
            await self._note(run, back, part, {"state": "skipped", "why": why})
        elif not action.state.ended:
            await self._again(scene.now + self._look(), run)
        else:
            good = action.state in (ActionState.SUCCEEDED, ActionState.UNDONE)
            state = "done" if good else "skipped"
            await self._note(run, back, part, {"state": state, "why": action.detail, "action": action.id})

    async def _note(self, run: RecoveryRun, back: RollBack, part: Part, entry: dict[str, Json]) -> None:
        now = self.kit.clock.now()
        noted = run.facts.get("back")
        facts: dict[str, Json] = {
            **run.facts,
            "back": {**(noted if isinstance(noted, dict) else {}), part.key: dict(entry)},
        }
        at = now + self._look()
        if entry["state"] != _UNDERWAY:
            at = now + self.kit.lasting(back.every)
            facts["next_at"] = at.isoformat()
        step = next(s for s in run.steps if s.name == part.step)
        async with self.kit.store.write() as tx:
            saved = await changed(self.kit, tx, run, {"facts": facts}, step)
            await soon(self.kit, tx, saved, at)

    async def _over(
        self, run: RecoveryRun, recovery: RecoveryPolicy, scene: Scene, *, kept: bool = False
    ) -> None:
        noted = run.facts.get("back")
        entries = list(noted.values()) if isinstance(noted, dict) else []
        whole = bool(entries) and all(isinstance(e, dict) and e.get("state") == "done" for e in entries)
        code = "kept" if kept else "taken-back" if whole else "partly-back"
        words = self.kit.say(f"recovery-{code}", title=recovery.title.in_language(self.kit.language))
        state = RecoveryState(str(run.facts.get("verdict") or RecoveryState.SUCCEEDED.value))
        async with self.kit.store.write() as tx:
            await ended(self.kit, tx, run, state, f"{run.why} {words}".strip(), recovery)
            await reply(self.kit, tx, scene.incident, f"{run.id}#back", plain(words))

    async def _again(self, at: datetime, run: RecoveryRun) -> None:
        async with self.kit.store.write() as tx:
            await soon(self.kit, tx, run, at)

    def _look(self) -> timedelta:
        return timedelta(seconds=max(1.0, _LOOK_SECONDS * min(1.0, self.kit.time_scale)))


def returning(action: Action, share: int) -> dict[str, int]:
    """Return the weights at which so many percent of what was shifted have returned."""
    before = _weights(action.plan.before.get("weights")) or {}
    after = _weights(action.request.params.get("weights")) or {}
    return {
        name: round(after.get(name, weight) + (weight - after.get(name, weight)) * share / 100)
        for name, weight in before.items()
    }


def _left(run: RecoveryRun, part: Part) -> list[Json]:
    """Return the weights of each rule as the latest of our own moves left them."""
    done = [
        int(share)
        for key, entry in _noted(run).items()
        if (share := key.removeprefix(f"{part.step}@")).isdigit() and entry.get("state") == "done"
    ]
    after = _weights(part.action.request.params.get("weights")) or {}
    last = returning(part.action, max(done)) if done else after
    before = part.action.plan.before.get("weights")
    return [
        {**rule, **last} for rule in (before if isinstance(before, list) else []) if isinstance(rule, dict)
    ]


def _weights(value: Json) -> dict[str, int] | None:
    """Return the weights of a route: one mapping, or one per rule of it as long as they agree."""
    if isinstance(value, list):
        return _weights(value[0]) if value and all(one == value[0] for one in value) else None
    if not isinstance(value, dict) or not value:
        return None
    known = {name: weight for name, weight in value.items() if isinstance(weight, int)}
    return known if len(known) == len(value) else None


def _entry(run: RecoveryRun, part: Part) -> dict[str, Json]:
    return _noted(run).get(part.key, {})


def _noted(run: RecoveryRun) -> dict[str, dict[str, Json]]:
    noted = run.facts.get("back")
    found = noted.items() if isinstance(noted, dict) else ()
    return {key: entry for key, entry in found if isinstance(entry, dict)}


def _taken_back_by(run: RecoveryRun, part: Part, scene: Scene) -> Action | None:
    """Return the action that takes this part back already, proposed by us before a crash or by a person."""
    if part.share is not None:
        return scene.of_origin(f"{ORIGIN}{run.id}#{part.key}")
    if part.action.state is ActionState.UNDONE:
        return part.action
    return next((a for a in reversed(scene.actions) if a.request.undo_of == part.action.id), None)


def _moment(value: Json) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
