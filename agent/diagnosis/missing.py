"""What could not be looked at, in people's words."""

from collections.abc import Iterable, Sequence

from agent.domain.evidence import Evidence, EvidenceStatus, ReadRequest
from agent.locale.messages import known, text

BACKENDS = {
    "metrics_collector": "prometheus",
    "log_analyzer": "elasticsearch",
    "alert_manager": "alertmanager",
    "incident_responder": "kubernetes",
}


def missing(evidence: Sequence[Evidence], language: str) -> tuple[str, ...]:
    """Return one sentence per backend that failed: what it said, and what is therefore unknown."""
    answered = {backend_of(e) for e in evidence if e.status is not EvidenceStatus.ERROR}
    failed: dict[str, list[Evidence]] = {}
    for e in evidence:
        if e.status is EvidenceStatus.ERROR:
            failed.setdefault(backend_of(e), []).append(e)
    return tuple(
        text(
            language,
            "missing-partly" if backend in answered else "missing-backend",
            what=unknown((e.request for e in those), language),
            reason=(those[0].error or those[0].reading.summary).rstrip("."),
        )
        for backend, those in sorted(failed.items())
    )


def timed_out(requests: Sequence[ReadRequest], language: str) -> tuple[str, ...]:
    """Return one sentence naming the reads that did not end in time."""
    if not requests:
        return ()
    return (text(language, "missing-too-late", what=unknown(requests, language)),)


def backend_of(evidence: Evidence) -> str:
    """Return the evidence's backend, or the usual one of its tool."""
    return evidence.backend or BACKENDS.get(evidence.request.tool.partition(".")[0], "")


def unknown(requests: Iterable[ReadRequest], language: str) -> str:
    """Return what the given reads would have told, each thing once, at most six."""
    things = list(dict.fromkeys(_thing(request, language) for request in requests))
    shown = ", ".join(things[:6])
    return f"{shown} …" if len(things) > 6 else shown


def _thing(request: ReadRequest, language: str) -> str:
    tool, operation = request.tool.split(".", 1) if "." in request.tool else ("", request.tool)
    signal = request.params.get("signal")
    for message in (f"signal-{signal}", f"thing-{tool}-{operation}"):
        if known(message):
            return text(language, message)
    return request.tool
