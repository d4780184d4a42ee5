"""What form a client accepts and what form it sent."""

from __future__ import annotations

import json
from typing import Any

import yaml

from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj
from demo.cluster.protobuf import MAGIC, decode_envelope
from demo.cluster.status import ApiError, bad_request, unsupported_media

JSON = "application/json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_OFFERED = (
    "application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, "
    "application/vnd.kubernetes.protobuf;stream=watch"
)
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


def _clauses(accept: str) -> list[tuple[str, dict[str, str]]]:
    found = []
    for clause in accept.split(","):
        media, *parameters = [part.strip() for part in clause.split(";")]
        pairs = dict(part.split("=", 1) for part in parameters if "=" in part)
        found.append((media, pairs))
    return found


def accepted_form(accept: str) -> str:
    """Choose "json", "table" or "partial"; raise 406 when nothing acceptable is left."""
    for media, parameters in _clauses(accept or "*/*"):
        if media not in ("application/json", "*/*", "application/*"):
            continue
        form = parameters.get("as", "")
        if form == "Table" and parameters.get("v") == "v1":
            return "table"
        if form in ("PartialObjectMetadata", "PartialObjectMetadataList"):
            return "partial"
        if not form:
            return "json"
    message = f"406: Not Acceptable\n\nAvailable representations: {_OFFERED}"
    raise ApiError(406, "NotAcceptable", message, details={})


def aggregated_discovery(accept: str) -> str | None:
    """Return the content type of aggregated discovery when a client asks for it."""
    for media, parameters in _clauses(accept):
        if media == JSON and parameters.get("as") == "APIGroupDiscoveryList":
            return f"application/json;g=apidiscovery.k8s.io;v={parameters.get('v', 'v2')};as=APIGroupDiscoveryList"
    return None


def read_body(kind: Kind, raw: bytes, content_type: str) -> Obj:
    """Read an object from a request; raise 400 when it is not one and 415 for a form nobody knows."""
    media = content_type.partition(";")[0].strip().lower()
    if media == "application/vnd.kubernetes.protobuf" or raw.startswith(MAGIC):
        return decode_envelope(raw)
    if media in ("application/yaml", "application/x-yaml"):
        return _mapping(kind, _yaml(raw), raw)
    if media not in ("", JSON, "application/octet-stream", "text/plain"):
        accepted = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
        message = (
            f"the body of the request was in an unknown format - accepted media types include: {accepted}"
        )
        raise unsupported_media(message, detailed=False)
    try:
        return _mapping(kind, json.loads(raw), raw)
    except json.JSONDecodeError as broken:
        raise _unreadable(kind, raw, go_json_error(raw, broken)) from broken


def _mapping(kind: Kind, value: Any, raw: bytes) -> Obj:
    if isinstance(value, dict):
        return value
    why = "json: cannot unmarshal into Go value of type struct"
    raise _unreadable(kind, raw, why)


def _unreadable(kind: Kind, raw: bytes, why: str) -> ApiError:
    text = raw.decode("utf-8", "replace")
    return bad_request(
        f"the object provided is unrecognized (must be of type {kind.kind}): couldn't get version/kind; "
        f"json parse error: {why} ({text})"
    )


def go_json_error(raw: bytes, broken: json.JSONDecodeError) -> str:
    """Say what is wrong with JSON as Go's decoder does."""
    text = raw.decode("utf-8", "replace")
    if broken.pos >= len(text.rstrip()):
        return "unexpected end of JSON input"
    character = text[broken.pos]
    if "property name" in broken.msg:
        return f"invalid character '{character}' looking for beginning of object key string"
    if "',' delimiter" in broken.msg:
        inside = "object key:value pair" if text.lstrip().startswith("{") else "array element"
        return f"invalid character '{character}' after {inside}"
    if "':' delimiter" in broken.msg:
        return f"invalid character '{character}' after object key"
    if "Extra data" in broken.msg:
        return f"invalid character '{character}' after top-level value"
    return f"invalid character '{character}' looking for beginning of value"


def _yaml(raw: bytes) -> Any:
    try:
        return yaml.load(raw, Loader=_JsonLikeLoader)
    except yaml.YAMLError as broken:
        raise bad_request(f"error decoding YAML: {broken}") from broken


class _JsonLikeLoader(yaml.SafeLoader):
    """Reads dates as the texts they are, as the API server does."""


_JsonLikeLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_patch(kind: Kind, raw: bytes, content_type: str) -> tuple[str, Any]:
    """Read a patch and its form; raise 415 for a form that the kind does not take."""
    media = content_type.partition(";")[0].strip().lower()
    known = [JSON_PATCH, MERGE, APPLY] if kind.custom else [JSON_PATCH, MERGE, STRATEGIC, APPLY]
    if media == STRATEGIC and kind.custom:
        message = "the body of the request was in an unknown format - accepted media types include: "
        raise unsupported_media(message + ", ".join(known), detailed=False)
    if media not in known:
        raise unsupported_media()
    if media == APPLY:
        return media, _mapping(kind, _yaml(raw), raw)
    try:
        patch = json.loads(raw)
    except json.JSONDecodeError as broken:
        raise bad_request(f"error decoding patch: {go_json_error(raw, broken)}") from broken
    if media != JSON_PATCH and not isinstance(patch, dict):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}"
        )
    return media, patch
