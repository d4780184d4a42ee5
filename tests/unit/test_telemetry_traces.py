"""The bot's own traces: a span for each request, job and read."""

from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent.brain.toolbelt import Toolbelt
from agent.domain.evidence import ReadRequest
from agent.domain.noun import Json
from agent.jobs.leases import LeaseJobs
from agent.ports.jobs import Job
from agent.telemetry.traces import configure_traces
from tests.support.store import NOON, StillClock, store_at
from tools.charts import ChartSpec
from tools.connections import Connections
from tools.connectors.memory import MemoryAlerts
from tools.connectors.memory_shop import healthy_shop


class NoPainter:
    async def draw(self, spec: ChartSpec) -> bytes:
        raise AssertionError(spec.title)

    async def close(self) -> None:
        return None


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter


def test_nothing_is_exported_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)

    assert not configure_traces()


async def test_a_job_and_the_reads_in_it_are_one_trace(spans: InMemorySpanExporter, tmp_path: Path) -> None:
    belt = Toolbelt(Connections(alerts=MemoryAlerts(healthy_shop(NOON))), StillClock(), painter=NoPainter())

    async def handler(payload: dict[str, Json]) -> None:
        await belt.run(ReadRequest(tool="alert_manager.firing"))
        await jobs.stop(0)

    async with store_at(tmp_path) as store:
        jobs = LeaseJobs(store, StillClock())
        async with store.write() as tx:
            await jobs.enqueue(tx, Job(kind="look"))
        await jobs.run({"look": handler})
    await belt.close()
    read, job = spans.get_finished_spans()

    assert (read.name, job.name) == ("read alert_manager.firing", "job look")
    assert read.parent is not None
    assert job.context is not None
    assert read.parent.span_id == job.context.span_id
