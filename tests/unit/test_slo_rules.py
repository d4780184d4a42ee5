"""The Prometheus rules of the objectives, and the commands about objectives."""

import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from agent.cli import main
from agent.domain.alert import Severity
from agent.domain.slo import Budgeting, BurnAlert, RollingWindow, Slo
from agent.policy.load import load_policies
from agent.policy.slo import load_slos
from bench.slo_alerts import clean, furthest, outages, shipped
from demo.backends.rules import RULES, demo_rules
from tests.support.alerts import SHIPPED
from tools.metrics_collector.promql import check
from tools.sla_tracker.rules import alerting, duration, possible, rule_file, written


@pytest.fixture(scope="module")
def objectives() -> tuple[Slo, ...]:
    return load_slos(SHIPPED).objectives


def test_the_committed_rules_are_those_of_the_objectives(objectives: tuple[Slo, ...]) -> None:
    assert written(objectives) == (RULES / "slo.yaml").read_text(), (
        "run ops-monitor slo rules --out deploy/prometheus/rules"
    )


def test_every_expression_is_promql(objectives: tuple[Slo, ...]) -> None:
    rules = [rule for group in rule_file(objectives)["groups"] for rule in group["rules"]]

    assert all(check(rule["expr"]) for rule in rules)
    assert {"slo", "service"} <= set.intersection(*(set(rule["labels"]) for rule in rules))


def test_the_ratios_over_all_windows_are_recorded(objectives: tuple[Slo, ...]) -> None:
    rules = [rule for group in rule_file(objectives)["groups"] for rule in group["rules"]]
    names = {
        rule["record"].removeprefix("slo:error_ratio:rate")
        for rule in rules
        if rule["labels"]["slo"] == "checkout-latency" and "error_ratio" in rule.get("record", "")
    }

    assert {"5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"} == names


def test_the_severities_are_words_that_the_bot_knows(objectives: tuple[Slo, ...]) -> None:
    levels = load_policies(SHIPPED).severity.levels
    known = {word: level for level, words in levels.items() for word in words}
    used = {alert.severity for slo in objectives for alert in slo.alerts}

    assert {Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM} == {known[word] for word in used}


def test_no_two_alerts_of_an_objective_have_the_same_labels(objectives: tuple[Slo, ...]) -> None:
    alerts = [
        tuple(sorted(rule["labels"].items()))
        for group in rule_file(objectives)["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]

    assert len(alerts) == len(set(alerts)) == 4 * len(alerting(objectives))


def test_slices_and_other_stores_and_what_cannot_burn_so_fast_have_no_rules(
    objectives: tuple[Slo, ...],
) -> None:
    one = next(slo for slo in objectives if slo.name == "checkout-availability")

    assert [] == alerting([one.model_copy(update={"budgeting": Budgeting.TIMESLICES})])
    assert [] == alerting([one.model_copy(update={"source": "datadog"})])
    assert [] == alerting([one.model_copy(update={"alerts": ()})])
    assert [6, 3, 1] == [alert.burn for alert in possible(one.model_copy(update={"target": 0.9}))]


def test_a_query_that_leaves_labels_is_summed(objectives: tuple[Slo, ...]) -> None:
    one = objectives[2].model_copy(
        update={"total": "increase(all_total[<window>])", "good": "increase(x[<window>])"}
    )
    (rule, *_) = rule_file([one])["groups"][0]["rules"]

    assert "sum(increase(all_total[5m]))" == rule["expr"]


def test_the_demo_leaves_them_out() -> None:
    assert "slo" not in demo_rules()


@pytest.mark.parametrize(("seconds", "text"), [(300, "5m"), (5400, "90m"), (86_400, "1d"), (90, "90s")])
def test_a_length_has_one_unit(seconds: int, text: str) -> None:
    assert text == duration(seconds)


def test_alerts_begin_and_end_when_the_workbook_says() -> None:
    assert furthest(outages(shipped())) <= 30


def test_clean_days_are_quiet_and_a_bad_one_is_not() -> None:
    slo = shipped()
    touchy = slo.model_copy(
        update={
            "alerts": (BurnAlert(severity="x", burn=1.0, seconds=3600),),
            "window": RollingWindow.model_validate({"length": "P1D"}),
        }
    )

    assert 0 == clean(slo, 15).alerts
    assert clean(touchy, 15).alerts > 0


def test_the_commands_check_and_write(tmp_path: Path) -> None:
    runner, folder = CliRunner(), str(SHIPPED)
    checked = runner.invoke(main, ["slo", "check", "--dir", folder])
    wrote = runner.invoke(main, ["slo", "rules", "--dir", folder, "--out", str(tmp_path), "--test"])
    printed = runner.invoke(main, ["slo", "rules", "--dir", folder])

    assert (0, True) == (checked.exit_code, "nothing is wrong" in checked.output)
    assert (0, ["slo.test.yaml", "slo.yaml"]) == (wrote.exit_code, sorted(p.name for p in tmp_path.iterdir()))
    assert (RULES / "slo.yaml").read_text() == printed.output
    assert {"slo.yaml"} == set(yaml.safe_load((tmp_path / "slo.test.yaml").read_text())["rule_files"])


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        (
            'sum(increase(http_requests_total{service="<service>"}[<window>]))\'}',
            'sum(incraese(http_requests_total{service="<service>"}[<window>]))\'}',
            "spec.indicatorRef.ratioMetric.total: This is not PromQL",
        ),
        ("target: 0.999", "target: 1.5", "a target of 100 % or more"),
    ],
)
def test_the_check_names_file_line_and_fix(tmp_path: Path, good: str, bad: str, said: str) -> None:
    shutil.copytree(SHIPPED, tmp_path / "policies")
    path = tmp_path / "policies" / "slo" / "availability.yaml"
    assert good in path.read_text()
    path.write_text(path.read_text().replace(good, bad))
    done = CliRunner().invoke(main, ["slo", "check", "--dir", str(tmp_path / "policies")])

    assert 1 == done.exit_code
    assert f"{path}:" in done.output
    assert said in done.output


def test_the_check_notes_what_is_hardly_meant(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "policies")
    for name, good, bad in (
        ("availability.yaml", "target: 0.999", "target: 0.9"),
        ("alerts.yaml", "warning", "grave"),
    ):
        path = tmp_path / "policies" / "slo" / name
        path.write_text(path.read_text().replace(good, bad))
    done = CliRunner().invoke(main, ["slo", "check", "--dir", str(tmp_path / "policies")])

    assert 0 == done.exit_code
    assert "a burn of 14.4 cannot be" in done.output
    assert "the severity grave stands in no level" in done.output
