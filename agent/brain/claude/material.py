"""Evidence as the model reads it: JSON, short, without invisible characters, numbers with the digits that tell."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.analysis.redaction import clean_text
from agent.domain.evidence import Evidence, EvidenceStatus
from agent.domain.results import LogLine, LogLinesResult, Series, SeriesResult

MOST_POINTS = 12
MOST_SERIES = 8
MOST_LINES = 12
MOST_LETTERS = 400
_NOISE = {"kind", "media_type", "blob"}
_NUMBERS = re.compile(r"\d+")
_DIGITS = 4


def encoded(value: object) -> str:
    """Return compact JSON with every text cleaned; what stands inside can close no quote and no tag."""
    return json.dumps(_clean(value), ensure_ascii=False, separators=(",", ":"), default=str).replace(
        "<", "\\u003c"
    )


def line(evidence: Evidence, longest: int = 240) -> dict[str, Any]:
    """Return a piece of evidence in short: its id and what was seen, whose summary names subject and numbers."""
    reading = evidence.reading
    shown: dict[str, Any] = {"id": evidence.id}
    if evidence.status is not EvidenceStatus.SUCCESS:
        shown["read"], shown["status"] = _asked(evidence), evidence.status.value
    # A threshold that holds is what a quiet signal has in common with all others.
    seen = (evidence.error or reading.summary).partition("; within the threshold")[0]
    return {**shown, "seen": _cut(seen, longest)}


def whole(evidence: Evidence) -> str:
    """Return a piece of evidence as a whole, which may be long; series are thinned out."""
    result = evidence.reading.result
    if isinstance(result, SeriesResult):
        series = [_series(one) for one in result.series[:MOST_SERIES]]
        return encoded({**_headed(evidence), "unit": result.unit, "series": series})
    body = result.model_dump(mode="json", exclude_none=True, exclude=_NOISE) if result is not None else {}
    return encoded({**_headed(evidence), **body})


def folded(evidence: Evidence) -> str:
    """Return a piece of evidence with lines that differ only in their numbers told once, and how many they were."""
    result = evidence.reading.result
    if not isinstance(result, LogLinesResult):
        return whole(evidence)
    alike: dict[str, list[LogLine]] = {}
    for one in result.lines:
        alike.setdefault(_NUMBERS.sub("#", one.message), []).append(one)
    lines = [
        {
            "at": those[0].at.isoformat(timespec="seconds"),
            "level": those[0].level,
            "line": those[0].message[:MOST_LETTERS],
            **({"alike": len(those)} if len(those) > 1 else {}),
        }
        for those in list(alike.values())[:MOST_LINES]
    ]
    return encoded({**_headed(evidence), "lines": lines, "total": result.total})


def _headed(evidence: Evidence) -> dict[str, Any]:
    return {"id": evidence.id, "read": _asked(evidence), **line(evidence, 1000)}


def rounded(value: float) -> float | int | None:
    """Return a number with four telling digits; what is no number is None."""
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{_DIGITS}g}")
    if math.isinf(short):
        # Rounded up beyond the largest number there is.
        return value
    return int(short) if abs(short) < 1e15 and short == int(short) else short


def _asked(evidence: Evidence) -> str:
    given = (f"{name}={value}" for name, value in evidence.request.params.items() if value is not None)
    return _cut(f"{evidence.request.tool}({', '.join(given)})", 200)


def _series(series: Series) -> dict[str, Any]:
    points = series.points
    step = max(1, math.ceil(len(points) / MOST_POINTS))
    # Counted from the end, since the newest value is the one that must not be missing.
    kept = points[::-1][::step][::-1]
    return {
        "labels": series.labels,
        "from": int(points[0][0]) if points else None,
        "to": int(points[-1][0]) if points else None,
        "values": [rounded(value) for _, value in kept],
        "least": rounded(min((v for _, v in points), default=math.nan)),
        "most": rounded(max((v for _, v in points), default=math.nan)),
    }


def _clean(value: object) -> object:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(name)): _clean(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_clean(item) for item in value]
    if isinstance(value, float):
        return rounded(value)
    return value


def _cut(words: str, longest: int) -> str:
    plain = " ".join(clean_text(words).split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
