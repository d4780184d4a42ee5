"""A scripted double of the reads: answers by tool and parameters, counts what was asked, can be slow or fail."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent.domain.evidence import Evidence, EvidenceStatus, Reading, ReadRequest, reading_digest
from agent.domain.noun import Json
from agent.errors import BadInput
from agent.ports.reads import ReadSpec

BACKENDS = {
    "metrics_collector": "prometheus",
    "sla_tracker": "prometheus",
    "log_analyzer": "elasticsearch",
    "alert_manager": "alertmanager",
    "incident_responder": "kubernetes",
    "metrics_collector.slow_requests": "requests",
}
Answer = Reading | Callable[[ReadRequest], Reading]


@dataclass
class Rule:
    """An answer for requests of a tool whose parameters include these."""

    tool: str
    params: Mapping[str, Json]
    answer: Answer
    delay: float = 0.0

    def fits(self, request: ReadRequest) -> bool:
        return request.tool == self.tool and all(
            request.params.get(name) == value for name, value in self.params.items()
        )


@dataclass
class ScriptedReads:
    """Implements ports.reads.Reads; what is not scripted answers `no_data`, later rules win."""

    now: datetime
    rules: list[Rule] = field(default_factory=list)
    asked: list[ReadRequest] = field(default_factory=list)
    down: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    blobs: dict[str, bytes] = field(default_factory=dict)
    delay: float = 0.0
    on_run: Callable[[ReadRequest], None] | None = None
    schemas: dict[str, dict[str, Json]] = field(default_factory=dict)

    def on(self, tool: str, answer: Answer, *, delay: float = 0.0, **params: Json) -> "ScriptedReads":
        self.rules.append(Rule(tool, params, answer, delay))
        return self

    def catalogue(self) -> tuple[ReadSpec, ...]:
        return tuple(
            ReadSpec(
                name=tool, description=tool, backend=_backend(tool), params_schema=self.schemas.get(tool, {})
            )
            for tool in sorted({rule.tool for rule in self.rules})
        )

    async def run(self, request: ReadRequest, *, incident_id: str | None = None) -> Evidence:
        self.asked.append(request)
        number = len(self.asked)
        if self.on_run is not None:
            self.on_run(request)
        if request.tool in self.unknown:
            raise BadInput(f"There is no read called {request.tool}.", field="tool")
        rule = next((r for r in reversed(self.rules) if r.fits(request)), None)
        await asyncio.sleep(self.delay + (rule.delay if rule else 0.0))
        error = self.down.get(_backend(request.tool))
        reading = _reading(request, rule, error)
        return Evidence(
            id=f"ev_scripted{number}",
            incident_id=incident_id,
            request=request,
            reading=reading,
            observed_at=self.now.astimezone(UTC),
            digest=reading_digest(reading),
            backend=_backend(request.tool),
            error=error,
        )

    def configured(self, backend: str) -> bool:
        return any(_backend(rule.tool) == backend for rule in self.rules)

    async def blob(self, digest: str) -> bytes | None:
        return self.blobs.get(digest)

    def asked_for(self, tool: str) -> list[ReadRequest]:
        return [request for request in self.asked if request.tool == tool]


def _backend(tool: str) -> str:
    return BACKENDS.get(tool) or BACKENDS.get(tool.partition(".")[0], "prometheus")


def _reading(request: ReadRequest, rule: Rule | None, error: str | None) -> Reading:
    if error is not None:
        return Reading(status=EvidenceStatus.ERROR, query=request.tool, summary=error)
    if rule is None:
        return Reading(status=EvidenceStatus.NO_DATA, query=request.tool, summary="no data")
    return rule.answer(request) if callable(rule.answer) else rule.answer
