"""A replay runs the product's own pipeline over a recording, reaches nothing, and compares two sets of policies."""

import json
import lzma
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from agent.app.replay import replayed
from agent.app.replay_words import comparison_lines, report_lines
from agent.cli import main
from agent.errors import Misconfigured
from agent.operations.replay_report import ReplayReport, compare
from agent.settings import ROOT, Settings

BEGIN = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
# Nobody listens there: a replay that asked anybody would fail or hang.
NOWHERE = "http://127.0.0.1:9"


def settings() -> Settings:
    """Return settings that name backends, which a replay must not reach."""
    return Settings(
        prometheus_url=NOWHERE,
        alertmanager_url=NOWHERE,
        elasticsearch_url=NOWHERE,
        kubernetes_url=NOWHERE,
        redis_url=SecretStr("redis://127.0.0.1:9/0"),
        slack_bot_token=SecretStr("xoxb-nobody"),
        database_url="postgresql://nobody@127.0.0.1:9/none",
    )


def delivery(
    seconds: float, service: str, name: str, severity: str, status: str = "firing"
) -> dict[str, Any]:
    """Return a recorded webhook with one alert, received so long after the beginning."""
    at = (BEGIN + timedelta(seconds=seconds)).isoformat()
    alert: dict[str, Any] = {
        "status": status,
        "labels": {"alertname": name, "service": service, "severity": severity, "namespace": "shop"},
        "startsAt": BEGIN.isoformat(),
    }
    if status == "resolved":
        alert["endsAt"] = at
    return {"received_at": at, "payload": {"version": "4", "status": status, "alerts": [alert]}}


STORY = (
    delivery(5, "payment", "ServiceDown", "critical"),
    delivery(65, "payment", "ServiceDown", "critical"),
    delivery(70, "payment", "HighErrorRate", "critical"),
    delivery(400, "payment", "ServiceDown", "critical", "resolved"),
    delivery(401, "payment", "HighErrorRate", "critical", "resolved"),
    delivery(9000, "mail", "DiskFilling", "info"),
)


def recording(folder: Path, rows: tuple[dict[str, Any], ...] = STORY) -> Path:
    """Write a recording and return where it lies."""
    file = folder / "recording.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def other_policies(folder: Path) -> Path:
    """Return a copy of the product's policies in which nobody is ever paged and P1 mentions everybody here."""
    copy = folder / "policies"
    shutil.copytree(ROOT / "policies", copy)
    routing = copy / "routing.yaml"
    text = routing.read_text().replace("page: [pagerduty]\n", "mentions: [here]\n")
    routing.write_text(text.replace("    mentions: [here]\n    mentions: [here]\n", "    mentions: [here]\n"))
    return copy


async def run(path: Path, policies: Path = ROOT / "policies") -> ReplayReport:
    """Replay a recording."""
    return await replayed(settings(), path, policies)


async def test_a_story_becomes_two_incidents_with_what_was_said_and_proposed(tmp_path: Path) -> None:
    report = await run(recording(tmp_path))
    payment, mail = report.incidents
    assert (6, 6) == (report.deliveries, report.alerts)
    assert {"new": 3, "repeat": 1, "resolved": 2} == report.outcomes
    assert (2, BEGIN + timedelta(seconds=5)) == (payment.alerts, payment.opened_at)
    assert BEGIN + timedelta(seconds=401) == payment.resolved_at
    assert ("pagerduty",) == payment.pages
    assert payment.priority.rank < mail.priority.rank
    assert mail.pages == ()
    assert mail.resolved_at is None
    assert "service-down" == payment.recovery
    assert payment.proposed
    assert {one.verdict for one in payment.proposed} <= {"permit", "ask", "forbid"}
    assert 0 == report.totals()["model tokens"]


async def test_the_same_recording_gives_the_same_report(tmp_path: Path) -> None:
    path = recording(tmp_path)
    assert await run(path) == await run(path)


async def test_two_configurations_differ_only_where_their_rules_do(tmp_path: Path) -> None:
    path = recording(tmp_path)
    first, second = await run(path), await run(path, other_policies(tmp_path))
    (change,) = compare(first, second)
    assert change.before.startswith("INC-1 ")
    assert any(words.startswith("pages: pagerduty -> nobody") for words in change.what)
    lines = comparison_lines(first, second, (change,))
    assert any(line.startswith("pages") and line.endswith("-1") for line in lines)
    assert () == compare(first, first)


async def test_a_delivery_that_no_door_would_take_is_skipped_and_named(tmp_path: Path) -> None:
    broken = {"received_at": BEGIN.isoformat(), "payload": {"alerts": []}}
    report = await run(recording(tmp_path, (broken, *STORY)))
    assert 2 == len(report.incidents)
    (skipped,) = report.skipped
    assert skipped.startswith("recording.jsonl:1: ")
    assert any(line.startswith("skipped recording.jsonl:1") for line in report_lines(report))


async def test_truth_beside_a_recording_gives_the_detection_quality(tmp_path: Path) -> None:
    recording(tmp_path)
    truth = {
        "start": BEGIN.isoformat(),
        "end": (BEGIN + timedelta(hours=1)).isoformat(),
        "service": "payment",
    }
    (tmp_path / "truth.jsonl").write_text(json.dumps(truth))
    report = await run(tmp_path)
    assert report.quality is not None
    assert (1, 1.0, 0.5, 5.0) == (
        report.quality.detected,
        report.quality.early,
        report.quality.in_vain,
        report.quality.mean_seconds,
    )
    assert any("5 s mean time to detect" in line for line in report_lines(report))


async def test_a_stream_with_truth_is_judged_alert_by_alert(tmp_path: Path) -> None:
    begin = BEGIN.timestamp()
    rows = [
        {"t": begin + 10 * n, "id": f"a{n}", "entity": "payment", "name": f"n{n}", "labels": {}}
        for n in range(4)
    ]
    rows.append({"t": begin + 9000, "id": "a9", "entity": "mail", "name": "disk", "labels": {}})
    (tmp_path / "stream.jsonl").write_text("\n".join(map(json.dumps, rows)))
    truth = {
        "incident": {**{f"a{n}": "i0" for n in range(4)}, "a9": "n1"},
        "root": {"i0": {"entity": "payment", "kind": "delay", "start": begin}},
    }
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    report = await run(tmp_path)
    assert report.quality is not None
    assert (1, 1.0, 0.5, 1.0) == (
        report.quality.detected,
        report.quality.early,
        report.quality.in_vain,
        report.quality.grouping,
    )


async def test_wrong_policies_are_named(tmp_path: Path) -> None:
    policies = other_policies(tmp_path)
    (policies / "routing.yaml").write_text("routes: 3\n")
    with pytest.raises(Misconfigured, match="routing"):
        await run(recording(tmp_path), policies)


async def test_hostile_names_print_as_harmless_text(tmp_path: Path) -> None:
    rows = (delivery(0, "pay\x1b[31mment\u202e", "Down\nINC-99 forged", "critical"),)
    lines = report_lines(await run(recording(tmp_path, rows)))
    assert not any("\x1b" in line or "\u202e" in line or "\n" in line for line in lines)


def test_the_command_prints_a_table_or_one_json_object(tmp_path: Path) -> None:
    path = recording(tmp_path)
    shown = CliRunner().invoke(main, ["replay", str(path), "--policies", str(ROOT / "policies")])
    assert 0 == shown.exit_code, shown.output
    assert "would have been proposed:" in shown.output
    assert "service-down" in shown.output
    other = str(other_policies(tmp_path))
    both = CliRunner().invoke(main, ["replay", str(path), "--against", other, "--json"])
    found = json.loads(both.output)
    assert 1 == len(found["changes"])
    assert 2 == found["first"]["totals"]["incidents"]


def test_the_command_says_what_is_wrong_with_a_recording(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")
    result = CliRunner().invoke(main, ["replay", str(tmp_path / "x.json")])
    assert 1 == result.exit_code
    assert "x.json is not JSON" in result.output


def test_a_recorded_incident_is_diagnosed_with_reasons(tmp_path: Path) -> None:
    metrics = ["ts,entity,latency"]
    for minute in range(40):
        for pod in range(4):
            if pod < 3 or minute >= 20:
                metrics.append(
                    f"{60 * minute},cart-{pod},{(900 if pod == 3 else 10) + (minute * 7 + pod) % 3}"
                )
    with lzma.open(tmp_path / "metrics.csv.xz", "wt") as out:
        out.write("\n".join(metrics))
    case = {
        "case_id": "x",
        "entities": ["cart", "shop"],
        "windows": {"normal": [0, 1200], "incident": [1200, 2400]},
        "pods": {f"cart-{n}": {"service": "cart", "version": "v2" if n == 3 else "v1"} for n in range(4)},
        "changes": [{"id": "c1", "at": 1200, "entity": "cart"}, {"id": "c2", "at": 1210, "entity": "shop"}],
    }
    (tmp_path / "case.json").write_text(json.dumps(case))
    shown = CliRunner().invoke(main, ["diagnose", str(tmp_path)])
    assert 0 == shown.exit_code, shown.output
    assert " 1. cart (change c1)" in shown.output
    assert "the new pods of cart" in shown.output
    found = json.loads(CliRunner().invoke(main, ["diagnose", str(tmp_path), "--json"]).output)
    assert "c1" == found["suspects"][0]["change_id"]


def test_a_folder_without_a_case_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["diagnose", str(tmp_path)])
    assert 1 == result.exit_code
    assert "case.json" in result.output
