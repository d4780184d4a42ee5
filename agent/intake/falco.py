"""Falco's alerts (JSON objects, alone, in a list, or line by line) to an AlertGroup, or BadInput that names the field."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.domain.alert import Alert, AlertGroup, AlertStatus
from agent.domain.noun import Json
from agent.errors import BadInput
from agent.intake.alertmanager import bad_field
from agent.intake.batch import Batch, Refused
from agent.intake.clean import clean_annotations, clean_pairs, clean_text
from agent.intake.oddities import MOST_NOTES, start_note, to_utc

FALCO = "falco"
"""The source and the group of every alert of Falco's."""

SECURITY = "security"
_LONGEST_LINE = 600
_LONGEST_FIELD = 300
# What tells people most about an event; Falco sends many more fields, and rules may add any.
_TOLD = (
    "user.name",
    "proc.name",
    "proc.cmdline",
    "proc.pname",
    "fd.name",
    "evt.type",
    "container.image.repository",
    "container.image.tag",
    "ka.user.name",
    "ka.verb",
    "ka.target.resource",
    "ka.target.name",
)
_WORKLOADS = (
    "k8smeta.deployment.name",
    "k8s.deployment.name",
    "k8s.pod.label[app.kubernetes.io/name]",
    "k8s.pod.label.app.kubernetes.io/name",
    "k8s.pod.label[app]",
    "k8s.pod.label.app",
)
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
# What Kubernetes puts behind a workload's name: a template's hash and five letters, five letters, or a number.
_POD_ENDS = re.compile(
    rf"-(?:[{_ALPHABET}]{{6,10}}-[{_ALPHABET}]{{5}}|\d{{6,12}}-[a-z0-9]{{5}}|[{_ALPHABET}]{{5}}|\d{{1,5}})$"
)
_PREFIX = re.compile(r"^[0-9T:.+Z-]{8,40}: [A-Za-z]+ ")


class _Event(BaseModel):
    """One event as Falco writes it; everything but the rule may be missing, and falcosidekick adds `uuid`."""

    model_config = ConfigDict(strict=True)

    rule: str = Field(min_length=1)
    priority: str | None = None
    source: str | None = None
    hostname: str | None = None
    time: str | None = None
    output: str | None = None
    message: str | None = None
    uuid: str | None = None
    tags: list[str] | None = None
    output_fields: dict[str, Json] | None = None

    def text(self, *names: str) -> str:
        """Return the first of these fields that says something."""
        fields = self.output_fields or {}
        return next((found for name in names if (found := _words(fields.get(name)))), "")


_EVENT = TypeAdapter(_Event)


def parse_falco(body: bytes, received_at: datetime) -> AlertGroup:
    """Return the alerts of a body; raises BadInput as `read_falco` does."""
    return read_falco(body, received_at).group


def read_falco(body: bytes, received_at: datetime) -> Batch:
    """Read every event that can be read; raises BadInput with the first offending field when there is none.

    One that somebody has spoilt must not keep the others from being told, and stands in the notes of the whole.
    """
    events: list[_Event] = []
    refused: list[Refused] = []
    for place, item in _items(body):
        try:
            events.append(_event(item))
        except BadInput as error:
            field = ".".join(part for part in (place, error.field or "") if part)
            refused.append(Refused(field, error.user_message))
    if not events:
        if refused:
            raise BadInput(refused[0].problem, field=refused[0].field)
        raise BadInput("There must be at least one event.")
    notes = _refusals(refused, len(events))
    alerts = tuple(_alert(event, received_at, notes) for event in events)
    group = AlertGroup(
        group_key=FALCO,
        status=AlertStatus.FIRING,
        receiver=FALCO,
        alerts=alerts,
        source=FALCO,
        received_at=received_at,
        notes=tuple(dict.fromkeys(notes))[:MOST_NOTES],
    )
    return Batch(group, tuple(refused))


def _refusals(refused: Sequence[Refused], read: int) -> list[str]:
    if not refused:
        return []
    first = f"{refused[0].field}: {refused[0].problem}"
    return [f"{len(refused)} of {len(refused) + read} events could not be read, first {first}"]


def workload_of(pod: str) -> str:
    """Return the name of what a pod belongs to, as far as the pod's own name tells it."""
    return _POD_ENDS.sub("", pod)


def _event(item: Json | BadInput) -> _Event:
    if isinstance(item, BadInput):
        raise item
    try:
        return _EVENT.validate_python(item)
    except ValidationError as error:
        raise bad_field(error) from error


def _items(body: bytes) -> list[tuple[str, Json | BadInput]]:
    """Return each event, or what is wrong with its line, with its place in the body."""
    # Whoever is watched chooses some of the bytes: an odd one must not keep the event from being told.
    text = body.decode("utf-8-sig", "replace")
    try:
        whole = _loaded(text)
    except RecursionError as error:
        raise BadInput("The body is nested too deeply.") from error
    except ValueError:
        lines = enumerate(text.split("\n"), 1)
        return [(f"line {number}", _line(line)) for number, line in lines if line.strip()]
    found = whole if isinstance(whole, list) else [whole]
    return [(str(place), item) for place, item in enumerate(found)]


def _line(line: str) -> Json | BadInput:
    try:
        return _loaded(line)
    except (ValueError, RecursionError):
        return BadInput("The body is neither a JSON document nor one JSON object in each line.")


def _loaded(text: str) -> Json:
    found: Json = json.loads(text)
    if "\\ud" in text.casefold():
        # Half of a pair of surrogates is no text.
        found = json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    return found


def _alert(event: _Event, received_at: datetime, notes: list[str]) -> Alert:
    labels, cut = clean_pairs(_labels(event))
    starts_at = _time(event)
    name = labels["alertname"] = labels.get("alertname", "").strip() or "unnamed rule"
    odd = start_note(name[:100], starts_at, received_at)
    if odd:
        notes.append(odd)
    if cut:
        notes.append(f"{name[:100]} was too large; some of its text was cut")
    return Alert(
        fingerprint=_fingerprint(event),
        status=AlertStatus.FIRING,
        labels=labels,
        annotations=clean_annotations(_annotations(event))[0],
        starts_at=starts_at or received_at,
        source=FALCO,
    )


def _labels(event: _Event) -> dict[str, str]:
    """Return what names the event; no text that an attacker chooses freely, such as a command line, is among it."""
    pod = event.text("k8s.pod.name", "k8smeta.pod.name")
    container = event.text("container.id")
    found = {
        "alertname": event.rule,
        "severity": (event.priority or "").strip().casefold(),
        "category": SECURITY,
        "falco_source": event.source or "",
        "namespace": event.text("k8s.ns.name", "k8smeta.ns.name", "ka.target.namespace"),
        "pod": pod,
        "service": event.text(*_WORKLOADS) or workload_of(pod),
        "container_id": "" if container == "host" else container,
        "container": event.text("container.name"),
        "host": event.hostname or "",
    }
    return {name: value for name, value in found.items() if value}


def _annotations(event: _Event) -> dict[str, str]:
    said = event.message or _PREFIX.sub("", event.output or "") or event.rule
    found = {"summary": clean_text(said, limit=_LONGEST_LINE), "tags": ", ".join(event.tags or ())}
    found |= {name: clean_text(event.text(name), limit=_LONGEST_FIELD) for name in _TOLD}
    found["uuid"] = event.uuid or ""
    return {name: clean_text(value, limit=_LONGEST_LINE) for name, value in found.items() if value}


def _fingerprint(event: _Event) -> str:
    """Return what makes two events the same alert: the rule, its source, and the pod, container, object or host."""
    container = event.text("container.id")
    places = (
        (event.text("k8s.ns.name", "k8smeta.ns.name"), event.text("k8s.pod.name", "k8smeta.pod.name")),
        ("container", "" if container == "host" else container),
        (event.text("ka.target.namespace"), event.text("ka.target.name")),
        ("host", event.hostname or ""),
    )
    place = next((pair for pair in places if pair[1]), ("", ""))
    body = json.dumps([event.rule, event.source or "", *place], ensure_ascii=True)
    return f"{FALCO}-{hashlib.sha256(body.encode()).hexdigest()[:32]}"


def _time(event: _Event) -> datetime | None:
    """Return when it happened: `time`, else the event's own in either form; None when none of them is a time."""
    fields: Mapping[str, Json] = event.output_fields or {}
    stamp = fields.get("evt.time")
    for value in (event.time, fields.get("evt.time.iso8601"), stamp):
        if isinstance(value, str) and value:
            try:
                # Digits beyond microseconds are dropped by the parser itself.
                return to_utc(datetime.fromisoformat(value))
            except ValueError:
                continue
    if isinstance(stamp, int) and not isinstance(stamp, bool):
        try:
            return to_utc(datetime.fromtimestamp(stamp // 1_000 / 1_000_000, UTC))
        except (ValueError, OverflowError, OSError):
            return None
    return None


def _words(value: Json) -> str:
    if isinstance(value, str):
        plain = value.strip()
        # Falco writes this where a field has no value.
        return "" if plain == "<NA>" else plain
    return "" if value is None else clean_text(json.dumps(value), limit=_LONGEST_FIELD)
