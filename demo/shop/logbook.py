"""A pod's log: one JSON object a line, kept in a ring for `kubectl logs` and handed to a shipper."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from demo.shop.trace import current_span

RING = 2000
# Kept for every request, whether its trace is sampled or not.
ALWAYS_KEPT = ("audit", "security")
Sink = Callable[[Mapping[str, str], Mapping[str, Any]], None]


def structured(
    identity: Mapping[str, str],
    level: str,
    message: str,
    *,
    context: str,
    log_type: str = "application",
    at: datetime | None = None,
) -> dict[str, Any]:
    """Return the fields that every line has."""
    moment = (at or datetime.now(UTC)).isoformat(timespec="milliseconds")
    return {
        "timestamp": moment.replace("+00:00", "Z"),
        "level": level,
        "service": identity["service"],
        "environment": "production",
        "version": identity["version"],
        "pod": identity["pod"],
        "context": context,
        "log_type": "error" if level == "error" and log_type == "application" else log_type,
        "message": message,
    }


class LogBook:
    """Writes the structured lines of one container."""

    def __init__(self, identity: Mapping[str, str], sink: Sink | None = None) -> None:
        self._identity = dict(identity)
        self._sink = sink
        self._ring: deque[tuple[datetime, str]] = deque(maxlen=RING)

    def write(
        self, level: str, message: str, *, context: str, log_type: str = "application", **extra: Any
    ) -> None:
        """Append one line; log_type is application, access, error, security or audit.

        Informational lines of traces that are not sampled are left out, as busy fleets do.
        """
        span = current_span.get()
        if span and not span.sampled and level == "info" and log_type not in ALWAYS_KEPT:
            return
        line = structured(self._identity, level, message, context=context, log_type=log_type)
        if span:
            line |= {"trace_id": span.trace_id, "span_id": span.span_id}
        line |= extra
        self._ring.append((datetime.now(UTC), json.dumps(line, ensure_ascii=False)))
        if self._sink:
            self._sink(self._identity, line)

    def lines(self, *, tail: int | None = None, since: datetime | None = None) -> list[str]:
        """Return the kept lines, oldest first."""
        kept = [text for at, text in self._ring if since is None or at >= since]
        return kept if tail is None else kept[len(kept) - min(tail, len(kept)) :]
