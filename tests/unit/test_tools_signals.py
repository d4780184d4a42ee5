"""The named signals: complete, documented, and safe to build with any name."""

from pathlib import Path

import promql_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import BadInput
from tools.recipes import Recipe, expand, expand_fresh
from tools.signals import SIGNALS, signal_named

KEY_METRICS = {
    *("request_rate", "latency_p50", "latency_p95", "latency_p99", "latency_average"),
    *("client_error_ratio", "server_error_ratio", "availability", "apdex"),
    *(
        "cpu_utilization",
        "memory_utilization",
        "disk_utilization",
        "disk_io",
        "network_receive",
        "network_transmit",
    ),
    *(
        "active_users",
        "transactions",
        "revenue",
        "conversion",
        "ai_tokens",
        "learning_sessions",
        "textbooks_created",
    ),
    *(
        "pool_utilization",
        "cache_hit_ratio",
        "certificate_days_left",
        "restarts",
        "up",
        "container_memory_ratio",
    ),
    *("login_failures", "rate_limit_violations", "security_events", "vulnerabilities"),
    *("customer_satisfaction", "cost"),
}
RECIPES = [recipe for signal in SIGNALS.values() for recipe in signal.recipes]


def test_every_key_metric_of_the_guide_and_the_role_is_a_signal() -> None:
    assert KEY_METRICS == set(SIGNALS)


def test_thresholds_are_those_of_the_guide_and_the_role() -> None:
    limits = {name: signal.threshold for name, signal in SIGNALS.items() if signal.threshold is not None}

    assert 0.05 == limits["server_error_ratio"]
    assert 1 == limits["latency_p95"]
    assert 0.8 == limits["cpu_utilization"]
    assert 0.9 == limits["memory_utilization"]
    assert 0.85 == limits["disk_utilization"]
    assert 0.9 == limits["pool_utilization"]
    assert 0.85 == limits["container_memory_ratio"]
    assert 7 == limits["certificate_days_left"]
    assert 0.999 == limits["availability"]
    assert 1_000_000 == limits["ai_tokens"]
    assert all(SIGNALS[name].threshold_source for name in limits)


def test_every_signal_is_documented_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "signals.md").read_text(encoding="utf-8")
    rows = {row.split("|")[1].strip().strip("`"): row for row in page.splitlines() if row.startswith("| `")}

    assert set(SIGNALS) == set(rows)
    for name, signal in SIGNALS.items():
        assert signal.title in rows[name]
        assert signal.description in rows[name]
        assert f"| {signal.unit} |" in rows[name]
        assert signal.threshold is None or f"{signal.threshold:g}" in rows[name]
        for recipe in signal.recipes:
            assert recipe.scheme in rows[name]


@settings(max_examples=100)
@given(
    recipe=st.sampled_from(RECIPES),
    service=st.none() | st.text(min_size=1, max_size=30),
    namespace=st.none() | st.text(min_size=1, max_size=10),
)
def test_no_name_whatever_breaks_out_of_its_label(
    recipe: Recipe, service: str | None, namespace: str | None
) -> None:
    query = expand_fresh(recipe, service, namespace, 20, 300)
    plain = expand_fresh(recipe, "a" if service else None, "a" if namespace else None, 20, 300)

    assert selectors(plain) == selectors(query)


def selectors(query: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the metrics that a query reads with the labels that it matches, but not their values."""
    found: list[tuple[str, list[tuple[str, str]]]] = []

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append((node.name, [(str(m.op), m.name) for m in node.matchers.matchers]))

    promql_parser.walk(promql_parser.parse(query), visit)
    return found


def test_a_hostile_service_name_stays_one_string() -> None:
    recipe = SIGNALS["request_rate"].recipes[0]

    query = expand(recipe, 'x"} or vector(1) #\\', None, 60)

    assert 'sum by (service) (rate(http_requests_total{service="x\\"} or vector(1) #\\\\"}[60s]))' == query


def test_an_unknown_signal_suggests_the_nearest() -> None:
    with pytest.raises(BadInput, match="latency_p95"):
        signal_named("latencyp95")


def test_crossing_looks_the_right_way() -> None:
    assert SIGNALS["server_error_ratio"].crossed(0.06)
    assert not SIGNALS["server_error_ratio"].crossed(0.05)
    assert SIGNALS["availability"].crossed(0.99)
    assert SIGNALS["up"].crossed(0.5)
    assert not SIGNALS["up"].crossed(1.0)
    assert not SIGNALS["network_receive"].crossed(1e12)
