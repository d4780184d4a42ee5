"""Guarded recovery where every instance fails: a standby takes over, and traffic returns step by step.

Everything is done by clicks of people in one running demo; what became of it is asked of the world.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.domain.recovery import RecoveryState
from tests.support.clicks import Clicker
from tests.support.traffic import breaks_circuits, proved, serving, traffic_show

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(95),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]
ROUTE = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/checkout"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clicker]:
    async with traffic_show(tmp_path_factory.mktemp("demo")) as clicker:
        yield clicker


async def weights(people: Clicker) -> dict[str, int]:
    """Return how the calls to checkout are split."""
    route = await people.show.world.kube.call("GET", ROUTE)
    return {ref["name"]: ref["weight"] for ref in route["spec"]["rules"][0]["backendRefs"]}


async def test_when_every_instance_fails_the_standby_takes_over_and_traffic_returns_step_by_step(
    people: Clicker,
) -> None:
    world = people.show.world
    for pod in await world.kube.pods("shop"):
        if pod["metadata"]["name"] in serving(people):
            world.runtime.trouble(pod["metadata"]["uid"]).no_files_left = True
    seen: list[int] = []
    async with people.approving():
        await people.until(lambda: proved(people.action("shift_traffic")), "the standby's turn", 240)
        assert {"checkout": 0, "checkout-standby": 100} == await weights(people)
        await world.panel.turn("bad-instance", False)

        async def returned() -> bool:
            share = (await weights(people))["checkout"]
            seen.extend([share] if seen[-1:] != [share] else [])
            return share == 100

        await people.until(returned, "the traffic's return", 240)
        run = await people.ended("high-error-rate", 240)

    assert [0, 25, 50, 100] == seen
    assert RecoveryState.SUCCEEDED is run.state, people.story()
    assert not breaks_circuits(people)
    await people.resolved(run.incident_id)


async def test_nothing_was_refused_and_every_incident_has_one_card(people: Clicker) -> None:
    assert len(people.cards()) == len(people.incidents())
    await people.nothing_refused()
