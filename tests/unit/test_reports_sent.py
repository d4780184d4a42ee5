"""Reports on their way: once per occurrence whoever dies, into channels and mail, and what happens when one fails."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from agent.domain.notification import Mail, MailFile
from agent.domain.report import ReportKind, ReportState, Written
from agent.errors import Unavailable
from agent.jobs.leases import LeaseJobs
from agent.operations.cron import Cron
from agent.operations.reports.desk import Reports
from agent.operations.reports.schedule import WRITE, ReportClock
from agent.operations.reports.writing import ReportWriter, slot_of
from agent.policy.load import Policies
from agent.policy.reports import ReportPolicy
from agent.store.engine import SqlStore
from agent.telemetry.metrics import build_metrics
from tests.support.alerts import shipped_policies
from tests.support.reads import ScriptedReads
from tests.support.reporting import KnownObjectives, incident, shop_reads
from tests.support.store import StillClock, store_at
from tools.connectors.mail_documents import compose

BEFORE = datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
MINA = "mina@example.com"
RULES = {
    "zone": "UTC",
    "reports": [
        {
            "name": "monthly",
            "kind": "monthly",
            "schedule": "0 9 1 * *",
            "language": "ko",
            "channels": ["#ops"],
            "emails": [MINA],
            "forms": ["pdf", "md"],
        },
        {"name": "unread", "kind": "daily", "schedule": "0 9 * * *"},
    ],
}


class PagePrinter:
    """Prints the document as its own JSON; fails as often as it is told."""

    def __init__(self) -> None:
        self.failing: list[Exception] = []

    async def pdf(self, document: Any) -> bytes:
        if self.failing:
            raise self.failing.pop(0)
        return json.dumps(document, ensure_ascii=False).encode()

    async def pictures(self, document: Any, *, density: int = 110) -> list[bytes]:
        return [b"PNG of " + json.dumps(document["sections"], ensure_ascii=False).encode()]


@dataclass
class Office:
    """Everything that reports need, with a clock and a printer in the test's hands."""

    store: SqlStore
    clock: StillClock
    reads: ScriptedReads
    printer: PagePrinter
    objectives: KnownObjectives
    jobs: LeaseJobs
    writer: ReportWriter
    orders: ReportClock
    registry: CollectorRegistry

    def cron(self) -> Cron:
        """Return a worker's clockwork."""
        return Cron(self.store, self.clock, self.orders.entries)

    async def record(self, record_id: str = "monthly:2026-10") -> Written:
        async with self.store.read() as tx:
            found = await tx.reports.get(record_id)
        assert found is not None
        return found

    async def slots(self) -> list[str]:
        """Return the keys of what waits for Slack."""
        async with self.store.read() as tx:
            rows = await tx.connection.exec_driver_sql("SELECT key FROM outbox WHERE key LIKE 'report:%'")
            return sorted(str(row[0]) for row in rows)

    async def waiting(self) -> list[str]:
        """Return which reports wait to be written."""
        async with self.store.read() as tx:
            rows = await tx.connection.exec_driver_sql(
                "SELECT payload FROM jobs WHERE kind = ? AND state = 'waiting'", (WRITE,)
            )
            return [json.loads(row[0])["report"] for row in rows]

    async def order(self) -> None:
        """Let the first of November come."""
        await self.cron().look()
        self.clock.advance(86_400)
        await self.cron().look()


def rules() -> Policies:
    return replace(shipped_policies(), reports=ReportPolicy.model_validate_json(json.dumps(RULES)))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with store_at(tmp_path) as store:
        clock, printer, objectives = StillClock(BEFORE), PagePrinter(), KnownObjectives()
        reads, registry = shop_reads(BEFORE + timedelta(days=1)), CollectorRegistry()
        desk = Reports(store, reads, objectives, printer, rules, clock)
        jobs = LeaseJobs(store, clock, poll_seconds=0.01)
        writer = ReportWriter(store, desk, build_metrics(registry), lambda: None)
        orders = ReportClock(jobs, clock, rules, "en")
        yield Office(store, clock, reads, printer, objectives, jobs, writer, orders, registry)


def counted(office: Office, outcome: str) -> float:
    labels = {"kind": "monthly", "outcome": outcome}
    return office.registry.get_sample_value("ops_monitor_reports_total", labels) or 0.0


async def test_two_replicas_order_a_month_once(office: Office) -> None:
    workers = office.cron(), office.cron()
    await workers[0].look()
    office.clock.advance(86_400)
    await asyncio.gather(*(one.look() for one in workers))
    assert ["monthly:2026-10"] == await office.waiting()
    record = await office.record()
    assert (ReportState.WANTED, "ko", ("#ops",), (MINA,)) == (
        record.state,
        record.language,
        record.channels,
        record.emails,
    )


async def test_a_report_that_nobody_gets_is_not_due(office: Office) -> None:
    assert ["report:monthly"] == [entry.name for entry in office.orders.entries()]


async def test_a_month_reaches_channel_and_mail_with_its_files(office: Office) -> None:
    await incident(office.store, datetime(2026, 10, 10, tzinfo=UTC), why="restarted")
    await office.order()
    await office.writer.write({"report": "monthly:2026-10"})
    record = await office.record()
    assert ReportState.WRITTEN == record.state
    names = ["monthly-2026-10.ko.pdf", "monthly-2026-10.ko.md"]
    assert names == [file.name for file in record.files]
    root = slot_of(record.id, "#ops")
    assert sorted([root, *(f"{root}:file:{name}" for name in names)]) == await office.slots()
    async with office.store.read() as tx:
        letter = await tx.notifications.get(f"report:monthly:2026-10:{MINA}")
        blob = await tx.evidence.blob(record.files[0].digest)
    assert letter is not None
    assert isinstance(letter.content, Mail)
    assert "월간 운영 보고서 2026-10" == letter.content.subject
    assert "인시던트 1건" in letter.content.text
    assert blob == base64.b64decode(letter.content.files[0].data)
    assert record.picture is not None
    assert "일별 인시던트" in record.picture.alt
    async with office.store.read() as tx:
        drawn = await tx.evidence.blob(record.picture.blob)
    assert drawn is not None
    assert drawn.startswith(b"PNG of ")
    assert 1 == counted(office, "written")


async def test_a_job_that_runs_again_repeats_nothing(office: Office) -> None:
    await office.order()
    await office.writer.write({"report": "monthly:2026-10"})
    before = await office.record(), await office.slots()
    await office.writer.write({"report": "monthly:2026-10"})
    assert before == (await office.record(), await office.slots())
    assert 1 == counted(office, "written")


async def test_a_failure_is_kept_counted_and_mended_by_the_next_try(office: Office) -> None:
    await office.order()
    office.printer.failing = [
        Unavailable("The report could not be set.", backend="typst"),
        RuntimeError("no"),
    ]
    with pytest.raises(Unavailable):
        await office.writer.write({"report": "monthly:2026-10"})
    record = await office.record()
    assert (ReportState.FAILED, "The report could not be set.", 1) == (record.state, record.why, record.tries)
    with pytest.raises(RuntimeError):
        await office.writer.write({"report": "monthly:2026-10"})
    assert [] == await office.slots()
    await office.writer.write({"report": "monthly:2026-10"})
    record = await office.record()
    assert (ReportState.WRITTEN, "", 2) == (record.state, record.why, record.tries)
    assert (2, 1) == (counted(office, "failed"), counted(office, "written"))


async def test_a_metrics_store_that_is_away_is_waited_for_but_not_for_ever(office: Office) -> None:
    await office.order()
    office.reads.down["prometheus"] = "Prometheus cannot be reached."
    office.objectives.error = "Prometheus cannot be reached."
    with pytest.raises(Unavailable) as away:
        await office.writer.write({"report": "monthly:2026-10"})
    assert away.value.retry_after_seconds is not None
    office.clock.advance(31 * 60)
    await office.writer.write({"report": "monthly:2026-10"})
    record = await office.record()
    assert ReportState.WRITTEN == record.state
    assert any("데이터 없음" in line for line in record.figures)


async def test_what_was_missed_for_longer_than_its_catch_up_is_left(office: Office) -> None:
    await office.cron().look()
    office.clock.advance(10 * 86_400)
    await office.cron().look()
    assert [] == await office.waiting()


async def test_a_person_asks_once_however_often_slack_delivers(office: Office) -> None:
    office.clock.advance(86_400)
    period = office.writer.desk.period(ReportKind.MONTHLY, "2026-10")
    for _ in range(2):
        async with office.store.write() as tx:
            await office.orders.ask(tx, period, channel="C1", by="U1", key="T1", language="en")
    assert ["monthly:2026-10:T1"] == await office.waiting()
    await office.writer.write({"report": "monthly:2026-10:T1"})
    assert (await office.record("monthly:2026-10:T1")).asked_by == "U1"


def test_a_mail_carries_its_files_and_is_the_same_each_time() -> None:
    pdf, said = base64.b64encode(b"%PDF-1.7\x00\xff").decode(), base64.b64encode("보고".encode()).decode()
    mail = Mail(
        subject="Report",
        text="See below.",
        files=(
            MailFile(name="monthly-2026-10.pdf", media_type="application/pdf", data=pdf),
            MailFile(name='../a"b\r\nX: y.md', media_type="text/markdown", data=said),
        ),
    )
    sender = Address(addr_spec="ops@example.com")
    first, second = (compose(mail, key="k", to=MINA, sender=sender, at=BEFORE).as_bytes() for _ in range(2))
    assert first == second
    parsed = message_from_bytes(first, policy=default)
    files = list(parsed.iter_attachments())
    assert [b"%PDF-1.7\x00\xff", "보고"] == [files[0].get_content(), files[1].get_content().strip()]
    assert "monthly-2026-10.pdf" == files[0].get_filename()
    assert not set(files[1].get_filename() or "/") & set('"/\\\r\n ')
    assert "X" not in parsed
    body = parsed.get_body(("plain",))
    assert body is not None
    assert "See below." in body.get_content()
