"""Messages to the world outside chat, as tests send them."""

from datetime import UTC, datetime
from typing import Any

from agent.domain.notification import Channel, Content, Mail, Notification, StatusPost, TeamsCard, Ticket

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_CHANNELS = {
    "mail": Channel.EMAIL,
    "status_post": Channel.STATUSPAGE,
    "ticket": Channel.JIRA,
    "ticket_change": Channel.JIRA,
    "teams_card": Channel.TEAMS,
}


def outgoing(content: Content, *, key: str = "message-1", address: str = "") -> Notification:
    """Return the notification that carries a content."""
    return Notification(key=key, channel=_CHANNELS[content.form], address=address, content=content, at=AT)


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
