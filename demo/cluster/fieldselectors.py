"""Field selectors: which fields each kind indexes, and whether an object matches."""

from __future__ import annotations

from dataclasses import dataclass

from demo.cluster.kinds import Kind
from demo.cluster.objects import Obj, dig
from demo.cluster.status import bad_request

_EVENT = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
_FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "pods"): (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    ("", "events"): (
        *(f"involvedObject.{name}" for name in _EVENT),
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    ("events.k8s.io", "events"): (
        *(f"regarding.{name}" for name in _EVENT),
        "reason",
        "reportingController",
        "type",
    ),
    ("", "nodes"): ("spec.unschedulable",),
    ("", "namespaces"): ("status.phase",),
    ("", "secrets"): ("type",),
    ("", "services"): ("spec.clusterIP", "spec.type"),
    ("apps", "replicasets"): ("status.replicas",),
    ("", "replicationcontrollers"): ("status.replicas",),
    ("batch", "jobs"): ("status.successful",),
    ("certificates.k8s.io", "certificatesigningrequests"): ("spec.signerName",),
}
_STORED_AS = {
    "regarding": "involvedObject",
    "reportingController": "reportingComponent",
}


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """One demand on a field."""

    path: tuple[str, ...]
    value: str
    equal: bool

    def holds(self, obj: Obj) -> bool:
        """Tell whether an object meets the demand."""
        return (_text(obj, self.path) == self.value) == self.equal


def _text(obj: Obj, path: tuple[str, ...]) -> str:
    if path == ("source",):
        return str(dig(obj, "source", "component", default="") or obj.get("reportingComponent", ""))
    found = dig(obj, *path, default="")
    if path == ("spec", "unschedulable"):
        return "true" if found else "false"
    return str(found)


def parse_fields(kind: Kind, text: str) -> tuple[FieldTerm, ...]:
    """Parse a field selector; raise 400 for a field that the kind does not index."""
    known = {"metadata.name", *_FIELDS.get((kind.group, kind.plural), ())}
    if kind.namespaced:
        known.add("metadata.namespace")
    return tuple(_term(part, known) for part in text.split(",") if part.strip())


def _term(part: str, known: set[str]) -> FieldTerm:
    for operator in ("!=", "==", "="):
        field, found, value = part.partition(operator)
        if found:
            break
    else:
        raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
    if field not in known:
        raise bad_request(f"field label not supported: {field}")
    path = tuple(_STORED_AS.get(step, step) for step in field.split("."))
    return FieldTerm(path, value, operator != "!=")


def fields_match(terms: tuple[FieldTerm, ...], obj: Obj) -> bool:
    """Tell whether an object meets every demand."""
    return all(term.holds(obj) for term in terms)
