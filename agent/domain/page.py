"""A call for a person's attention: who was wanted, why, by what way, and what became of it."""

from enum import StrEnum
from typing import Literal

from agent.domain.noun import Utc
from agent.domain.record import Record


class Way(StrEnum):
    """How a person is reached."""

    PAGERDUTY = "pagerduty"
    SLACK = "slack"
    SMS = "sms"
    EMAIL = "email"


class PageState(StrEnum):
    """`wanted` is on its way, `accepted` was taken by the service that carries it, `answered` by the person."""

    WANTED = "wanted"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Page(Record):
    """One call; `id` is its idempotency key and says which call it is, so that the same one is never made twice.

    `person` is an id of oncall.yaml, `target` the schedule or role it was resolved from, `level` 0 for the first call
    and then one more per escalation, `opening` counts the incident's openings, `instead_of` is the call that failed;
    `unsure` says that it may have been taken although nobody said so, because the connection broke off.
    """

    person: str
    target: str
    way: Way
    reason: Literal[
        "opened", "escalated", "priority_raised", "target_near", "target_missed", "by_hand", "back_up"
    ]
    level: int = 0
    opening: int = 1
    state: PageState = PageState.WANTED
    instead_of: str | None = None
    asked_by: str | None = None
    accepted_at: Utc | None = None
    answered_at: Utc | None = None
    ended_at: Utc | None = None
    error: str = ""
    unsure: bool = False

    @property
    def subject(self) -> str:
        """Return the person."""
        return self.person
