"""What the daily checks say of services, alerts, metrics, performance and planned work; nothing seen is never fine."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.checklist import ItemState
from agent.domain.deployment import PlannedRelease
from agent.domain.evidence import EvidenceStatus, Reading, Window
from agent.domain.incident import Priority
from agent.domain.recovery import Freeze
from agent.domain.results import Quantity, Series, SeriesResult, TableResult
from agent.domain.slo import SliKind, SloState
from agent.domain.task import Task
from agent.lifecycle import changes
from agent.locale.messages import LANGUAGES
from agent.operations.checks.alerts import AlertsCheck
from agent.operations.checks.engine import CheckKit, Outcome
from agent.operations.checks.metrics import MetricsCheck
from agent.operations.checks.performance import PerformanceCheck
from agent.operations.checks.planned import PlannedCheck
from agent.operations.checks.services import ServicesCheck
from agent.operations.checks.words import detail_words, plain_pen, said
from agent.policy.check_params import (
    AlertsHandled,
    MetricsReview,
    NoParams,
    PerformanceIssues,
    ServicesHealthy,
)
from agent.policy.freezes import FreezePolicy
from agent.store.engine import SqlStore
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock, store_at

NINE = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class House:
    """A store, reads, and the kit of one look."""

    store: SqlStore
    reads: ScriptedReads
    clock: StillClock

    def kit(self, objectives: Any = None, **changes: Any) -> CheckKit:
        return CheckKit(
            checklist="morning:1", due_at=NINE, since=NINE - timedelta(days=1), zone="Asia/Seoul",
            environment="production", store=self.store, reads=self.reads, clock=self.clock,
            policies=replace(shipped_policies(), **changes), objectives=objectives,
        )  # fmt: skip


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with store_at(tmp_path) as store:
        yield House(store, ScriptedReads(NINE), StillClock(NINE))


def words(outcome: Outcome) -> str:
    """Return everything that an outcome says; both languages must know its words."""
    told = {}
    for lang in LANGUAGES:
        pen = plain_pen("Asia/Seoul")
        lines = [said(lang, outcome.message, outcome.args, pen), *detail_words(lang, outcome.details, pen)]
        assert all(lines)
        assert not any("{" in line for line in lines)
        told[lang] = "\n".join(lines)
    return told["en"]


def services(*rows: tuple[str, ...]) -> Reading:
    columns = ("service", "up", "rps", "error_ratio", "p95_seconds")
    return Reading(
        status=EvidenceStatus.SUCCESS, query="up", summary="seen", result=TableResult(columns=columns, rows=rows)
    )  # fmt: skip


async def look_at_services(home: House, **params: Any) -> Outcome:
    return await ServicesCheck().run(home.kit(), ServicesHealthy(**params))


async def test_services_that_are_well(home: House) -> None:
    home.reads.on("metrics_collector.services", services(("payment", "100 %", "2 req/s", "0 %", "40 ms")))

    outcome = await look_at_services(home)

    assert ItemState.OK == outcome.state
    assert "the one service is up" in words(outcome)


async def test_a_service_that_is_down_is_named_with_its_figures(home: House) -> None:
    rows = (("payment", "0 %", "0 req/s", "", ""), ("catalog", "100 %", "2 req/s", "0.1 %", "40 ms"))
    home.reads.on("metrics_collector.services", services(*rows))

    outcome = await look_at_services(home)

    assert (ItemState.ATTENTION, "payment") == (outcome.state, outcome.service)
    assert "1 of 2 services needs a look: payment" in words(outcome)
    assert "payment: up 0%, errors –, P95 –" in words(outcome)


async def test_a_service_without_figures_is_unknown(home: House) -> None:
    home.reads.on("metrics_collector.services", services(("payment", "100 %", "2 req/s", "0 %", "40 ms")))

    outcome = await look_at_services(home, services=("payment", "checkout"))

    assert ItemState.UNKNOWN == outcome.state
    assert "checkout" in words(outcome)


async def test_no_metrics_and_no_answer_are_unknown(home: House) -> None:
    silent = await look_at_services(home)
    home.reads.down["prometheus"] = "Prometheus does not answer."
    away = await look_at_services(home)

    assert [ItemState.UNKNOWN, ItemState.UNKNOWN] == [silent.state, away.state]
    assert "Prometheus does not answer." == away.why


async def incident(
    home: House, title: str, at: datetime, *, by: str | None = None, over: bool = False
) -> None:
    policies = shipped_policies()
    async with home.store.write() as tx:
        one = await changes.declare(
            tx, policies, title=title, service="payment", priority=Priority.P2,
            by="U0MINA0001", at=at, environment="production",
        )  # fmt: skip
        if by:
            await changes.acknowledge(tx, policies, one.id, by=by, at=at + timedelta(minutes=5))
        if over:
            await changes.resolve(tx, policies, one.id, by="U0MINA0001", at=at + timedelta(hours=1))


async def look_at_alerts(home: House) -> Outcome:
    return await AlertsCheck().run(home.kit(), AlertsHandled(since="evening"))


async def test_a_quiet_night(home: House) -> None:
    await incident(home, "yesterday's", EVENING - timedelta(hours=5), over=True)

    outcome = await look_at_alerts(home)

    assert ItemState.OK == outcome.state
    assert "no incident since 2026-11-23 18:00" == words(outcome)


async def test_what_was_answered_or_is_over_is_handled(home: House) -> None:
    await incident(home, "the pool", EVENING + timedelta(hours=1), by="U0JUN00002")
    await incident(home, "the disk", EVENING + timedelta(hours=2), over=True)

    outcome = await look_at_alerts(home)

    assert ItemState.OK == outcome.state
    assert "2 incidents since 2026-11-23 18:00, all handled" in words(outcome)
    assert "U0JUN00002 has it" in words(outcome)
    assert "over after 1 h" in words(outcome)


async def test_what_nobody_answered_is_named_however_old(home: House) -> None:
    await incident(home, "an old one", EVENING - timedelta(days=3))
    await incident(home, "the pool", EVENING + timedelta(hours=1), by="U0JUN00002")

    outcome = await look_at_alerts(home)

    assert ItemState.ATTENTION == outcome.state
    assert "1 incident has no answer yet (2 since" in words(outcome)
    assert words(outcome).splitlines()[1].startswith("INC-1 P2 an old one: nobody has answered for 3 d")


def value(number: float, unit: str = "ratio") -> Reading:
    window = Window(start=NINE - timedelta(days=1), end=NINE)
    return Reading(
        status=EvidenceStatus.SUCCESS, query="q", summary="s", window=window, value=Quantity(value=number, unit=unit)
    )  # fmt: skip


def figures(home: House, signal: str, today: float, yesterday: float, week: float) -> None:
    for days, number in ((0, today), (1, yesterday), (7, week)):
        end = (NINE - timedelta(days=days)).isoformat()
        home.reads.on("metrics_collector.period", value(number), signal=signal, end=end)


@dataclass
class Promised:
    """Answers for the objectives."""

    found: list[SloState]

    def all(self) -> Any:
        return [type("Slo", (), {"name": one.slo, "kind": SliKind.LATENCY})() for one in self.found]

    async def states(self, service: str | None = None, at: Any = None) -> Any:
        return self.found


def state(name: str, sli: float | None, spent: float | None) -> SloState:
    status = EvidenceStatus.NO_DATA if sli is None else EvidenceStatus.SUCCESS
    return SloState(
        slo=name, service="payment", target=0.999, status=status, at=NINE, sli=sli, spent=spent,
        window=Window(start=NINE - timedelta(days=23), end=NINE),
    )  # fmt: skip


async def test_a_day_like_others(home: House) -> None:
    figures(home, "request_rate", 12.0, 11.0, 12.5)
    figures(home, "server_error_ratio", 0.001, 0.001, 0.002)
    figures(home, "latency_p95", 0.2, 0.21, 0.2)
    promised = Promised([state("payment-availability", 0.9995, 0.5)])

    outcome = await MetricsCheck().run(home.kit(promised), MetricsReview())

    assert ItemState.OK == outcome.state
    assert "P95 latency: 200 ms (yesterday 210 ms, a week ago 200 ms)" in words(outcome)


async def test_a_worse_day_and_a_missed_promise(home: House) -> None:
    figures(home, "request_rate", 12.0, 11.0, 12.5)
    figures(home, "server_error_ratio", 0.02, 0.001, 0.002)
    figures(home, "latency_p95", 0.25, 0.21, 0.2)
    promised = Promised([state("payment-availability", 0.99, 1.4), state("catalog-latency", 0.9991, 0.9)])

    outcome = await MetricsCheck().run(home.kit(promised), MetricsReview(worse_by_percent=30))

    assert (ItemState.ATTENTION, "payment") == (outcome.state, outcome.service)
    assert "1 of 2 objectives missed, 1 key figures worse" in words(outcome)
    assert "failed requests: 2%, yesterday 0.1%, a week ago 0.2%" in words(outcome)
    assert "catalog-latency: 90% of the budget spent" in words(outcome)


async def test_what_was_not_measured_is_unknown_and_named(home: House) -> None:
    outcome = await MetricsCheck().run(
        home.kit(Promised([state("payment-availability", None, None)])), MetricsReview()
    )

    assert ItemState.UNKNOWN == outcome.state
    assert "payment-availability" in words(outcome)


async def test_requests_alone_say_nothing_of_errors(home: House) -> None:
    figures(home, "request_rate", 12.0, 11.0, 12.5)
    outcome = await MetricsCheck().run(home.kit(Promised([])), MetricsReview())

    assert ItemState.UNKNOWN == outcome.state
    assert "server_error_ratio, latency_p95" in words(outcome)


async def test_an_objective_that_could_not_be_asked_for_may_be_the_one_that_is_missed(home: House) -> None:
    for signal in ("request_rate", "server_error_ratio", "latency_p95"):
        figures(home, signal, 0.1, 0.1, 0.1)
    away = state("payment-availability", None, None).model_copy(update={"status": EvidenceStatus.ERROR})
    outcome = await MetricsCheck().run(home.kit(Promised([away])), MetricsReview())

    assert ItemState.UNKNOWN == outcome.state
    assert "payment-availability" in words(outcome)


async def test_metrics_that_do_not_answer_are_unknown(home: House) -> None:
    home.reads.down["prometheus"] = "Prometheus does not answer."

    looks: Any = ((MetricsCheck(), MetricsReview()), (PerformanceCheck(), PerformanceIssues()))
    for check, params in looks:
        outcome = await check.run(home.kit(), params)

        assert (ItemState.UNKNOWN, "Prometheus does not answer.") == (outcome.state, outcome.why)


def speeds(**found: float) -> Reading:
    series = tuple(Series(labels={"of": name}, points=((1.0, p95),)) for name, p95 in found.items())
    return replaced(value(0.1), SeriesResult(signal="latency_p95", unit="seconds", series=series))


def replaced(reading: Reading, result: SeriesResult) -> Reading:
    return reading.model_copy(update={"result": result})


async def test_the_slowest_are_named(home: House) -> None:
    home.reads.on("metrics_collector.period", speeds(payment=0.9, catalog=0.1, checkout=0.6))

    slow = await PerformanceCheck().run(home.kit(), PerformanceIssues(p95_above_seconds=0.5))
    well = await PerformanceCheck().run(home.kit(), PerformanceIssues(p95_above_seconds=2))
    promised = Promised([state("checkout-latency", 0.9, 2.0)])
    missed = await PerformanceCheck().run(home.kit(promised), PerformanceIssues(p95_above_seconds=2))

    assert ItemState.ATTENTION == slow.state
    assert ["2 services slower than 500 ms at P95", "payment: P95 900 ms", "checkout: P95 600 ms"] == words(
        slow
    ).split("\n")
    assert ItemState.OK == well.state
    assert "the slowest is payment with 900 ms" in words(well)
    assert ItemState.ATTENTION == missed.state
    assert "checkout-latency: 90% of requests are fast enough, 99.9% are promised" in words(missed)


async def test_no_latency_is_no_data(home: House) -> None:
    assert ItemState.UNKNOWN == (await PerformanceCheck().run(home.kit(), PerformanceIssues())).state


async def test_tomorrow_s_plans(home: House) -> None:
    freezes = FreezePolicy.model_validate_json(
        '{"zone": "Asia/Seoul", "business_hours": {"days": ["mon"], "from": "09:00", "to": "18:00"},'
        ' "windows": [{"name": "the sale", "once": {"from": "2026-11-25 10:00", "to": "2026-11-25 11:00"}}]}'
    )
    async with home.store.write() as tx:
        until = NINE + timedelta(days=2)
        one = Freeze(id="f1", since=NINE, until=until, by="U0MINA0001", reason="the fair")
        await tx.brakes.freeze(one)
        due = NINE + timedelta(days=1, hours=3)
        task = Task(id="t1", number=1, at=NINE, text="renew it", by="U0MINA0001", due_at=due)
        await tx.tasks.create(task)
        for key, day, state in (("a", 1, "planned"), ("b", 2, "planned"), ("c", 1, "dropped")):
            plan = {"service": f"shop-{key}", "environment": "production", "release": "2.0", "state": state}
            at = NINE + timedelta(days=day)
            await tx.planned_releases.add_once(PlannedRelease(id=key, number=0, at=at, actor="Mina", **plan))

    outcome = await PlannedCheck().run(home.kit(freezes=freezes), NoParams())

    assert ItemState.OK == outcome.state
    told = words(outcome)
    for line in (
        "4 things for 2026-11-25",
        "release: shop-a 2.0 by Mina",
        "freeze: the sale",
        "U0MINA0001",
        "the fair",
        "T-1: renew it",
    ):
        assert line in told
    assert "shop-b" not in told
    assert "shop-c" not in told


async def test_nothing_planned(home: House) -> None:
    outcome = await PlannedCheck().run(home.kit(), NoParams())

    assert "nothing is planned for 2026-11-25" == words(outcome)
