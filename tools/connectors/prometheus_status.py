"""Reads what a Prometheus says about itself: its storage, its configuration, its targets and its rules."""

from collections.abc import Iterator
from typing import Any

from tools.connectors.http_json import excerpt
from tools.connectors.readers import RuleTrouble, StoreStatus, TargetDown

PATHS = (
    "/api/v1/status/runtimeinfo",
    "/api/v1/status/tsdb",
    "/api/v1/targets",
    "/api/v1/rules",
)
_MOST = 20


def status_from(runtime: Any, tsdb: Any, targets: Any, rules: Any) -> StoreStatus:
    """Return the status from four answers, any of which may be None or hold anything."""
    head = _dict(_dict(tsdb).get("headStats"))
    active = _list(_dict(targets).get("activeTargets"))
    every = list(_rules(rules))
    retention = _dict(runtime).get("storageRetention")
    reloaded = _dict(runtime).get("reloadConfigSuccess")
    return StoreStatus(
        retention=excerpt(retention, 60) if isinstance(retention, str) else None,
        corruptions=_number(_dict(runtime).get("corruptionCount")),
        reloaded=reloaded if isinstance(reloaded, bool) else None,
        head_series=_number(head.get("numSeries")),
        largest=tuple(_largest(tsdb)),
        targets=None if targets is None else len(active),
        down=tuple(_down(target) for target in active if _dict(target).get("health") == "down")[:_MOST],
        rules=None if rules is None else len(every),
        failing=tuple(_failing(rule) for rule in every if rule.get("health") == "err")[:_MOST],
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _largest(tsdb: Any) -> Iterator[tuple[str, int]]:
    for item in _list(_dict(tsdb).get("seriesCountByMetricName"))[:5]:
        name, count = _dict(item).get("name"), _number(_dict(item).get("value"))
        if isinstance(name, str) and count is not None:
            yield excerpt(name, 120), count


def _down(target: Any) -> TargetDown:
    labels = _dict(_dict(target).get("labels"))
    said = str(_dict(target).get("lastError", ""))
    return TargetDown(
        excerpt(str(labels.get("job", "")), 80), excerpt(str(labels.get("instance", "")), 120), excerpt(said)
    )


def _rules(answer: Any) -> Iterator[dict[str, Any]]:
    for group in _list(_dict(answer).get("groups")):
        yield from (rule for rule in _list(_dict(group).get("rules")) if isinstance(rule, dict))


def _failing(rule: dict[str, Any]) -> RuleTrouble:
    return RuleTrouble(excerpt(str(rule.get("name", "")), 120), excerpt(str(rule.get("lastError", ""))))
