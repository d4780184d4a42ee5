"""Reads a stored log document of any known layout (Fluent Bit, Fluentd, Logstash, winston, ECS) as a LogLine."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from agent.domain.results import LogLine

SERVICE_FIELDS = (
    "service",
    "fields.service",
    "service.name",
    "kubernetes.labels.app",
    "kubernetes.labels.app_kubernetes_io/name",
    "kubernetes.container_name",
)
LEVEL_FIELDS = ("level", "severity", "log.level", "fields.level")
TYPE_FIELDS = ("log_type", "fields.log_type")
MESSAGE_FIELDS = ("message", "log", "msg", "fields.message")
_ERROR_FIELDS = ("error", "fields.error", "error.message", "fields.error.message", "err.message")
_TRACE_FIELDS = ("trace_id", "fields.trace_id", "trace.id", "traceId", "fields.traceId")
_POD_FIELDS = ("kubernetes.pod_name", "pod", "kubernetes.pod.name", "fields.pod")
_TIME_FIELDS = ("@timestamp", "timestamp", "time")
FETCHED_FIELDS = (
    *("@timestamp", "timestamp", "time", "stream", "service", "level", "severity", "message", "log", "msg"),
    *("error", "err", "trace_id", "traceId", "trace", "pod", "log_type", "fields", "kubernetes.pod_name"),
    *("kubernetes.pod", "kubernetes.labels", "kubernetes.container_name"),
)

MAX_MESSAGE = 4000
_LEVELS = {
    **dict.fromkeys(("emerg", "emergency", "alert", "panic", "fatal", "critical", "crit", "f"), "fatal"),
    **dict.fromkeys(("error", "err", "severe", "e"), "error"),
    **dict.fromkeys(("warn", "warning", "w"), "warn"),
    **dict.fromkeys(("info", "information", "informational", "notice", "i", "http"), "info"),
    **dict.fromkeys(("debug", "trace", "verbose", "silly", "d"), "debug"),
}
_NUMBERED = ((60, "fatal"), (50, "error"), (40, "warn"), (30, "info"), (0, "debug"))
_WORD = re.compile(
    r"\b(EMERG|ALERT|PANIC|FATAL|CRITICAL|ERROR|SEVERE|WARN(?:ING)?|NOTICE|INFO|DEBUG|TRACE)\b|\blevel=(\w+)"
)


def stored_levels(level: str) -> tuple[str, ...]:
    """Return every spelling under which lines of a level may be stored; `error` includes fatal ones."""
    wanted = {canonical_level(level)}
    if "error" in wanted:
        wanted.add("fatal")
    words = [word for word, meaning in _LEVELS.items() if meaning in wanted and len(word) > 1] or [level]
    return tuple(form for word in words for form in (word, word.upper(), word.capitalize()))


def canonical_level(value: Any) -> str:
    """Return fatal, error, warn, info, debug or `unknown`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return next((name for limit, name in _NUMBERED if value >= limit), "unknown")
    return _LEVELS.get(str(value).strip().lower(), "unknown")


def log_line(source: Mapping[str, Any]) -> LogLine | None:
    """Return the document as a line, or None when it bears no readable time."""
    document = _merged(source)
    at = _time(_first(document, _TIME_FIELDS))
    if at is None:
        return None
    message = _message(document)
    return LogLine(
        at=at,
        level=_level(document, message),
        service=_text(_first(document, SERVICE_FIELDS)) or "unknown",
        message=message,
        trace_id=_text(_first(document, _TRACE_FIELDS)) or None,
        pod=_text(_first(document, _POD_FIELDS)) or None,
    )


def _merged(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """Unfold a JSON line that the shipper left as text in `log` or `message`."""
    for field in ("log", "message"):
        text = source.get(field)
        if isinstance(text, str) and text.lstrip().startswith("{"):
            try:
                inner = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(inner, dict) and any(name in inner for name in ("message", "msg", "level")):
                return {**source, **inner}
    return source


def _first(document: Mapping[str, Any], fields: tuple[str, ...]) -> Any:
    for field in fields:
        found = _at(document, field)
        if found not in (None, "", {}, []) and not isinstance(found, dict):
            return found
    return None


def _at(document: Any, field: str) -> Any:
    if not isinstance(document, Mapping):
        return None
    if field in document:
        return document[field]
    head, _, rest = field.partition(".")
    return _at(document.get(head), rest) if rest else None


def _text(value: Any, limit: int = 253) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text.strip()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _message(document: Mapping[str, Any]) -> str:
    message = _text(_first(document, MESSAGE_FIELDS), MAX_MESSAGE)
    error = _text(_first(document, _ERROR_FIELDS), 500)
    if error and error not in message:
        return f"{message}: {error}" if message else error
    return message


def _level(document: Mapping[str, Any], message: str) -> str:
    level = canonical_level(_first(document, LEVEL_FIELDS))
    if level != "unknown":
        return level
    word = _WORD.search(message[:120])
    return canonical_level(word.group(1) or word.group(2)) if word else "unknown"


def _time(value: Any) -> datetime | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) > 1e11 else value, UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
