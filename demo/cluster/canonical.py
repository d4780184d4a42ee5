"""Rewrites what a client sent to the form that the API server would give back."""

from __future__ import annotations

from typing import Any

from demo.cluster.objects import Obj, micro_stamp, parse_time, stamp
from demo.cluster.quantity import canonical_quantity
from demo.cluster.schema import Shape, fields, required_fields

_QUANTITY_MAPS = {"limits", "requests", "capacity", "allocatable", "hard", "used"}
_MICRO = {"eventTime", "acquireTime", "renewTime", "lastObservedTime"}
# Fields that Go always writes, though they may be empty, and zero numbers that it leaves out.
_KEEP_EMPTY = {"rules", "verbs", "currentMetrics", "webhooks", "ingress", "egress", "endpoints"}
_OMIT_ZERO = {
    "minReadySeconds",
    "suspend",
    "collisions",
    "count",
    "paused",
    "hostNetwork",
    "hostPID",
    "stdin",
}
_KEEP_NULL = {"eventTime", "firstTimestamp", "lastTimestamp", "lastProbeTime", "currentMetrics"}
_KEEP_NULL |= {"deprecatedFirstTimestamp", "deprecatedLastTimestamp"}


def canonical(shape: Shape | None, value: Any, key: str = "") -> Any:
    """Drop nulls and empties that omitempty drops, and normalise times and quantities."""
    if shape is None:
        return value
    if shape.form == "scalar":
        return _scalar(shape, value, key)
    if shape.form == "list" and isinstance(value, list):
        return [canonical(shape.item, item, key) for item in value]
    if shape.form == "map" and isinstance(value, dict):
        if key in _QUANTITY_MAPS:
            return {name: canonical_quantity(item) for name, item in value.items() if item is not None}
        return {name: canonical(shape.item, item, key) for name, item in value.items()}
    if shape.form == "model" and isinstance(value, dict):
        return _model(shape, value)
    return value


def _model(shape: Shape, value: Obj) -> Obj:
    known = fields(shape.name)
    if not known:
        return value
    always = required_fields(shape.name)
    result: Obj = {}
    for name, item in value.items():
        inner = known.get(name)
        if inner is None:
            continue
        if item is None:
            if name in _KEEP_NULL:
                result[name] = None
            continue
        written = canonical(inner, item, name)
        if name not in always and _omitted(inner, name, written):
            continue
        result[name] = written
    return result


def _omitted(shape: Shape, name: str, value: Any) -> bool:
    if shape.form in ("list", "map") and not value:
        return name not in _KEEP_EMPTY
    if name in _OMIT_ZERO and not value:
        return True
    return shape.form == "scalar" and shape.name == "str" and value == ""


def _scalar(shape: Shape, value: Any, key: str) -> Any:
    if shape.name != "datetime" or not isinstance(value, str):
        return value
    try:
        when = parse_time(value)
    except ValueError:
        return value
    return micro_stamp(when) if key in _MICRO else stamp(when)
