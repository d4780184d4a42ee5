"""What every renderer picks from an incident's view: the headline, the picture, the new log pattern, the gaps."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from agent.diagnosis.admission import of_model
from agent.diagnosis.standing_out import RULE as STANDS_OUT
from agent.domain.evidence import EvidenceStatus, Finding, FindingKind
from agent.domain.incident import Incident
from agent.domain.results import LogPattern, PatternsResult, PictureResult
from agent.domain.titles import spoken_title
from agent.domain.view import IncidentView
from agent.locale.messages import known, text
from agent.transport.foreign import clean

_BEFORE_TROUBLE = timedelta(minutes=1)


# What a healthy service writes all day; new traffic writes new lines of it.
_CHATTER = ("info", "debug", "trace")


def headline(incident: Incident) -> str:
    """Return the title as people say it: `payment: HighErrorRate` becomes `payment — high error rate`."""
    return spoken_title(clean(incident.title, 300))


def subject(view: IncidentView) -> str:
    """Return the service that the headline names."""
    subject, separator, _ = view.incident.title.partition(": ")
    return subject if separator else view.incident.service


def services(view: IncidentView) -> tuple[str, ...]:
    """Return the affected services, the cause's first."""
    culprit = view.diagnosis.cause.service if view.diagnosis and view.diagnosis.cause else None
    return tuple(sorted(view.services, key=lambda name: name != culprit))


def change_before(view: IncidentView) -> Finding | None:
    """Return what changed just before; where the cause is known, only a change of its own service counts."""
    cause = view.diagnosis.cause if view.diagnosis else None
    changes = [f for f in _by_rules(view) if f.kind is FindingKind.CHANGE]
    culprit = cause.service if cause else None
    own = [f for f in changes if culprit is None or f.service in (None, culprit)]
    return max(own, key=lambda finding: finding.confidence, default=None)


def added(view: IncidentView) -> Finding | None:
    """Return the surest of what a model found beyond the verdict, causes and what was cleared before the rest."""
    diagnosis = view.diagnosis
    found = [f for f in (diagnosis.findings if diagnosis else ()) if of_model(f)]
    beyond = [f for f in found if diagnosis is not None and f != diagnosis.cause]
    order = [FindingKind.CAUSE, FindingKind.RULED_OUT, FindingKind.CHANGE, FindingKind.SYMPTOM]
    return min(beyond, key=lambda f: (order.index(f.kind), -f.confidence), default=None)


def rival(view: IncidentView) -> Finding | None:
    """Return the place for which measurements speak against the named cause."""
    cause = view.diagnosis.cause if view.diagnosis else None
    if cause is None or cause.rule == STANDS_OUT:
        return None
    return next((f for f in _by_rules(view) if f.rule == STANDS_OUT and f.service != cause.service), None)


def best(view: IncidentView, kind: FindingKind) -> Finding | None:
    """Return the surest finding of the rules of a kind."""
    findings = [f for f in _by_rules(view) if f.kind is kind]
    return max(findings, key=lambda finding: finding.confidence, default=None)


def _by_rules(view: IncidentView) -> list[Finding]:
    return [f for f in (view.diagnosis.findings if view.diagnosis else ()) if not of_model(f)]


def signal_title(language: str, signal: str) -> str:
    """Return a signal's name for people."""
    message = f"signal-{signal}"
    return text(language, message) if re.fullmatch(r"[a-z0-9_]+", signal) and known(message) else signal


def picture(view: IncidentView) -> PictureResult | None:
    """Return the newest picture among the evidence."""
    for evidence in reversed(view.evidence):
        if evidence.ok and isinstance(evidence.reading.result, PictureResult):
            return evidence.reading.result
    return None


def top_pattern(view: IncidentView) -> LogPattern | None:
    """Return the most telling log pattern: of the cause's service where a cause is known, an error, new, and often."""
    culprit = view.diagnosis.cause.service if view.diagnosis and view.diagnosis.cause else None
    patterns = {(p.service, p.template): p for p in _patterns(view)}.values()
    since = view.incident.times.started_at - _BEFORE_TROUBLE
    telling = [
        p
        for p in patterns
        if p.level not in _CHATTER
        and (p.new or p.count > 2 * p.count_before)
        # What was there before the trouble tells of another one, unless its service is the very cause.
        and (p.service == culprit if culprit else p.first_seen_at is None or p.first_seen_at >= since)
    ]
    return max(telling, key=lambda p: (p.level in ("error", "fatal"), p.new, p.count), default=None)


def _patterns(view: IncidentView) -> Iterator[LogPattern]:
    for evidence in view.evidence:
        if evidence.ok and isinstance(evidence.reading.result, PatternsResult):
            yield from evidence.reading.result.patterns


def missing(view: IncidentView) -> list[str]:
    """Return what could not be seen, one sentence per backend at most."""
    if view.diagnosis and view.diagnosis.missing:
        return list(dict.fromkeys(view.diagnosis.missing))
    failed = {
        e.backend: e.error or e.reading.summary for e in view.evidence if e.status is EvidenceStatus.ERROR
    }
    return list(dict.fromkeys(failed.values()))


def respond_by(view: IncidentView) -> datetime | None:
    """Return when somebody must have answered at the latest."""
    limit = view.route.respond_within_seconds
    return view.incident.times.opened_at + timedelta(seconds=limit) if limit is not None else None
