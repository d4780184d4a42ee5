"""The one place that turns what goes wrong on the model's wire into our errors: come back later, no, or unreadable."""

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import anthropic
import httpx2
from pydantic import ValidationError

from agent.errors import BackendError, BadAnswer, Overloaded, Refused, TimedOut, Unavailable

BACKEND = "claude"
# A wait longer than this is a limit of the account, not a moment of load.
LONGEST_WAIT_SECONDS = 600.0

WIRE_ERRORS: tuple[type[Exception], ...] = (
    anthropic.AnthropicError,
    httpx2.HTTPError,
    httpx2.StreamError,
    json.JSONDecodeError,
    ValidationError,
    ValueError,
    AssertionError,
    # Values of the wrong type pass the SDK's lenient models and fail where they are used.
    TypeError,
    AttributeError,
    LookupError,
    RuntimeError,
    TimeoutError,
    OSError,
)
"""Everything that a call can raise when the wire or the answer is broken; measured with a scripted wire."""

_LATER = {"overloaded_error", "rate_limit_error", "api_error", "timeout_error"}
_FULL = {"overloaded_error", "rate_limit_error"}
_LATER_STATUS = (408, 409, 425, 429)
_TYPES = frozenset(
    {
        *_LATER,
        "authentication_error",
        "billing_error",
        "invalid_request_error",
        "not_found_error",
        "permission_error",
        "request_too_large",
    }
)


def translated(error: Exception) -> BackendError:
    """Return our error for one of WIRE_ERRORS; nothing that the far side wrote is repeated."""
    if isinstance(error, anthropic.APIStatusError):
        return _status(error)
    if isinstance(error, TimeoutError | anthropic.APITimeoutError | httpx2.TimeoutException):
        return TimedOut("Claude did not answer in time.", backend=BACKEND)
    if isinstance(error, anthropic.APIConnectionError | httpx2.TransportError | httpx2.StreamError | OSError):
        return Unavailable("The connection to Claude broke off.", backend=BACKEND)
    return BadAnswer("Claude's answer could not be read.", backend=BACKEND)


def cut_off() -> Unavailable:
    """Return the error for a stream that ended before its end was announced."""
    return Unavailable("Claude's answer broke off.", backend=BACKEND)


def _status(error: anthropic.APIStatusError) -> BackendError:
    # An error in mid-stream comes with status 200, so that its type tells more than its status.
    kind = str(error.type or "")
    wait = retry_after(error.response.headers)
    if kind in _FULL or error.status_code in (429, 529):
        return Overloaded("Claude is overloaded.", backend=BACKEND, retry_after_seconds=wait)
    if kind in _LATER or error.status_code in _LATER_STATUS or error.status_code >= 500:
        return Unavailable("Claude cannot answer now.", backend=BACKEND, retry_after_seconds=wait)
    if error.status_code < 400 and kind not in _TYPES:
        return Unavailable("Claude stopped answering.", backend=BACKEND, retry_after_seconds=wait)
    named = kind if kind in _TYPES else f"status {error.status_code}"
    return Refused(f"Claude refused the request ({named}).", backend=BACKEND)


def retry_after(headers: httpx2.Headers, now: datetime | None = None) -> float | None:
    """Return how many seconds the far side asks us to wait, or None when it does not say anything usable."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) * scale
        except ValueError:
            seconds = _until(value, now or datetime.now(UTC))
        if 0 <= seconds <= LONGEST_WAIT_SECONDS:
            return seconds
    return None


def _until(value: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return -1.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()
