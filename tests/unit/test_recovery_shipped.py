"""Each shipped recovery, chosen among all of them by what it is for, with what it proposes when nothing helps."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from agent.domain.action import ActionState
from agent.domain.evidence import Finding, Reading, ReadRequest
from agent.domain.noun import Json
from agent.domain.results import Quantity, Series, SeriesResult, TableResult
from tests.support import readings
from tests.support.alerts import shipped_policies
from tests.support.recoveries import Bench, alert, caused
from tests.support.store import NOON, StillClock, store_at

POD = "payment-7c9b4f6d8"
LONG_AGO = NOON - timedelta(hours=1)
PAYMENT: dict[str, Json] = {"namespace": "shop", "name": "payment"}
DEPLOYMENT: dict[str, Json] = {"kind": "Deployment", **PAYMENT}
Proposal = tuple[str, dict[str, Json]]
RESTART: Proposal = ("restart_workload", DEPLOYMENT)
ROLL_BACK: Proposal = ("roll_back_workload", {**PAYMENT, "revision": 6})
LONG_QUERIES: Proposal = ("end_queries", {"longer_than_seconds": 30})
FLUSH: Proposal = ("flush_cache_keys", {"prefix": "payment:"})


@dataclass(frozen=True)
class Trouble:
    """What is wrong, and what the recovery that fits proposes, one action after the other."""

    recovery: str
    proposals: list[Proposal]
    told: list[str] = field(default_factory=list)
    cause: Finding | None = None
    alert: str = "SomethingElse"
    signals: dict[str, float] = field(default_factory=dict)
    instance: str = ""
    shares: dict[str, float] = field(default_factory=dict)


TROUBLES = [
    Trouble("bad-deployment", [ROLL_BACK], cause=caused("change.bad-deployment")),
    Trouble("crash-loop", [ROLL_BACK], cause=caused("container.crash-loop")),
    Trouble("cache-stampede", [FLUSH, RESTART], cause=caused("cache.stampede")),
    Trouble("cache-stampede", [FLUSH, RESTART], alert="CacheHitRateLow"),
    Trouble(
        "slow-dependency", [LONG_QUERIES, RESTART], ["@dba, @sre-oncall"], cause=caused("dependency.slow")
    ),
    Trouble("noisy-neighbour", [], ["@platform-admins"], cause=caused("node.noisy-neighbour")),
    Trouble("service-down", [RESTART, ROLL_BACK], alert="ServiceDown"),
    Trouble("service-down", [RESTART, ROLL_BACK], cause=caused("service.down")),
    Trouble(
        "high-memory",
        [("scale_workload", {**DEPLOYMENT, "replicas": 6}), RESTART, FLUSH],
        ["@sre-oncall"],
        signals={"container_memory_ratio": 0.93},
    ),
    Trouble(
        "connection-pool-exhaustion",
        [
            (
                "set_config_key",
                {"namespace": "shop", "name": "shop-settings", "key": "DB_POOL_MAX", "value": "20"},
            ),
            ("end_queries", {"longer_than_seconds": 5}),
            ("restart_database_connections", {"application": "payment"}),
        ],
        ["@dba"],
        signals={"pool_utilization": 0.97},
    ),
    Trouble(
        "high-error-rate",
        [
            ("enable_circuit_breaker", PAYMENT),
            ("take_out_of_service", {"namespace": "shop", "pod": f"{POD}-bbbbb"}),
            (
                "shift_traffic",
                {"namespace": "shop", "route": "payment", "weights": {"payment": 0, "payment-standby": 100}},
            ),
        ],
        ["@sre-oncall to be paged"],
        signals={"server_error_ratio": 0.3},
        shares={"aaaaa": 0.01, "bbbbb": 0.95, "ccccc": 0.02},
    ),
    Trouble(
        "performance-degradation",
        [("scale_workload", {**DEPLOYMENT, "replicas": 5}), FLUSH],
        alert="HighResponseTime",
        signals={"cache_hit_ratio": 0.1},
    ),
    Trouble(
        "certificate-expiry",
        # Whether the gateway has to be told is not asked when the renewal itself has failed.
        [("renew_certificate", {"namespace": "shop", "name": "payment"})],
        alert="CertificateExpiresSoon",
        instance="payment.shop.example:8443",
    ),
]


def _shares(trouble: Trouble) -> Reading:
    lines = trouble.shares.items()
    series = tuple(Series(labels={"pod": f"{POD}-{pod}"}, points=((1.0, share),)) for pod, share in lines)
    return readings.found(SeriesResult(series=series))


def _signal(trouble: Trouble, request: ReadRequest, now: datetime) -> Reading:
    name = str(request.params["signal"])
    normal = {"cache_hit_ratio": 0.9, "certificate_days_left": 60.0, "latency_p95": 0.1}.get(name, 0.01)
    return readings.signal(now, name, trouble.signals.get(name, normal))


def play(bench: Bench, trouble: Trouble) -> None:
    """Let the reads show the shop in this trouble."""
    pods = (
        readings.pod(f"{POD}-{end}", "payment", ready=end != "ccccc") for end in ("aaaaa", "bbbbb", "ccccc")
    )
    standby = readings.pod("payment-standby-6f7d8c9b5-ddddd", "payment-standby")
    where = TableResult(columns=("what", "how"), rows=(("namespace", "shop"),))
    releases = readings.changes(
        readings.deployment("payment", NOON, "payment:v1", "payment:v2", revision=7),
        readings.deployment("payment", LONG_AGO, "payment:v0", "payment:v1", revision=6),
    )
    size = Quantity(value=10.0, unit="connections")
    bench.reads.on("incident_responder.pods", readings.pods(*pods), service="payment")
    bench.reads.on("incident_responder.pods", readings.pods(standby), service="payment-standby")
    bench.reads.on("incident_responder.describe", readings.found(where))
    bench.reads.on("incident_responder.rollouts", releases)
    bench.reads.on("metrics_collector.query", readings.found(SeriesResult(series=()), value=size))
    if trouble.shares:
        bench.reads.on("metrics_collector.query", _shares(trouble))
    bench.reads.on("metrics_collector.signal", lambda request: _signal(trouble, request, bench.clock.now()))


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with store_at(tmp_path) as store:
        yield Bench(store, shipped_policies(), StillClock())


@pytest.mark.parametrize(
    "trouble", TROUBLES, ids=lambda one: f"{one.recovery}-{'cause' if one.cause else 'seen'}"
)
async def test_it_is_chosen_and_proposes_its_actions_in_order(bench: Bench, trouble: Trouble) -> None:
    play(bench, trouble)
    await bench.open(alert(trouble.alert, since=LONG_AGO, instance=trouble.instance), cause=trouble.cause)
    await bench.turn()
    for _ in trouble.proposals:
        await bench.finish(ActionState.FAILED, "it changed nothing")

    (run, *_) = await bench.runs()
    proposed = [(one.name, one.params) for one in bench.desk.proposed if f":{run.id}#" in one.origin]
    said = await bench.said()
    assert trouble.recovery == run.recovery
    assert trouble.proposals == proposed
    assert [] == [words for words in trouble.told if not any(words in line for line in said)]
    assert run.state.ended
