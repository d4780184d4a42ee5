"""The monthly report over 90 days of metrics in a real Prometheus and 200 incidents in a real store.

Method: a shop of six services and two hosts, scraped every five minutes for 90 days (62 with --quick), is back-filled
into a Prometheus of its own; 200 incidents of the last month that is over, and 60 of the month before, go through their
lives in a SQLite store. Then the product is opened as `ops-monitor report monthly` opens it, with the shipped policies
(some forty objectives), and writes the month in both languages as Markdown and PDF. `seconds` is the whole of that, from
the call to the last file, without opening; `facts_s` is the part that reads, `cpu_s` the processor time of the bot in all
of it (the metrics store's own is not), `unmeasured` counts figures without a value: the agreement's uptime, which is judged
by the minute, has none where a store is asked every five.
"""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.app.core import open_core
from agent.domain.report import ReportKind
from agent.operations.reports.document import document
from agent.operations.reports.periods import last_period
from agent.policy.load import load_policies
from agent.settings import ROOT, Settings
from agent.store.engine import open_store
from agent.telemetry.logs import configure_logs
from bench.figures import options, report
from bench.report_world import fill, write_metrics
from demo.backends.prometheus import PrometheusServer, backfill

INCIDENTS, BEFORE = 200, 60
DAYS, QUICK_DAYS = 90, 62
BOUND_SECONDS = 10.0


async def _incidents(url: str) -> None:
    policies, now = load_policies(ROOT / "policies"), datetime.now(UTC)
    month = last_period(ReportKind.MONTHLY, "UTC", now)
    store = await open_store(url)
    try:
        await fill(store, policies, month.start, month.end - timedelta(hours=6), INCIDENTS)
        await fill(store, policies, month.before().start, month.start - timedelta(hours=6), BEFORE)
    finally:
        await store.close()


async def _metrics(folder: Path, days: int, stack: AsyncExitStack) -> tuple[str, int]:
    now = time.time()
    text = folder / "metrics.txt"
    samples = await asyncio.to_thread(write_metrics, text, now - days * 86_400, now)
    server = PrometheusServer(folder / "prometheus", retention="400d", lookback="15m", interval="15s")
    await backfill(text, server.data)
    text.unlink()
    await stack.enter_async_context(server)
    return server.url, samples


async def _measured(settings: Settings) -> dict[str, Any]:
    async with open_core(settings) as core:
        reporting = core.wings.reporting
        assert reporting is not None
        desk, period = reporting.desk, reporting.period(ReportKind.MONTHLY)
        began, busy = time.perf_counter(), time.process_time()
        facts, before = await desk.facts(period)
        read = time.perf_counter() - began
        editions = [
            await desk.edition(desk.build(facts, before, language), ("md", "pdf"))
            for language in ("en", "ko")
        ]
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
        pages = await desk.printer.pictures(document(editions[0].report, written=""), density=40)
    figures = editions[0].report.figures()
    return {
        "seconds": seconds,
        "facts_s": read,
        "cpu_s": busy,
        "incidents": len(facts.cases),
        "pages": len(pages),
        "figures": len(figures),
        "unmeasured": sum(line.figure.value is None for line in figures),
    }


async def _run(days: int) -> dict[str, Any]:
    configure_logs(level="error", form="console")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'ops.db'}"
        await _incidents(url)
        prometheus, samples = await _metrics(folder, days, stack)
        settings = Settings(database_url=url, prometheus_url=prometheus, language="en")
        return await _measured(settings) | {"days": days, "samples": samples, "bound_s": BOUND_SECONDS}


def main() -> None:
    """Run the benchmark."""
    chosen = options(__doc__ or "")
    report(asyncio.run(_run(QUICK_DAYS if chosen.quick else DAYS)), only_json=chosen.json)


if __name__ == "__main__":
    main()
