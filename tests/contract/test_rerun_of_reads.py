"""Re-run over the real reads: whatever the tools can read, they can read again, and the past stays what it was."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.brain.toolbelt import Toolbelt
from agent.domain.evidence import ReadRequest
from agent.operations.rerun import Rerunner
from tests.contract.test_toolbelt import NOW, RELEASE, FakePainter, HandClock, connections
from tests.support.store import store_at
from tools.connectors.memory_shop import bad_release, healthy_shop

READS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("metrics_collector.signal", {"signal": "server_error_ratio", "service": "payment"}),
    ("metrics_collector.compare", {"signals": ["server_error_ratio"], "service": "payment"}),
    ("log_analyzer.patterns", {"service": "payment"}),
    ("log_analyzer.search", {"service": "payment", "minutes": 10}),
    ("incident_responder.rollouts", {"service": "payment"}),
    ("incident_responder.pods", {"service": "payment"}),
    ("alert_manager.firing", {"service": "payment"}),
)


@pytest.fixture
async def belt() -> AsyncIterator[tuple[Toolbelt, HandClock]]:
    world = healthy_shop(NOW)
    bad_release(world, "payment", RELEASE, now=NOW)
    clock = HandClock()
    made = Toolbelt(connections(world), clock, painter=FakePainter(), timeout_seconds=30)
    yield made, clock
    await made.close()


@pytest.mark.parametrize(("tool", "params"), READS)
async def test_the_same_window_says_the_same_and_later_is_read_up_to_now(
    tmp_path: Path, belt: tuple[Toolbelt, HandClock], tool: str, params: dict[str, Any]
) -> None:
    reads, clock = belt
    old = await reads.run(ReadRequest(tool=tool, params=params), incident_id="i1")
    assert old.ok, old.error or old.reading.summary
    clock.time = NOW + timedelta(minutes=7)
    async with store_at(tmp_path) as store:
        async with store.write() as tx:
            await tx.evidence.add(old)
        [run] = await Rerunner(store, reads, clock).again("i1", [old.id], "U1")

    assert None is run.now.error
    assert clock.time == run.now.observed_at
    if run.again is not None:
        assert run.again not in run.unlike
        assert old.reading.window == run.again.reading.window
        assert run.now.reading.window is not None
        assert clock.time == run.now.reading.window.end
    assert (run.again is None) == (tool in ("incident_responder.pods", "alert_manager.firing"))


async def test_a_backend_that_is_gone_is_told_as_such(
    tmp_path: Path, belt: tuple[Toolbelt, HandClock]
) -> None:
    reads, clock = belt
    old = await reads.run(
        ReadRequest(tool="metrics_collector.query", params={"promql": "sum(rate(no_such_thing[5m]))"}),
        incident_id="i1",
    )
    async with store_at(tmp_path) as store:
        async with store.write() as tx:
            await tx.evidence.add(old)
        [run] = await Rerunner(store, reads, clock).again("i1", [old.id], "U1")

    assert (old.error, old.status) == (run.now.error, run.now.status)
    assert run.now not in run.unlike
