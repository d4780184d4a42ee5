"""Alertmanager's webhook, version 4: bytes to an AlertGroup, or BadInput that names the field."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from agent.domain.alert import Alert, AlertGroup, AlertStatus
from agent.errors import BadInput
from agent.intake.clean import clean_annotations, clean_pairs, clean_text, clean_url, fingerprint_of
from agent.intake.oddities import MOST_NOTES, start_note, to_utc

_LONGEST_KEY = 1024

# Go writes an empty map as null.
Pairs = Annotated[dict[str, str], BeforeValidator(lambda value: {} if value is None else value)]


class _WireAlert(BaseModel):
    model_config = ConfigDict(strict=True)

    status: Literal["firing", "resolved"]
    labels: Pairs
    annotations: Pairs = Field(default_factory=dict)
    startsAt: datetime | None = None
    endsAt: datetime | None = None
    generatorURL: str = ""
    fingerprint: str = ""


class _Wire(BaseModel):
    model_config = ConfigDict(strict=True)

    version: Literal["4"] = "4"
    groupKey: str = ""
    truncatedAlerts: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    status: Literal["firing", "resolved"]
    receiver: str = ""
    groupLabels: Pairs = Field(default_factory=dict)
    commonLabels: Pairs = Field(default_factory=dict)
    commonAnnotations: Pairs = Field(default_factory=dict)
    externalURL: str = ""
    alerts: Annotated[list[_WireAlert], Field(min_length=1)]


def parse_webhook(body: bytes, received_at: datetime) -> AlertGroup:
    """Parse a webhook's body; raises BadInput with the offending field."""
    try:
        wire = _Wire.model_validate_json(body)
    except ValidationError as error:
        raise bad_field(error) from error
    notes: list[str] = []
    alerts = tuple(_alert(alert, received_at, notes) for alert in wire.alerts)
    return AlertGroup(
        group_key=clean_text(wire.groupKey, limit=_LONGEST_KEY),
        status=AlertStatus(wire.status),
        receiver=clean_text(wire.receiver, limit=_LONGEST_KEY),
        group_labels=clean_pairs(wire.groupLabels)[0],
        common_labels=clean_pairs(wire.commonLabels)[0],
        common_annotations=clean_annotations(wire.commonAnnotations)[0],
        external_url=clean_url(wire.externalURL),
        truncated_alerts=wire.truncatedAlerts,
        alerts=alerts,
        received_at=received_at,
        notes=tuple(dict.fromkeys(notes))[:MOST_NOTES],
    )


def bad_field(error: ValidationError) -> BadInput:
    """Return BadInput for the first thing that is wrong with a payload."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = clean_text(".".join(map(str, first["loc"])), limit=200)
    return BadInput(clean_text(first["msg"], limit=300), field=field)


def _alert(wire: _WireAlert, received_at: datetime, notes: list[str]) -> Alert:
    labels, cut_labels = clean_pairs(wire.labels)
    annotations, cut_annotations = clean_annotations(wire.annotations)
    starts_at, ends_at = to_utc(wire.startsAt), to_utc(wire.endsAt)
    name = clean_text(labels.get("alertname", "an alert"), limit=100)
    odd = start_note(name, starts_at, received_at)
    if odd:
        notes.append(odd)
    if cut_labels or cut_annotations:
        notes.append(f"{name} was too large; some of its text was cut")
    return Alert(
        fingerprint=fingerprint_of(wire.labels, given=wire.fingerprint),
        status=AlertStatus(wire.status),
        labels=labels,
        annotations=annotations,
        starts_at=starts_at or received_at,
        ends_at=ends_at if wire.status == "resolved" else None,
        generator_url=clean_url(wire.generatorURL),
    )
