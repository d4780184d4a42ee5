"""What a past incident was about and what ended it, in the reader's language; foreign text that renderers escape."""

import re
from datetime import datetime

from agent.domain.memory import Cure, CureKind, PastIncident
from agent.locale.claims import worded
from agent.locale.format import duration
from agent.locale.messages import known, text

_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}")
_LONGEST = 160
_STEPS = (86_400, 3_600, 60)


def cause(language: str, past: PastIncident) -> str | None:
    """Return what it was: what people say before what was diagnosed; None when nobody knows."""
    about = past.about
    if about.truth:
        return text(language, "memory-truth", truth=_short(about.truth))
    return worded(language, about.message, about.spans) or past.cause


def how(language: str, past: PastIncident) -> str:
    """Return what cured it and how long it took, as a clause without a full stop; empty when neither is known."""
    name, args = _cured(language, past.cure)
    if past.took_seconds is not None:
        return text(language, f"{name}-in", span=duration(language, past.took_seconds), **args)
    return text(language, name, **args) if past.cure is not None else ""


def ago(language: str, past: PastIncident, now: datetime) -> str | None:
    """Return how long ago it ended, in one unit, or None when that is not known."""
    if past.resolved_at is None:
        return None
    seconds = max(0.0, (now - past.resolved_at).total_seconds())
    step = next((size for size in _STEPS if seconds >= size), 1)
    return duration(language, seconds // step * step)


def looks_like(language: str, past: PastIncident, now: datetime) -> dict[str, str]:
    """Return what fills the one sentence on the most similar incident."""
    when, told, known_cause = ago(language, past, now), how(language, past), cause(language, past)
    if past.cure is None and known_cause:
        told = text(language, "memory-was", cause=_short(known_cause))
    said = {"name": past.name, "how": told or text(language, "memory-over")}
    return said | ({"ago": when} if when else {})


def _cured(language: str, cure: Cure | None) -> tuple[str, dict[str, str]]:
    if cure is None:
        return "memory-over", {}
    if cure.kind is CureKind.NOTE:
        return "memory-noted", {"note": _short(cure.note)}
    return "memory-cured-by", {"title": _short(_deed(language, cure))}


def _deed(language: str, cure: Cure) -> str:
    message = f"action-{cure.name}"
    if _NAME.fullmatch(cure.name) and known(message):
        return text(language, message, **cure.args)
    spoken = cure.name.replace("_", " ")
    return f"{spoken}: {cure.target}" if cure.target else spoken


def _short(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1].rstrip() + "…"
