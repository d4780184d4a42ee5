"""What is known of a recording beside its alerts: what really happened, who calls whom, and what the data blames."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.diagnosis.ranking import rank
from agent.diagnosis.replay_quality import Home, Opened, Quality, Trouble, adjusted_rand, measure
from agent.errors import BadInput
from agent.operations.case_files import CASE_FILE, read_case, rows_of
from agent.operations.replay_report import IncidentRow
from agent.operations.topology import Edges

_GROUPS = "truth.json"
_TROUBLES = "truth.jsonl"
_MOST_SUSPECTS = 5


def read_troubles(path: Path) -> list[Trouble] | None:
    """Return what really happened, or None when nobody wrote it down; raises BadInput for what cannot be read.

    `truth.jsonl` has `{start, end, service}` a line; `truth.json` of an alert stream names the incident of each alert.
    """
    if not path.is_dir():
        return None
    if (path / _TROUBLES).exists():
        return [_trouble(row) for row in rows_of(path / _TROUBLES)]
    groups = _groups(path)
    if groups is None:
        return None
    members: defaultdict[str, set[str]] = defaultdict(set)
    for alert, incident in groups["incident"].items():
        members[incident].add(alert)
    return [
        Trouble(float(root["start"]), None, str(root["entity"]), frozenset(members[name]))
        for name, root in groups["root"].items()
        if members[name]
    ]


def read_edges(path: Path) -> Edges:
    """Return the (caller, callee) pairs that lie beside a recording."""
    for name, key in (("topology.json", "edges"), (CASE_FILE, "topology")):
        file = path / name
        if path.is_dir() and file.exists():
            return frozenset((str(a), str(b)) for a, b in _json(file).get(key) or ())
    return frozenset()


def suspects_of(path: Path) -> tuple[str, ...]:
    """Return what the data of a recorded incident blames, in words; nothing for other recordings."""
    if not (path / CASE_FILE).exists():
        return ()
    verdict = rank(read_case(path))
    lines = [
        f"{number}. {s.change_id or s.entity} ({s.score:.2f})" + (f": {s.reasons[0]}" if s.reasons else "")
        for number, s in enumerate(verdict.suspects[:_MOST_SUSPECTS], 1)
    ]
    return ("the evidence carries no answer", *lines) if verdict.inconclusive else tuple(lines)


def judged(
    path: Path,
    troubles: Sequence[Trouble] | None,
    rows: Sequence[IncidentRow],
    ids: Sequence[str],
    homes: Mapping[str, Home],
) -> Quality | None:
    """Compare what was opened with what happened; `ids` are those of the rows, `homes` the incident of each alert."""
    if troubles is None:
        return None
    held: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for alert, home in homes.items():
        held[home.incident_id][alert] = home.at
    opened = [
        Opened(row.opened_at.timestamp(), frozenset(row.services), held[name])
        for row, name in zip(rows, ids, strict=True)
    ]
    quality = measure(troubles, opened)
    groups = _groups(path)
    if groups is None:
        return quality
    found = {alert: home.incident_id for alert, home in homes.items()}
    return quality.model_copy(update={"grouping": adjusted_rand(groups["incident"], found)})


def _groups(path: Path) -> dict[str, Any] | None:
    file = path / _GROUPS
    found = _json(file) if path.is_dir() and file.exists() else {}
    return found if isinstance(found.get("incident"), dict) and isinstance(found.get("root"), dict) else None


def _trouble(row: dict[str, Any]) -> Trouble:
    try:
        end = row.get("end")
        return Trouble(_at(row["start"]), None if end is None else _at(end), str(row["service"]))
    except (KeyError, TypeError, ValueError) as error:
        message = f"{_TROUBLES}: a line must have start, service and perhaps end ({error})."
        raise BadInput(message, field="replay") from error


def _at(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    at = datetime.fromisoformat(str(value))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise BadInput(f"{path.name} is not JSON.", field="replay") from error
    return found if isinstance(found, dict) else {}
