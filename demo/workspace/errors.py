"""What the workspace refuses, in Slack's own words."""

from collections.abc import Mapping
from typing import Any


class SlackRefusal(Exception):
    """Carry one Slack error name, and what Slack adds to the reply beside it."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra: Mapping[str, Any] = extra


class DeliveryFailed(Exception):
    """Say why a delivery to the app found no timely answer, and whether Slack would try again."""

    def __init__(self, reason: str, *, retry: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
