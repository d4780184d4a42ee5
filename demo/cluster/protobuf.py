"""Reads the few requests that kubectl sends as protobuf and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from demo.cluster.objects import Obj
from demo.cluster.status import unsupported_media

MAGIC = b"k8s\x00"

# Message -> field number -> (JSON name, message name or "" for text, "int" for numbers, "[]" for repeated text).
_MAP = "map"
_META = {
    11: ("labels", _MAP),
    12: ("annotations", _MAP),
    1: ("name", ""),
    2: ("generateName", ""),
    3: ("namespace", ""),
    5: ("uid", ""),
    6: ("resourceVersion", ""),
}
_MESSAGES: dict[str, dict[int, tuple[str, str]]] = {
    "ObjectMeta": _META,
    "SelfSubjectAccessReview": {1: ("metadata", "ObjectMeta"), 2: ("spec", "AccessSpec")},
    "AccessSpec": {
        1: ("resourceAttributes", "ResourceAttributes"),
        2: ("nonResourceAttributes", "PathAttributes"),
    },
    "ResourceAttributes": {
        1: ("namespace", ""),
        2: ("verb", ""),
        3: ("group", ""),
        4: ("version", ""),
        5: ("resource", ""),
        6: ("subresource", ""),
        7: ("name", ""),
    },
    "PathAttributes": {1: ("path", ""), 2: ("verb", "")},
    "SelfSubjectRulesReview": {1: ("metadata", "ObjectMeta"), 2: ("spec", "RulesSpec")},
    "RulesSpec": {1: ("namespace", "")},
    "SelfSubjectReview": {1: ("metadata", "ObjectMeta")},
    "Namespace": {1: ("metadata", "ObjectMeta")},
    "ConfigMap": {1: ("metadata", "ObjectMeta"), 2: ("data", _MAP)},
    "Secret": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "map of bytes"),
        3: ("type", ""),
        4: ("stringData", _MAP),
    },
    "Eviction": {1: ("metadata", "ObjectMeta"), 2: ("deleteOptions", "DeleteOptions")},
    "DeleteOptions": {
        1: ("gracePeriodSeconds", "int"),
        2: ("preconditions", "Preconditions"),
        4: ("propagationPolicy", ""),
        5: ("dryRun", "[]"),
    },
    "Preconditions": {1: ("uid", ""), 2: ("resourceVersion", "")},
    "Unknown": {1: ("typeMeta", "TypeMeta"), 2: ("raw", "bytes")},
    "TypeMeta": {1: ("apiVersion", ""), 2: ("kind", "")},
}


def decode_envelope(raw: bytes) -> Obj:
    """Read an object from its protobuf form; raise 415 for kinds that nobody sends so."""
    if not raw.startswith(MAGIC):
        raise unsupported_media()
    try:
        envelope = _message("Unknown", raw[len(MAGIC) :])
        named: Obj = envelope.get("typeMeta", {})
        kind = str(named.get("kind", ""))
        if kind not in _MESSAGES:
            raise unsupported_media()
        return {**_message(kind, envelope.get("raw", b"")), **named}
    except (IndexError, UnicodeDecodeError) as broken:
        raise unsupported_media() from broken


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, position
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        form = tag & 7
        if form == 0:
            value, position = _varint(data, position)
            yield tag >> 3, value
        elif form == 2:
            length, position = _varint(data, position)
            yield tag >> 3, data[position : position + length]
            position += length
        else:
            position += 8 if form == 1 else 4


def _entry(data: bytes, *, coded: bool) -> dict[str, str]:
    pair = {number: value for number, value in _fields(data) if isinstance(value, bytes)}
    value = pair.get(2, b"")
    return {pair.get(1, b"").decode(): base64.b64encode(value).decode() if coded else value.decode()}


def _message(name: str, data: bytes) -> Obj:
    result: Obj = {}
    for number, value in _fields(data):
        known = _MESSAGES[name].get(number)
        if known is None:
            continue
        field, form = known
        if isinstance(value, int) != (form == "int"):
            # The wire type is not the declared one: this is no message that kubectl would send.
            raise unsupported_media()
        if form in ("int", "bytes"):
            result[field] = value
        elif form.startswith(_MAP):
            result.setdefault(field, {}).update(_entry(value, coded=form != _MAP))
        elif form == "[]":
            result.setdefault(field, []).append(value.decode())
        elif form:
            result[field] = _message(form, value)
        elif value:
            result[field] = value.decode()
    return result
