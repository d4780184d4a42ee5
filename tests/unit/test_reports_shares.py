"""The shares of incidents in an agreement's down time: what each holds, what none explains, and what could not be read."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.evidence import Window
from agent.domain.report import ReportKind
from agent.domain.slo import SloState
from agent.errors import Unavailable
from agent.operations.reports.desk import Reports
from agent.operations.reports.model import TableBlock
from agent.store.engine import SqlStore
from tests.support.alerts import shipped_policies
from tests.support.reporting import AFTER, KnownObjectives, incident, shop_reads
from tests.support.store import StillClock, store_at

MONTH = datetime(2026, 10, 1, 1, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        yield opened


async def shares(store: SqlStore, objectives: KnownObjectives) -> list[tuple[str, ...]]:
    """Return the rows of the table of shares: who, the share, and the time."""
    printer: Any = None
    desk = Reports(store, shop_reads(), objectives, printer, shipped_policies, StillClock(AFTER))
    facts, before = await desk.facts(desk.period(ReportKind.SLA, "2026-10"))
    report = desk.build(facts, before, "en")
    blocks = [block for section in report.sections for block in section.blocks]
    [table] = [
        one for one in blocks if isinstance(one, TableBlock) and "share" in " ".join(one.columns).lower()
    ]
    return [(row[0].partition(" ·")[0], *row[2:]) for row in table.rows]


class KnownTroubles(KnownObjectives):
    """Nothing but what was bad at known moments: so many events each."""

    def __init__(self, bad: dict[datetime, float]) -> None:
        super().__init__()
        self._bad = bad

    async def over(self, slo: str, window: Window) -> SloState:
        state = await super().over(slo, window)
        bad = sum(count for at, count in self._bad.items() if window.start <= at < window.end)
        return state.model_copy(update={"bad": bad, "bad_seconds": bad * 10})


async def test_each_incident_has_its_share_of_the_down_time(store: SqlStore) -> None:
    at = [MONTH + timedelta(days=n) for n in (2, 5, 9)]
    for begun, service in ((at[0], "checkout"), (at[1], "checkout"), (at[1], "payment")):
        await incident(store, begun, service=service, minutes=20)
    # It began in the month before and lasted into this one.
    await incident(store, MONTH - timedelta(days=3), service="checkout", minutes=60 * 24 * 4)
    bad = {at[0]: 30.0, at[1]: 50.0, at[2]: 15.0, MONTH + timedelta(hours=3): 5.0}

    assert [
        ("INC-2", "50%", "8 min 20 s"),
        ("INC-1", "30%", "5 min"),
        ("INC-4", "5%", "50 s"),
        ("while no known incident lasted", "15%", "2 min 30 s"),
    ] == await shares(store, KnownTroubles(bad))


async def test_a_share_that_could_not_be_read_is_no_share(store: SqlStore) -> None:
    class Torn(KnownTroubles):
        async def over(self, slo: str, window: Window) -> SloState:
            if window.end - window.start < timedelta(days=2):
                raise Unavailable("Prometheus is away.", backend="prometheus")
            return await super().over(slo, window)

    await incident(store, MONTH + timedelta(days=2), service="checkout")
    objectives = Torn({MONTH + timedelta(days=2): 9.0})

    assert [("INC-1", "no data", "no data")] == await shares(store, objectives)
