"""The terminal door: exit codes, helpful errors, forms for machines; a few commands as processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent.cli import main
from agent.settings import ROOT
from tests.support.product import alert, clean_environment, delivery, resolved

Json = dict[str, Any]
Done = subprocess.CompletedProcess[bytes]
FIRING = ROOT / "tests" / "data" / "alertmanager" / "firing.json"


def environment(folder: Path, settings: Json) -> dict[str, str]:
    """Return the environment of a command that has a database of its own."""
    return clean_environment({"database_url": f"sqlite:///{folder / 'terminal.db'}"} | settings)


def process(folder: Path, *words: str, stdin: bytes = b"", **settings: Any) -> Done:
    """Run `ops-monitor` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "agent", *words],
        env=environment(folder, settings),
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


def run(folder: Path, *words: str, stdin: bytes = b"", **settings: Any) -> Done:
    """Run the same command here, for a process spends seconds on its imports; what it does not catch is raised."""
    chosen = environment(folder, settings)
    left_out = dict.fromkeys(os.environ.keys() - chosen.keys())
    done = CliRunner(catch_exceptions=False).invoke(main, words, input=stdin, env=chosen | left_out)
    return Done(words, done.exit_code, done.stdout_bytes, done.stderr_bytes)


def trouble(done: Done, code: int = 1) -> str:
    """Return what a failed command said, which is for people: no trace."""
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert "Traceback" not in said
    return said


def test_help_names_every_command(tmp_path: Path) -> None:
    done = process(tmp_path, "--help")
    said = done.stdout.decode()
    assert done.returncode == 0
    for command in ("serve", "demo", "ask", "triage", "status", "doctor", "policy"):
        assert f"  {command} " in said
    assert not (tmp_path / "terminal.db").exists()


def test_triage_says_what_a_payload_would_become_and_stores_nothing(tmp_path: Path) -> None:
    done = process(tmp_path, "triage", str(FIRING))
    said = done.stdout.decode()
    assert done.returncode == 0
    assert "P1" in said
    assert "payment" in said
    assert "OPS_PROMETHEUS_URL" in said
    assert list(tmp_path.iterdir()) == []


def test_triage_reads_standard_input_and_prints_a_line_of_json_an_incident(tmp_path: Path) -> None:
    body = json.dumps(delivery(alert("payment"), alert("tutor", labels={"namespace": "school"}))).encode()
    done = run(tmp_path, "triage", "--json", "-", stdin=body)
    views = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert {view["incident"]["service"] for view in views} == {"payment", "tutor"}
    assert all(view["diagnosis"]["missing"] for view in views)


def test_triage_of_an_end_opens_nothing(tmp_path: Path) -> None:
    body = json.dumps(delivery(resolved(alert()))).encode()
    done = run(tmp_path, "triage", "-", stdin=body)
    assert done.returncode == 0
    assert "No incident" in done.stdout.decode()


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (b"", "JSON"),
        (b"<html>", "JSON"),
        (b'{"status":"firing","alerts":[]}', "alerts"),
        (b"\xff\xfe\x00", ""),
    ],
)
def test_triage_of_nonsense_says_what_is_wrong(tmp_path: Path, payload: bytes, named: str) -> None:
    assert named in trouble(run(tmp_path, "triage", "-", stdin=payload))


def test_triage_of_a_missing_file_names_it(tmp_path: Path) -> None:
    assert "no-such.json" in trouble(run(tmp_path, "triage", str(tmp_path / "no-such.json")), 2)


def test_ask_says_what_it_lacks_when_it_can_see_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "ask", "why", "is", "checkout", "slow?")
    assert done.returncode == 0
    assert "OPS_PROMETHEUS_URL" in done.stdout.decode()


@pytest.mark.parametrize("name", ["INC-7", "nonsense"])
def test_ask_about_an_unknown_incident_fails_with_its_name(tmp_path: Path, name: str) -> None:
    assert name in trouble(run(tmp_path, "ask", "--incident", name, "why?"))


def test_status_counts_only_what_is_configured(tmp_path: Path) -> None:
    shown = run(tmp_path, "status")
    told = process(tmp_path, "status", "--json", prometheus_url="http://127.0.0.1:9")
    assert shown.returncode == told.returncode == 0
    assert "No open incident" in shown.stdout.decode()
    assert "Not configured: Prometheus, Alertmanager" in shown.stdout.decode()
    assert "Prometheus:" in json.loads(told.stdout)["text"].replace("*", "")


def test_doctor_names_each_lack_with_its_fix(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", "--json", elasticsearch_url="http://127.0.0.1:9")
    probes = {probe["name"]: probe for probe in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert probes["Database"]["ok"]
    assert "OPS_WEBHOOK_TOKEN" in probes["Webhook token"]["fix"]
    assert "OPS_SLACK_BOT_TOKEN" in probes["Slack"]["fix"]
    assert not probes["Elasticsearch"]["ok"]
    assert probes["Elasticsearch"]["fix"]


def test_policy_test_passes_as_shipped_and_shows_the_case_that_fails(tmp_path: Path) -> None:
    shipped = run(tmp_path, "policy", "test")
    wrong = tmp_path / "policies"
    (wrong / "tests").mkdir(parents=True)
    for file in (ROOT / "policies").glob("*.yaml"):
        (wrong / file.name).write_text(file.read_text())
    case = "- {name: mild, severity: {severity: warning}, expect: critical}"
    (wrong / "tests" / "severity.yaml").write_text(f"cases:\n{case}\n")
    failed = run(tmp_path, "policy", "test", "--dir", str(wrong))

    assert shipped.returncode == 0
    assert json.loads(shipped.stdout.splitlines()[-1])["failed"] == 0
    assert failed.returncode == 1
    assert "severity.yaml:2 expected critical, got medium" in failed.stdout.decode()


def test_a_setting_that_cannot_be_used_is_named_without_its_value(tmp_path: Path) -> None:
    said = trouble(process(tmp_path, "serve", http_port="hush-hush"))
    assert "OPS_HTTP_PORT" in said
    assert "hush-hush" not in said


def test_a_policy_that_cannot_be_read_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "severity.yaml").write_text("levels: [")
    assert "severity.yaml" in trouble(run(tmp_path, "serve", policies_dir=tmp_path))


@pytest.mark.parametrize("place", ["a-file/bot.db", ".", "garbage.db"])
def test_a_database_that_cannot_be_used_is_named_with_the_fix(tmp_path: Path, place: str) -> None:
    (tmp_path / "a-file").write_text("no folder")
    (tmp_path / "garbage.db").write_text("no database, " * 50)
    said = trouble(run(tmp_path, "serve", database_url=f"sqlite:///{tmp_path / place}"))
    assert "OPS_DATABASE_URL" in said
    assert str(tmp_path / place) in said
