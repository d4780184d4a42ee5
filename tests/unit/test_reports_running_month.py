"""The month that still runs: its budgets are those that everybody else is told, with what is to come."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.domain.report import ReportKind
from agent.domain.slo import SloState
from agent.operations.reports.desk import Reports
from agent.policy.reports import ReportPolicy
from tests.support.alerts import shipped_policies
from tests.support.reporting import SHOP, ZONE, KnownObjectives, shop_reads
from tests.support.store import StillClock, store_at

NOW = datetime(2026, 10, 20, 3, tzinfo=UTC)


@dataclass
class AskedObjectives(KnownObjectives):
    """Remembers which objectives were measured in their own period, and at which moment."""

    own: dict[str, datetime | None] = field(default_factory=dict)

    async def state(self, slo: str, at: datetime | None = None) -> SloState:
        self.own[slo] = at
        return await super().state(slo, at)


async def asked(folder: Path, period: str) -> AskedObjectives:
    objectives = AskedObjectives()
    unused: Any = None
    async with store_at(folder) as store:
        desk = Reports(
            store=store,
            reads=shop_reads(NOW),
            objectives=objectives,
            printer=unused,
            rules=lambda: replace(shipped_policies(), reports=ReportPolicy(zone=ZONE)),
            clock=StillClock(NOW),
        )
        await desk.facts(desk.period(ReportKind.MONTHLY, period))
    return objectives


async def test_what_is_to_come_counts_in_the_month_that_runs(tmp_path: Path) -> None:
    objectives = await asked(tmp_path, "2026-10")

    assert {one.name: NOW for one in SHOP} == objectives.own


async def test_a_month_that_is_over_is_measured_as_it_was(tmp_path: Path) -> None:
    objectives = await asked(tmp_path, "2026-09")

    assert {} == objectives.own
    assert {one.name for one in SHOP} == {name for name, _ in objectives.asked}
