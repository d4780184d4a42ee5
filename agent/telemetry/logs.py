"""Structured logs: one event name and key-value pairs per line, never a secret."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from enum import StrEnum
from typing import Any

import structlog

from agent.analysis.redaction import Redactor

_TICKET = re.compile(r"(\bticket=)[^&\s'\"<>]+")


class LogEvent(StrEnum):
    """The names of everything that is logged."""

    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    WEBHOOK = "webhook"
    JOB_FAILED = "job_failed"
    JOB_DEAD = "job_dead"
    READ_FAILED = "read_failed"
    DELIVERY_FAILED = "delivery_failed"
    SLACK = "slack"
    SLACK_FAILED = "slack_failed"
    TASK_FAILED = "task_failed"
    POLICY_KEPT = "policy_kept"
    POLICY_CHANGED = "policy_changed"
    UNSTAFFED = "unstaffed"
    STAFF_UNKNOWN = "staff_unknown"


class _Redacting:
    """Takes secrets out of everything that is about to be written: the bot's own, and whatever looks like one."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __call__(self, _: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {key: self._safe(value) for key, value in event.items()}

    def _safe(self, value: Any) -> Any:
        if value is None or isinstance(value, int | float):
            return value
        return self._redactor.value(value if isinstance(value, str | dict | list | tuple) else str(value))


class _RedactingFormatter(logging.Formatter):
    """Does the same for what libraries log, tracebacks included."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(levelname)s %(name)s %(message)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the line to write."""
        # The ticket in a socket's address lets its bearer in.
        return _TICKET.sub(r"\1[redacted]", self._redactor.text(super().format(record)))


def configure_logs(*, level: str, form: str, secrets: Iterable[str] = ()) -> None:
    """Send structured logs to standard error as JSON or for a console, with the given secrets masked."""
    redactor = Redactor(secrets)
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
            structlog.processors.format_exc_info,
            _Redacting(redactor),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_RedactingFormatter(redactor))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def get_log(room: str) -> Any:
    """Return a logger bound to a room's name."""
    return structlog.get_logger(room=room)
