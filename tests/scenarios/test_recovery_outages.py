"""Guarded recovery of outages: a certificate, a crash loop and a noisy neighbour at once; then a service that hangs.

Everything is done by clicks of people in one running demo; what became of it is asked of the world.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.domain.action import Action, ActionState
from agent.domain.recovery import RecoveryRun, RecoveryState, StepState
from tests.support.clicks import Clicker
from tests.support.product import shown
from tests.support.without_speed import steady_show

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(150),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]
TESTS = "/apis/batch/v1/namespaces/shop/cronjobs/shop-checks"

HANGS = "textbook does not answer at all, although its pods are ready: it hangs"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clicker]:
    async with steady_show(tmp_path_factory.mktemp("show")) as clicker:
        yield clicker


def proved(action: Action | None) -> bool:
    return action is not None and (ActionState.SUCCEEDED, "recovered") == (action.state, action.outcome)


def evidence(people: Clicker, run: RecoveryRun) -> list[str]:
    """Return what the reads of a recovery saw."""
    ids = run.facts["evidence"]
    assert isinstance(ids, list)
    return [people.rows("select body from evidence where id = ?", one)[0][0] for one in ids]


def rolled_back(people: Clicker) -> RecoveryRun | None:
    """Return the run that ended the crash loop: the change behind it may be found first, or its effect.

    Both may run, and then the other one ends because nothing is left to do.
    """
    runs = [run for name in ("crash-loop", "bad-deployment") for run in people.runs(name)]
    return next((run for run in runs if run.state is RecoveryState.SUCCEEDED), None)


async def test_three_troubles_at_once_are_three_stories_with_an_end_each(people: Clicker) -> None:
    world = people.show.world
    await world.panel.turn("expiring-certificate", True)
    await world.panel.turn("crash-loop", True)
    await world.panel.turn("noisy-neighbour", True)
    async with people.approving():
        renewal = await people.ended("certificate-expiry", 240)
        loop = await people.until(lambda: rolled_back(people), "the end of the crash loop", 240)
    neighbour = await people.ended("noisy-neighbour")
    await world.panel.turn("noisy-neighbour", False)

    assert proved(people.action("renew_certificate"))
    assert proved(people.action("roll_back_workload", loop.incident_id))
    assert [RecoveryState.SUCCEEDED] * 2 == [renewal.state, loop.state], people.story()
    await people.over("expiring-certificate")
    await people.over("crash-loop")
    handshake = next(step for step in renewal.steps if step.name == "verify-handshake")
    assert (StepState.DONE, True) == (handshake.state, "ends in 90 days and verifies" in handshake.why)
    tests = people.action("schedule_verification", renewal.incident_id)
    assert tests is not None
    assert tests.request.undo_of is not None, "the tests were resumed, and suspended again after their time"
    assert (await world.kube.call("GET", TESTS))["spec"]["suspend"]
    assert any("Cannot load page theme" in said for said in evidence(people, loop))
    assert RecoveryState.SUCCEEDED is neighbour.state
    assert people.actions(neighbour.incident_id) == [], "nobody suffers, so people are only told"
    assert 3 == len({run.incident_id for run in (renewal, loop, neighbour)})
    for run in (renewal, loop, neighbour):
        await people.resolved(run.incident_id)


async def test_a_service_that_hangs_is_told_apart_and_restarted(people: Clicker) -> None:
    await people.at_ease()
    await people.show.world.panel.turn("service-down", True)
    button = await people.button_of("restart_workload")
    await people.until(
        lambda: [card for card in people.cards() if card["ts"] == button[0] and HANGS in shown(card)], HANGS
    )
    async with people.approving():
        run = await people.ended("service-down")
    restart = people.action("restart_workload", run.incident_id)

    assert restart is not None
    assert "textbook" == restart.request.params["name"]
    assert proved(restart), people.story()
    assert RecoveryState.SUCCEEDED is run.state, people.story()
    await people.over("service-down")
    steps = {one.name: one.state for one in run.steps}
    assert (StepState.DONE, StepState.PENDING) == (steps["log-patterns"], steps["roll-back"]), (
        "none was needed"
    )
    await people.resolved(run.incident_id)


async def test_nothing_was_refused_and_every_incident_has_one_card(people: Clicker) -> None:
    await people.one_card_each()
    await people.nothing_refused()
