"""Prometheus and what speaks its query API (VictoriaMetrics, Thanos, Mimir), over HTTP."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from agent.domain.results import Series
from agent.errors import BackendError, BadAnswer, NotFound, Refused
from tools.connectors.http_json import JsonHttp, excerpt
from tools.connectors.prometheus_status import PATHS, status_from
from tools.connectors.readers import AlertRule, StoreStatus

BACKEND = "prometheus"
MAX_SERIES = 500
_MOST_NAMES = 1200


class PrometheusMetrics:
    """A MetricsReader and a MetricsStore."""

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self._http = JsonHttp("Prometheus", BACKEND, url, timeout_seconds=timeout_seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def version(self) -> str:
        """Return the server's version."""
        data = await self._ask("/api/v1/status/buildinfo", {})
        return excerpt(str(data.get("version", "unknown")), 40) if isinstance(data, dict) else "unknown"

    async def instant(self, promql: str, at: datetime) -> tuple[Series, ...]:
        """Evaluate at one time."""
        data = await self._ask("/api/v1/query", {"query": promql, "time": f"{at.timestamp():.3f}"})
        return self._series(data)

    async def range(
        self, promql: str, start: datetime, end: datetime, step_seconds: int
    ) -> tuple[Series, ...]:
        """Evaluate over a window."""
        times = {"start": f"{start.timestamp():.3f}", "end": f"{end.timestamp():.3f}"}
        data = await self._ask("/api/v1/query_range", {"query": promql, "step": str(step_seconds), **times})
        return self._series(data)

    async def existing(self, names: Sequence[str], at: datetime) -> frozenset[str]:
        """Return which of these metric names have had samples in the last hour."""
        found: set[str] = set()
        for some in _in_addresses(names):
            params = {
                "match[]": f'{{__name__=~"{"|".join(some)}"}}',
                "start": f"{at.timestamp() - 3600:.0f}",
                "end": f"{at.timestamp():.0f}",
            }
            data = await self._ask("/api/v1/label/__name__/values", params)
            if not isinstance(data, list):
                raise self._bad("a list of names was expected")
            found.update(name for name in data if isinstance(name, str))
        return frozenset(names) & found

    async def rules(self) -> tuple[AlertRule, ...]:
        """Return the alerting rules with their states."""
        data = await self._ask("/api/v1/rules", {"type": "alert"})
        return tuple(_rules(data))

    async def status(self) -> StoreStatus:
        """Return what the server says about itself; stores that only speak its query API tell less."""
        answers: list[Any] = []
        failed: list[BackendError] = []
        for path in PATHS:
            try:
                answers.append(await self._ask(path, {}))
            except (Refused, BadAnswer) as error:
                answers.append(None)
                failed.append(error)
        if len(failed) == len(PATHS):
            raise failed[0]
        return status_from(*answers)

    def link(self, promql: str, minutes: int, end: datetime) -> str:
        """Return the query in Prometheus' own page."""
        query = {
            "g0.expr": promql,
            "g0.tab": "0",
            "g0.range_input": f"{minutes}m",
            "g0.end_input": end.strftime("%Y-%m-%d %H:%M:%S"),
        }
        return f"{self._http.shown}/graph?{urlencode(query)}"

    async def _ask(self, path: str, params: dict[str, str]) -> Any:
        try:
            answer = await self._http.fetch(path, params)
        except NotFound as error:
            raise Refused("Prometheus has no query API at this address (404).", backend=BACKEND) from error
        if not isinstance(answer, dict):
            raise self._bad("an object was expected")
        if answer.get("status") != "success":
            said = excerpt(str(answer.get("error", "no reason given")))
            raise Refused(f"Prometheus refused the query. {said}", backend=BACKEND)
        return answer.get("data")

    def _series(self, data: Any) -> tuple[Series, ...]:
        if not isinstance(data, dict):
            raise self._bad("no data in it")
        kind, result = data.get("resultType"), data.get("result")
        if kind in ("scalar", "string"):
            result = [{"metric": {}, "value": result}]
        if not isinstance(result, list):
            raise self._bad("no result in it")
        if len(result) > MAX_SERIES:
            message = f"The query gives {len(result)} series; at most {MAX_SERIES} are read. Aggregate it."
            raise Refused(message, backend=BACKEND)
        return tuple(s for s in map(self._one, result) if s.points)

    def _one(self, item: Any) -> Series:
        try:
            labels = {str(k): str(v) for k, v in item["metric"].items()}
            pairs = item["values"] if "values" in item else [item["value"]] if "value" in item else []
            found = ((float(at), float(value)) for at, value in pairs)
            # NaN and infinity mean "no value here" and cannot travel as JSON.
            points = tuple((at, value) for at, value in found if math.isfinite(at) and math.isfinite(value))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._bad("a series cannot be read") from error
        return Series(labels=labels, points=points)

    def _bad(self, why: str) -> BadAnswer:
        return BadAnswer(f"Prometheus answered something unexpected: {why}.", backend=BACKEND)


def _in_addresses(names: Sequence[str]) -> Iterator[list[str]]:
    """Yield the names in parts that an address can hold: this question may not be posted."""
    some: list[str] = []
    for name in names:
        if some and sum(len(one) + 1 for one in some) + len(name) > _MOST_NAMES:
            yield some
            some = []
        some.append(name)
    if some:
        yield some


def _rules(data: Any) -> Iterator[AlertRule]:
    groups = data.get("groups") if isinstance(data, dict) else None
    for group in groups if isinstance(groups, list) else ():
        rules = group.get("rules") if isinstance(group, dict) else None
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, dict) and rule.get("type") == "alerting":
                yield _rule(rule)


def _rule(rule: dict[str, Any]) -> AlertRule:
    labels = rule.get("labels")
    held = rule.get("duration")
    return AlertRule(
        name=excerpt(str(rule.get("name", "")), 120),
        state=excerpt(str(rule.get("state", "unknown")), 20),
        expression=excerpt(str(rule.get("query", "")), 1000),
        for_seconds=float(held) if isinstance(held, int | float) else 0.0,
        severity=excerpt(str(labels.get("severity", "")), 40) if isinstance(labels, dict) else "",
    )
