"""The playbook's plan works with the real reads, on a world in memory where every reader tells the same story."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.brain.plans import due_reads
from agent.brain.toolbelt import Toolbelt
from agent.diagnosis.diagnose import diagnose
from agent.domain.evidence import Diagnosis, Evidence, EvidenceStatus
from agent.domain.view import IncidentView
from agent.errors import Unavailable
from tests.support import troubles as t
from tests.support.store import StillClock
from tools.charts import ChartSpec
from tools.connections import Connections
from tools.connectors.memory import MemoryAlerts, MemoryCluster, MemoryLogs, MemoryMetrics, MemoryWorld
from tools.connectors.memory_shop import bad_release, healthy_shop

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BEGAN = NOW - timedelta(minutes=4)


class NoPainter:
    async def draw(self, spec: ChartSpec) -> bytes:
        return b"\x89PNG" + spec.title.encode()

    async def close(self) -> None:
        return None


def toolbelt(world: MemoryWorld) -> Toolbelt:
    connections = Connections(
        metrics=MemoryMetrics(world),
        alerts=MemoryAlerts(world),
        logs=MemoryLogs(world),
        cluster=MemoryCluster(world),
        namespaces=("shop",),
    )
    return Toolbelt(connections, StillClock(NOW), painter=NoPainter())


async def followed(world: MemoryWorld, view: IncidentView) -> tuple[list[Evidence], Diagnosis]:
    belt = toolbelt(world)
    evidence: list[Evidence] = []
    for iteration in range(1, 6):
        requests, _ = due_reads(view, evidence, iteration)
        if not requests:
            break
        evidence += [await belt.run(request) for request in requests]
    await belt.close()
    return evidence, diagnose(view, evidence)


def story() -> tuple[MemoryWorld, IncidentView]:
    world = healthy_shop(NOW)
    bad_release(world, "payment", BEGAN, now=NOW)
    alerts = [t.alert("HighErrorRate", s, BEGAN) for s in ("payment", "checkout")]
    return world, t.view("payment", alerts).model_copy(update={"as_of": NOW})


async def test_the_bad_release_is_found_with_the_real_reads() -> None:
    evidence, diagnosis = await followed(*story())

    assert diagnosis.cause is not None
    assert (diagnosis.cause.rule, diagnosis.cause.service) == ("change.bad-deployment", "payment")
    assert diagnosis.next_step == "Roll back payment to v1"
    assert [e.request.tool for e in evidence if e.status is EvidenceStatus.ERROR] == []


async def test_every_planned_read_is_accepted_by_its_tool() -> None:
    evidence, _ = await followed(*story())

    assert {e.request.tool for e in evidence} >= {
        "metrics_collector.signal",
        "metrics_collector.compare",
        "metrics_collector.topology",
        "metrics_collector.chart",
        "log_analyzer.patterns",
        "incident_responder.rollouts",
        "incident_responder.pods",
        "incident_responder.events",
    }


@pytest.mark.parametrize(
    ("backend", "rule"),
    [("prometheus", None), ("elasticsearch", "change.bad-deployment"), ("kubernetes", "logs.new-errors")],
)
async def test_with_one_backend_away_the_rest_still_counts(backend: str, rule: str | None) -> None:
    world, view = story()
    world.broken[backend] = Unavailable(f"{backend} cannot be reached.", backend=backend)

    _, diagnosis = await followed(world, view)

    assert (diagnosis.cause.rule if diagnosis.cause else None) == rule
    assert any(line.startswith(f"{backend} cannot be reached: unknown are ") for line in diagnosis.missing)


async def test_a_namespace_that_names_the_monitoring_is_looked_beyond() -> None:
    world, view = story()
    elsewhere = view.incident.model_copy(update={"namespace": "monitoring"})

    _, diagnosis = await followed(world, view.model_copy(update={"incident": elsewhere}))

    assert diagnosis.cause is not None
    assert diagnosis.cause.rule == "change.bad-deployment"
