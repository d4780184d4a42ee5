"""Guarded recovery of workloads: a bad deployment, an exhausted pool, a memory leak.

Everything is done by clicks of people in one running demo; what became of it is asked of the world.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from agent.domain.action import Action, ActionState
from agent.domain.audit import AuditKind
from agent.domain.recovery import RecoveryRun, RecoveryState
from tests.support.clicks import MINA, SAM, Clicker
from tests.support.product import shown
from tests.support.without_speed import steady_show

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(180),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]
Json = dict[str, Any]
REJECT = "action.reject"
SETTINGS = "/api/v1/namespaces/shop/configmaps/shop-settings"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clicker]:
    async with steady_show(tmp_path_factory.mktemp("show")) as clicker:
        yield clicker


async def version(people: Clicker) -> str:
    """Return the image that payment is asked to run."""
    found = await people.show.world.kube.deployment("shop", "payment")
    return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


async def replicas(people: Clicker, name: str) -> int:
    return int((await people.show.world.kube.deployment("shop", name))["spec"]["replicas"])


async def pool_size(people: Clicker) -> str:
    """Return the size of payment's pool as it is configured."""
    return str((await people.show.world.kube.call("GET", SETTINGS))["data"]["DB_POOL_MAX"])


def how(action: Action | None) -> tuple[str, str]:
    return (action.state.value, action.outcome) if action is not None else ("", "")


def steps(run: RecoveryRun) -> dict[str, str]:
    return {step.name: step.state.value for step in run.steps}


async def over(people: Clicker, run: RecoveryRun) -> None:
    """Wait until a run's incident is resolved on its one card."""
    incident = await people.resolved(run.incident_id)
    await people.until(lambda: people.card(incident)["text"].startswith("🟢"), "a green card")
    await people.one_card_each()


async def test_a_bad_deployment_is_offered_to_be_taken_back_with_all_that_would_change(
    people: Clicker,
) -> None:
    await people.show.world.panel.turn("bad-deployment", True)
    button = await people.button_of("roll_back_workload")
    said = shown(next(card for card in people.cards() if card["ts"] == button[0]))

    assert "payment v2 → v1" in said
    assert "payment:v2" in said, "the dry run's difference"
    assert "@sre-oncall" in said or "S0SREONC01" in said


async def test_who_is_in_no_group_is_refused_and_only_he_reads_it(people: Clicker) -> None:
    button = await people.button_of("roll_back_workload")
    told = await people.refused(SAM, button)

    assert "sre-oncall" in told
    assert ActionState.WAITING is next(a for a in people.actions() if a.id == button[1]).state
    assert AuditKind.VOTE_REFUSED in [event.kind for event in await people.audit()]


async def test_a_click_for_what_has_changed_meanwhile_runs_nothing_and_a_new_card_comes(
    people: Clicker,
) -> None:
    button = await people.button_of("roll_back_workload")
    quicker = {"name": "payment", "env": [{"name": "RETRIES", "value": "5"}]}
    change = {"spec": {"template": {"spec": {"containers": [quicker]}}}}
    await people.show.world.kube.patch_deployment("shop", "payment", change)
    await people.refused(MINA, button)
    old = next(one for one in people.actions() if one.id == button[1])
    new = await people.until(lambda: replacement(people, old), "a new action in place of the old one")

    assert ("stale", "target-changed") == how(old)
    assert "payment:v2" in await version(people)
    button = await people.button_of("roll_back_workload")
    assert new.id == button[1]
    assert old.handle in shown(next(card for card in people.cards() if card["ts"] == button[0]))


def replacement(people: Clicker, old: Action) -> Action | None:
    return next((one for one in people.actions() if one.request.replaces == old.id), None)


async def test_the_click_of_an_engineer_on_call_ends_it(people: Clicker) -> None:
    async with people.approving():
        run = await people.ended("bad-deployment")
    action = people.action("roll_back_workload")

    assert ("succeeded", "recovered") == how(action), people.story()
    assert RecoveryState.SUCCEEDED is run.state
    assert "payment:v1" in await version(people)
    await people.over("bad-deployment")
    await over(people, run)


async def test_a_leak_is_given_room_and_then_restarted_away(people: Clicker) -> None:
    await people.show.world.panel.turn("memory-leak", True)
    async with people.approving():
        await people.step_begun("high-memory", "restart-least-used")
        assert 4 == await replicas(people, "catalog")
        run = await people.ended("high-memory")

    assert ("succeeded", "recovered") == how(people.action("restart_workload")), people.story()
    await people.over("memory-leak")
    assert {
        "scale-out": "done",
        "restart-least-used": "done",
        "clear-cache": "skipped",
        "notify-on-call": "done",
    } == steps(run)
    await over(people, run)


async def test_the_room_is_taken_away_again_when_its_time_is_over(people: Clicker) -> None:
    [run] = people.runs("high-memory")

    assert RecoveryState.SUCCEEDED is run.state
    assert ("undone", "undone-by-person") == how(first(people, "scale_workload"))
    assert 2 == await replicas(people, "catalog")


def first(people: Clicker, name: str) -> Action:
    return next(one for one in people.actions() if one.name == name)


async def test_an_exhausted_pool_is_made_larger_and_whoever_holds_it_is_ended(people: Clicker) -> None:
    before = await pool_size(people)
    await people.show.world.panel.turn("pool-exhaustion", True)
    async with people.approving():
        run = await people.ended("connection-pool-exhaustion")

    ended = people.action("end_queries")
    assert ended is not None, people.story()
    assert ActionState.SUCCEEDED is ended.state, people.story()
    # On a busy machine the database looks slow first, and the recovery of that ends the same queries.
    if f"recovery:{run.id}#end-long-queries" == ended.request.origin:
        assert ("recovered", RecoveryState.SUCCEEDED) == (ended.outcome, run.state)
    assert ("undone", "undone-by-person") == how(first(people, "set_config_key"))
    assert {"value": str(2 * int(before))}.items() <= first(people, "set_config_key").request.params.items()
    assert before == await pool_size(people)
    await people.over("pool-exhaustion")
    await over(people, run)


async def test_nothing_was_refused_and_the_record_of_it_all_is_whole(people: Clicker) -> None:
    await people.at_ease()
    await people.nothing_refused()
    kinds = {event.kind for event in await people.audit()}

    assert {AuditKind.REQUESTED, AuditKind.VOTED, AuditKind.STARTED, AuditKind.VERIFIED} <= kinds
