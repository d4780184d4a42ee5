"""The mail of the morning: everything that can wait, in one mail to each person on the next business day."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.domain.incident import Incident
from agent.domain.notification import Channel, Mail, Notification
from agent.lifecycle.oncall import Callee
from agent.locale.messages import text
from agent.policy.freezes import FreezePolicy
from agent.policy.windows import minute_of_day

# A policy whose holidays leave no day at all within so many would otherwise be searched for ever.
_DAYS = 60


def next_opening(freezes: FreezePolicy, at: datetime) -> datetime | None:
    """Return when (UTC) the business next begins its day after an instant; None when it never does."""
    hours = freezes.business_hours
    zone = ZoneInfo(hours.zone or freezes.zone)
    today = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    for days in range(_DAYS):
        local = today + timedelta(days=days, minutes=minute_of_day(hours.start))
        begins = local.replace(tzinfo=zone).astimezone(UTC)
        # Asked a moment later, for an opening in the hour that a spring leaves out begins after it.
        if begins > at and freezes.at_work(begins):
            return begins
    return None


def digest_mail(
    callee: Callee, incidents: Sequence[Incident], now: datetime, language: str, zone: str
) -> Notification | None:
    """Return the mail for a person, None for somebody without an address; its key is the day and the person."""
    person = callee.person
    if person is None or person.email is None:
        return None
    lang, there = person.language or language, ZoneInfo(person.zone or zone)
    day = now.astimezone(there).date().isoformat()
    lines = [
        text(
            lang,
            "paging-digest-line",
            name=one.name,
            priority=one.priority.value,
            title=one.title,
            since=f"{one.times.opened_at.astimezone(there):%Y-%m-%d %H:%M}",
        )
        for one in incidents
    ]
    body = "\n".join([text(lang, "paging-digest-intro", count=len(lines)), "", *lines])
    newest = incidents[-1]
    return Notification(
        key=f"digest:{day}:{person.id}:{newest.id}:{newest.opening}",
        channel=Channel.EMAIL,
        address=person.email,
        content=Mail(subject=text(lang, "paging-digest-subject", count=len(lines), day=day), text=body),
        priority=3,
        at=now,
    )
