"""What a model's findings must pass to stand beside the rules' own; none is surer than code allows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent.diagnosis.check import instants_of, objection
from agent.diagnosis.numbers import held, stated, supported
from agent.diagnosis.spoken import spoken
from agent.domain.evidence import Diagnosis, Evidence, EvidenceStatus, Finding, FindingKind
from agent.domain.view import IncidentView

RULE = "claude."
"""What the rules of a model's findings begin with."""

MOST = 8
# How sure a claim may be by the number of independent backends whose evidence it cites: below ENOUGH of signs.py for one
# alone, since one backend's word is a lead; above it for two, and never near what the rules' own mechanisms reach.
CAPS = {1: 0.4, 2: 0.55}
CAP_BEYOND = 0.65
# A cause that the rules ruled out, with what they measured, is at most a reminder.
RULED_OUT_CAP = 0.2
# A rival of the rules' own cause stays behind it by more than the difference that diagnose.py calls a draw.
BEHIND = 0.06
A_MINUTE = 60.0

_ADDRESS = re.compile(r"https?:|www\.|<[@!#]|@(?:here|channel|everyone)\b", re.IGNORECASE)
_RATE = re.compile(r"(?<=\d)\s*/\s*(?=(?:s|sec|min|h|초|분|시간)\b)", re.IGNORECASE)
_OUT_OF = re.compile(r"(?<![\w/.])(\d+)\s?/\s?(\d+)(?![\w/.])")
_MINUS = re.compile(r"(?<![\w])[-−–](?=\d)")
_CLOCK = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?![\d:])")


@dataclass(frozen=True, slots=True)
class Admitted:
    """The findings that passed, and how many fell to which reason (a short fixed word, fit for a metric's label)."""

    findings: tuple[Finding, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)


def admit(
    findings: Sequence[Finding], view: IncidentView, evidence: Sequence[Evidence], diagnosis: Diagnosis
) -> Admitted:
    """Return what a model may add to the rules' diagnosis, each claim no surer than its evidence allows."""
    known = {e.id: e for e in evidence}
    times = [view.incident.times.started_at, *(r.alert.starts_at for r in view.alerts)]
    services = observed_services(view, evidence)
    said = {_plain(f.claim) for f in diagnosis.findings if not of_model(f)}
    passed: list[Finding] = []
    dropped: dict[str, int] = {}
    for one in findings:
        reason = refusal(one, known, times, services)
        if reason is None and _plain(one.claim) in said:
            reason = "duplicate"
        if reason is None and len(passed) >= MOST:
            reason = "too_many"
        if reason is not None:
            dropped[reason] = dropped.get(reason, 0) + 1
            continue
        said.add(_plain(one.claim))
        passed.append(one.model_copy(update={"confidence": allowed(one, known, diagnosis)}))
    return Admitted(tuple(sorted(passed, key=lambda f: -f.confidence)), dropped)


def refusal(
    finding: Finding,
    evidence: dict[str, Evidence],
    times: Iterable[datetime] = (),
    services: frozenset[str] | None = None,
) -> str | None:
    """Return the reason why a claim may not stand, or None."""
    moments = tuple(times)
    if any(one not in evidence for one in finding.evidence_ids):
        return "unknown_evidence"
    cited = [evidence[one] for one in finding.evidence_ids]
    if all(e.status is EvidenceStatus.ERROR for e in cited):
        return "failed_evidence"
    if _ADDRESS.search(finding.claim):
        return "address"
    if services is not None and finding.service is not None and finding.service not in services:
        return "unknown_service"
    if unsupported_number(finding.claim, cited) is not None:
        return "number"
    if not _clocks_known(finding.claim, cited, moments):
        return "time"
    return "claim" if objection(finding, evidence, moments) is not None else None


def unsupported_number(claim: str, cited: Sequence[Evidence]) -> str | None:
    """Return the first number of a claim, in figures or in words, that its evidence does not contain."""
    plain = _MINUS.sub(" ", _OUT_OF.sub(r"\1 of \2", _RATE.sub(" per ", claim)))
    numbers = {value for e in cited for value in held(e)}
    wanted = [*stated(_CLOCK.sub(" ", plain)), *spoken(plain)]
    return next((n.token for n in wanted if not supported(n, numbers)), None)


def _clocks_known(claim: str, cited: Sequence[Evidence], times: Sequence[datetime]) -> bool:
    told = [(int(h), int(m)) for h, m, _ in _CLOCK.findall(claim)]
    if not told:
        return True
    moments = [at for e in cited for at in instants_of(e)] + [t.timestamp() for t in times]
    seen = {
        (at.hour, at.minute)
        for moment in moments
        for at in (datetime.fromtimestamp(moment + shift, UTC) for shift in (-A_MINUTE, 0.0, A_MINUTE))
    }
    return all(one in seen for one in told)


def allowed(finding: Finding, evidence: dict[str, Evidence], diagnosis: Diagnosis) -> float:
    """Return how sure a claim may be: what it says itself, or less."""
    backends = {
        evidence[i].backend for i in finding.evidence_ids if evidence[i].status is not EvidenceStatus.ERROR
    }
    most = CAPS.get(len(backends), CAP_BEYOND)
    if finding.kind is not FindingKind.CAUSE:
        return min(finding.confidence, most)
    own = [f for f in diagnosis.findings if not of_model(f)]
    leads = [f.confidence for f in own if f.kind is FindingKind.CAUSE and f.service == finding.service]
    most = max([most, *leads])
    if any(f.kind is FindingKind.RULED_OUT and f.service == finding.service for f in own) and not leads:
        most = min(most, RULED_OUT_CAP)
    cause = rules_cause(diagnosis)
    if cause is not None and cause.service != finding.service:
        most = min(most, max(0.0, cause.confidence - BEHIND))
    return round(min(finding.confidence, most), 4)


def of_model(finding: Finding) -> bool:
    """Say whether a model made this claim."""
    return finding.rule.startswith(RULE)


def rules_cause(diagnosis: Diagnosis) -> Finding | None:
    """Return the cause that the rules named."""
    return diagnosis.cause if diagnosis.cause is not None and not of_model(diagnosis.cause) else None


def observed_services(view: IncidentView, evidence: Sequence[Evidence]) -> frozenset[str]:
    """Return every service name that was seen: on alerts, as a read's subject, or inside a result."""
    found = {*view.services}
    for one in evidence:
        given = one.request.params.get("service")
        if isinstance(given, str) and one.ok:
            found.add(given)
        found.update(_named(one.reading.result))
    return frozenset(name for name in found if name)


def _named(result: object) -> Iterable[str]:
    for attribute in ("patterns", "lines", "pods", "changes"):
        yield from (one.service for one in getattr(result, attribute, ()))
    yield from (name for edge in getattr(result, "edges", ()) for name in edge)


def _plain(claim: str) -> str:
    return " ".join(claim.casefold().split()).rstrip(".")
