"""The few numbers that a card shows: each beside its normal value, what is wrong first."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from agent.domain.evidence import Evidence, FindingKind
from agent.domain.noun import Json
from agent.domain.results import Quantity, TableResult
from agent.domain.view import IncidentView
from agent.locale.format import duration, quantity
from agent.locale.messages import text

_NOT_SEEN = frozenset({"", "–", "-", "unknown", "no data", "not answered"})
# Where nothing is wrong with them, these still tell how a service does; any other signal only when it is wrong.
_ALWAYS = ("server_error_ratio", "latency_p95", "request_rate")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A signal's value now beside its normal value, already in words; `beyond` when it is not as it should be."""

    signal: str
    service: str
    now: str
    normal: str | None
    beyond: bool = False


def telling(view: IncidentView, language: str, most: int) -> list[Comparison]:
    """Return the numbers of the service that the card is about: what is wrong first, then how it does otherwise."""
    wrong = _wrong(view)
    found = comparisons(view, language)
    if wrong:
        # What the diagnosis says is newer than the mark of a table that was read at the start.
        found = [replace(c, beyond=(c.service, c.signal) in wrong) for c in found]
    cited = _cited(view)
    shown = [c for c in found if c.beyond or c.signal in _ALWAYS or (c.service, c.signal) in cited]
    ranked = sorted(
        shown or found,
        key=lambda c: (not c.beyond, (c.service, c.signal) not in cited, _place(c.signal)),
    )[:most]
    # Numbers stand in pairs; a last one that stands alone and says nothing bad only takes room.
    lonely = len(ranked) > 2 and len(ranked) % 2 == 1 and not ranked[-1].beyond
    return ranked[:-1] if lonely else ranked


def _place(signal: str) -> int:
    return _ALWAYS.index(signal) if signal in _ALWAYS else len(_ALWAYS)


def _wrong(view: IncidentView) -> set[tuple[str, str]]:
    """Return the (service, signal) pairs that the diagnosis calls symptoms."""
    findings = view.diagnosis.findings if view.diagnosis else ()
    return {
        (f.service or "", signal)
        for f in findings
        if f.kind is FindingKind.SYMPTOM and (signal := _word(f.details.get("signal")))
    }


def _cited(view: IncidentView) -> set[tuple[str, str]]:
    """Return the (service, signal) pairs on which the cause rests."""
    cause = view.diagnosis.cause if view.diagnosis else None
    ids = set(cause.evidence_ids) if cause else set()
    requests = [one.request for one in view.evidence if one.id in ids]
    return {(_word(r.params.get("service")), _word(r.params.get("signal"))) for r in requests}


def comparisons(view: IncidentView, language: str) -> list[Comparison]:
    """Return the signals of the cause's service, else of the incident's: newest reading of each, in reading order."""
    found: dict[tuple[str, str], Comparison] = {}
    for evidence in view.evidence:
        if not evidence.ok:
            continue
        for one in _compared(evidence, language):
            known = found.get((one.service, one.signal))
            # A later reading of one signal is newer; only the table says whether its threshold was crossed.
            found[(one.service, one.signal)] = replace(one, beyond=one.beyond or bool(known and known.beyond))
    culprit = view.diagnosis.cause.service if view.diagnosis and view.diagnosis.cause else None
    for service in dict.fromkeys((culprit or view.incident.service, view.incident.service)):
        own = [one for one in found.values() if one.service in ("", service)]
        if own:
            return own
    return list(found.values())


def _compared(evidence: Evidence, language: str) -> Iterator[Comparison]:
    params, reading = evidence.request.params, evidence.reading
    service = _word(params.get("service"))
    if evidence.request.tool == "metrics_collector.signal" and reading.value is not None:
        signal = _word(params.get("signal"))
        normal = quantity(language, reading.normal) if reading.normal else None
        yield Comparison(signal, service, _told(language, signal, reading.value), normal)
    if evidence.request.tool == "metrics_collector.compare" and isinstance(reading.result, TableResult):
        signals = params.get("signals")
        names = list(dict.fromkeys(_word(name) for name in signals)) if isinstance(signals, list) else []
        for index, row in enumerate(reading.result.rows):
            if len(row) >= 3 and row[1] not in _NOT_SEEN:
                name = names[index] if index < len(names) else row[0]
                normal_words = _tidy(row[2]) if row[2] not in _NOT_SEEN else None
                yield Comparison(name, service, _tidy(row[1]), normal_words, beyond=row[-1] == "beyond")


def _told(language: str, signal: str, value: Quantity) -> str:
    if signal == "certificate_days_left" and value.value <= 0:
        return text(language, "card-expired-ago", span=duration(language, timedelta(days=-value.value)))
    return quantity(language, value)


def _tidy(cell: str) -> str:
    # Tables of the tools write "48 %"; everything else on a card writes "48%".
    return cell.replace(" %", "%")


def _word(value: Json) -> str:
    return value if isinstance(value, str) else ""
