"""Evidence as the model reads it: JSON, short, without invisible characters, numbers with the digits that tell."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from agent.analysis.redaction import clean_text
from agent.domain.evidence import Evidence, EvidenceStatus
from agent.domain.results import Quantity, Series, SeriesResult

MOST_POINTS = 12
MOST_SERIES = 8
_DIGITS = 4


def encoded(value: object) -> str:
    """Return compact JSON with every text cleaned; what stands inside can close no quote and no tag."""
    return json.dumps(_clean(value), ensure_ascii=False, separators=(",", ":"), default=str).replace(
        "<", "\\u003c"
    )


def line(evidence: Evidence, longest: int = 240) -> dict[str, Any]:
    """Return a piece of evidence in short: its id, what was asked and what was seen."""
    reading = evidence.reading
    shown: dict[str, Any] = {"id": evidence.id, "read": _asked(evidence)}
    if evidence.status is not EvidenceStatus.SUCCESS:
        shown["status"] = evidence.status.value
    shown["seen"] = _cut(evidence.error or reading.summary, longest)
    for name, quantity in (("now", reading.value), ("normal", reading.normal)):
        if quantity is not None:
            shown[name] = _quantity(quantity)
    return shown


def whole(evidence: Evidence) -> str:
    """Return a piece of evidence as a whole, which may be long; series are thinned out."""
    shown = line(evidence, 1000)
    result = evidence.reading.result
    if isinstance(result, SeriesResult):
        shown["series"] = [_series(one) for one in result.series[:MOST_SERIES]]
        shown["unit"] = result.unit
        if result.threshold is not None:
            shown["threshold"] = rounded(result.threshold)
    elif result is not None:
        body = result.model_dump(mode="json", exclude_none=True, exclude={"kind", "media_type", "blob"})
        shown["result"] = body
    return encoded(shown)


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


def _quantity(quantity: Quantity) -> str:
    return f"{rounded(quantity.value)} {quantity.unit}"


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
