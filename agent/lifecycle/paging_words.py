"""What is sent to call somebody: the content for each way, in the language of whoever is called."""

from datetime import datetime

from agent.domain.incident import Incident, Priority
from agent.domain.notification import (
    Channel,
    Content,
    Mail,
    Notification,
    PagerEvent,
    PagerRequest,
    TextMessage,
)
from agent.domain.page import Page, Way
from agent.locale.messages import text
from agent.policy.oncall import SERVICE, Person

PREFIX = "ops-monitor-"
CHANNELS = {Way.PAGERDUTY: Channel.PAGERDUTY, Way.SMS: Channel.SMS, Way.EMAIL: Channel.EMAIL}
_SEVERITY = {Priority.P0: "critical", Priority.P1: "error", Priority.P2: "warning", Priority.P3: "info"}


def dedup_key(incident_id: str, opening: int) -> str:
    """Return what joins the pager's events of one opening: a late end of the one before cannot end it."""
    return f"{PREFIX}{incident_id}" if opening == 1 else f"{PREFIX}{incident_id}-{opening}"


def incident_of(key: str) -> str | None:
    """Return the id of the incident that a pager's key belongs to, None for a key that is not ours."""
    return key.removeprefix(PREFIX).partition("-")[0] if key.startswith(PREFIX) else None


def opening_of(key: str) -> int:
    """Return which opening of its incident a pager's key belongs to."""
    number = key.removeprefix(PREFIX).partition("-")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 1


def rings_service(page: Page) -> bool:
    """Say whether a call by pager opens the pager's incident; the others ask somebody to join it."""
    return (page.level == 0 and page.reason in ("opened", "priority_raised")) or page.person == SERVICE


def notification_of(
    incident: Incident, page: Page, person: Person | None, *, now: datetime, language: str, before: Way | None
) -> Notification:
    """Return the message that carries a call by pager, mail or SMS; `before` is the way that it stands in for."""
    lang = (person.language if person is not None else None) or language
    return Notification(
        key=f"page:{page.id}",
        channel=CHANNELS[page.way],
        address=_address(page.way, person),
        content=_content(incident, page, person, lang, before),
        incident_id=incident.id,
        about=f"page:{page.id}",
        priority=incident.priority.rank,
        at=now,
    )


def pager_told(incident: Incident, opening: int, action: str, now: datetime) -> Notification:
    """Return the message that acknowledges or resolves the pager's incident of an opening."""
    event = PagerEvent(
        event_action="resolve" if action == "resolve" else "acknowledge",
        dedup_key=dedup_key(incident.id, opening),
        summary=_summary(incident),
        source="ops-monitor",
    )
    return Notification(
        key=f"pager:{incident.id}:{opening}:{action}",
        channel=Channel.PAGERDUTY,
        address="",
        content=event,
        incident_id=incident.id,
        # After the calls themselves, whatever the incident's priority.
        priority=incident.priority.rank + 1,
        at=now,
    )


def why(incident: Incident, page: Page, lang: str, before: Way | None) -> str:
    """Return why somebody is called, in a sentence."""
    if before is not None:
        return text(lang, "paging-why-back_up", way=before.value)
    return text(
        lang,
        f"paging-why-{page.reason}",
        service=incident.service,
        target=page.target,
        priority=incident.priority.value,
        by=page.asked_by or "–",
    )


def _address(way: Way, person: Person | None) -> str:
    if person is None or way is Way.PAGERDUTY:
        return ""
    return (person.email if way is Way.EMAIL else person.phone) or ""


def _content(incident: Incident, page: Page, person: Person | None, lang: str, before: Way | None) -> Content:
    summary, reason = _summary(incident), why(incident, page, lang, before)
    match page.way:
        case Way.PAGERDUTY:
            return _pager(incident, page, person, summary, reason)
        case Way.EMAIL:
            return _mail(incident, lang, summary, reason)
        case _:
            return TextMessage(text=text(lang, "paging-text", summary=summary, why=reason))


def _pager(incident: Incident, page: Page, person: Person | None, summary: str, reason: str) -> Content:
    key = dedup_key(incident.id, page.opening)
    if not rings_service(page) and person is not None and person.pagerduty is not None:
        return PagerRequest(dedup_key=key, users=(person.pagerduty,), message=f"{summary} — {reason}")
    return PagerEvent(
        event_action="trigger",
        dedup_key=key,
        summary=summary,
        source=incident.service,
        severity=_SEVERITY[incident.priority],
        component=incident.service,
        details={
            "incident": incident.name,
            "environment": incident.environment,
            "why": reason,
            "on call": person.name if person is not None else "",
        },
    )


def _mail(incident: Incident, lang: str, summary: str, reason: str) -> Mail:
    subject = f"[{incident.priority.value}] {incident.name}: {incident.title}"
    body = text(
        lang,
        "paging-mail-text",
        summary=summary,
        why=reason,
        service=incident.service,
        environment=incident.environment,
        pager="no",
    )
    return Mail(subject=subject, text=body, thread=incident.id)


def _summary(incident: Incident) -> str:
    return f"{incident.priority.value} {incident.name}: {incident.title}"
