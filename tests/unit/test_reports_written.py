"""Reports from a known October: what they count, against which target, and what they say when nothing is known."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.cron import CronMark
from agent.domain.incident import Priority
from agent.domain.report import Figure, ReportKind
from agent.domain.update import UpdateState
from agent.lifecycle import tasks
from agent.operations.reports.desk import Reports
from agent.operations.reports.model import CasesBlock, PointsBlock, Report, TableBlock
from agent.policy.load import Policies
from agent.policy.reports import ReportPolicy
from agent.store.engine import SqlStore
from tests.support.alerts import shipped_policies
from tests.support.people import sample_update
from tests.support.reads import ScriptedReads
from tests.support.reporting import AFTER, ZONE, KnownObjectives, follow_up, incident, october, shop_reads
from tests.support.store import StillClock, store_at

MONTH = datetime(2026, 10, 1, 1, tzinfo=UTC)
RULES = {
    "zone": ZONE,
    "planned": [
        {"on": "2026-10-31", "what": {"en": "over by then", "ko": "이미 지난 작업"}},
        {"on": "2026-12-01", "what": {"en": "PostgreSQL 18", "ko": "PostgreSQL 18 업그레이드"}},
    ],
}


class NoPrinter:
    """Prints nothing, quickly."""

    async def pdf(self, document: Any) -> bytes:
        return json.dumps(document).encode()

    async def pictures(self, document: Any, *, density: int = 110) -> list[bytes]:
        return []


def rules() -> Policies:
    return replace(shipped_policies(), reports=ReportPolicy.model_validate_json(json.dumps(RULES)))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with store_at(tmp_path) as opened:
        yield opened


def desk(
    store: SqlStore,
    *,
    now: datetime = AFTER,
    objectives: KnownObjectives | None = None,
    reads: ScriptedReads | None = None,
) -> Reports:
    return Reports(
        store=store,
        reads=reads or shop_reads(now),
        objectives=objectives or KnownObjectives(),
        printer=NoPrinter(),
        rules=rules,
        clock=StillClock(now),
    )


async def written(
    reports: Reports, kind: ReportKind = ReportKind.MONTHLY, period: str = "", lang: Any = "en"
) -> Report:
    facts, before = await reports.facts(reports.period(kind, period))
    return reports.build(facts, before, lang)


def figure(report: Report, name: str) -> Figure:
    found = report.figure(name)
    assert found is not None
    return found


async def test_the_success_figures_of_a_known_month(store: SqlStore) -> None:
    await october(store)
    report = await written(desk(store))
    # 17 incidents: one a false alarm, so 16 are judged for detection, of which a person declared one.
    assert pytest.approx(15 / 16) == figure(report, "early").value
    # Of 15 that alerts opened and that ended, one was called a false alarm.
    assert pytest.approx(1 / 15) == figure(report, "false").value
    assert 60 == figure(report, "mttd").value
    # One is open still, beyond the time of its route.
    assert pytest.approx(16 / 17) == figure(report, "mttr").value
    assert 2 == figure(report, "felt").value
    assert pytest.approx(0.9969) == figure(report, "sla").value
    assert pytest.approx(31 * 86_400 * 0.0014) == figure(report, "downtime").value
    assert pytest.approx(3.1) == figure(report, "budget").value
    judged = {name: figure(report, name).met for name in ("early", "false", "mttd", "mttr", "felt", "sla")}
    assert {"early": False, "false": False, "mttd": True, "mttr": False, "felt": True, "sla": False} == judged


async def test_the_seeds_template_has_its_five_parts_and_the_month_before_beside_each_figure(
    store: SqlStore,
) -> None:
    await october(store)
    report = await written(desk(store))
    names = [section.name for section in report.sections]
    assert [
        "availability",
        "performance",
        "resources",
        "incidents",
        "improvements",
        "success",
        "how",
    ] == names
    assert pytest.approx(0.187) == figure(report, "latency").value
    assert pytest.approx(0.52) == figure(report, "p95").value
    assert pytest.approx(0.45) == figure(report, "cpu").value
    assert pytest.approx(0.25) == figure(report, "storage").value
    assert all(line.before is not None for line in report.figures())
    before = {line.figure.name: line.before for line in report.figures()}["incidents"]
    assert before is not None
    assert 3 == before.value
    assert datetime(2026, 8, 31, 15, tzinfo=UTC) == before.window_start


async def test_every_figure_says_how_it_was_computed_and_over_which_window(store: SqlStore) -> None:
    await october(store)
    report = await written(desk(store), lang="ko")
    for line in report.figures():
        assert line.figure.how
        assert "{" not in line.figure.how
        assert datetime(2026, 9, 30, 15, tzinfo=UTC) == line.figure.window_start
        assert datetime(2026, 10, 31, 15, tzinfo=UTC) == line.figure.window_end


async def test_an_incident_belongs_to_the_day_of_the_teams_zone(store: SqlStore) -> None:
    # 23:30 in Seoul on 31 October, and half an hour after midnight on 1 November.
    await incident(store, datetime(2026, 10, 31, 14, 30, tzinfo=UTC))
    await incident(store, datetime(2026, 10, 31, 15, 30, tzinfo=UTC))
    assert 1 == figure(await written(desk(store)), "incidents").value


async def test_nothing_known_is_said_and_never_filled_in(store: SqlStore) -> None:
    silent = KnownObjectives(shares={})
    report = await written(desk(store, objectives=silent, reads=ScriptedReads(AFTER)))
    for name in ("availability", "downtime", "latency", "p95", "requests", "cpu", "memory", "storage"):
        found = figure(report, name)
        assert found.value is None, name
        assert found.why_not, name
        assert found.met is None, name
    for name in ("early", "false", "mttd", "mttr", "sla", "budget"):
        assert figure(report, name).value is None
    # Nobody kept a record then: that there was no incident is not known either.
    for name in ("incidents", "felt"):
        assert (figure(report, name).value, figure(report, name).met) == (None, None)
        assert "no record" in figure(report, name).why_not
    assert not any("No incident was opened" in one for one in report.headline)


async def test_a_quiet_month_of_a_bot_that_was_there_has_no_incident(store: SqlStore) -> None:
    async with store.write() as tx:
        mark = CronMark(id="check:morning", number=0, at=MONTH, schedule="0 9 * * * UTC", settled_at=MONTH)
        await tx.cron.add_once(mark)
    october, september = await written(desk(store)), await written(desk(store), period="2026-09")

    assert (0, 0) == (figure(october, "incidents").value, figure(october, "felt").value)
    assert figure(september, "incidents").value is None


async def test_a_store_that_cannot_be_asked_is_named(store: SqlStore) -> None:
    reads = ScriptedReads(AFTER, down={"prometheus": "Prometheus did not answer in time."})
    broken = KnownObjectives(error="Prometheus did not answer in time.")
    report = await written(desk(store, objectives=broken, reads=reads))
    for name in ("availability", "sla", "budget", "latency", "requests", "cpu", "storage"):
        assert "Prometheus did not answer" in figure(report, name).why_not, name


async def test_a_month_that_is_not_over_says_so_and_is_counted_until_now(store: SqlStore) -> None:
    now = datetime(2026, 10, 10, 3, tzinfo=UTC)
    await incident(store, MONTH + timedelta(days=2))
    report = await written(desk(store, now=now), period="2026-10")
    assert report.so_far
    assert "so far" in report.subtitle
    assert now == report.end
    # A target for a month is none for ten days.
    assert figure(report, "downtime").target is None
    assert figure(report, "felt").target is None


async def test_muted_incidents_are_false_alarms_only_when_nobody_did_anything(store: SqlStore) -> None:
    await incident(store, MONTH, muted=True)
    await incident(store, MONTH + timedelta(days=1), muted=True, why="restarted it")
    await incident(store, MONTH + timedelta(days=2))
    report = await written(desk(store))
    assert pytest.approx(1 / 3) == figure(report, "false").value


async def test_those_that_missed_their_target_count_against_resolution(store: SqlStore) -> None:
    await incident(store, MONTH, priority=Priority.P0, minutes=61)
    await incident(store, MONTH + timedelta(days=1), priority=Priority.P0, minutes=60)
    await incident(store, MONTH + timedelta(days=2), priority=Priority.P1, minutes=None)
    # The last one is beyond its time, and not over yet.
    assert pytest.approx(1 / 3) == figure(await written(desk(store)), "mttr").value


async def test_an_open_incident_that_has_time_left_is_not_judged(store: SqlStore) -> None:
    await incident(store, AFTER - timedelta(hours=3), priority=Priority.P0, minutes=60)
    await incident(store, AFTER - timedelta(minutes=59), priority=Priority.P0, minutes=None)
    assert 1.0 == figure(await written(desk(store), period="2026-11"), "mttr").value


async def test_main_incidents_come_worst_first_with_cause_and_cure(store: SqlStore) -> None:
    await october(store)
    report = await written(desk(store))
    cases = _block(report, "incidents", CasesBlock)
    assert ["P0", "P1"] == [one.priority for one in cases.cases[:2]]
    assert 17 - len(cases.cases) == cases.left_out
    # From the beginning of the trouble, a minute before the incident, to its end.
    assert ["19 min", "43 min"] == [dict(one.facts)["Lasted"] for one in cases.cases[:2]]
    cures = dict(cases.cases[0].sentences)
    assert "restarted the cache" in cures["Solution"]


async def test_improvements_are_what_was_done_and_what_is_planned(store: SqlStore) -> None:
    await october(store)
    report = await written(desk(store), lang="ko")
    done, planned = (block for block in _section(report, "improvements") if isinstance(block, PointsBlock))
    assert ["T-1 완료: Alert on connections of the pool"] == list(done.points)
    assert "2026-12-01: PostgreSQL 18 업그레이드" == planned.points[0]
    assert 2 == len(planned.points)


async def test_a_follow_up_counts_in_the_month_in_which_it_was_done(store: SqlStore) -> None:
    one = await incident(store, MONTH)
    await follow_up(store, one, "later", MONTH, done=MONTH + timedelta(days=40))
    report = await written(desk(store, now=AFTER + timedelta(days=40)), period="2026-10")
    done = next(block for block in _section(report, "improvements") if isinstance(block, PointsBlock))
    assert "T-1" not in " ".join(done.points)


async def test_only_follow_ups_are_improvements(store: SqlStore) -> None:
    one = await incident(store, MONTH)
    async with store.write() as tx:
        chore = await tasks.add(
            tx, rules(), one, text="Call the bank", by="U1", at=MONTH, key="t", owner="U1"
        )
        await tasks.finish(tx, rules(), chore.id, by="U1", at=MONTH + timedelta(hours=1))
    report = await written(desk(store), period="2026-10")

    assert "Call the bank" not in report.model_dump_json()


@pytest.mark.parametrize(
    ("change", "felt"),
    [
        ({}, 1),
        ({"public": False}, 0),
        ({"state": UpdateState.WITHDRAWN}, 0),
        ({"at": AFTER + timedelta(days=60)}, 0),
    ],
    ids=["told in public", "told inside", "withdrawn", "told long after"],
)
async def test_customers_felt_what_they_were_told_of(
    store: SqlStore, change: dict[str, Any], felt: int
) -> None:
    one = await incident(store, MONTH, priority=Priority.P2)
    base = {"incident_id": one, "at": MONTH + timedelta(minutes=5), "state": UpdateState.SENT}
    async with store.write() as tx:
        await tx.updates.add_once(sample_update().model_copy(update=base | change))
    report = await written(desk(store, now=AFTER + timedelta(days=90)), period="2026-10")

    assert felt == figure(report, "felt").value


async def test_the_agreement_report_names_the_credit_and_its_tier(store: SqlStore) -> None:
    await october(store)
    report = await written(desk(store), ReportKind.SLA)
    assert pytest.approx(0.10) == figure(report, "credit").value
    assert pytest.approx(900) == figure(report, "excluded").value
    assert 1.0 == figure(report, "covered").value
    tiers = _block(report, "agreement-shop-agreement", TableBlock)
    assert [["10%", "this period"], ["25%", ""], ["50%", ""]] == [list(row[1:]) for row in tiers.rows]
    breaches = _block(report, "agreement-shop-agreement", CasesBlock)
    assert ["checkout — high error rate"] == [one.title for one in breaches.cases]


@pytest.mark.parametrize(("share", "credit"), [(0.999, 0.0), (0.995, 0.10), (0.99, 0.25), (0.98, 0.5)])
async def test_the_edges_of_credits(store: SqlStore, share: float, credit: float) -> None:
    known = KnownObjectives(shares={"shop-agreement": share})
    report = await written(desk(store, objectives=known), ReportKind.SLA)
    assert pytest.approx(credit) == figure(report, "credit").value


async def test_no_data_gives_no_credit_and_no_absolution(store: SqlStore) -> None:
    report = await written(desk(store, objectives=KnownObjectives(shares={})), ReportKind.SLA)
    assert figure(report, "credit").value is None
    assert figure(report, "promise").met is None


@pytest.mark.parametrize("kind", [ReportKind.WEEKLY, ReportKind.DAILY])
@pytest.mark.parametrize("lang", ["en", "ko"])
async def test_short_reports_are_about_their_own_time(store: SqlStore, kind: ReportKind, lang: str) -> None:
    await october(store)
    report = await written(desk(store), kind, lang=lang)
    span = {ReportKind.WEEKLY: timedelta(days=7), ReportKind.DAILY: timedelta(days=1)}[kind]
    assert span == report.end - report.start
    assert report.headline


async def test_editions_hold_a_file_for_each_form(store: SqlStore) -> None:
    reports = desk(store)
    editions = await reports.write_report(reports.period(ReportKind.MONTHLY), ("en", "ko"))
    names = [file.name for one in editions for file in one.files]
    assert [
        "monthly-2026-10.en.md",
        "monthly-2026-10.en.pdf",
        "monthly-2026-10.ko.md",
        "monthly-2026-10.ko.pdf",
    ] == names


def _section(report: Report, name: str) -> Sequence[Any]:
    return next(section.blocks for section in report.sections if section.name == name)


def _block(report: Report, name: str, kind: type[Any]) -> Any:
    return next(block for block in _section(report, name) if isinstance(block, kind))
