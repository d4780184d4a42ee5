"""How each read is run: in time, redacted, bounded, and turned into evidence whatever happens."""

import asyncio
import difflib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import structlog
from pydantic import ValidationError

from agent.analysis.redaction import Redactor
from agent.brain.breaker import Breaker
from agent.brain.every_read import READS, build_reads
from agent.brain.probes import probe_all
from agent.brain.safekeeping import bounded, redacted
from agent.domain.evidence import Evidence, EvidenceStatus, Reading, ReadRequest, reading_digest
from agent.domain.probe import Probe
from agent.errors import BackendError, BadInput, Misconfigured, OpsError, TimedOut
from agent.ports.clock import Clock
from agent.ports.reads import ReadSpec
from agent.settings import Settings
from agent.telemetry.logs import LogEvent
from agent.telemetry.traces import span
from tools.base import Params, Read
from tools.charts import Painter
from tools.connections import Addresses, Connections, connect
from tools.metrics_collector.capacity_reads import CapacityChartRead, CapacityRead
from tools.metrics_collector.chart_reads import ChartRead
from tools.painter import ProcessPainter
from tools.pictures import Pictures
from tools.signals import SignalBook
from tools.sla_tracker.influx_counts import SOURCE as INFLUXDB
from tools.sla_tracker.influx_counts import InfluxCounts
from tools.sla_tracker.judge import Judge
from tools.sla_tracker.ledger import Ledger
from tools.sla_tracker.measure import Meter
from tools.sla_tracker.objective_reads import BudgetChartRead
from tools.sla_tracker.promises import Promises

__all__ = ["READS", "Toolbelt", "build_toolbelt"]

_log = structlog.get_logger(__name__)

SETTING = {
    "prometheus": ("Prometheus", "OPS_PROMETHEUS_URL"),
    "alertmanager": ("Alertmanager", "OPS_ALERTMANAGER_URL"),
    "elasticsearch": ("Elasticsearch", "OPS_ELASTICSEARCH_URL"),
    "kubernetes": ("Kubernetes", "OPS_KUBERNETES_URL or OPS_KUBECONFIG"),
    "requests": ("The table of requests", "OPS_REQUESTS_POSTGRESQL_URL"),
    "influxdb": ("InfluxDB", "OPS_INFLUXDB_URL"),
}
# A picture also waits for the drawing process, which takes its time at its first start; weeks of samples take theirs.
_EXTRA_SECONDS = {
    ChartRead.name: 8.0,
    BudgetChartRead.name: 8.0,
    CapacityRead.name: 8.0,
    CapacityChartRead.name: 16.0,
}


def build_toolbelt(settings: Settings, clock: Clock, *, known_secrets: Iterable[str] = ()) -> "Toolbelt":
    """Build the toolbelt that the settings describe; nothing is contacted yet."""

    def revealed(value: Any) -> str | None:
        return value.get_secret_value() if value else None

    addresses = Addresses(
        prometheus_url=settings.prometheus_url,
        alertmanager_url=settings.alertmanager_url,
        elasticsearch_url=settings.elasticsearch_url,
        elasticsearch_api_key=revealed(settings.elasticsearch_api_key),
        log_indices=settings.log_indices,
        requests_postgresql_url=revealed(settings.requests_postgresql_url),
        influxdb_url=settings.influxdb_url,
        influxdb_database=settings.influxdb_database,
        influxdb_user=settings.influxdb_user,
        influxdb_password=revealed(settings.influxdb_password),
        kibana_url=settings.kibana_url,
        kubernetes_url=settings.kubernetes_url,
        kubernetes_token=revealed(settings.kubernetes_token),
        kubeconfig=settings.kubeconfig,
        namespaces=settings.namespaces,
        tls_ca_file=settings.tls_ca_file,
    )
    # A connector's own deadline ends first: its error says more than ours.
    connections = connect(addresses, timeout_seconds=settings.read_timeout_seconds * 0.95)
    return Toolbelt(
        connections,
        clock,
        painter=ProcessPainter(),
        redactor=Redactor(known_secrets),
        timeout_seconds=settings.read_timeout_seconds,
    )


def meter_of(connections: Connections, ledger: Ledger | None = None) -> Meter | None:
    """Return what counts events in the metrics stores; None where none is configured."""
    others = {INFLUXDB: InfluxCounts(connections.influx)} if connections.influx else {}
    if connections.metrics is None and not others:
        return None
    return Meter(connections.metrics, ledger, others)


class Toolbelt:
    """Implements ports.reads.Reads."""

    def __init__(
        self,
        connections: Connections,
        clock: Clock,
        *,
        painter: Painter,
        redactor: Redactor | None = None,
        timeout_seconds: float = 4.0,
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._painter = painter
        self._redactor = redactor or Redactor()
        self._timeout = timeout_seconds
        self._pictures = Pictures()
        self._breakers: dict[str, Breaker] = {}
        self.meter = meter_of(connections)
        # Filled in by whoever reads the policies; without them there are no objectives to read.
        self.promises = Promises()
        # Likewise: without policies every signal is measured as it is known by itself.
        self.signals = SignalBook()
        judge = Judge(self.meter, self.promises) if self.meter else None
        self._reads = {
            read.name: read for read in build_reads(connections, painter, self._pictures, judge, self.signals)
        }

    def catalogue(self) -> tuple[ReadSpec, ...]:
        """List every read, those of unconfigured backends too."""
        return _specs()

    async def run(self, request: ReadRequest, *, incident_id: str | None = None) -> Evidence:
        """Run one read within its deadline; raises BadInput for an unknown tool or bad parameters."""
        kind = _kind(request.tool)
        params = _params(kind, request.params)
        now = self._clock.now()
        try:
            reading, backend, error = await self._look(kind, params, now), kind.backend, None
        except BadInput:
            raise
        except OpsError as failure:
            backend = failure.backend if isinstance(failure, BackendError) else kind.backend
            reading, error = _failed(request), failure.user_message
        except Exception as failure:  # noqa: BLE001 - the edge of a tool call: a bug in one read must not end an investigation
            _log.exception(LogEvent.READ_FAILED, tool=request.tool)
            reading, backend = _failed(request), kind.backend
            error = f"The read failed unexpectedly ({type(failure).__name__})."
        return self._evidence(request, reading, backend, error, incident_id, now)

    async def blob(self, digest: str) -> bytes | None:
        """Return a picture that a read drew, or None when it is gone from memory."""
        return self._pictures.get(digest)

    def configured(self, backend: str) -> bool:
        """Say whether a backend is set up, and may therefore come back when it is away."""
        return self._connections.backends.get(backend) is not None

    async def probe(self) -> list[Probe]:
        """Ask every backend whether it answers and lets us read what we need."""
        found = await probe_all(self._connections, SETTING, self._timeout)
        # What a backend says of its trouble is foreign text too.
        return [probe.model_copy(update={"detail": self._redactor.text(probe.detail)}) for probe in found]

    async def close(self) -> None:
        """Let go of connections and stop the drawing process."""
        await asyncio.gather(self._connections.close(), self._painter.close())

    async def _look(self, kind: type[Read], params: Params, now: datetime) -> Reading:
        read = self._reads.get(kind.name)
        # A TLS server is named by the read itself and needs no setting.
        title, setting = SETTING.get(kind.backend, ("The server", ""))
        if read is None:
            raise Misconfigured(f"{title} is not configured: set {setting}.")
        breaker = self._breakers.setdefault(kind.backend, Breaker(title, kind.backend))
        entered = breaker.enter(self._clock.now())
        try:
            async with asyncio.timeout(self._timeout + _EXTRA_SECONDS.get(kind.name, 0.0)):
                with span(f"read {kind.name}", backend=kind.backend):
                    reading = await read.run(params, now)
        except TimeoutError as error:
            late = TimedOut(f"{title} did not answer in time.", backend=kind.backend)
            breaker.note(late, self._clock.now(), entered)
            raise late from error
        except OpsError as error:
            breaker.note(error, self._clock.now(), entered)
            raise
        breaker.note(None, self._clock.now(), entered)
        return reading

    def _evidence(
        self,
        request: ReadRequest,
        reading: Reading,
        backend: str,
        error: str | None,
        incident_id: str | None,
        now: datetime,
    ) -> Evidence:
        safe = bounded(redacted(reading, self._redactor))
        said = self._redactor.text(error) if error else None
        if said:
            safe = safe.model_copy(update={"summary": said})
        return Evidence(
            id=f"ev_{secrets.token_hex(8)}",
            incident_id=incident_id,
            request=ReadRequest(tool=request.tool, params=self._redactor.value(request.params)),
            reading=safe,
            observed_at=now,
            digest=reading_digest(safe),
            backend=backend,
            error=said,
        )


@cache
def _specs() -> tuple[ReadSpec, ...]:
    # The schemas never change, and making them takes longer than most reads.
    return tuple(
        ReadSpec(
            name=read.name,
            description=read.description,
            backend=read.backend,
            params_schema=read.params.model_json_schema(),
        )
        for read in READS
    )


def _kind(tool: str) -> type[Read]:
    known = {read.name: read for read in READS}
    if tool in known:
        return known[tool]
    near = difflib.get_close_matches(tool, known, n=2, cutoff=0.5)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise BadInput(f"There is no read called “{tool[:80]}”.{hint}", field="tool")


def _params(kind: type[Read], given: Mapping[str, Any]) -> Params:
    try:
        return kind.params.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(("params", *map(str, first["loc"])))
        raise BadInput(f"{kind.name}: {field}: {first['msg']}.", field=field) from error


def _failed(request: ReadRequest) -> Reading:
    asked = json.dumps(request.params, ensure_ascii=False, sort_keys=True)
    return Reading(status=EvidenceStatus.ERROR, query=f"{request.tool} {asked}"[:2000], summary="")
