"""Guarded recovery of a useless cache, in a demo of its own: other troubles just before it would mix with it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from agent.domain.recovery import RecoveryState
from demo.settings import DemoSettings
from demo.show import Show
from tests.support.backends import eventually
from tests.support.clicks import Clicker

pytestmark = [
    pytest.mark.backend,
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clicker]:
    settings = DemoSettings(home=tmp_path_factory.mktemp("show")).with_free_ports()
    async with Show(settings, say=lambda _: None) as show:
        await eventually(lambda: sum(show.world.users.answers.values()) > 60, within=60)
        yield Clicker(show)


async def test_a_cache_that_holds_nothing_of_use_is_flushed(people: Clicker) -> None:
    await people.show.world.panel.turn("cache-stampede", True)
    async with people.approving():
        run = await people.ended("cache-stampede")

    flush = next(one for one in people.actions() if one.name == "flush_cache_keys")
    assert ("succeeded", "recovered") == (flush.state.value, flush.outcome), people.story()
    assert {"database": 0, "prefix": "catalog:"} == flush.request.params
    assert RecoveryState.SUCCEEDED is run.state
    assert not await people.fault("cache-stampede")
    await people.resolved(run.incident_id)
