"""What came of a person's act."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """Success, or Slack's name for what went wrong; modals add per-field errors."""

    ok: bool
    error: str = ""
    response_action: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    reply: dict[str, Any] = field(default_factory=dict)
