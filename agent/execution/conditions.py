"""Whether a step of a recovery is wanted now, by its `when` and its `unless`."""

from agent.domain.recovery import RecoveryRun, StepState
from agent.execution.instances import Unresolved
from agent.execution.scene import RecoveryKit, Scene
from agent.execution.selectors import Observed
from agent.execution.triggers import caused, signal_series
from agent.policy.recoveries import Clause, Step, StepCondition


async def wanted(kit: RecoveryKit, step: Step, run: RecoveryRun, scene: Scene, observed: Observed) -> bool:
    """Say whether everything of a step's `when` holds and not everything of its `unless`."""
    if step.when is not None and not await _holds(kit, step.when, run, scene, observed):
        return False
    return step.unless is None or not await _holds(kit, step.unless, run, scene, observed)


async def _holds(
    kit: RecoveryKit, condition: StepCondition, run: RecoveryRun, scene: Scene, observed: Observed
) -> bool:
    if condition.cause is not None and not caused(_named(condition.cause), scene):
        return False
    done = {step.name for step in run.steps if step.state is StepState.DONE}
    if condition.done is not None and not set(condition.done) <= done:
        return False
    try:
        for reference in condition.observed or ():
            await observed.value(reference[1:])
        if condition.replicas_over is not None:
            replicas = await observed.value("service.replicas")
            if not isinstance(replicas, int) or replicas <= condition.replicas_over:
                return False
    except Unresolved:
        return False
    if condition.signal is None:
        return True
    service = str(run.facts.get("service") or "")
    series = await signal_series(kit.reads, condition.signal.name, service)
    return any(one.points and condition.signal.crossed(one.points[-1][1]) for one in series)


def _named(causes: tuple[str, ...]) -> Clause:
    return Clause.model_validate({"cause": causes})
