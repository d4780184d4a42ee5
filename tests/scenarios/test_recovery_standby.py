"""Guarded recovery where every instance fails: a standby takes over, and traffic returns step by step.

Everything is done by clicks of people in one running demo; what became of it is asked of the world.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_asyncio

from agent.domain.recovery import RecoveryState
from demo.cluster.storage import Change
from tests.support.clicks import Clicker
from tests.support.traffic import breaks_circuits, proved, serving, traffic_show

pytestmark = [
    pytest.mark.backend,
    pytest.mark.demo,
    pytest.mark.slow(95),
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]
ROUTES = ("gateway.networking.k8s.io", "httproutes")
ROUTE = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/checkout"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clicker]:
    async with traffic_show(tmp_path_factory.mktemp("demo")) as clicker:
        yield clicker


async def weights(people: Clicker) -> dict[str, int]:
    """Return how the calls to checkout are split."""
    return split(await people.show.world.kube.call("GET", ROUTE))


def split(route: dict[str, Any]) -> dict[str, int]:
    return {ref["name"]: ref["weight"] for ref in route["spec"]["rules"][0]["backendRefs"]}


@contextmanager
def shares(people: Clicker) -> Iterator[list[int]]:
    """Note each share of the calls that checkout is given, however short it lasts."""
    seen: list[int] = []

    def note(change: Change) -> None:
        if change.bucket == ROUTES and change.subject["metadata"]["name"] == "checkout":
            share = split(change.subject)["checkout"]
            seen.extend([share] if seen[-1:] != [share] else [])

    stop = people.show.world.cluster.store.listen(note)
    try:
        yield seen
    finally:
        stop()


async def test_when_every_instance_fails_the_standby_takes_over_and_traffic_returns_step_by_step(
    people: Clicker,
) -> None:
    world = people.show.world
    for pod in await world.kube.pods("shop"):
        if pod["metadata"]["name"] in serving(people):
            world.runtime.trouble(pod["metadata"]["uid"]).no_files_left = True
    with shares(people) as seen:
        async with people.approving():
            await people.until(lambda: proved(people.action("shift_traffic")), "the standby's turn", 240)
            assert {"checkout": 0, "checkout-standby": 100} == await weights(people)
            await world.panel.turn("bad-instance", False)
            await people.until(lambda: 100 in seen[seen.index(0) :], "the traffic's return", 240)
            run = await people.ended("high-error-rate", 240)

    assert [0, 25, 50, 100] == seen[seen.index(0) :]
    assert RecoveryState.SUCCEEDED is run.state, people.story()
    assert not breaks_circuits(people)
    await people.resolved(run.incident_id)


async def test_nothing_was_refused_and_every_incident_has_one_card(people: Clicker) -> None:
    await people.one_card_each()
    await people.nothing_refused()
