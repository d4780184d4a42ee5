"""W3C trace context for one process that plays many pods: parse, make and hand on `traceparent`."""

import random
import re
from contextvars import ContextVar
from dataclasses import dataclass

_FORM = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
# One trace in so many keeps its informational log lines; what fails is always logged.
SAMPLED_ONE_IN = 12


@dataclass(frozen=True, slots=True)
class Span:
    """The trace and the span that the current request runs in."""

    trace_id: str
    span_id: str
    sampled: bool = True

    def header(self) -> str:
        """Return the value of the traceparent header for a call made inside this span."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


current_span: ContextVar[Span | None] = ContextVar("current_span", default=None)


def _hex(digits: int) -> str:
    return f"{random.getrandbits(digits * 4) or 1:0{digits}x}"


def new_span(traceparent: str | None = None) -> Span:
    """Return a new span inside the caller's trace, or inside a new trace when the header is missing or malformed."""
    found = _FORM.match(traceparent or "")
    if found and int(found.group(1), 16):
        return Span(found.group(1), _hex(16), bool(int(found.group(3), 16) & 1))
    return Span(_hex(32), _hex(16), random.randrange(SAMPLED_ONE_IN) == 0)
