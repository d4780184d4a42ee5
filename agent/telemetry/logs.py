"""Structured logs: one event name and key-value pairs per line, never a secret."""

import logging
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from enum import StrEnum
from typing import Any

import structlog


class LogEvent(StrEnum):
    """The names of everything that is logged."""

    STARTED = "started"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    WEBHOOK = "webhook"
    WEBHOOK_REFUSED = "webhook_refused"
    STAGE = "stage"
    INCIDENT_OPENED = "incident_opened"
    INCIDENT_CHANGED = "incident_changed"
    JOB_FAILED = "job_failed"
    JOB_DEAD = "job_dead"
    READ_FAILED = "read_failed"
    INVESTIGATED = "investigated"
    DELIVERED = "delivered"
    DELIVERY_FAILED = "delivery_failed"
    SLACK = "slack"
    SLACK_FAILED = "slack_failed"
    TASK_FAILED = "task_failed"


class _Masker:
    """Replaces the bot's own secrets wherever they would be written."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({s for s in secrets if len(s) >= 6}, key=len, reverse=True)

    def __call__(self, _: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = self._mask(value)
        return event

    def _mask(self, value: str) -> str:
        for secret in self._secrets:
            value = value.replace(secret, "[secret]")
        return value


def configure_logs(*, level: str, form: str, secrets: Iterable[str] = ()) -> None:
    """Send structured logs to standard error as JSON or for a console, with the given secrets masked."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
            structlog.processors.format_exc_info,
            _Masker(secrets),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s", force=True
    )


def get_log(room: str) -> Any:
    """Return a logger bound to a room's name."""
    return structlog.get_logger(room=room)
