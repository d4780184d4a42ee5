"""When a recovery stops before its last step, and how its end is judged."""

from collections.abc import Iterator
from typing import Literal

from agent.domain.action import Action, ActionState
from agent.domain.recovery import RecoveryRun, RecoveryState, StepState
from agent.execution.scene import Scene
from agent.policy.recoveries import RecoveryPolicy

Stop = Literal["recovered", "frozen", "person_took_over", "cause_changed", "step_failed", "gone"]

_REFUSED = frozenset(
    {
        ActionState.REJECTED,
        ActionState.EXPIRED,
        ActionState.CANCELLED,
        ActionState.FORBIDDEN,
        ActionState.STALE,
        ActionState.SUGGESTED,
    }
)


def stop_reason(
    recovery: RecoveryPolicy, run: RecoveryRun, scene: Scene, *, displaced: bool = False
) -> Stop | None:
    """Return why a run stops now, or None; a step that failed where it must not fail comes first."""
    for step in run.steps:
        policy = recovery.step(step.name)
        if policy is not None and policy.on_failure == "stop" and step.state is StepState.FAILED:
            return "step_failed"
    wanted = recovery.stop_when
    return next((reason for reason in _reasons(run, scene, displaced) if reason in wanted), None)


def _reasons(run: RecoveryRun, scene: Scene, displaced: bool) -> Iterator[Stop]:
    if scene.recovered:
        yield "recovered"
    if scene.freezes:
        yield "frozen"
    if any(_by_person(action, run) for action in scene.actions):
        yield "person_took_over"
    if displaced:
        yield "cause_changed"


def _by_person(action: Action, run: RecoveryRun) -> bool:
    """Say whether a person has an action of their own under way, asked for since the run began."""
    own = action.request.origin == "person" and action.request.replaces is None
    since = action.times.requested_at >= run.started_at
    return own and since and action.state not in _REFUSED


def verdict(run: RecoveryRun, scene: Scene, stop: Stop | None) -> tuple[RecoveryState, str]:
    """Return how a run ends and the code of its reason, `recovery-why-CODE`."""
    done = any(step.state is StepState.DONE and step.action_id for step in run.steps)
    failed = any(step.state is StepState.FAILED for step in run.steps)
    if stop == "recovered" or (stop is None and scene.recovered):
        return RecoveryState.SUCCEEDED, "recovered"
    if stop == "step_failed":
        return RecoveryState.FAILED, "step_failed"
    if stop is not None:
        return RecoveryState.STOPPED, stop
    if not any(step.action_id for step in run.steps):
        code = "nothing_to_do" if any(step.state is StepState.SKIPPED for step in run.steps) else "told"
        return (RecoveryState.STOPPED if code == "nothing_to_do" else RecoveryState.SUCCEEDED), code
    return (RecoveryState.FAILED, "not_recovered") if done or failed else (RecoveryState.STOPPED, "not_run")
