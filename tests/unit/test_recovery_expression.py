"""An alert's own expression: taken apart, asked now and earlier, and never trusted further than it measures."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.evidence import EvidenceStatus, Reading
from agent.domain.results import Series, TableResult
from tools.connectors.memory import MemoryMetrics, MemoryWorld
from tools.connectors.readers import AlertRule
from tools.metrics_collector.expression import compared, longest_range
from tools.metrics_collector.expression_reads import ExpressionParams, ExpressionRead, matching

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
RULES = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "rules"
RATIO = 'sum by (service) (rate(errors{code=~"5.."}[5m])) / sum by (service) (rate(requests[5m])) > 0.05'
FAILED = 'sum by (service)(rate(errors{code=~"5.."}[5m])) / sum by (service)(rate(requests{}[5m]))'
EVERY = "sum by (service)(rate(requests{}[5m]))"


def expressions() -> list[str]:
    return [
        rule["expr"]
        for path in sorted(RULES.glob("*.yaml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]


@pytest.mark.parametrize("expression", expressions())
def test_every_shipped_rule_has_a_comparison(expression: str) -> None:
    found = compared(expression)

    assert found is not None
    assert compared(f"{found.measured} {found.sign} {found.threshold}") is not None


@pytest.mark.parametrize(
    ("expression", "sign", "threshold", "measured"),
    [
        ("a > 1", ">", 1.0, "a"),
        ("((a)) >= (2 * 3 - 1)", ">=", 5.0, "((a))"),
        ("5 < a", ">", 5.0, "a"),
        ("-2 >= a", "<=", -2.0, "a"),
        ("a < 7 * 86400 and a > 0", "<", 604800.0, "a"),
        ("b and a > 3", ">", 3.0, "a"),
        ("a == bool 0", "==", 0.0, "a"),
        (
            'label_replace(a == 1, "s", "$1", "c", "(.*)")',
            "==",
            1.0,
            'label_replace(a, "s", "$1", "c", "(.*)")',
        ),
    ],
)
def test_the_outermost_comparison_is_split(
    expression: str, sign: str, threshold: float, measured: str
) -> None:
    found = compared(expression)

    assert found is not None
    assert (sign, threshold) == (found.sign, found.threshold)
    assert measured == found.measured.replace("{}", "")


@pytest.mark.parametrize("expression", ["a", "a > b", "1 > 2", "absent(a)", "a >", "a > 1 / 0"])
def test_what_compares_with_no_number_has_no_threshold(expression: str) -> None:
    assert compared(expression) is None


@given(st.text(max_size=200))
def test_no_text_breaks_the_split(text: str) -> None:
    compared(text)
    assert longest_range(text) >= 0


@given(
    st.floats(-1e6, 1e6),
    st.floats(-1e6, 1e6),
    st.sampled_from([">", ">=", "<", "<="]),
)
def test_beyond_grows_exactly_on_the_side_where_the_alert_is(
    value: float, threshold: float, sign: str
) -> None:
    found = compared(f"a {sign} {threshold!r}")

    assert found is not None
    if found.beyond(value) > 0:
        assert found.holds(value)
    if found.beyond(value) < 0:
        assert not found.holds(value)


def test_the_longest_range_is_found() -> None:
    assert 3600 == longest_range("rate(a[5m]) + increase(b[1h]) > 0")
    assert 0 == longest_range("a > 1")


def world(**answers: tuple[Series, ...]) -> MemoryWorld:
    rule = AlertRule("HighErrorRate", "firing", RATIO, 300.0, "critical")
    named = {"whole": RATIO, "measured": FAILED, "every": EVERY}
    return MemoryWorld(rules=[rule], answers={named[name]: series for name, series in answers.items()})


def one(value: float, **labels: str) -> Series:
    return Series(labels=labels, points=((NOW.timestamp(), value),))


async def read(facts: MemoryWorld, **params: object) -> Reading:
    asked = ExpressionParams.model_validate(
        {"rule": "HighErrorRate", "labels": {"service": "payment", "severity": "critical"}} | params
    )
    return await ExpressionRead(MemoryMetrics(facts)).run(asked, NOW)


def rows(reading: Reading) -> dict[str, str]:
    assert isinstance(reading.result, TableResult)
    return {row[0]: row[1] for row in reading.result.rows}


async def test_an_expression_that_holds_tells_value_and_threshold() -> None:
    failing = one(0.48, service="payment")
    found = await read(
        world(whole=(failing, one(0.2, service="x")), measured=(failing, one(0.2, service="x")))
    )

    told = rows(found)
    assert ("yes", 0.48, 0.05) == (told["holds"], float(told["value"]), float(told["threshold"]))
    assert 0.43 == pytest.approx(float(told["beyond"]))
    assert "300 s" == told["looks back"]
    assert "holds: 0.48, alerting when > 0.05" in found.summary


async def test_an_expression_that_no_longer_holds_still_tells_its_value() -> None:
    found = await read(world(measured=(one(0.01, service="payment"),)))

    assert ("no", 0.01) == (rows(found)["holds"], float(rows(found)["value"]))


async def test_a_share_without_failures_is_zero_as_long_as_requests_are_counted() -> None:
    found = await read(world(every=(one(12.0, service="payment"),)))

    assert ("no", 0.0) == (rows(found)["holds"], float(rows(found)["value"]))


async def test_a_service_that_counts_nothing_has_no_value() -> None:
    found = await read(world(every=(one(12.0, service="checkout"),)))

    assert "no" == rows(found)["holds"]
    assert "value" not in rows(found)
    assert "nothing is measured" in found.summary


async def test_another_services_trouble_is_not_ours() -> None:
    found = await read(world(whole=(one(0.9, service="checkout"),), every=(one(5.0, service="payment"),)))

    assert "no" == rows(found)["holds"]


async def test_of_two_rules_with_one_name_the_one_that_knows_the_labels_is_asked() -> None:
    facts = world(measured=(one(0.3, service="payment"),), whole=(one(0.3, service="payment"),))
    facts.rules.insert(0, AlertRule("HighErrorRate", "inactive", "other > 5", 0.0, "critical"))

    assert RATIO == (await read(facts)).query


async def test_an_unknown_rule_has_no_data_unless_its_expression_comes_along() -> None:
    facts = MemoryWorld(answers={"up": (one(1.0),), "up == 1": (one(1.0),)})

    assert EvidenceStatus.NO_DATA is (await read(facts)).status
    assert "yes" == rows(await read(facts, expression="up == 1"))["holds"]


async def test_it_is_asked_at_the_moment_that_is_wanted_and_never_in_the_future() -> None:
    moments: list[datetime] = []

    class Noting(MemoryMetrics):
        async def instant(self, promql: str, at: datetime) -> tuple[Series, ...]:
            moments.append(at)
            return await super().instant(promql, at)

    asked = ExpressionRead(Noting(world()))
    for at in (NOW - timedelta(minutes=3), NOW + timedelta(hours=1)):
        await asked.run(ExpressionParams(rule="HighErrorRate", at=at), NOW)

    assert {NOW - timedelta(minutes=3), NOW} == set(moments)


def test_labels_that_the_rule_put_there_itself_do_not_hide_the_series() -> None:
    mine, other = one(1.0, instance="a", service="scraped"), one(1.0, instance="b", service="scraped")

    assert (mine,) == matching(
        [mine, other], {"instance": "a", "service": "ecommerce-api", "severity": "high"}
    )
    assert () == matching([one(1.0, service="x")], {"service": "y"})
