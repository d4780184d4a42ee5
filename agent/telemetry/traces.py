"""Traces of the bot itself: spans that cost nothing until an OTLP endpoint is configured."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from agent.errors import Misconfigured


def configure_traces() -> bool:
    """Export spans when `OTEL_EXPORTER_OTLP_ENDPOINT` is set; say whether it is."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return False
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise Misconfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the exporter is not installed: install ops-monitor[otel]."
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "ops-monitor"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True


@contextmanager
def span(name: str, **attributes: str | int | float | bool) -> Iterator[None]:
    """Trace a stretch of work under OpenTelemetry attribute names."""
    from opentelemetry import trace

    with trace.get_tracer("ops-monitor").start_as_current_span(name, attributes=attributes):
        yield
