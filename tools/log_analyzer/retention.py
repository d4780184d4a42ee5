"""Which dated indices are older than they are to be kept: dates are read from names by an exact pattern, never guessed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Literal

from tools.connectors.readers import Index

Judgement = Literal["expired", "kept", "managed", "undated", "written to", "future"]
_PARTS = {"%Y": r"(?P<year>\d{4})", "%m": r"(?P<month>\d{2})", "%d": r"(?P<day>\d{2})"}
_TOKEN = re.compile(r"%.")
_LITERAL = re.compile(r"[a-z0-9._-]*")
LEAST_DAYS, MOST_DAYS = 1, 3650
# A name does not tell in which zone its day was cut, and what is deleted a day early is gone: a day is over when it is over
# everywhere (12 hours behind UTC), and has begun when it has begun anywhere (14 hours ahead).
_LAST, _FIRST = timedelta(hours=12), timedelta(hours=14)


def problem_of(pattern: str) -> str:
    """Say what is wrong with a pattern such as `ai-textbook-logs-%Y.%m.%d`; empty when nothing is."""
    tokens = _TOKEN.findall(pattern)
    literals = _TOKEN.split(pattern)
    # In any other order the eleventh of a month could be read as November.
    if tokens not in (["%Y", "%m", "%d"], ["%Y", "%m"]):
        return "a pattern holds %Y, %m and at most one %d, once each and in this order, such as logs-%Y.%m.%d"
    if not all(_LITERAL.fullmatch(text) for text in literals):
        return "beside %Y, %m and %d a pattern holds lower-case letters, digits, dots, dashes and underscores"
    if len(literals[0]) < 2:
        return "a pattern begins with at least two characters of the indices' own name"
    return ""


def wildcard(pattern: str) -> str:
    """Return the search expression that finds every name of a pattern, and others; never to be deleted by."""
    return re.sub(r"\*+", "*", re.sub(r"(%.[._-]?)+", "*", pattern))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    texts, tokens = _TOKEN.split(pattern), _TOKEN.findall(pattern)
    parts = [re.escape(texts[0])]
    for token, text in zip(tokens, texts[1:], strict=True):
        parts += [_PARTS[token], re.escape(text)]
    return re.compile("".join(parts))


def last_day(name: str, pattern: str) -> date | None:
    """Return the last day whose lines an index holds, or None when its name is not exactly of the pattern."""
    found = _compiled(pattern).fullmatch(name)
    if found is None or not name.isascii():
        return None
    parts = found.groupdict()
    try:
        first = date(int(parts["year"]), int(parts["month"]), int(parts.get("day") or 1))
        if parts.get("day"):
            return first
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Dated:
    """An index with its judgement; `age_days` counts from its last day, wherever that was cut, None without one."""

    index: Index
    day: date | None
    age_days: int | None
    judgement: Judgement


def judged(indices: Sequence[Index], pattern: str, keep_days: int, now: datetime) -> list[Dated]:
    """Judge each index, the oldest first; only what is surely older in every zone, unmanaged and unwritten is `expired`."""
    found = [_one(index, pattern, keep_days, now.astimezone(UTC)) for index in indices]
    return sorted(found, key=lambda one: (one.day or date.max, one.index.name))


def _one(index: Index, pattern: str, keep_days: int, now: datetime) -> Dated:
    day = last_day(index.name, pattern)
    if day is None:
        return Dated(index, None, None, "undated")
    age = max(0, ((now - _LAST).date() - day).days)
    if day > (now + _FIRST).date():
        return Dated(index, day, age, "future")
    if index.writing:
        return Dated(index, day, age, "written to")
    if age <= keep_days:
        return Dated(index, day, age, "kept")
    # What the store's own lifecycle manages is the store's to delete.
    return Dated(index, day, age, "expired" if index.lifecycle is None else "managed")
