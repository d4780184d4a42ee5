"""The generated rules of objectives do what they should when Prometheus itself evaluates them."""

import subprocess
from pathlib import Path

import pytest

from agent.policy.slo import load_slos
from bench.slo_alerts import shipped
from bench.slo_rules import judged
from demo.backends.process import BackendFailed, find_program, run_tool
from demo.backends.prometheus import INSTALL, check_rules
from tests.support.alerts import SHIPPED
from tools.sla_tracker.rule_tests import written_tests
from tools.sla_tracker.rules import written

pytestmark = pytest.mark.backend
RAW = """\
rule_files: [slo.yaml]
evaluation_interval: 1m
tests:
- name: without traffic there is no ratio and no alert
  interval: 1m
  input_series:
  - {series: 'http_requests_total{service="checkout",status="200"}', values: '1000x120'}
  - {series: 'http_requests_total{service="checkout",status="503"}', values: '7x120'}
  promql_expr_test: &quiet
  - {expr: 'slo:error_ratio:rate1h or slo:error_ratio:rate5m or slo:error_ratio:rate30d', eval_time: 2h, exp_samples: []}
  - {expr: 'ALERTS', eval_time: 2h, exp_samples: []}
- name: a scrape target that is gone alerts nobody here
  interval: 1m
  input_series:
  - {series: 'http_requests_total{service="checkout",status="200"}', values: '0+1000x60 _x60'}
  - {series: 'http_requests_total{service="checkout",status="503"}', values: '0x60 _x60'}
  promql_expr_test: [{expr: 'ALERTS', eval_time: 65m, exp_samples: []}, {expr: 'ALERTS', eval_time: 2h, exp_samples: []}]
- name: data that come again after a gap are no outage
  interval: 1m
  input_series:
  - {series: 'http_requests_total{service="checkout",status="200"}', values: '0+1000x30 _x30 61000+1000x60'}
  - {series: 'http_requests_total{service="checkout",status="503"}', values: '0x30 _x30 2x60'}
  promql_expr_test: [{expr: 'ALERTS', eval_time: 62m, exp_samples: []}, {expr: 'ALERTS', eval_time: 2h, exp_samples: []}]
- name: counters that begin anew are no outage, and lose next to nothing
  interval: 1m
  input_series:
  - {series: 'http_requests_total{service="checkout",status="200"}', values: '500000+999x60 999+999x60'}
  - {series: 'http_requests_total{service="checkout",status="503"}', values: '700+1x60 1+1x60'}
  promql_expr_test:
  - {expr: 'ALERTS', eval_time: 65m, exp_samples: []}
  - {expr: 'ALERTS', eval_time: 2h, exp_samples: []}
  - expr: 'round(slo:error_ratio:rate1h, 0.000001)'
    eval_time: 2h
    exp_samples: [{labels: '{slo="checkout-availability",service="checkout"}', value: 0.001}]
- name: one failure among the first requests after a silent hour is no alert
  interval: 1m
  input_series:
  - {series: 'http_requests_total{service="checkout",status="200"}', values: '1000x90 1000+5x30'}
  - {series: 'http_requests_total{service="checkout",status="503"}', values: '3x92 4x28'}
  promql_expr_test: [{expr: 'ALERTS', eval_time: 95m, exp_samples: []}]
- name: when not one request succeeds there is no series of good ones, and that is an outage
  interval: 1m
  input_series:
  - {series: 'http_requests_total{service="checkout",status="503"}', values: '0+1000x120'}
  promql_expr_test:
  - expr: 'count by (window) (ALERTS{alertstate="firing",service="checkout",severity="critical"})'
    eval_time: 30m
    exp_samples: [{labels: '{window="1h"}', value: 1}]
"""


async def _promtool(folder: Path, rules: str, cases: str) -> str:
    (folder / "slo.yaml").write_text(rules)
    (folder / "cases.yaml").write_text(cases)
    return await run_tool([find_program(["promtool"], INSTALL), "test", "rules", str(folder / "cases.yaml")])


async def test_the_generated_cases_hold_for_all_shipped_objectives(tmp_path: Path) -> None:
    objectives = load_slos(SHIPPED).objectives

    assert "SUCCESS" in await _promtool(tmp_path, written(objectives), written_tests(objectives))
    assert "SUCCESS" in await check_rules(tmp_path / "slo.yaml")


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("> 14.4 * 0.001 and", "> 20 * 0.001 and"),
        ('rate30m{slo="checkout-availability"} > 6', 'rate30m{slo="checkout-availability"} > 2'),
    ],
)
async def test_the_generated_cases_see_a_wrong_rule(tmp_path: Path, part: str, instead: str) -> None:
    objectives = [shipped()]
    rules = written(objectives)
    assert part in rules
    with pytest.raises(BackendFailed):
        await _promtool(tmp_path, rules.replace(part, instead), written_tests(objectives))


async def test_counters_with_gaps_resets_and_silence_alert_nobody(tmp_path: Path) -> None:
    assert "SUCCESS" in await _promtool(tmp_path, written([shipped()]), RAW)


def test_outages_are_told_when_the_formula_says(tmp_path: Path) -> None:
    slo = shipped()
    pages = slo.model_copy(update={"alerts": slo.alerts[:1]})

    assert 8 == judged(pages, tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        judged(pages, tmp_path, written([pages]).replace("> 14.4 *", "> 28 *"))
