"""Reports by mail, from their hour to the inbox: set by the real typesetter, sent through a real SMTP server (aiosmtpd)."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from agent.analysis.redaction import Redactor
from agent.domain.notification import Channel
from agent.domain.report import Written
from agent.jobs.leases import LeaseJobs
from agent.operations.cron import Cron
from agent.operations.reports.desk import Reports
from agent.operations.reports.schedule import ReportClock
from agent.operations.reports.writing import ReportWriter
from agent.policy.load import Policies
from agent.policy.reports import ReportPolicy
from agent.telemetry.metrics import build_metrics
from agent.transport.courier import Courier
from agent.transport.courier_delivery import Ways
from agent.transport.printing.typesetter import Typesetter
from demo.vendors.mail import MailVendor
from tests.support.alerts import shipped_policies
from tests.support.reporting import KnownObjectives, incident, shop_reads
from tests.support.store import StillClock, store_at
from tools.connectors.smtp_mail import MailServer, SmtpMail

SUNDAY = datetime(2026, 11, 1, 23, 0, tzinfo=UTC)
NOA, MINA = "noa@example.com", "mina@example.com"
RULES = {
    "zone": "UTC",
    "reports": [
        {"name": "daily", "kind": "daily", "schedule": "30 8 * * *", "language": "en", "emails": [NOA]},
        {
            "name": "weekly",
            "kind": "weekly",
            "schedule": "0 9 * * MON",
            "language": "ko",
            "emails": [MINA, NOA],
            "forms": ["pdf", "md"],
        },
    ],
}


def rules() -> Policies:
    return replace(shipped_policies(), reports=ReportPolicy.model_validate_json(json.dumps(RULES)))


@pytest.fixture
async def vendor() -> AsyncIterator[MailVendor]:
    async with MailVendor() as running:
        yield running


async def delivered(folder: Path, vendor: MailVendor) -> dict[str, Written]:
    """Let Monday come with its reports and send their mails, twice; return the records by their names."""
    server = MailServer("127.0.0.1", vendor.port, "none", "Operations <ops@example.com>")
    async with store_at(folder) as store:
        clock = StillClock(SUNDAY)
        await incident(store, datetime(2026, 11, 1, 9, tzinfo=UTC), why="restarted")
        reads = shop_reads(SUNDAY + timedelta(days=1))
        desk = Reports(store, reads, KnownObjectives(), Typesetter(), rules, clock)
        metrics = build_metrics(CollectorRegistry())
        ways = Ways({Channel.EMAIL: SmtpMail(server, timeout_seconds=20)}, {}, {})
        courier = Courier(store, ways, clock, metrics, Redactor([]), alone=True)
        writer = ReportWriter(store, desk, metrics, courier.wake)
        orders = ReportClock(LeaseJobs(store, clock, poll_seconds=0.01), clock, rules, "en")
        cron = Cron(store, clock, orders.entries)
        await cron.look()
        clock.advance(86_400)
        await cron.look()
        due = ("daily:2026-11-01", "weekly:2026-W44")
        for record_id in due:
            await writer.write({"report": record_id})
        await courier.deliver_due()
        # What has arrived is not sent again.
        await courier.deliver_due()
        async with store.read() as tx:
            found = [await tx.reports.get(record_id) for record_id in due]
    return {one.name: one for one in found if one is not None}


def files(message: EmailMessage) -> dict[str, bytes]:
    return {
        str(part.get_filename()): bytes(part.get_payload(decode=True)) for part in message.iter_attachments()
    }


async def test_daily_and_weekly_arrive_with_their_files_whole(tmp_path: Path, vendor: MailVendor) -> None:
    records = await delivered(tmp_path, vendor)
    inbox = {(one.to, str(one.message["Subject"])): one for one in vendor.mails()}

    assert {
        (NOA, "Daily operations report 2026-11-01"),
        (NOA, "주간 운영 요약 2026-W44"),
        (MINA, "주간 운영 요약 2026-W44"),
    } == set(inbox)
    for (_, subject), one in inbox.items():
        record = records["daily" if subject.startswith("Daily") else "weekly"]
        arrived = files(one.message)
        assert 1 == one.copies
        assert {file.name: file.digest for file in record.files} == {
            name: hashlib.sha256(content).hexdigest() for name, content in arrived.items()
        }
        assert all(content.startswith(b"%PDF-") for name, content in arrived.items() if name.endswith(".pdf"))
    weekly = inbox[MINA, "주간 운영 요약 2026-W44"]
    assert ["weekly-2026-W44.ko.pdf", "weekly-2026-W44.ko.md"] == list(files(weekly.message))
    assert "인시던트 1건" in weekly.part("plain")
    assert "주간 운영 요약" in files(weekly.message)["weekly-2026-W44.ko.md"].decode()
