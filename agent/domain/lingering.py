"""Alerts that go on after their trouble is over: what they say of it, and when an incident need not wait for them."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.alert import Alert, AlertRecord

ANNOTATION = "ops_lingers"
"""How long after the trouble an alert may still fire, such as `6h`; an alert without it holds its incident open."""

_LENGTH = re.compile(r"([1-9]\d{0,3})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST = timedelta(days=3)
# One that fired this much before any other alert was there for a reason of its own.
_AHEAD = timedelta(minutes=30)
# Rules are evaluated, and their ends sent, a little later.
_SLACK = timedelta(minutes=15)


def lingers(alert: Alert) -> timedelta | None:
    """Return for how long an alert goes on after its trouble; None when it says nothing that can be read."""
    match = _LENGTH.fullmatch(alert.annotations.get(ANNOTATION, "").strip())
    if match is None:
        return None
    length = timedelta(seconds=int(match[1]) * _SECONDS[match[2]])
    return length if length <= _LONGEST else None


def over(records: Sequence[AlertRecord]) -> bool:
    """Say whether an incident with these alerts is over: all have ended, or only those still fire that linger behind others.

    One that fires alone, or began well before the others, is waited for.
    """
    firing = [record for record in records if record.alert.firing]
    if not firing:
        return bool(records)
    begun = [record.alert.starts_at for record in records if lingers(record.alert) is None]
    return bool(begun) and all(_behind(record, min(begun)) for record in firing)


def _behind(record: AlertRecord, first: datetime) -> bool:
    return lingers(record.alert) is not None and record.alert.starts_at >= first - _AHEAD


def let_go(records: Sequence[AlertRecord], at: datetime) -> list[AlertRecord]:
    """Return the alerts that still fire when their incident ends, with the time until which nobody is told of them."""
    return [
        record.model_copy(update={"let_go_until": at + length + _SLACK})
        for record in records
        if record.alert.firing and (length := lingers(record.alert)) is not None
    ]


def explained(record: AlertRecord, now: datetime) -> bool:
    """Say whether an alert that still fires is explained by an incident that is over."""
    return record.let_go_until is not None and now < record.let_go_until
