"""What every renderer picks from an incident's view: the telling numbers, the picture, the new log pattern, the gaps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.evidence import Evidence, EvidenceStatus, Finding, FindingKind
from agent.domain.incident import Incident
from agent.domain.noun import Json
from agent.domain.results import LogPattern, PatternsResult, PictureResult, TableResult
from agent.domain.view import IncidentView
from agent.locale.format import quantity
from agent.locale.messages import known, text
from agent.transport.foreign import clean

_WORD_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_SEEN = frozenset({"", "–", "-", "unknown", "no data", "not answered"})
_LONGEST_NAME = 120
_CAMEL = re.compile(r"[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*")


# What a healthy service writes all day; new traffic writes new lines of it.
_CHATTER = ("info", "debug", "trace")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A signal's value now beside its normal value, already in words; `beyond` when it crossed its threshold."""

    signal: str
    service: str
    now: str
    normal: str | None
    beyond: bool = False


def headline(incident: Incident) -> str:
    """Return the title as people say it: `payment: HighErrorRate` becomes `payment — high error rate`."""
    title = clean(incident.title, 300)
    subject, separator, matter = title.partition(": ")
    if not separator:
        return title
    return f"{subject} — {spoken(matter)}"


def spoken(name: str) -> str:
    """Return a camel-case alert name in words; anything else stays as it is."""
    if len(name) > _LONGEST_NAME or not _CAMEL.fullmatch(name):
        return name
    words = _WORD_EDGE.sub(" ", name).split(" ")
    return " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in words)


def claim(language: str, finding: Finding) -> str:
    """Return what a finding says, in the reader's language when its catalogue has it."""
    message = finding.details.get("message")
    if isinstance(message, dict) and isinstance(message.get("id"), str) and known(str(message["id"])):
        args = message.get("args")
        return text(language, str(message["id"]), **(args if isinstance(args, dict) else {}))
    return finding.claim


def best(view: IncidentView, kind: FindingKind) -> Finding | None:
    """Return the surest finding of a kind."""
    findings = [f for f in (view.diagnosis.findings if view.diagnosis else ()) if f.kind is kind]
    return max(findings, key=lambda finding: finding.confidence, default=None)


def comparisons(view: IncidentView, language: str) -> list[Comparison]:
    """Return the signals of the affected service, newest reading of each, in the order they were read."""
    found: dict[tuple[str, str], Comparison] = {}
    for evidence in view.evidence:
        if not evidence.ok:
            continue
        for one in _compared(evidence, language):
            found[(one.service, one.signal)] = one
    own = [one for one in found.values() if one.service in ("", view.incident.service)]
    return own or list(found.values())


def _compared(evidence: Evidence, language: str) -> Iterator[Comparison]:
    params, reading = evidence.request.params, evidence.reading
    service = _word(params.get("service"))
    if evidence.request.tool == "metrics_collector.signal" and reading.value is not None:
        normal = quantity(language, reading.normal) if reading.normal else None
        yield Comparison(_word(params.get("signal")), service, quantity(language, reading.value), normal)
    if evidence.request.tool == "metrics_collector.compare" and isinstance(reading.result, TableResult):
        signals = params.get("signals")
        names = list(dict.fromkeys(_word(name) for name in signals)) if isinstance(signals, list) else []
        for index, row in enumerate(reading.result.rows):
            if len(row) >= 3 and row[1] not in _NOT_SEEN:
                name = names[index] if index < len(names) else row[0]
                normal_words = _tidy(row[2]) if row[2] not in _NOT_SEEN else None
                yield Comparison(name, service, _tidy(row[1]), normal_words, beyond=row[-1] == "beyond")


def _tidy(cell: str) -> str:
    # Tables of the tools write "48 %"; everything else on a card writes "48%".
    return cell.replace(" %", "%")


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
    """Return the most telling log pattern: of the cause's service, an error, new, and often."""
    patterns: list[LogPattern] = []
    for evidence in view.evidence:
        if evidence.ok and isinstance(evidence.reading.result, PatternsResult):
            patterns.extend(evidence.reading.result.patterns)
    telling = [p for p in patterns if p.level not in _CHATTER and (p.new or p.count > 2 * p.count_before)]
    cause = view.diagnosis.cause.service if view.diagnosis and view.diagnosis.cause else None

    def rank(pattern: LogPattern) -> tuple[bool, bool, bool, int]:
        failed = pattern.level in ("error", "fatal")
        return (failed and pattern.service == cause, failed, pattern.new, pattern.count)

    return max(telling, key=rank, default=None)


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


def _word(value: Json) -> str:
    return value if isinstance(value, str) else ""
