"""What a reading says, in the reader's language, from its typed result; what has none here stays as the tool wrote it."""

from collections.abc import Callable, Mapping

from agent.domain.deployment import TOLD
from agent.domain.evidence import Evidence, EvidenceStatus
from agent.domain.results import (
    AlertsResult,
    ChangesResult,
    EdgesResult,
    EventsResult,
    LogLinesResult,
    PatternsResult,
    PictureResult,
    PodsResult,
    TableResult,
)
from agent.locale.format import quantity
from agent.locale.messages import FALLBACK, known, text
from agent.locale.retold import retold

Said = Callable[[str, Evidence], str | None]
_MOST = 4


def reading_words(lang: str, evidence: Evidence) -> str:
    """Return one line about a piece of evidence; foreign text that renderers escape."""
    plain = evidence.error or evidence.reading.summary
    if lang == FALLBACK or evidence.error is not None:
        return retold(lang, plain)
    if evidence.status is EvidenceStatus.NO_DATA:
        return (
            text(lang, "reading-nothing", subject=_subject(lang, evidence))
            if _subject(lang, evidence)
            else retold(lang, plain)
        )
    say = _SAID.get(evidence.request.tool)
    return (say(lang, evidence) if say is not None else None) or retold(lang, plain)


def _subject(lang: str, evidence: Evidence) -> str:
    params = evidence.request.params
    signal = params.get("signal")
    parts = [params.get("service"), _signal(lang, str(signal)) if isinstance(signal, str) else None]
    return " ".join(part for part in parts if isinstance(part, str) and part)


def _signal(lang: str, signal: str) -> str:
    message = f"signal-{signal}"
    return text(lang, message) if known(message) else signal


def _measured(lang: str, evidence: Evidence) -> str | None:
    reading = evidence.reading
    if reading.value is None:
        return None
    said = {"subject": _subject(lang, evidence), "now": quantity(lang, reading.value)}
    if reading.normal is None:
        return text(lang, "reading-signal", **said)
    return text(lang, "reading-signal-normal", normal=quantity(lang, reading.normal), **said)


def _compared(lang: str, evidence: Evidence) -> str | None:
    result, names = evidence.reading.result, evidence.request.params.get("signals")
    if not isinstance(result, TableResult) or not isinstance(names, list):
        return None
    signals = list(dict.fromkeys(name for name in names if isinstance(name, str)))
    shown = [
        f"{_signal(lang, signal)} {row[1]}"
        for signal, row in zip(signals, result.rows, strict=False)
        if len(row) > 1 and row[1] not in ("no data", "not answered", "no value")
    ]
    service = str(evidence.request.params.get("service") or "")
    return f"{service} {', '.join(shown[:_MOST])}".strip() if shown else None


def _drawn(lang: str, evidence: Evidence) -> str | None:
    found = isinstance(evidence.reading.result, PictureResult)
    return text(lang, "reading-chart", subject=_subject(lang, evidence)) if found else None


def _left(lang: str, evidence: Evidence) -> str | None:
    value = evidence.reading.value
    if value is None:
        return None
    service = str(evidence.request.params.get("service") or "")
    return text(lang, "reading-budget", service=service, left=quantity(lang, value))


def _patterns(lang: str, evidence: Evidence) -> str | None:
    result = evidence.reading.result
    if not isinstance(result, PatternsResult):
        return None
    fresh = sum(1 for pattern in result.patterns if pattern.new)
    counts = {"count": str(len(result.patterns)), "fresh": str(fresh), "lines": f"{result.total:,}"}
    said = text(lang, "reading-patterns", **counts)
    return f"{said}: {result.patterns[0].template}" if result.patterns else said


def _counted(lang: str, evidence: Evidence) -> str | None:
    """Say how many there are of what comes as a list."""
    match evidence.reading.result:
        case LogLinesResult(total=total):
            return text(lang, "reading-lines", count=f"{total:,}")
        case ChangesResult(changes=changes):
            newest = changes[0].description if changes else "–"
            return text(lang, "reading-changes", count=str(len(changes)), newest=newest)
        case EventsResult(events=events):
            return text(lang, "reading-events", count=str(len(events)))
        case AlertsResult(alerts=alerts):
            return text(lang, "reading-alerts", count=str(len(alerts)))
        case EdgesResult(edges=edges):
            return text(lang, "reading-edges", count=str(len(edges)))
        case PodsResult(pods=pods):
            away = [f"{pod.name} {pod.reason or pod.phase}" for pod in pods if not pod.ready]
            said = text(lang, "reading-pods", ready=str(len(pods) - len(away)), count=str(len(pods)))
            return f"{said}: {', '.join(away[:_MOST])}" if away else said
        case _:
            return None


_SAID: Mapping[str, Said] = {
    "metrics_collector.signal": _measured,
    "metrics_collector.compare": _compared,
    "metrics_collector.chart": _drawn,
    "metrics_collector.topology": _counted,
    "sla_tracker.budget": _left,
    "log_analyzer.patterns": _patterns,
    "log_analyzer.search": _counted,
    "incident_responder.rollouts": _counted,
    TOLD: _counted,
    "incident_responder.events": _counted,
    "incident_responder.pods": _counted,
    "alert_manager.firing": _counted,
}
