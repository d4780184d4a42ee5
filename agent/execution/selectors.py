"""Resolves a recovery's references, each from something that was observed; what nobody saw has no value."""

import ipaddress
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from agent.domain.action import Action
from agent.domain.evidence import Evidence, Finding, ReadRequest
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.results import ChangesResult, PodsResult, PodState, SeriesResult, TableResult
from agent.errors import OpsError
from agent.execution.instances import Unresolved, chosen_pod, failing_pod, workload_of
from agent.execution.revisions import earlier_revision, left_revisions
from agent.policy.references import Amount, Given
from agent.ports.reads import Reads
from tools.recipes import quoted

_OVER = frozenset({"Succeeded", "Failed", "Terminating"})
_WEEK_MINUTES = 7 * 24 * 60


class Observed:
    """What one step may name; each read is asked at most once. `deeds` are the bot's latest actions, until `now`."""

    def __init__(
        self,
        reads: Reads,
        incident: Incident,
        *,
        service: str,
        services: Sequence[str] = (),
        cause: Finding | None = None,
        labels: Mapping[str, str] | None = None,
        environment: str = "",
        deeds: Sequence[Action] = (),
        now: datetime | None = None,
    ) -> None:
        self._reads = reads
        self._incident = incident
        self._service = service
        self._services = tuple(services) or (service,)
        self._cause = cause
        self._labels = dict(labels or {})
        self._environment = environment
        self._deeds = deeds
        self._now = now
        self._seen: dict[str, Evidence] = {}

    async def params(self, given: Mapping[str, Given]) -> dict[str, Json]:
        """Return a step's parameters with every reference resolved; raises Unresolved for the first that is not."""
        return {name: await self.resolved(value) for name, value in given.items()}

    async def resolved(self, given: Any) -> Any:
        """Return a parameter's value."""
        if isinstance(given, Amount):
            return _amount(given, await self.value(given.of[1:]))
        if isinstance(given, str) and given.startswith("$"):
            return await self.value(given[1:])
        if isinstance(given, list):
            return [await self.resolved(item) for item in given]
        if isinstance(given, dict):
            return {str(await self.resolved(name)): await self.resolved(item) for name, item in given.items()}
        return given

    async def value(self, reference: str) -> Json:
        """Return what a reference stands for; raises Unresolved."""
        subject, _, attribute = reference.partition(".")
        found: Json
        match subject:
            case "incident":
                found = self._of_incident(attribute)
            case "certificate":
                found = self._of_certificate(attribute)
            case "node":
                found = await self._of_node(reference, attribute)
            case _:
                found = await self._of_service(reference, await self._subject(reference, subject), attribute)
        if found in (None, ""):
            raise Unresolved(reference, "nothing")
        return found

    async def _subject(self, reference: str, subject: str) -> str:
        if subject == "least_used" and len(self._services) > 1:
            return await self._least_used(reference)
        if subject == "cause" and (self._cause is None or not self._cause.service):
            raise Unresolved(reference, "no-cause")
        service = self._cause.service if subject == "cause" and self._cause else self._service
        if not service or service == "unknown":
            raise Unresolved(reference, "no-service")
        return service

    def _of_incident(self, attribute: str) -> str:
        known = {
            "service": self._incident.service,
            "namespace": self._incident.namespace,
            "environment": self._incident.environment or self._environment,
        }
        return known.get(attribute, "")

    def _of_certificate(self, attribute: str) -> Json:
        instance, target = (_endpoint(self._labels.get(label) or "") for label in ("instance", "target"))
        # A probe's instance is often only the name that people know it by; then its target says where it listens.
        host, port = target if target[0] else instance
        if not host:
            return None
        name = _name_of(instance[0]) or _name_of(target[0])
        # cert-manager leaves the name to people; nearly all of them append `-tls`, and a plan refuses what does not exist.
        secret = f"{name}-tls" if name else None
        known: dict[str, Json] = {"name": name, "host": host, "port": port, "secret": secret}
        return known.get(attribute)

    async def _of_node(self, reference: str, attribute: str) -> str:
        node = (self._labels.get("node") or self._labels.get("instance") or "").rsplit(":", 1)[0]
        if attribute == "name" or not node:
            return node
        there = [p for p in await self._pods(reference, None) if p.node == node and p.cpu_cores is not None]
        top = max(there, key=lambda p: p.cpu_cores or 0.0, default=None)
        if top is None:
            raise Unresolved(reference, "node-not-measured", node=node)
        return top.name if attribute == "top_pod" else top.service

    async def _of_service(self, reference: str, service: str, attribute: str) -> Json:
        match attribute:
            case "name":
                return service
            case "cache_prefix":
                return f"{service}:"
            case "standby":
                await self._live(reference, f"{service}-standby")
                return f"{service}-standby"
            case "namespace":
                return await self._namespace(reference, service)
            case "workload" | "kind":
                return workload_of(reference, await self._live(reference, service))[attribute]
            case "replicas":
                return len(await self._live(reference, service))
            case "previous_revision":
                return await self._previous_revision(reference, service)
            case "pool_size":
                return await self._pool_size(reference, service)
            case "failing_pod":
                return await self._failing_pod(reference, service)
            case _:
                return chosen_pod(reference, attribute, await self._live(reference, service))

    async def _namespace(self, reference: str, service: str) -> str:
        """Return the namespace in which a pod of the service was seen; labels alone may be wrong or missing."""
        pod = (await self._live(reference, service))[0]
        evidence = await self._look("incident_responder.describe", pod=pod.name)
        result = evidence.reading.result
        rows = result.rows if isinstance(result, TableResult) else ()
        found = next((row[1] for row in rows if row[0] == "namespace"), "")
        if not found:
            raise Unresolved(reference, "nowhere", pod=pod.name)
        return found

    async def _live(self, reference: str, service: str) -> list[PodState]:
        pods = [p for p in await self._pods(reference, service) if p.phase not in _OVER]
        if not pods:
            raise Unresolved(reference, "no-pods", service=service)
        return pods

    async def _pods(self, reference: str, service: str | None) -> list[PodState]:
        evidence = await self._look("incident_responder.pods", **({"service": service} if service else {}))
        result = evidence.reading.result
        if not isinstance(result, PodsResult):
            raise Unresolved(reference, "no-pods", service=service or "*")
        return list(result.pods)

    async def _previous_revision(self, reference: str, service: str) -> int:
        evidence = await self._look("incident_responder.rollouts", service=service, minutes=_WEEK_MINUTES)
        result = evidence.reading.result
        changes = result.changes if isinstance(result, ChangesResult) else ()
        revision = earlier_revision(changes)
        if revision is None:
            raise Unresolved(reference, "no-revision", service=service)
        workload = workload_of(reference, await self._live(reference, service))["workload"]
        left = left_revisions(self._deeds, workload, self._now) if self._now else {}
        if revision in left:
            raise Unresolved(reference, "left-revision", revision=str(revision), action=left[revision])
        return revision

    async def _pool_size(self, reference: str, service: str) -> int:
        size = await self._number(f"max(db_connection_pool_max{{service={quoted(service)}}})")
        if size is None or size < 1:
            raise Unresolved(reference, "no-pool-size", service=service)
        return int(size)

    async def _least_used(self, reference: str) -> str:
        evidence = await self._look("metrics_collector.services")
        result = evidence.reading.result
        rows = result.rows if isinstance(result, TableResult) else ()
        rates = {row[0]: rate for row in rows if (rate := _leading_number(row[2])) is not None}
        known = [service for service in self._services if service in rates]
        if not known:
            raise Unresolved(reference, "no-rates")
        return min(known, key=lambda service: (rates[service], service))

    async def _failing_pod(self, reference: str, service: str) -> str:
        """Return the one instance that fails far more often than the others, which are well."""
        of = f"service={quoted(service)}"
        every = f"sum by (pod) (rate(http_requests_total{{{of}}}[1m]))"
        failed = f'sum by (pod) (rate(http_requests_total{{{of},status=~"5.."}}[1m]))'
        evidence = await self._look("metrics_collector.query", promql=f"({failed} or 0 * {every}) / {every}")
        result = evidence.reading.result
        series = result.series if isinstance(result, SeriesResult) else ()
        there = {pod.name for pod in await self._live(reference, service)}
        ratios = {
            pod: one.points[-1][1]
            for one in series
            if one.points and (pod := one.labels.get("pod", "")) in there
        }
        return failing_pod(reference, service, ratios)

    async def _number(self, promql: str) -> float | None:
        evidence = await self._look("metrics_collector.query", promql=promql)
        return evidence.reading.value.value if evidence.ok and evidence.reading.value else None

    async def _look(self, tool: str, **params: Json) -> Evidence:
        key = f"{tool} {sorted(params.items())!r}"
        if key not in self._seen:
            try:
                self._seen[key] = await self._reads.run(ReadRequest(tool=tool, params=params))
            except OpsError as error:
                raise Unresolved(tool, "unread", why=error.user_message) from error
        return self._seen[key]


def _amount(amount: Amount, value: Json) -> Json:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unresolved(amount.of[1:], "no-number")
    number = math.ceil(value * amount.times) + amount.plus
    if amount.at_most is not None:
        number = min(number, amount.at_most)
    if amount.at_least is not None:
        number = max(number, amount.at_least)
    return str(number) if amount.written == "text" else number


def _endpoint(address: str) -> tuple[str, int]:
    parts = urlsplit(address if "//" in address else f"//{address}")
    try:
        return parts.hostname or "", parts.port or 443
    except ValueError:
        return parts.hostname or "", 443


def _name_of(host: str) -> str:
    """Return the name by which a certificate is kept: a host's first label; an address has none."""
    if not host:
        return ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.partition(".")[0]
    return ""


def _leading_number(words: str) -> float | None:
    found = re.match(r"[\d.,]+", words)
    try:
        return float(found[0].replace(",", "")) if found else None
    except ValueError:
        return None
