"""Guarded recovery of what is only slow: a rush on the front page, then a useless cache.

They have a demo of their own, with every rule about speed: other troubles just before would mix with them. The rush
comes first, because what is slow for want of a cache looks slow for a minute longer.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

import demo.world
from agent.domain.recovery import RecoveryRun, RecoveryState, StepState
from demo.show import Show
from tests.support.backends import eventually
from tests.support.clicks import MINA, Clicker
from tests.support.shows import show_settings
from tests.support.without_speed import patient_rules

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(150),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clicker]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.world, "demo_rules", patient_rules)
        async with Show(show_settings(tmp_path_factory.mktemp("show")), say=lambda _: None) as show:
            await eventually(lambda: sum(show.world.users.answers.values()) > 60, within=60)
            yield Clicker(show)


async def test_a_rush_is_answered_by_more_instances_which_leave_when_it_is_over(people: Clicker) -> None:
    usual, before = await replicas(people), len(people.runs())
    await people.show.world.panel.turn("front-page-rush", True)
    button = await people.button_of("scale_workload")
    assert await people.fault("front-page-rush")
    await people.press(MINA, button)
    await people.until(lambda: proved(people), "an end of the waiting")
    await people.over("front-page-rush")
    crowd = people.show.world.rush.present
    more = await replicas(people)
    await people.show.world.panel.turn("front-page-rush", False)
    async with people.approving():
        run = await people.ended("performance-degradation")

    assert crowd, "it does not wait any more, and is still there"
    assert (2, 4, 2) == (usual, more, await replicas(people)), people.story()
    assert RecoveryState.SUCCEEDED is run.state, people.story()
    assert ["performance-degradation"] == [one.recovery for one in people.runs()[before:]]
    assert (StepState.DONE, StepState.DONE) == (step(run, "load"), step(run, "scale-out"))
    await people.resolved(run.incident_id)


async def test_a_cache_that_holds_nothing_of_use_is_flushed(people: Clicker) -> None:
    await people.at_ease()
    await people.show.world.panel.turn("cache-stampede", True)
    async with people.approving():
        run = await people.ended("cache-stampede")

    flush = next(one for one in people.actions() if one.name == "flush_cache_keys")
    assert ("succeeded", "recovered") == (flush.state.value, flush.outcome), people.story()
    assert {"database": 0, "prefix": "catalog:"} == flush.request.params
    assert RecoveryState.SUCCEEDED is run.state
    await people.over("cache-stampede")
    await people.resolved(run.incident_id)
    await people.nothing_refused()


def step(run: RecoveryRun, name: str) -> StepState:
    return next(one.state for one in run.steps if one.name == name)


def proved(people: Clicker) -> bool:
    action = people.action("scale_workload")
    return action is not None and ("succeeded", "recovered") == (action.state.value, action.outcome)


async def replicas(people: Clicker) -> int:
    return int((await people.show.world.kube.deployment("shop", "storefront"))["spec"]["replicas"])
