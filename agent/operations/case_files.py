"""Reads a recorded incident from its directory; a file that is absent means that the signal was not recorded."""

import csv
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from agent.diagnosis.cases.model import (
    AlertEvent,
    Case,
    CaseChange,
    ChangeStep,
    LogLine,
    MetricSeries,
    Pod,
    Span,
    SpanRecord,
    Target,
    Truth,
)
from agent.errors import BadInput

CASE_FILE = "case.json"
TRUTH_FILE = "truth.json"
_FIXED = ("ts", "entity", "edge")


def read_case(directory: Path) -> Case:
    """Read one case; raises BadInput with the file's name when something in it cannot be used."""
    about = _json(directory / CASE_FILE)
    try:
        windows = about.get("windows") or {}
        return Case(
            entities=tuple(about.get("entities") or ()),
            target=_target(about.get("target")),
            normal=_span(windows.get("normal")),
            incident=_span(windows.get("incident")),
            metrics_normal=_span(windows.get("metrics_normal")),
            topology=tuple((a, b) for a, b in about.get("topology") or ()),
            pods={name: Pod(p.get("service", ""), p.get("version") or "") for name, p in _pods(about)},
            changes=tuple(_change(c) for c in about.get("changes") or ()),
            metrics=_metrics(directory / "metrics.csv.xz", about.get("units") or {}),
            logs=[_log(row) for row in _rows(directory / "logs.jsonl.xz")],
            spans=[_span_record(row) for row in _rows(directory / "traces.jsonl.xz")],
            alerts=[alert_of(row) for row in _rows(directory / "alerts.jsonl")],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"{directory.name}: this is not a recorded incident ({type(error).__name__}: {error})."
        raise BadInput(message, field=CASE_FILE) from error


def read_truth(directory: Path) -> Truth | None:
    """Read what a resolved case turned out to be, or None when nobody wrote it down."""
    path = directory / TRUTH_FILE
    if not path.exists():
        return None
    truth = _json(path)
    good = {*(truth.get("acceptable") or ()), *filter(None, (truth.get("entity"),))}
    return Truth(frozenset(good), truth.get("kind") or "", truth.get("change_id"))


def case_directories(root: Path) -> list[Path]:
    """List the directories under `root` that hold a case, in the order of their names."""
    return sorted(path.parent for path in root.glob(f"*/{CASE_FILE}"))


def alert_of(row: dict[str, Any]) -> AlertEvent:
    """Return one row of `alerts.jsonl` or of an alert stream."""
    at = row.get("t")
    labels = {str(k): str(v) for k, v in (row.get("labels") or {}).items()}
    return AlertEvent(
        str(row["id"]), str(row["entity"]), str(row["name"]), None if at is None else float(at), labels
    )


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-lines file, compressed or not; raises BadInput for a broken line."""
    with _open(path) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _object(path, number, line)


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInput(f"{path.name}: line {number} is not JSON ({error.msg}).", field=path.name) from error
    if not isinstance(row, dict):
        raise BadInput(f"{path.name}: line {number} is not a JSON object.", field=path.name)
    return row


def _open(path: Path) -> TextIO:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", errors="replace")
    return path.open(encoding="utf-8", errors="replace")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    return rows_of(path) if path.exists() else iter(())


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInput(f"{path.parent.name}: there is no {path.name}.", field=path.name) from error
    except json.JSONDecodeError as error:
        raise BadInput(f"{path.name} is not JSON ({error.msg}).", field=path.name) from error
    if not isinstance(found, dict):
        raise BadInput(f"{path.name} is not a JSON object.", field=path.name)
    return found


def _metrics(path: Path, units: dict[str, str]) -> list[MetricSeries]:
    if not path.exists():
        return []
    columns: dict[tuple[str, str, str], tuple[list[float], list[float]]] = {}
    with _open(path) as lines:
        reader = csv.DictReader(lines)
        names = [name for name in reader.fieldnames or () if name not in _FIXED]
        for row in reader:
            at, entity, edge = float(row["ts"]), row["entity"], row.get("edge") or ""
            for name in names:
                if row[name]:
                    times, values = columns.setdefault((entity, name, edge), ([], []))
                    times.append(at)
                    values.append(float(row[name]))
    return [_series(key, *column, units) for key, column in columns.items()]


def _series(
    key: tuple[str, str, str], times: list[float], values: list[float], units: dict[str, str]
) -> MetricSeries:
    entity, name, edge = key
    at = np.asarray(times)
    order = np.argsort(at, kind="stable")
    return MetricSeries(entity, name, at[order], np.asarray(values)[order], units.get(name) or "", edge)


def _log(row: dict[str, Any]) -> LogLine:
    return LogLine(
        float(row["ts"]),
        row["entity"],
        row.get("message") or "",
        row.get("level") or "",
        row.get("trace_id") or "",
        row.get("span_id") or "",
    )


def _span_record(row: dict[str, Any]) -> SpanRecord:
    return SpanRecord(
        row["trace_id"],
        row["span_id"],
        row.get("parent_id") or "",
        row["entity"],
        row.get("operation") or "",
        float(row["start"]),
        float(row["duration_ms"]) / 1000,
        str(row.get("status") or ""),
    )


def _pods(about: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list((about.get("pods") or {}).items())


def _target(given: dict[str, Any] | None) -> Target | None:
    if not given:
        return None
    at = given.get("at")
    return Target(given["entity"], given.get("metric") or "", None if at is None else float(at))


def _span(given: list[float] | None) -> Span | None:
    return None if given is None else (float(given[0]), float(given[1]))


def _change(given: dict[str, Any]) -> CaseChange:
    return CaseChange(
        str(given["id"]),
        float(given["at"]),
        given["entity"],
        given.get("kind") or "",
        given.get("description") or "",
        tuple(
            ChangeStep(
                float(s["done_at"]), tuple(s.get("new_pods") or ()), tuple(s.get("removed_pods") or ())
            )
            for s in given.get("steps") or ()
        ),
    )
