"""Messages to the world outside chat, as tests send them."""

from datetime import UTC, datetime
from typing import Any

from agent.domain.notification import Channel, Content, Mail, Notification, StatusPost, TeamsCard, Ticket

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_CHANNELS = {
    "pager_event": Channel.PAGERDUTY,
    "pager_note": Channel.PAGERDUTY,
    "pager_request": Channel.PAGERDUTY,
    "text_message": Channel.SMS,
    "mail": Channel.EMAIL,
    "status_post": Channel.STATUSPAGE,
    "ticket": Channel.JIRA,
    "ticket_change": Channel.JIRA,
    "teams_card": Channel.TEAMS,
}


def outgoing(content: Content, *, key: str = "message-1", address: str = "", **changes: Any) -> Notification:
    """Return the notification that carries a content."""
    channel = _CHANNELS[content.form]
    return Notification(key=key, channel=channel, address=address, content=content, at=AT, **changes)


def mail(**changes: Any) -> Mail:
    """Return a mail."""
    return Mail(**{"subject": "INC-7: checkout is slow", "text": "We are looking.\n", **changes})


def post(**changes: Any) -> StatusPost:
    """Return a status post."""
    base = {
        "thread": "inc_7",
        "name": "Checkout is slow",
        "status": "investigating",
        "body": "We are looking.",
    }
    return StatusPost(**{**base, **changes})


def ticket(**changes: Any) -> Ticket:
    """Return a ticket."""
    base = {"thread": "task:tsk_1", "summary": "Raise the pool's bound", "description": "It was full."}
    return Ticket(**{**base, **changes})


def card(**changes: Any) -> TeamsCard:
    """Return a Teams card."""
    return TeamsCard(**{"title": "INC-7: checkout is slow", "lines": ("We are looking.",), **changes})
