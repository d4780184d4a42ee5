"""From what a client sent to an object of the kind it should be, or a refusal."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from demo.cluster.canonical import canonical
from demo.cluster.customs import apply_schema
from demo.cluster.identity import CONTROLLER, Identity
from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj
from demo.cluster.schema import shape_of, unknown_fields, wrong_type
from demo.cluster.status import ApiError, Cause, bad_request, invalid


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, and how the request wants to be treated."""

    identity: Identity = CONTROLLER
    manager: str = "kube-controller-manager"
    dry_run: bool = False
    validation: str = "Warn"
    warnings: list[str] = field(default_factory=list)


def decode(kind: Kind, body: Obj, call: Call) -> Obj:
    """Read an object of a kind; raise 400 when it is of another kind or has values of the wrong type."""
    version, named = body.get("apiVersion") or kind.api_version, body.get("kind") or kind.kind
    if (version, named) != (kind.api_version, kind.kind):
        raise _mismatch(kind, str(version), str(named))
    obj = {"kind": kind.kind, "apiVersion": kind.api_version, **_rest(body)}
    problem = wrong_type(shape_of(kind), obj)
    if problem is not None:
        raise bad_request(f"{_subject(kind)}: {problem.message}")
    _report_unknown(kind, obj, call)
    return tidy(kind, obj)


def decode_patched(kind: Kind, obj: Obj, call: Call) -> Obj:
    """Read the outcome of a patch; raise 422 when it has values of the wrong type."""
    problem = wrong_type(shape_of(kind), obj)
    if problem is not None:
        rendered = json.dumps(json.dumps(obj, separators=(",", ":")))
        raise invalid(
            "", "", "", [Cause("patch", "FieldValueInvalid", f"Invalid value: {rendered}: {problem.message}")]
        )
    _report_unknown(kind, obj, call)
    return tidy(kind, {"kind": kind.kind, "apiVersion": kind.api_version, **_rest(obj)})


def tidy(kind: Kind, obj: Obj) -> Obj:
    """Write an object in its canonical form, without fields that nobody knows."""
    if kind.custom:
        meta = obj.get("metadata") or {}
        clean = {key: value for key, value in meta.items() if value not in (None, {}, [])}
        pruned: Obj = apply_schema(kind.schema, {**obj, "metadata": clean})
        return pruned
    written: Obj = canonical(shape_of(kind), obj)
    written.setdefault("metadata", {})
    return written


def _rest(body: Obj) -> Obj:
    rest = {key: value for key, value in body.items() if key not in ("kind", "apiVersion")}
    meta = rest.get("metadata")
    rest["metadata"] = dict(meta) if isinstance(meta, dict) else {}
    return rest


def _subject(kind: Kind) -> str:
    return f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}'


def _report_unknown(kind: Kind, obj: Obj, call: Call) -> None:
    if call.validation == "Ignore":
        return
    found = [f'unknown field "{path}"' for path in unknown_fields(shape_of(kind), obj)]
    if found and call.validation == "Strict":
        raise bad_request(f"{_subject(kind)}: strict decoding error: {', '.join(found)}")
    call.warnings.extend(found)


def _mismatch(kind: Kind, version: str, named: str) -> ApiError:
    short = version.rpartition("/")[2]
    wanted = kind.group.partition(".")[0] or "core"
    why = f"converting ({short}.{named}) to ({wanted}.{kind.kind}): unknown conversion"
    return bad_request(f'{named} in version "{short}" cannot be handled as a {kind.kind}: {why}')
