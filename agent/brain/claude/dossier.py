"""What the model is told of an incident: ranked causes first, then what carries them; data in JSON, never instructions."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.brain.claude.material import encoded, line, rounded
from agent.domain.alert import AlertRecord
from agent.domain.evidence import Diagnosis, Evidence, EvidenceStatus, Finding, FindingKind
from agent.domain.memory import PastIncident
from agent.domain.results import ChangesResult, PatternsResult, PictureResult, SeriesResult
from agent.domain.runbook import Runbook, runbook_about
from agent.domain.view import IncidentView

MOST_ALERTS = 12
MOST_FINDINGS = 8
MOST_EVIDENCE = 16
MOST_SIMILAR = 3
MOST_STEPS = 6
LONGEST_STEP = 160
# Evidence that a claim of the rules rests on tells more than the rest, and may take more room.
LONG, SHORT = 260, 120


def dossier(
    view: IncidentView,
    diagnosis: Diagnosis | None,
    evidence: Sequence[Evidence],
    options: Mapping[str, str] | None = None,
    runbooks: Sequence[Runbook] = (),
) -> str:
    """Return the incident as one JSON text; `options` are the actions that may be proposed, by id."""
    incident = view.incident
    body: dict[str, Any] = {
        "incident": incident.name,
        "title": incident.title,
        "environment": incident.environment,
        "priority": incident.priority.value,
        "began": incident.times.started_at.isoformat(timespec="seconds"),
        "now": view.as_of.isoformat(timespec="seconds"),
        "affected": list(view.services),
        "alerts": _alerts(view),
        "rules_say": _ranked(diagnosis),
        "unknown": list(diagnosis.missing) if diagnosis else [],
        "evidence": listed(evidence, diagnosis),
        "similar": [_past(one) for one in view.similar[:MOST_SIMILAR]],
        "runbook": _runbook(view, diagnosis, runbooks),
    }
    if options:
        body["actions"] = dict(options)
    return encoded({name: value for name, value in body.items() if value})


def _past(past: PastIncident) -> dict[str, Any]:
    """Return what is remembered of a similar incident; people's own words about the cause count most."""
    cure = past.cure
    shown = {
        "incident": past.name,
        "title": past.title,
        "cause": past.about.truth or past.cause,
        "cured_by": " ".join(w for w in (cure.name, cure.target, cure.note) if w)[:200] if cure else None,
    }
    return {name: value for name, value in shown.items() if value}


def _runbook(
    view: IncidentView, diagnosis: Diagnosis | None, runbooks: Sequence[Runbook]
) -> dict[str, Any] | None:
    """Return what the team wrote down for such an incident."""
    cause = diagnosis.cause if diagnosis else None
    book = runbook_about(runbooks, view.alerts, (cause.service if cause else "") or "")
    if book is None:
        return None
    return {"title": book.title, "steps": [step[:LONGEST_STEP] for step in book.steps[:MOST_STEPS]]}


def listed(evidence: Sequence[Evidence], diagnosis: Diagnosis | None = None) -> list[dict[str, Any]]:
    """Return the evidence in short, what the rules cite first; empty answers and failures are left out."""
    findings = diagnosis.findings if diagnosis else ()
    cited = list(dict.fromkeys(i for f in findings for i in f.evidence_ids))
    known = {e.id: e for e in evidence if not isinstance(e.reading.result, PictureResult)}
    first = [known[i] for i in cited if i in known]
    # What failed is among the unknowns already, and what was empty tells nothing.
    rest = [e for e in known.values() if e.id not in set(cited) and e.status is EvidenceStatus.SUCCESS]
    rest.sort(key=_quiet)
    shown = [_told(e, LONG) for e in first] + [_told(e, SHORT) for e in rest]
    return shown[: max(MOST_EVIDENCE, len(first))]


def _quiet(evidence: Evidence) -> bool:
    """Say whether a read shows nothing out of the ordinary, so that it comes last."""
    result = evidence.reading.result
    if isinstance(result, PatternsResult):
        return not any(p.new for p in result.patterns)
    return isinstance(result, SeriesResult) and "within the threshold" in evidence.reading.summary


def _told(evidence: Evidence, longest: int) -> dict[str, Any]:
    shown = line(evidence, longest)
    result = evidence.reading.result
    if isinstance(result, PatternsResult):
        shown["new"] = [
            {"line": p.sample[:160], "level": p.level, "count": p.count, "before": p.count_before}
            for p in [p for p in result.patterns if p.new or p.count > 2 * p.count_before][:2]
        ]
    elif isinstance(result, ChangesResult):
        shown["changes"] = [
            {"at": c.at.isoformat(timespec="seconds"), "of": c.service, "what": c.description[:120]}
            for c in result.changes[:4]
        ]
    return {name: value for name, value in shown.items() if value}


def _alerts(view: IncidentView) -> list[dict[str, Any]]:
    """Return the alerts by name, each once, with the services that they are about."""
    named: dict[str, list[AlertRecord]] = {}
    for record in view.alerts:
        named.setdefault(record.alert.name, []).append(record)
    return [
        {
            "name": name,
            "of": list(dict.fromkeys(r.about for r in those if r.about))[:MOST_ALERTS],
            "since": min(r.alert.starts_at for r in those).isoformat(timespec="seconds"),
            "firing": sum(1 for r in those if r.alert.firing),
        }
        for name, those in list(named.items())[:MOST_ALERTS]
    ]


def _ranked(diagnosis: Diagnosis | None) -> list[dict[str, Any]]:
    if diagnosis is None:
        return []
    kinds = [FindingKind.CAUSE, FindingKind.CHANGE, FindingKind.SYMPTOM, FindingKind.RULED_OUT]
    ordered = sorted(diagnosis.findings, key=lambda f: (kinds.index(f.kind), -f.confidence))
    return [_finding(one, diagnosis) for one in ordered[:MOST_FINDINGS]]


def _finding(finding: Finding, diagnosis: Diagnosis) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": finding.kind.value,
        "service": finding.service,
        "claim": finding.claim[:300],
        "sure": rounded(finding.confidence),
        "evidence": list(finding.evidence_ids[:3]),
    }
    return {**shown, "named_on_the_card": True} if finding == diagnosis.cause else shown
