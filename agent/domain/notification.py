"""A message to the world outside chat: a page, a mail, a text message, a status post, a ticket, a Teams card."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from agent.domain.noun import Json, Noun, Utc


class Channel(StrEnum):
    """Which connector carries it."""

    PAGERDUTY = "pagerduty"
    EMAIL = "email"
    SMS = "sms"
    STATUSPAGE = "statuspage"
    JIRA = "jira"
    TEAMS = "teams"


class PagerEvent(Noun):
    """A PagerDuty event; `dedup_key` joins the three kinds, so that a repeated trigger is the same alert.

    `severity` is one of PagerDuty's four, `routing` names the service's integration (empty: the configured one).
    """

    form: Literal["pager_event"] = "pager_event"
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str
    summary: str = ""
    source: str = ""
    severity: Literal["critical", "error", "warning", "info"] = "critical"
    component: str = ""
    details: dict[str, Json] = Field(default_factory=dict)
    link: str = ""
    routing: str = ""


class PagerNote(Noun):
    """A note on the PagerDuty incident that a `dedup_key` opened."""

    form: Literal["pager_note"] = "pager_note"
    dedup_key: str
    content: str


class PagerRequest(Noun):
    """A wish that these users (their ids over there) join the PagerDuty incident that a `dedup_key` opened."""

    form: Literal["pager_request"] = "pager_request"
    dedup_key: str
    users: tuple[str, ...]
    message: str


class MailFile(Noun):
    """A file that goes with a mail; `data` is its content in base64."""

    name: str
    media_type: Literal["application/pdf", "text/markdown", "text/plain"]
    data: str


class Mail(Noun):
    """A mail to one address; `html` may stand beside the text, `thread` joins the mails of one incident."""

    form: Literal["mail"] = "mail"
    subject: str
    text: str
    html: str = ""
    thread: str = ""
    files: tuple[MailFile, ...] = ()


class TextMessage(Noun):
    """An SMS; the connector cuts it to what fits."""

    form: Literal["text_message"] = "text_message"
    text: str


class StatusPost(Noun):
    """An incident on the status page; `thread` joins the posts of one incident, each of which is an update of it.

    `components` maps a component's name to its status.
    """

    form: Literal["status_post"] = "status_post"
    thread: str
    name: str
    status: Literal["investigating", "identified", "monitoring", "resolved"]
    body: str
    impact: Literal["none", "minor", "major", "critical"] = "minor"
    components: dict[
        str, Literal["operational", "degraded_performance", "partial_outage", "major_outage"]
    ] = Field(default_factory=dict)


class Ticket(Noun):
    """An issue of a project; `thread` is its identity, so that a second wish changes the first one's issue.

    `fields` are Jira fields beside summary and description; `links` are keys of issues that it relates to.
    """

    form: Literal["ticket"] = "ticket"
    thread: str
    project: str = ""
    issue_type: str = ""
    summary: str
    description: str
    fields: dict[str, Json] = Field(default_factory=dict)
    links: tuple[str, ...] = ()


class TicketChange(Noun):
    """A comment on, or a transition of, the issue that a `thread` opened.

    `transition` is the name of a transition or of the status it leads to; `done` is any status that ends an issue.
    """

    form: Literal["ticket_change"] = "ticket_change"
    thread: str
    comment: str = ""
    transition: str = ""


class TeamsCard(Noun):
    """An Adaptive Card with a title, lines and links back to Slack."""

    form: Literal["teams_card"] = "teams_card"
    title: str
    lines: tuple[str, ...]
    facts: dict[str, str] = Field(default_factory=dict)
    links: dict[str, str] = Field(default_factory=dict)
    colour: Literal["good", "warning", "attention", "default"] = "default"


Content = Annotated[
    PagerEvent
    | PagerNote
    | PagerRequest
    | Mail
    | TextMessage
    | StatusPost
    | Ticket
    | TicketChange
    | TeamsCard,
    Field(discriminator="form"),
]


class NotificationState(StrEnum):
    """`sending` was begun and may have arrived; a `dead` one waits for a person."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


class Receipt(Noun):
    """What the other side said: its own id of the message, a link to it, and what it holds when it was read back."""

    reference: str
    link: str = ""
    read_back: str = ""


class Notification(Noun):
    """One message, sent once; `key` is its identity here and the idempotency key over there where there is one.

    `about` says what waits for its end: `page:ID`, `update:ID`, `task:ID` or nothing. Lower `priority` goes first.
    """

    key: str
    channel: Channel
    address: str
    content: Content
    incident_id: str | None = None
    about: str = ""
    priority: int = 2
    at: Utc
    state: NotificationState = NotificationState.WAITING
    attempts: int = 0
    not_before: Utc | None = None
    sending_since: Utc | None = None
    sent_at: Utc | None = None
    last_error: str = ""
    receipt: Receipt | None = None
