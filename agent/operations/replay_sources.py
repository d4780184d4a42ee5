"""Recorded alerts as the webhook deliveries that they were, or would have been, in the order of their times."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.diagnosis.cases.model import AlertEvent
from agent.errors import BadInput
from agent.operations.case_files import CASE_FILE, alert_of, rows_of

# Alertmanager's own default: an alert that nobody sends again for so long has ended.
RESOLVE_SECONDS = 300.0
# Alerts of a bare stream that come within so many seconds make one delivery, as group_wait would have them.
GROUP_SECONDS = 10.0
# A stream says nothing of severity; "critical" for everything would page for everything.
STREAM_SEVERITY = "warning"
_ENDS = (".json", ".jsonl", ".jsonl.xz")
_STREAMS = ("stream.jsonl", "stream.jsonl.xz")
_ASIDE = frozenset({"truth.json", "truth.jsonl", "topology.json", CASE_FILE})


@dataclass(frozen=True, slots=True)
class Recorded:
    """One delivery: when it came in unix seconds (None: not said), an Alertmanager webhook's body, where it stands.

    `alerts` are (id in the recording, fingerprint), for recordings that name their alerts.
    """

    at: float | None
    body: bytes
    place: str
    alerts: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Stream:
    """Turns single alerts into deliveries, with the ends that Alertmanager would have sent; memory is what fires now."""

    place: str
    ends: dict[str, float] = field(default_factory=dict)
    shown: dict[str, dict[str, Any]] = field(default_factory=dict)

    def deliveries(self, events: Iterator[tuple[float, AlertEvent]]) -> Iterator[Recorded]:
        batch: list[AlertEvent] = []
        since = 0.0
        for at, event in events:
            if batch and at - since > GROUP_SECONDS:
                yield from self._flush(batch, since + GROUP_SECONDS)
                batch = []
            if not batch:
                yield from self._ended(at)
                since = at
            batch.append(event)
        if batch:
            yield from self._flush(batch, since + GROUP_SECONDS)
        yield from self._ended(float("inf"))

    def _flush(self, batch: list[AlertEvent], at: float) -> Iterator[Recorded]:
        wires: dict[str, dict[str, Any]] = {}
        ids: list[tuple[str, str]] = []
        for event in batch:
            wire = _wire(event, at)
            fingerprint = str(wire["fingerprint"])
            self.shown.setdefault(fingerprint, wire)
            # What still fires keeps its first start, or it would be taken for another alert.
            wires[fingerprint] = self.shown[fingerprint]
            self.ends[fingerprint] = at + RESOLVE_SECONDS
            ids.append((event.id, fingerprint))
        yield from self._ended(at)
        yield Recorded(at, _body("firing", list(wires.values())), self.place, tuple(ids))

    def _ended(self, now: float) -> Iterator[Recorded]:
        over = sorted((end, name) for name, end in self.ends.items() if end <= now)
        while over:
            end = over[0][0]
            together = [name for when, name in over if when - end <= GROUP_SECONDS]
            wires = [
                {**self.shown.pop(name), "status": "resolved", "endsAt": _stamp(self.ends.pop(name))}
                for name in together
            ]
            yield Recorded(over[len(together) - 1][0], _body("resolved", wires), self.place)
            over = over[len(together) :]


def recorded(path: Path) -> Iterator[Recorded]:
    """Yield the deliveries of a file, of every file of a folder, or of a recorded incident; raises BadInput.

    A file holds one webhook body (.json), or one a line (.jsonl, .jsonl.xz), each as it was received or inside
    `{"received_at": ..., "payload": ...}`; or one alert a line as `{t, id, entity, name, labels}`.
    """
    if not path.exists():
        raise BadInput(f"{path}: there is no such file or folder.", field="replay")
    if path.is_file():
        yield from _file(path)
        return
    stream = next((path / name for name in _STREAMS if (path / name).exists()), None)
    if stream is not None:
        yield from _file(stream)
    elif (path / CASE_FILE).exists():
        yield from _case(path)
    else:
        yield from _folder(path)


def _folder(path: Path) -> Iterator[Recorded]:
    files = sorted(p for p in path.iterdir() if p.name.endswith(_ENDS) and p.name not in _ASIDE)
    if not files:
        raise BadInput(f"{path}: no *.json, *.jsonl or *.jsonl.xz file is in this folder.", field="replay")
    # By the time of its first delivery, not by its name: people name files as they like.
    begun = [(first.at if first.at is not None else float("inf"), p) for p in files if (first := _first(p))]
    for _, file in sorted(begun):
        yield from _file(file)


def _first(path: Path) -> Recorded | None:
    return next(_file(path), None)


def _file(path: Path) -> Iterator[Recorded]:
    if path.name.endswith(".json"):
        yield from _single(path)
        return
    rows = rows_of(path)
    head = next(rows, None)
    if head is None:
        return
    if "entity" in head and "alerts" not in head:
        events = (_timed(path, row) for row in _again(head, rows))
        yield from _Stream(path.name).deliveries(events)
        return
    for number, row in enumerate(_again(head, rows), 1):
        yield _delivery(row, f"{path.name}:{number}")


def _again(head: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield head
    yield from rest


def _single(path: Path) -> Iterator[Recorded]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadInput(f"{path.name} is not JSON that can be read.", field="replay") from error
    rows = found if isinstance(found, list) else [found]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise BadInput(f"{path.name}: item {number} is not a JSON object.", field="replay")
        yield _delivery(row, path.name if len(rows) == 1 else f"{path.name}:{number}")


def _delivery(row: dict[str, Any], place: str) -> Recorded:
    payload = row.get("payload", row)
    if not isinstance(payload, dict) or "alerts" not in payload:
        raise BadInput(f"{place}: this is no Alertmanager webhook; it has no alerts.", field="replay")
    said = row.get("received_at")
    at = _moment(said, place) if said is not None else _latest(payload)
    body = {key: value for key, value in payload.items() if key != "received_at"}
    return Recorded(at, json.dumps(body).encode(), place)


def _moment(value: object, place: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        return _seconds(str(value))
    except ValueError as error:
        raise BadInput(
            f"{place}: received_at is neither a time such as 2026-11-23T09:00:00Z nor unix seconds.",
            field="replay",
        ) from error


def _seconds(text: str) -> float:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _latest(payload: dict[str, Any]) -> float | None:
    """Return the newest time that a delivery speaks of, which is the earliest at which it can have come."""
    found: list[float] = []
    for alert in payload["alerts"] if isinstance(payload["alerts"], list) else ():
        resolved = isinstance(alert, dict) and alert.get("status") == "resolved"
        for name in ("startsAt", "endsAt") if resolved else ("startsAt",):
            try:
                found.append(_seconds(str(alert[name])))
            except (KeyError, TypeError, ValueError, OverflowError):
                continue
    # Go writes a time that was never set as the year 1.
    return max((at for at in found if at > 0), default=None)


def _timed(path: Path, row: dict[str, Any]) -> tuple[float, AlertEvent]:
    try:
        event = alert_of(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"{path.name}: a line lacks what an alert of a stream has: t, id, entity, name."
        raise BadInput(message, field="replay") from error
    if event.at is None:
        raise BadInput(f"{path.name}: the alert {event.id} has no time `t`.", field="replay")
    return event.at, event


def _case(path: Path) -> Iterator[Recorded]:
    file = path / "alerts.jsonl"
    if not file.exists():
        return
    begin = _incident_start(path)
    events = (alert_of(row) for row in rows_of(file))
    # Without times the order is all that is known: they came one second after another.
    timed = ((begin + n if e.at is None else e.at, e) for n, e in enumerate(events))
    yield from _Stream(file.name).deliveries(timed)


def _incident_start(path: Path) -> float:
    windows = json.loads((path / CASE_FILE).read_text(encoding="utf-8")).get("windows") or {}
    return float((windows.get("incident") or [0.0])[0])


def _wire(event: AlertEvent, at: float) -> dict[str, Any]:
    labels = {"severity": STREAM_SEVERITY, **event.labels, "alertname": event.name, "service": event.entity}
    words = json.dumps(labels, sort_keys=True).encode()
    return {
        "status": "firing",
        "labels": labels,
        "annotations": {},
        "startsAt": _stamp(at if event.at is None else event.at),
        "fingerprint": hashlib.sha256(words).hexdigest()[:16],
    }


def _body(status: str, wires: list[dict[str, Any]]) -> bytes:
    return json.dumps({"version": "4", "status": status, "groupKey": "replay", "alerts": wires}).encode()


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
