"""A report that somebody asks for in Slack: ordered, written, and posted once with its files, whatever is cut off."""

import asyncio
import json
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from agent.app.reporting import Reporting
from agent.operations.reports.desk import Reports
from agent.operations.reports.schedule import WRITE, ReportClock
from agent.operations.reports.writing import ReportWriter
from agent.telemetry.metrics import build_metrics
from agent.transport.slack.doors import Doors
from tests.support.alerts import shipped_policies
from tests.support.reporting import AFTER, KnownObjectives, incident, shop_reads
from tests.support.slackbot import Bot, running_bot
from tests.support.store import StillClock, opened

MONTH = "2026-10"


class PagePrinter:
    """Prints a document as its own JSON."""

    async def pdf(self, document: Any) -> bytes:
        return b"%PDF-" + json.dumps(document).encode()

    async def pictures(self, document: Any, *, density: int = 110) -> list[bytes]:
        return []


def files(bot: Bot) -> list[str]:
    """Return the names of the files in the alerts' channel, each as often as it stands there."""
    channel = bot.server.workspace.state.channel("alerts")
    return sorted(file["name"] for message in channel.messages.values() for file in message.get("files", []))


async def wait_for(bot: Bot, count: int) -> None:
    async with asyncio.timeout(120):
        while len(files(bot)) < count:
            await asyncio.sleep(0.02)


async def test_a_report_comes_once_with_its_files(tmp_path: Path) -> None:
    clock = StillClock(AFTER)
    # The bot's own store is opened with the bot; the desk shares its file.
    async with (
        running_bot(tmp_path, doors=Doors()) as bot,
        opened(f"sqlite:///{tmp_path / 'bot.db'}") as store,
    ):
        await incident(store, AFTER.replace(month=10, day=10))
        desk = Reports(store, shop_reads(), KnownObjectives(), PagePrinter(), shipped_policies, clock)
        orders = ReportClock(bot.jobs, clock, shipped_policies, "en")
        # The door was built before the desk; the frozen doors are those of this test alone.
        object.__setattr__(bot.services.doors, "reports", Reporting(desk, orders))
        workspace = bot.server.workspace
        outcome = await workspace.slash("mina", "alerts", f"/ops report monthly {MONTH}")
        assert outcome.ok
        await workspace.wait_for(lambda w: w.whispers("mina", "alerts"))
        assert "is being written" in workspace.whispers("mina", "alerts")[-1]["text"]
        async with store.read() as tx:
            rows = await tx.connection.exec_driver_sql("SELECT payload FROM jobs WHERE kind = ?", (WRITE,))
            [payload] = [json.loads(row[0]) for row in rows]
        writer = ReportWriter(store, desk, build_metrics(CollectorRegistry()), bot.outbox.wake)
        await writer.write(payload)
        await wait_for(bot, 2)
        expected = [f"monthly-{MONTH}.en.md", f"monthly-{MONTH}.en.pdf"]
        assert expected == files(bot)
        channel = workspace.state.channel("alerts")
        [root] = [message for message in channel.messages.values() if message.get("metadata")]
        assert "Monthly operations report" in root["text"]
        assert all(
            root["ts"] == message["thread_ts"]
            for message in channel.messages.values()
            if message.get("files")
        )

        await _forget_that_files_went(store)
        bot.outbox.wake()
        await _delivered(store)
        assert expected == files(bot)

        wrong = await workspace.slash("mina", "alerts", "/ops report yearly")
        assert wrong.ok
        await workspace.wait_for(
            lambda w: (
                "monthly, sla" in str(w.whispers("mina", "alerts")[-1]["text"])
                or "daily, weekly" in str(w.whispers("mina", "alerts")[-1]["text"])
            )
        )


async def _forget_that_files_went(store: Any) -> None:
    """Leave the slots as a crash between Slack's answer and the commit would have."""
    async with store.write() as tx:
        await tx.connection.exec_driver_sql(
            "UPDATE outbox SET ts = NULL, sent = 0, sending_since = wanted_at WHERE key LIKE '%:file:%'"
        )


async def _delivered(store: Any) -> None:
    async with asyncio.timeout(120):
        while True:
            async with store.read() as tx:
                rows = await tx.connection.exec_driver_sql(
                    "SELECT count(*) FROM outbox WHERE key LIKE '%:file:%' AND sent < wanted"
                )
                if not next(iter(rows))[0]:
                    return
            await asyncio.sleep(0.02)
