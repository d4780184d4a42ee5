"""Routes, destination rules and durations as the mesh reads them, and how a proxy spreads calls by them."""

import random
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from demo.mesh.outliers import OutlierRule
from demo.mesh.rules import Share, outlier_of, seconds_of, split_of
from demo.mesh.sidecar import Sidecar
from demo.shop.calls import Endpoint
from demo.shop.telemetry import PodTelemetry


def route(
    name: str, parent: dict[str, str], backends: list[dict[str, Any]], created: str = "1"
) -> dict[str, Any]:
    """Build an HTTPRoute."""
    return {
        "metadata": {"name": name, "namespace": "shop", "creationTimestamp": created},
        "spec": {"parentRefs": [parent], "rules": [{"backendRefs": backends}]},
    }


SERVICE = {"group": "", "kind": "Service", "name": "checkout"}


def test_the_oldest_route_of_a_parent_splits_its_calls() -> None:
    young = route("a", SERVICE, [{"name": "young", "weight": 1}], "2026-01-02T00:00:00Z")
    old = route("b", SERVICE, [{"name": "old", "weight": 9}, {"name": "plain"}], "2026-01-01T00:00:00Z")
    assert split_of([young, old], "Service", "shop", "checkout") == (Share("old", 9), Share("plain", 1))


def test_a_route_of_a_gateway_is_none_of_a_service_with_the_same_name() -> None:
    edge = route("a", {"name": "checkout"}, [{"name": "x"}])
    assert split_of([edge], "Service", "shop", "checkout") == ()
    assert split_of([edge], "Gateway", "shop", "checkout") == (Share("x", 1),)
    assert split_of([edge], "Gateway", "batch", "checkout") == ()


def test_a_destination_rule_is_found_by_each_form_of_its_host() -> None:
    for host in ("checkout", "checkout.shop", "checkout.shop.svc", "checkout.shop.svc.cluster.local"):
        rule = {
            "metadata": {"namespace": "shop"},
            "spec": {"host": host, "trafficPolicy": {"outlierDetection": {"interval": "5s"}}},
        }
        assert outlier_of([rule], "shop", "checkout") == OutlierRule(interval_seconds=5.0)
        assert outlier_of([rule], "shop", "payment") is None


def test_a_short_host_is_meant_in_its_own_namespace() -> None:
    rule = {
        "metadata": {"namespace": "batch"},
        "spec": {"host": "checkout", "trafficPolicy": {"outlierDetection": {}}},
    }
    assert outlier_of([rule], "shop", "checkout") is None
    assert outlier_of([rule], "batch", "checkout") == OutlierRule()


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int, millis: int) -> None:
    found = seconds_of(f"{hours}h{minutes}m{seconds}s{millis}ms")
    assert found is not None
    assert abs(found - (hours * 3600 + minutes * 60 + seconds + millis / 1000)) < 1e-6


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_none(text: str) -> None:
    found = seconds_of(text)
    assert found is None or found >= 0


class FixedPlane:
    """Rules that a test sets."""

    def __init__(self, shares: tuple[Share, ...], rule: OutlierRule | None = None) -> None:
        self.shares = shares
        self.rule = rule

    def split(self, kind: str, namespace: str, name: str) -> tuple[Share, ...]:
        return self.shares if name == "checkout" else ()

    def outlier(self, namespace: str, service: str) -> OutlierRule | None:
        return self.rule

    def endpoints(self, namespace: str, service: str) -> list[Endpoint]:
        return [("127.0.0.1", 1, f"{service}-1"), ("127.0.0.1", 2, f"{service}-2")]


def spread(plane: FixedPlane, calls: int = 4000) -> Counter[str]:
    """Count which service takes how many calls."""
    sidecar = Sidecar(plane, "shop", chance=random.Random(3))
    return Counter(found[0][2][:-2] if (found := sidecar.route("checkout")) else "" for _ in range(calls))


def test_calls_are_spread_by_weight() -> None:
    found = spread(FixedPlane((Share("stable", 90), Share("canary", 10))))
    assert 300 < found["canary"] < 500
    assert found["stable"] + found["canary"] == 4000


def test_a_backend_without_weight_gets_nothing_and_without_any_weight_nobody_does() -> None:
    assert spread(FixedPlane((Share("stable", 1), Share("canary", 0)))) == {"stable": 4000}
    assert spread(FixedPlane((Share("stable", 0), Share("canary", 0)))) == {"": 4000}


def test_without_a_route_the_service_itself_is_called() -> None:
    assert spread(FixedPlane(())) == {"checkout": 4000}


def test_ejections_show_in_the_clients_metrics_and_end_with_the_rule() -> None:
    telemetry, plane = PodTelemetry(), FixedPlane((), OutlierRule(2, 10, 30, 50))
    sidecar = Sidecar(plane, "shop", telemetry)
    bad, good = sidecar.route("checkout")
    sidecar.answered(bad, 500)
    sidecar.answered(bad, 500)

    def shown(name: str) -> float | None:
        where = {"cluster_name": "outbound|80||checkout.shop.svc.cluster.local"}
        return telemetry.registry.get_sample_value(f"envoy_cluster_outlier_detection_{name}", where)

    assert list(sidecar.route("checkout")) == [good]
    assert (shown("ejections_active"), shown("ejections_enforced_total")) == (1.0, 1.0)
    assert sidecar.ejected("checkout") == {bad[2]}
    plane.rule = None
    assert list(sidecar.route("checkout")) == [bad, good]
    assert shown("ejections_active") == 0.0
