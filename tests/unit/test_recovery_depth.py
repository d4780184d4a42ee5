"""Which of several unexplained alerts a recovery is about: the one on whose service the others rest."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.alert import AlertRecord
from agent.domain.results import EdgesResult
from agent.execution.depth import TOPOLOGY, deepest_first
from tests.support import readings
from tests.support.reads import ScriptedReads
from tests.support.recoveries import alert

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SERVICES = ("storefront", "checkout", "payment", "catalog")


def alerts(*services: str) -> tuple[AlertRecord, ...]:
    return tuple(alert("HighErrorRate", service, since=NOON) for service in services)


def calling(*edges: tuple[str, str]) -> ScriptedReads:
    return ScriptedReads(NOON).on(TOPOLOGY, readings.found(EdgesResult(edges=edges)))


async def order(reads: ScriptedReads, *services: str) -> list[str | None]:
    return [record.about for record in await deepest_first(reads, alerts(*services))]


async def test_the_called_service_comes_before_its_callers() -> None:
    reads = calling(("storefront", "checkout"), ("checkout", "payment"), ("storefront", "catalog"))

    assert ["checkout", "storefront"] == await order(reads, "storefront", "checkout")
    assert ["payment", "storefront", "checkout"] == await order(reads, "storefront", "checkout", "payment")


async def test_one_service_alone_is_not_looked_into() -> None:
    reads = calling(("storefront", "checkout"))

    assert ["storefront", "storefront"] == await order(reads, "storefront", "storefront")
    assert [] == reads.asked


@pytest.mark.parametrize(
    "reads",
    [ScriptedReads(NOON, unknown={TOPOLOGY}), calling(("a", "b"), ("b", "a"))],
    ids=["unreadable", "in a circle"],
)
async def test_where_nobody_can_tell_the_order_stays(reads: ScriptedReads) -> None:
    assert ["a", "b"] == await order(reads, "a", "b")


@given(
    st.lists(st.sampled_from(SERVICES), max_size=6),
    st.lists(st.tuples(st.sampled_from(SERVICES), st.sampled_from(SERVICES)), max_size=9),
)
async def test_no_alert_is_lost_or_doubled(services: list[str], edges: list[tuple[str, str]]) -> None:
    assert sorted(services) == sorted(str(one) for one in await order(calling(*edges), *services))
