"""Makes a reading safe to keep: secrets and invisible characters out, size within bounds."""

from typing import Any

from agent.analysis.redaction import Redactor
from agent.domain.evidence import Reading
from agent.domain.results import SeriesResult

MAX_BYTES = 256 * 1024
_LISTS = ("lines", "rows", "patterns", "pods", "changes", "events", "alerts", "edges", "series")


def redacted(reading: Reading, redactor: Redactor) -> Reading:
    """Return the reading with every text of it redacted."""
    if isinstance(reading.result, SeriesResult):
        # Thousands of numbers hold no text; only the labels are walked.
        series = tuple(
            one.model_copy(update={"labels": redactor.value(one.labels)}) for one in reading.result.series
        )
        outer = _walked(reading.model_copy(update={"result": None}), redactor)
        return outer.model_copy(update={"result": reading.result.model_copy(update={"series": series})})
    return _walked(reading, redactor)


def _walked(reading: Reading, redactor: Redactor) -> Reading:
    return Reading.model_validate(redactor.value(reading.model_dump(mode="json")))


def bounded(reading: Reading) -> Reading:
    """Return the reading with its result halved until it is small enough to keep; the summary then says so."""
    cut = False
    while reading.result is not None and len(reading.model_dump_json()) > MAX_BYTES:
        reading, cut = _halved(reading), True
    return reading.model_copy(update={"summary": f"{reading.summary} (cut to fit)"}) if cut else reading


def _halved(reading: Reading) -> Reading:
    result: Any = reading.result
    for name in _LISTS:
        found = getattr(result, name, None)
        if isinstance(found, tuple) and len(found) > 1:
            half = result.model_copy(update={name: found[: len(found) // 2]})
            return reading.model_copy(update={"result": half})
    return reading.model_copy(update={"result": None})
