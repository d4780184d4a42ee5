"""Objectives that are asked of an InfluxDB: how they are written, and what is said of a mistake."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.domain.slo import Slo
from agent.errors import Misconfigured
from agent.policy.slo import load_slos
from tools.connections import Addresses, connect
from tools.sla_tracker.measure import Meter

WORDS = """\
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: points}
spec: {type: InfluxDB}
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: availability
  annotations: {ops-monitor/kind: availability}
spec:
  service: "*"
  indicator:
    metadata: {name: answered}
    spec:
      ratioMetric:
        good:
          metricSource:
            metricSourceRef: points
            spec: {query: "SELECT sum(good) FROM calls WHERE <time> AND service = '<service>' GROUP BY time(<window>)"}
        total:
          metricSource:
            metricSourceRef: points
            spec: {query: "SELECT sum(requests) FROM calls WHERE <time> AND service = '<service>' GROUP BY time(<window>)"}
  timeWindow:
    - {duration: 30d, isRolling: true}
  budgetingMethod: Occurrences
  objectives:
    - {target: 0.999}
"""
RATIO = WORDS[WORDS.index("      ratioMetric") : WORDS.index("  timeWindow")]
VALUE = """\
      thresholdMetric:
        metricSource:
          metricSourceRef: points
          spec: {query: "SELECT mean(took) FROM calls WHERE <time> AND service = '<service>' GROUP BY time(<window>)"}
"""
SLICES = WORDS.replace(RATIO, VALUE).replace("Occurrences", "Timeslices")
LIMITED = SLICES.replace("{target: 0.999}", "{target: 0.99, op: lte, value: 0.2, timeSliceWindow: 5m}")


def _loaded(folder: Path, text: str) -> Slo:
    (folder / "slo").mkdir()
    (folder / "slo" / "mine.yaml").write_text(text)
    return load_slos(folder).objectives[0]


def test_counts_and_values_keep_their_queries_with_the_service_in_them(tmp_path: Path) -> None:
    counted = _loaded(tmp_path, WORDS)

    assert ("checkout-availability", "influxdb", ()) == (counted.name, counted.source, counted.alerts)
    assert (
        "SELECT sum(good) FROM calls WHERE <time> AND service = 'checkout' GROUP BY time(<window>)"
        == counted.good
    )


def test_a_value_keeps_its_limit(tmp_path: Path) -> None:
    judged = _loaded(tmp_path, LIMITED)

    assert ("lte", 0.2, 300, "") == (judged.op, judged.limit, judged.slice_seconds, judged.good)
    assert judged.measured.startswith("SELECT mean(took)")


@pytest.mark.parametrize(
    ("good", "bad", "line", "said"),
    [
        ("sum(good)", "summ(good)", 21, "did you mean sum?"),
        ("sum(good)", "mean(good)", 21, "cannot be added up"),
        ("SELECT sum(good)", "SELCT sum(good)", 21, "SELECT is expected"),
        ("sum(good) FROM calls WHERE <time> AND", "sum(good) FROM calls WHERE", 21, "the time asked for"),
        ("<time> AND service = '<service>'", "<times> AND service = '<service>'", 21, "no placeholder"),
        ("AND service = '<service>'", "AND service = 'checkout'", 21, "must stand in it"),
        ("        good:", "        bad:", 0, "write `good`"),
        ("type: InfluxDB", "type: InfuxDB", 21, "write one of prometheus, influxdb, incidents"),
        ("  budgetingMethod", "  alertPolicies: [burn]\n  budgetingMethod", 0, "rules of a Prometheus"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_to_write(
    tmp_path: Path, good: str, bad: str, line: int, said: str
) -> None:
    alerts = (
        "---\napiVersion: openslo/v1\nkind: AlertPolicy\nmetadata: {name: burn}\nspec:\n  conditions:\n"
        "    - kind: AlertCondition\n"
        "      metadata: {name: fast}\n      spec: {severity: critical, condition: {kind: burnrate, op: gt, threshold: 14.4, "
        "lookbackWindow: 1h}}\n"
    )
    with pytest.raises(Misconfigured) as caught:
        _loaded(tmp_path, WORDS.replace(good, bad, 1) + alerts)

    assert said in caught.value.user_message
    assert f"mine.yaml:{line or ''}" in caught.value.user_message


def test_a_value_that_is_several_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="there must be one"):
        _loaded(tmp_path, LIMITED.replace("GROUP BY time(<window>)", "GROUP BY time(<window>), pod"))


async def test_without_an_address_it_is_said_what_is_missing(tmp_path: Path) -> None:
    slo = _loaded(tmp_path, WORDS)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    with pytest.raises(Misconfigured, match="measured from influxdb"):
        await Meter(None).course(slo, now.replace(hour=0, day=22), now, now)
    with pytest.raises(Misconfigured, match="OPS_INFLUXDB_DATABASE"):
        connect(Addresses(influxdb_url="http://127.0.0.1:1"), timeout_seconds=1)
