"""Any JSON webhook to an AlertGroup, by a mapping file that says where to look."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from agent.domain.alert import Alert, AlertGroup, AlertStatus
from agent.domain.noun import Json
from agent.errors import BadInput, Misconfigured
from agent.intake.clean import clean_annotations, clean_pairs, clean_text, clean_url, fingerprint_of
from agent.intake.oddities import MOST_NOTES, start_note, to_utc
from agent.policy.documents import Rulebook, read_document

Place = Annotated[str, Field(min_length=1, max_length=200)]
_MILLISECONDS_FROM = 1e11


class Pick(Rulebook):
    """Where a value stands (`path`, dotted, numbers index lists), `words` to replace it by, `default` if it is absent."""

    path: Place | None = None
    words: dict[str, str] = Field(default_factory=dict)
    default: str | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.path is None and self.default is None:
            raise ValueError("give a path, a default, or both")
        return self


class StatusPick(Rulebook):
    """Where the status stands and which words mean that it is over; every other word means firing."""

    path: Place
    resolved: Annotated[tuple[str, ...], Field(min_length=1)]


class Mapping(Rulebook):
    """A mapping file: how one sender's JSON becomes alerts; `alerts` is the path of a list, absent for a single one."""

    alerts: Place | None = None
    status: StatusPick | None = None
    labels: dict[str, Pick]
    annotations: dict[str, Pick] = Field(default_factory=dict)
    starts_at: Place | None = None
    ends_at: Place | None = None
    link: Place | None = None
    fingerprint: Place | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if "alertname" not in self.labels:
            raise ValueError("labels must say what alertname is")
        return self


def load_mappings(folder: Path | None) -> dict[str, Mapping]:
    """Load every `NAME.yaml` of a folder for `/webhooks/generic/NAME`; raises Misconfigured with file, line and field."""
    if folder is None:
        return {}
    if not folder.is_dir():
        raise Misconfigured(f"OPS_WEBHOOK_MAPPINGS_DIR: {folder} is not a folder.")
    return {path.stem: read_document(path, Mapping) for path in sorted(folder.glob("*.yaml"))}


def parse_generic(
    body: bytes, mapping: Mapping, received_at: datetime, *, source: str = "generic"
) -> AlertGroup:
    """Parse a body by a mapping; raises BadInput with the path that is wrong."""
    try:
        document: Json = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not JSON that can be read.") from error
    items = [document] if mapping.alerts is None else _find(document, mapping.alerts)
    if not isinstance(items, list) or not items:
        raise BadInput("There must be at least one alert in this list.", field=mapping.alerts or "")
    notes: list[str] = []
    alerts = tuple(_alert(item, mapping, received_at, source, notes) for item in items)
    firing = any(alert.firing for alert in alerts)
    return AlertGroup(
        group_key=f"{source}:{alerts[0].name}"[:1024],
        status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
        receiver=source,
        alerts=alerts,
        source=source,
        received_at=received_at,
        notes=tuple(dict.fromkeys(notes))[:MOST_NOTES],
    )


def _alert(item: Json, mapping: Mapping, received_at: datetime, source: str, notes: list[str]) -> Alert:
    raw = _pairs(item, mapping.labels)
    if not raw.get("alertname"):
        raise BadInput("An alert needs a name.", field=mapping.labels["alertname"].path or "labels.alertname")
    labels, _ = clean_pairs(raw)
    annotations, _ = clean_annotations(_pairs(item, mapping.annotations))
    over = mapping.status is not None and _text(_find(item, mapping.status.path)) in mapping.status.resolved
    starts_at = _time(item, mapping.starts_at)
    odd = start_note(labels["alertname"][:100], starts_at, received_at) if mapping.starts_at else None
    if odd:
        notes.append(odd)
    given = _text(_find(item, mapping.fingerprint)) if mapping.fingerprint else ""
    return Alert(
        fingerprint=f"{source}-{fingerprint_of(labels, given=given, source=source)}",
        status=AlertStatus.RESOLVED if over else AlertStatus.FIRING,
        labels=labels,
        annotations=annotations,
        starts_at=starts_at or received_at,
        ends_at=(_time(item, mapping.ends_at) or received_at) if over else None,
        generator_url=clean_url(_text(_find(item, mapping.link))) if mapping.link else "",
        source=source,
    )


def _pairs(item: Json, picks: dict[str, Pick]) -> dict[str, str]:
    return {name: value for name, how in picks.items() if (value := _pick(item, how))}


def _find(item: Json, path: str) -> Json:
    """Follow a dotted path; None when it leads nowhere."""
    for step in path.split("."):
        if isinstance(item, dict):
            item = item.get(step)
        elif isinstance(item, list) and step.isdigit() and len(step) < 6:
            item = item[int(step)] if int(step) < len(item) else None
        else:
            return None
    return item


def _pick(item: Json, how: Pick) -> str:
    found = _text(_find(item, how.path)) if how.path else ""
    return how.words.get(found, found) or how.default or ""


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean_text(json.dumps(value), limit=1000) if value is not None else ""


def _time(item: Json, path: str | None) -> datetime | None:
    """Read a time as RFC 3339 text, or as seconds or milliseconds since 1970; None when it is neither."""
    value = _find(item, path) if path else None
    try:
        if isinstance(value, str):
            return to_utc(datetime.fromisoformat(value))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return to_utc(datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS_FROM else value, UTC))
    except (ValueError, OverflowError, OSError):
        return None
    return None
