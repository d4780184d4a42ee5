"""Checklists as the composition root builds them, and as the terminal shows them."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from prometheus_client import CollectorRegistry

from agent.analysis.redaction import Redactor
from agent.app.checking import LOOP, open_checking
from agent.cli.checks import checks
from agent.operations.checks.beginning import CHECKLIST_REMIND, CHECKLIST_RUN
from agent.operations.cron import CronEntry
from agent.telemetry.metrics import build_metrics
from tests.support.checklists import NINE, Queue, book
from tests.support.reads import ScriptedReads
from tests.support.store import StillClock, store_at


@dataclass
class Ground:
    """As much of the ground as the wing stands on."""

    store: Any
    clock: StillClock
    book: Any
    jobs: Any
    metrics: Any
    toolbelt: Any
    redactor: Redactor
    settings: Any


async def test_one_loop_cares_for_everything_that_recurs(tmp_path: Path) -> None:
    async def nothing(_tx: Any, _at: Any) -> None:
        return None

    async with store_at(tmp_path) as store:
        ground: Any = Ground(
            store, StillClock(NINE - timedelta(hours=1)), book(), Queue(), build_metrics(CollectorRegistry()),
            ScriptedReads(NINE), Redactor(), SimpleNamespace(environment="production"),
        )  # fmt: skip
        report = CronEntry("report:daily", "0 7 * * *", "Asia/Seoul", timedelta(days=7), nothing)
        checking, wing = open_checking(ground, more=(lambda: [report],))
        await checking.cron.look()
        (before,) = await wing.probes()
        ground.clock.advance(3 * 24 * 3_600 + 12 * 3_600)
        await checking.cron.look()
        (after,) = await wing.probes()

    assert {LOOP} == set(wing.loops)
    assert {CHECKLIST_RUN, CHECKLIST_REMIND} == set(wing.handlers)
    assert frozenset() == wing.in_turn
    assert ["check:morning", "report:daily"] == [one.name for one in checking.cron.entries()]
    assert (
        "next: check:morning Tue 2026-11-24 09:00 KST, report:daily Wed 2026-11-25 07:00 KST" == before.detail
    )
    assert "check:morning of 2026-11-27 00:00 UTC was missed" in after.detail


@pytest.fixture
def policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_DATABASE_URL", f"sqlite:///{tmp_path / 'ops.db'}")
    for name in ("OPS_PROMETHEUS_URL", "OPS_SLACK_BOT_TOKEN", "OPS_KUBERNETES_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("policies")
def test_the_terminal_lists_them_and_their_times() -> None:
    listed = CliRunner().invoke(checks, ["list"])
    coming = CliRunner().invoke(checks, ["next", "weekly", "--count", "2"])
    unknown = CliRunner().invoke(checks, ["next", "noon"])

    assert "morning: Morning check · 0 9 * * * (Asia/Seoul)" in listed.output
    assert 2 == len(coming.output.splitlines())
    assert all("T10:00:00+09:00" in line for line in coming.output.splitlines())
    assert "there are: evening, morning, weekly" in unknown.output


@pytest.mark.usefixtures("policies")
def test_a_dry_run_looks_prints_and_says_that_something_is_open() -> None:
    looked = CliRunner().invoke(checks, ["run", "morning", "--dry-run"])

    assert 1 == looked.exit_code
    assert "Prometheus is not configured" in looked.output
    assert "[  ok] The night's alerts are handled" in looked.output
