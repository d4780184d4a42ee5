"""Chooses the queue that belongs to a database."""

from collections.abc import Mapping

from agent.jobs.leases import LeaseJobs
from agent.ports.clock import Clock
from agent.ports.store import Store
from agent.telemetry.metrics import Metrics

# Eight may be slow work with limits of its own (investigations, a model's looks, hand-offs); intake must find some room.
CONCURRENCY = 10


def open_jobs(
    store: Store,
    clock: Clock,
    *,
    url: str,
    limits: Mapping[str, int] | None = None,
    metrics: Metrics | None = None,
) -> LeaseJobs:
    """Return the queue in the store's own database; on PostgreSQL several processes share it."""
    return LeaseJobs(
        store,
        clock,
        concurrency=CONCURRENCY,
        limits=limits,
        metrics=metrics,
        alone=url.startswith("sqlite:"),
    )
