"""Code's last word on claims: a finding stays only if its evidence exists and contains its numbers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from agent.diagnosis.numbers import digits, held, stated, supported
from agent.domain.evidence import Diagnosis, Evidence, Finding
from agent.domain.results import ChangesResult, EventsResult, LogLinesResult, PatternsResult, SeriesResult
from agent.locale.format import duration

# Instants are compared to the second: series points and API times have different resolutions.
SAME_INSTANT_SECONDS = 1.0


def checked(
    diagnosis: Diagnosis, evidence: Sequence[Evidence], instants: Iterable[datetime] = ()
) -> Diagnosis:
    """Return the diagnosis without the findings that their evidence does not carry.

    `instants` are times known from elsewhere than the evidence, such as the starts of alerts.
    """
    known = {e.id: e for e in evidence}
    times = tuple(instants)
    kept = tuple(f for f in diagnosis.findings if objection(f, known, times) is None)
    cause = diagnosis.cause if diagnosis.cause in kept else None
    next_step = diagnosis.next_step if cause is not None or diagnosis.cause is None else None
    return diagnosis.model_copy(update={"findings": kept, "cause": cause, "next_step": next_step})


def objection(
    finding: Finding, evidence: Mapping[str, Evidence], instants: Sequence[datetime] = ()
) -> str | None:
    """Return why a finding must be dropped, or None when its evidence carries it."""
    absent = [e for e in finding.evidence_ids if e not in evidence]
    if absent:
        return f"evidence {absent[0]} does not exist"
    cited = [evidence[e] for e in finding.evidence_ids]
    spans = _spans(finding)
    unknown = [s for s in spans if not _span_known(s, cited, instants)]
    if unknown:
        return f"no evidence shows the span {unknown[0][2]!r}"
    numbers = {value for e in cited for value in held(e)}
    numbers.update(value for _, _, words in spans for value in digits(words))
    wrong = [n.token for n in stated(finding.claim) if not supported(n, numbers)]
    return f"the evidence does not contain {wrong[0]}" if wrong else None


def _spans(finding: Finding) -> list[tuple[datetime, datetime, str]]:
    raw = finding.details.get("spans")
    found = []
    for item in raw if isinstance(raw, list) else []:
        if isinstance(item, dict):
            start, end = _time(item.get("from")), _time(item.get("to"))
            if start is not None and end is not None:
                found.append((start, end, str(item.get("text", ""))))
    return found


def _time(value: object) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return parsed if parsed is None or parsed.tzinfo else None


def _span_known(
    span: tuple[datetime, datetime, str], cited: Sequence[Evidence], instants: Sequence[datetime]
) -> bool:
    start, end, words = span
    times = [t for e in cited for t in instants_of(e)] + [t.timestamp() for t in instants]
    both = all(any(abs(at.timestamp() - t) <= SAME_INSTANT_SECONDS for t in times) for at in (start, end))
    return both and words == duration("en", abs(end - start))


def instants_of(evidence: Evidence) -> Iterable[float]:
    """Yield the moments that a piece of evidence shows, in unix seconds."""
    result = evidence.reading.result
    yield evidence.observed_at.timestamp()
    if isinstance(result, SeriesResult):
        yield from (at for series in result.series for at, _ in series.points)
    elif isinstance(result, ChangesResult):
        yield from (change.at.timestamp() for change in result.changes)
    elif isinstance(result, EventsResult):
        yield from (event.at.timestamp() for event in result.events)
    elif isinstance(result, LogLinesResult):
        yield from (line.at.timestamp() for line in result.lines)
    elif isinstance(result, PatternsResult):
        yield from (p.first_seen_at.astimezone(UTC).timestamp() for p in result.patterns if p.first_seen_at)
