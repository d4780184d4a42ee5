"""A workload never goes back to a revision from which an action of ours has rolled it away lately."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import pytest_asyncio

from agent.domain.action import Action, ActionState, ActionTimes, Plan
from agent.execution.catalogue_type import Catalogue
from agent.execution.instances import Unresolved
from agent.execution.revisions import KEPT_AWAY, left_by, left_revisions
from agent.execution.selectors import Observed
from tests.support import readings
from tests.support.deeds import sample_action, sample_plan
from tests.support.guarded import Guarded, guarded_at, person
from tests.support.reads import ScriptedReads
from tests.support.recoveries import caused
from tests.support.views import sample_incident
from tests.support.writes import Resize

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
V1, V2 = "payment:v1", "payment:v2"


def roll_back(
    state: ActionState = ActionState.SUCCEEDED, *, ago: timedelta = HOUR, number: int = 7
) -> Action:
    facts = {"revision_before": 2, "revision_after": 1, "image_before": V2, "image_after": V1}
    plan = sample_plan(facts=facts, before={"from": "payment-bad", "to": "payment-good"})
    at = NOON - ago
    times = ActionTimes(requested_at=at, started_at=at, applied_at=at, ended_at=at + timedelta(seconds=60))
    return sample_action(state, number=number, plan=plan).model_copy(update={"times": times})


def back_to(replica_set: str, **target: str) -> Plan:
    plan = sample_plan(before={"from": "payment-good", "to": replica_set})
    return plan.model_copy(update={"target": plan.target.model_copy(update=target)})


def test_what_was_left_is_known_for_days() -> None:
    action = roll_back()

    assert action == left_by([action], back_to("payment-bad"), NOON)
    assert left_by([roll_back(ago=KEPT_AWAY + HOUR)], back_to("payment-bad"), NOON) is None
    assert left_by([action], back_to("payment-good"), NOON) is None
    assert left_by([action], back_to("payment-bad", namespace="other"), NOON) is None
    assert left_by([action], sample_plan(), NOON) is None


@pytest.mark.parametrize("state", [ActionState.UNDONE, ActionState.UNDOING])
def test_what_was_taken_back_left_nothing(state: ActionState) -> None:
    assert left_by([roll_back(state)], back_to("payment-bad"), NOON) is None


def test_what_did_not_run_left_nothing() -> None:
    waiting = sample_action(plan=roll_back().plan, at=NOON)

    assert left_by([waiting], back_to("payment-bad"), NOON) is None
    assert {} == left_revisions([waiting], "payment", NOON)
    assert {2: "A-7"} == left_revisions([roll_back()], "payment", NOON)
    assert {} == left_revisions([roll_back()], "catalog", NOON)


async def previous(*changes: Any, deeds: tuple[Action, ...]) -> Any:
    reads = ScriptedReads(NOON)
    reads.on("incident_responder.pods", readings.pods(readings.pod("payment-7c9b4f6d8-aaaaa", "payment")))
    reads.on("incident_responder.rollouts", readings.changes(*changes))
    observed = Observed(reads, sample_incident(), service="payment", cause=caused(), deeds=deeds, now=NOON)
    return await observed.value("cause.previous_revision")


def deployed(before: str, after: str, revision: int) -> Any:
    return readings.deployment(
        "payment", NOON - HOUR + revision * timedelta(minutes=1), before, after, revision
    )


async def test_a_roll_back_is_not_rolled_back_to_what_it_left() -> None:
    changes = (deployed(V2, V1, 3), deployed(V1, V2, 2))

    with pytest.raises(Unresolved, match="left-revision") as gap:
        await previous(*changes, deeds=(roll_back(),))

    assert {"revision": "2", "action": "A-7"} == gap.value.args_of_reason
    assert 2 == await previous(*changes, deeds=()), "a roll-back by others may have been the mistake"


async def test_a_new_release_after_our_roll_back_goes_back_to_what_ran_well() -> None:
    changes = (deployed(V1, "payment:v3", 4), deployed(V2, V1, 3), deployed(V1, V2, 2))

    assert 3 == await previous(*changes, deeds=(roll_back(),))


class RollBack(Resize):
    """A roll-back in the toy world: its target goes to what `to` says and comes from `from_`."""

    name: ClassVar[str] = "roll_back_workload"
    ways: ClassVar[dict[int, str]] = {1: "web-good", 2: "web-bad"}

    async def plan(self, params: Any, now: datetime) -> Plan:
        plan = await super().plan(params, now)
        way = {"from": self.ways[self.world.sizes[params.name]], "to": self.ways[params.size]}
        return plan.model_copy(update={"before": {**plan.before, **way}})


@pytest_asyncio.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_at(tmp_path) as made:
        made.world.sizes["web"] = 2
        made.desk = made.another_desk(catalogue=Catalogue((RollBack,), {RollBack.name: RollBack(made.world)}))
        yield made


async def rolled(guarded: Guarded, size: int, **more: Any) -> Action:
    action = await guarded.propose(name="roll_back_workload", size=size, **more)
    if action.state is ActionState.WAITING:
        await guarded.approve(action)
        await guarded.run()
    return await guarded.get(action)


@pytest.mark.parametrize("by", ["ops-monitor", "bob"])
async def test_nobody_goes_back_to_what_was_just_left(guarded: Guarded, by: str) -> None:
    first = await rolled(guarded, 1)
    guarded.clock.advance(20 * 60)
    again = await rolled(guarded, 2, by=by)

    assert (ActionState.SUCCEEDED, ActionState.FORBIDDEN) == (first.state, again.state)
    assert again.decision.reasons[0].startswith("A-1 has rolled web away from this very revision"), (
        again.decision.reasons
    )
    assert again.decision.reasons[0].endswith("Take A-1 back if it is wanted after all.")


async def test_taking_the_roll_back_itself_back_is_another_matter(guarded: Guarded) -> None:
    first = await rolled(guarded, 1)
    undo = await guarded.desk.undo(first.id, person("bob"), key="k")
    await guarded.approve(undo)
    await guarded.run()
    away = await guarded.get(first)
    guarded.clock.advance(60)
    fresh = await rolled(guarded, 1)

    assert ActionState.UNDONE is away.state
    assert ActionState.SUCCEEDED is fresh.state, "what was left and taken back may be left again"
