"""Who calls whom, kept fresh for correlation: what the metrics tell, and what the team's file adds."""

import asyncio
from pathlib import Path

import structlog
import yaml

from agent.domain.evidence import ReadRequest
from agent.domain.results import EdgesResult
from agent.errors import Misconfigured, OpsError
from agent.ports.reads import Reads
from agent.telemetry.logs import LogEvent

Edges = frozenset[tuple[str, str]]

_log = structlog.get_logger(__name__)
_MOST_EDGES = 20_000


def load_edges(path: Path) -> Edges:
    """Read a topology file (`SERVICE: [services it calls]`); raises Misconfigured that names the file."""
    try:
        document = yaml.safe_load(path.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Misconfigured(f"The topology file {path.name} cannot be read: {error}") from error
    if not isinstance(document, dict) or not all(
        isinstance(callees, list) and all(isinstance(c, str) for c in callees)
        for callees in document.values()
    ):
        raise Misconfigured(
            f"The topology file {path.name} must map each service to a list of services it calls."
        )
    return frozenset((str(caller), callee) for caller, callees in document.items() for callee in callees)


class Topology:
    """Call it for the current edges; `run` refreshes them until cancelled, and a failed look keeps the last ones."""

    def __init__(self, reads: Reads, fixed: Edges = frozenset(), *, every_seconds: float = 60.0) -> None:
        self._reads = reads
        self._fixed = fixed
        self._seen: Edges = frozenset()
        self._every = every_seconds

    def __call__(self) -> Edges:
        """Return the (caller, callee) pairs known now."""
        return self._fixed | self._seen

    async def refresh(self) -> None:
        """Look once."""
        try:
            evidence = await self._reads.run(ReadRequest(tool="metrics_collector.topology"))
        except OpsError as error:
            _log.warning(LogEvent.READ_FAILED, tool="metrics_collector.topology", reason=error.user_message)
            return
        if isinstance(evidence.reading.result, EdgesResult):
            self._seen = frozenset(evidence.reading.result.edges[:_MOST_EDGES])

    async def run(self) -> None:
        """Look again and again; sooner while nothing is known yet or more is still becoming known."""
        while True:
            before = self._seen
            await self.refresh()
            settled = self._seen and self._seen == before
            await asyncio.sleep(self._every if settled else min(5.0, self._every))
